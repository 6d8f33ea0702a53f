"""One instance from its start to its end, with the cells that are being played on it."""

from __future__ import annotations

import asyncio
from collections import deque

from harness import payloads
from harness.cell import Cell
from harness.control import hello as hellos
from harness.control.channel import Channel
from harness.control.handles import Lane
from harness.errors import AgentError, PeerBroken
from harness.events import PeerSeen
from harness.manifest import Peer
from harness.runtimes.base import Ended, Instance, Runtime

HELLO_LIMIT = 30.0  # seconds; the contract says 10, the rest is for a busy machine
STOP_GRACE = 5.0  # seconds; the contract says 1, the rest is for a busy machine
MAX_LANES = 256


class Life:
    """A running agent that has said Hello. Lanes are leased to one cell at a time.

    in_flight: ids of the cells being played on it. cause: why it was given up, where it was; no cell is begun on it
    then. casualties: the cells that it took along.
    """

    def __init__(self, peer: Peer, instance: Instance, channel: Channel, lanes: int, seen: PeerSeen) -> None:
        self.peer = peer
        self.instance = instance
        self.channel = channel
        self.seen = seen
        self.in_flight: set[str] = set()
        self.cause: AgentError | None = None
        self.casualties: list[Playing] = []
        self.settled = False  # its casualties are judged, or kept to be played alone
        self._lanes = deque(range(min(lanes, MAX_LANES)))

    @property
    def name(self) -> str:
        """The instance's name."""
        return self.instance.name

    @property
    def free(self) -> int:
        """How many lanes no cell has."""
        return len(self._lanes)

    def lease(self, limit: float) -> Lane:
        """A lane for one cell; there must be a free one."""
        return Lane(self.channel, self._lanes.popleft(), limit)

    def give_back(self, lane: Lane) -> None:
        """The cell has closed all on this lane."""
        self._lanes.append(lane.number)

    async def stop(self) -> Ended:
        """Ends the agent and everything that belongs to it."""
        return await self.instance.stop(STOP_GRACE)


class Playing:
    """One cell being played: its lanes, by role, on these lives, in order of role. start: the loop's clock."""

    def __init__(self, cell: Cell, lives: list[Life], limit: float, alone: bool = False) -> None:
        self.cell = cell
        self.lives = lives
        self.alone = alone
        self.start = asyncio.get_running_loop().time()
        self.lanes = {role: life.lease(limit) for role, life in zip(cell.scenario.roles, lives, strict=True)}
        self.instances = {role: life.instance for role, life in zip(cell.scenario.roles, lives, strict=True)}
        self._marks = {life: life.instance.stderr.total for life in lives}
        for life in lives:
            life.in_flight.add(cell.id)

    def end(self) -> None:
        """Gives the lanes back."""
        for life, lane in zip(self.lives, self.lanes.values(), strict=True):
            life.give_back(lane)
            life.in_flight.discard(self.cell.id)

    def stderr(self) -> dict[str, str]:
        """What the agents wrote there since the start."""
        return {
            life.name: life.instance.stderr.since(mark)
            for life, mark in self._marks.items()
            if life.instance.stderr.total > mark
        }

    def culprit(self, error: AgentError) -> Life:
        """The life that the error speaks of."""
        return next(life for life in self.lives if life.name == error.instance)


async def begin(runtime: Runtime, peer: Peer, name: str, proto_digest: str, grace: float) -> Life:
    """Starts one agent and waits for its Hello; raises PeerBroken when it does not come or does not fit."""
    channel = Channel(name, grace)
    instance = await runtime.start(peer, name, channel)
    channel.attach(instance)
    try:
        hello = await asyncio.wait_for(asyncio.shield(channel.hello), HELLO_LIMIT)
        hellos.check(peer, hello, proto_digest, payloads.message_types())
    except TimeoutError:
        await instance.stop(0)
        raise PeerBroken(
            peer.name,
            f"{name} did not say Hello within {HELLO_LIMIT:g} s",
            "the agent must write its Hello, unasked, at once",
            _tail(instance),
        ) from None
    except AgentError as error:
        ended = await instance.stop(STOP_GRACE)
        hint = error.hint or f"try it by hand in {peer.folder}: {' '.join(peer.require().run.command)}"
        raise PeerBroken(peer.name, f"{error.message} before its Hello; it {ended}", hint, _tail(instance)) from None
    except (PeerBroken, asyncio.CancelledError):
        await instance.stop(0)
        raise
    seen = PeerSeen(
        name=peer.name,
        runtime=runtime.name,
        language=hello.language,
        libraries={library.name: library.version for library in hello.libraries},
        lanes=hello.lanes,
    )
    return Life(peer, instance, channel, hello.lanes, seen)


def _tail(instance: Instance) -> str:
    text = instance.stderr.tail()
    return f"its last words on stderr:\n{text}" if text else "it wrote nothing on stderr"
