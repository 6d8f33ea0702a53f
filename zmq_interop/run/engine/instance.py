"""One agent instance from start to end, with the cells in flight on it."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from zmq_interop.agents.control import hello as hellos
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.control.handles import Lane
from zmq_interop.agents.runtimes.base import Ended, Instance, Runtime
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import PeerSeen
from zmq_interop.core.peer import Peer
from zmq_interop.peers import boundary
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import AgentError, PeerBroken

HELLO_LIMIT = 30.0  # seconds; the contract says 10, the rest is a margin for busy machines
STOP_GRACE = 5.0  # seconds; the contract says 1, the rest is a margin for busy machines
MAX_LANES = 256


class Slot(NamedTuple):
    """One warm instance: which of the peer's. raw: it can open raw sockets."""

    peer: str
    number: int
    raw: bool = False


class AgentInstance:
    """A running agent that has said Hello. Lanes are leased to one cell at a time.

    in_flight: ids of the cells being played on it. cause: why it was lost; no more cells are started on it.
    affected_cells: the cells that were in flight then.
    """

    def __init__(
        self, peer: Peer, slot: Slot, instance: Instance, channel: Channel, lanes: int, seen: PeerSeen
    ) -> None:
        self.peer = peer
        self.slot = slot
        self.instance = instance
        self.channel = channel
        self.seen = seen
        self.in_flight: set[str] = set()
        self.cause: AgentError | None = None
        self.affected_cells: list[Playing] = []
        self.settled = False  # its affected_cells are judged, or queued for replay
        self._lanes = deque(range(min(lanes, MAX_LANES)))

    @property
    def name(self) -> str:
        """The instance's name."""
        return self.instance.name

    @property
    def free(self) -> int:
        """The number of free lanes."""
        return len(self._lanes)

    def lease(self, limit: float) -> Lane:
        """Leases a lane to a cell; there must be a free one."""
        return Lane(self.channel, self._lanes.popleft(), limit)

    def give_back(self, lane: Lane) -> None:
        """Takes a lane back after the cell closed all its sockets. It is leased next: an unused lane costs a thread."""
        self._lanes.appendleft(lane.number)
        self.channel.release(call.exchange for call in lane.calls)

    async def stop(self) -> Ended:
        """Ends the agent and releases its resources."""
        return await self.instance.stop(STOP_GRACE)


class Playing:
    """One cell being played.

    agents: one per role, in order. own: those that no other cell uses. lanes: those of each role that is alive.
    start: the loop's clock. again: starts a replacement for a killed instance. link_of: id of the cell that opened the
    link, if that was another one.
    """

    def __init__(
        self,
        cell: Cell,
        agents: list[AgentInstance],
        own: Iterable[AgentInstance],
        limit: float,
        again: Callable[[AgentInstance], Awaitable[AgentInstance]],
        alone: bool = False,
    ) -> None:
        self.cell = cell
        self.agents = agents
        self.own = set(own)
        self.alone = alone
        self.start = asyncio.get_running_loop().time()
        self.lanes: dict[str, list[Lane]] = {}
        self.instances: dict[str, Instance] = {}
        self.journal: list[Lane] = []  # every lane that the cell has used
        self.link_of = ""
        self._limit = limit
        self._again = again
        self._marks: dict[AgentInstance, int] = {}
        for role, agent in zip(cell.scenario.roles, agents, strict=True):
            self._occupy(role, agent)

    def _occupy(self, role: str, agent: AgentInstance) -> None:
        self.lanes[role] = [agent.lease(self._limit) for _ in range(self.cell.scenario.roles[role].lanes)]
        self.journal += self.lanes[role]
        self.instances[role] = agent.instance
        self._marks.setdefault(agent, agent.instance.stderr.total)
        agent.in_flight.add(self.cell.id)

    def following(self, cell: Cell) -> Playing:
        """The next cell on the same link, after this one has passed: same lanes, with their sockets open."""
        after = copy.copy(self)
        after.cell = cell
        after.start = asyncio.get_running_loop().time()
        after.link_of = self.link_of or self.cell.id
        after._marks = {agent: agent.instance.stderr.total for agent in self._marks}
        for agent in self.agents:
            agent.in_flight.discard(self.cell.id)
            agent.in_flight.add(cell.id)
        for lane in self.journal:
            lane.keep_sockets()
        return after

    async def kill(self, role: str) -> None:
        """Kills the role's own instance (SIGKILL) and waits until it is gone."""
        agent = self._agent(role)
        if agent not in self.own:
            raise ValueError(f"the role {role!r} has no instance of its own: declare needs(..., own=True)")
        del self.lanes[role]
        agent.instance.kill()
        await agent.instance.wait()
        await agent.stop()
        self.own.discard(agent)

    async def restart(self, role: str) -> None:
        """Starts a replacement for the killed instance, with new lanes. Raises PeerBroken."""
        agent = await self._again(self._agent(role))
        self.own.add(agent)
        self.agents[list(self.cell.scenario.roles).index(role)] = agent
        self._occupy(role, agent)

    def _agent(self, role: str) -> AgentInstance:
        return self.agents[list(self.cell.scenario.roles).index(role)]

    def end(self) -> None:
        """Gives the lanes back."""
        agents = {agent.name: agent for agent in self.agents}
        for lanes in self.lanes.values():
            for lane in lanes:
                agents[lane.instance].give_back(lane)
        for agent in self.agents:
            agent.in_flight.discard(self.cell.id)

    def stderr(self) -> dict[str, str]:
        """What each agent wrote to stderr since the start of the cell."""
        return {
            agent.name: agent.instance.stderr.since(mark)
            for agent, mark in self._marks.items()
            if agent.instance.stderr.total > mark
        }

    def culprit(self, error: AgentError) -> AgentInstance:
        """The agent that the error names."""
        return next(agent for agent in self._marks if agent.name == error.instance)


async def begin(
    runtime: Runtime, peer: Peer, name: str, slot: Slot, proto_digest: str, grace: float, beside: Instance | None = None
) -> AgentInstance:
    """Starts one agent and waits for its Hello; raises PeerBroken if none arrives or it does not match.

    beside: as for `Runtime.start`.
    """
    channel = Channel(name, grace)
    with boundary.on(peer.name):
        instance = await runtime.start(peer, name, channel, raw=slot.raw, beside=beside)
    channel.attach(instance)
    try:
        hello = await asyncio.wait_for(asyncio.shield(channel.hello), HELLO_LIMIT)
        with boundary.on(peer.name):
            hellos.check(peer, hello, proto_digest, payloads.message_types())
    except TimeoutError:
        await instance.stop(0)
        raise PeerBroken(
            peer.name,
            f"{name} did not send its Hello within {HELLO_LIMIT:g} s",
            "the agent must write its Hello, unasked, at once",
            last_words(instance),
        ) from None
    except AgentError as error:
        ended = await instance.stop(STOP_GRACE)
        hint = error.hint or runtime.by_hand(peer)
        raise PeerBroken(
            peer.name, f"{error.message} before its Hello; it {ended}", hint, last_words(instance)
        ) from None
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
    return AgentInstance(peer, slot, instance, channel, hello.lanes, seen)


def last_words(instance: Instance) -> str:
    """The end of an agent's stderr, as text to show."""
    text = instance.stderr.tail()
    return f"the end of its stderr:\n{text}" if text else "it wrote nothing to stderr"
