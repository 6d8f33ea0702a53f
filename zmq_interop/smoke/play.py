"""Starts agents and plays the checks against them."""

from __future__ import annotations

import asyncio
import enum
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from interop.control.v1.hello_pb2 import Hello
from zmq_interop.agents.control.channel import GRACE
from zmq_interop.agents.runtimes.base import Instance, RunPlace, Runtime
from zmq_interop.core.peer import CONTRACT, OPERATIONS, Claims, Launch, Manifest, Peer
from zmq_interop.peers import boundary
from zmq_interop.smoke import checks as checks  # declares them
from zmq_interop.smoke.agent import Agent, Said, error_of
from zmq_interop.smoke.rules import REGISTRY, Check, Silent, Unclaimed, Unseen, Way, Wrong
from zmq_interop.system.errors import InteropError, PeerBroken, unwritable

BARE = "agent"  # the name of a bare command's agent, in logs
MOST_SILENT = 3  # checks without an answer before smoke gives up on the agent
MOST_SECONDS = 60  # for one check: stops an agent whose every answer is just in time
_AT_ONCE = 2  # further agents besides the shared one
_NO_SOCKET = "control"  # in the run's private folder, where no such socket exists


class CheckOutcome(enum.Enum):
    """The outcome of a check. The value is the word in the report."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    UNCLAIMED = "not claimed"
    UNSEEN = "cannot be checked here"
    UNREACHED = "not reached"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One check and its outcome.

    why: the failure, or why the check was not played. record: if it failed, the bytes on the channel. stderr: if it
    failed, the end of the agent's stderr.
    """

    check: Check
    outcome: CheckOutcome
    why: str = ""
    record: tuple[Said, ...] = ()
    stderr: str = ""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """All results, in the order of the contract.

    hello: None if none arrived. done: the operations that the agent claims and carries out.
    """

    results: tuple[Result, ...]
    hello: Hello | None
    done: frozenset[str]

    @property
    def good(self) -> bool:
        """Whether no check failed, and smoke reached all of them."""
        return not any(one.outcome in (CheckOutcome.FAIL, CheckOutcome.UNREACHED) for one in self.results)


def bare(command: Sequence[str]) -> Peer:
    """A peer for a bare command, which starts its agent in the current folder. The peer claims nothing yet."""
    claims = Claims(lanes=1, socket_types=(), transports=())
    manifest = Manifest(contract=CONTRACT, name=BARE, language="?", run=Launch(command=tuple(command)), claims=claims)
    return Peer(name=BARE, folder=Path.cwd(), manifest=manifest)


class AgentHost:
    """Builds one peer and starts its agents.

    runtimes: the runtime for each way; a way without one cannot be checked. is_bare: the peer is a bare command and has
    no peer.toml.
    """

    def __init__(
        self, peer: Peer, runtimes: Mapping[Way, Runtime], place: RunPlace, proto_digest: str, *, is_bare: bool = False
    ) -> None:
        self.proto_digest = proto_digest
        self.peer = None if is_bare else peer
        self._started = {way: _started(peer, way, place) for way in Way}
        self._runtimes = runtimes
        self._place = place
        self._numbers = itertools.count(1)

    async def prepare(self, say: Callable[[str], None]) -> None:
        """Opens the runtimes, and builds the peer unless it is a bare command. Raises PeerBroken."""
        for runtime, way in {runtime: way for way, runtime in self._runtimes.items()}.items():
            await runtime.open(msgspec.structs.replace(self._place, control="socket" if way is Way.SOCKET else "stdio"))
            if self.peer is not None:
                with boundary.on(self.peer.name):
                    await runtime.prepare(self._started[way], say)

    async def start(self, way: Way, agent: Agent) -> Instance:
        """Starts an agent, whose bytes go to `agent`. Raises PeerBroken, and Unseen if `way` has no runtime."""
        runtime = self._runtimes.get(way)
        if runtime is None:
            raise Unseen("smoke cannot choose the channel of an agent in a container")
        peer = self._started[way]
        try:
            with boundary.on(peer.name):
                return await runtime.start(peer, f"{peer.name}-{next(self._numbers)}", agent)
        except PeerBroken as error:
            if self.peer is not None:
                raise
            raise PeerBroken(
                peer.name, error.message, f"the harness starts it in {peer.folder}, without a shell"
            ) from None

    async def close(self) -> None:
        """Ends all agents that were started."""
        for runtime in self._runtimes.values():
            await runtime.close()


def _started(peer: Peer, way: Way, place: RunPlace) -> Peer:
    """The peer, changed to be started in this way: with a control socket even if only its Hello claims one."""
    if peer.manifest is None:
        return peer
    manifest = peer.manifest
    if way is Way.SOCKET:
        abilities = (*manifest.claims.abilities, "control_socket")
        manifest = msgspec.structs.replace(
            manifest, claims=msgspec.structs.replace(manifest.claims, abilities=abilities)
        )
    elif way is Way.UNREACHABLE:
        command = ("env", f"INTEROP_CONTROL={place.ctl / _NO_SOCKET}", *manifest.run.command)
        manifest = msgspec.structs.replace(manifest, run=Launch(command=command))
    return msgspec.structs.replace(peer, manifest=manifest)


async def _carried_through(check: Check, agent: Agent) -> None:
    """Plays a check. Raises Wrong, Unclaimed, Unseen, TimeoutError, and InteropError for faults of something else."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            await check.play(agent)
    except (Wrong, Unclaimed, Unseen, TimeoutError, InteropError):
        raise
    except Exception as error:
        if unwritable(error):
            raise
        # An agent's answer or file can make a check raise anything. That must not end the command.
        raise Wrong(f"the check cannot read its answer: {type(error).__name__}: {error}") from error


class Player:
    """Plays checks. patience: as in Agent."""

    def __init__(self, stage: AgentHost, patience: float = GRACE) -> None:
        self._stage = stage
        self._patience = patience
        self._shared: Agent | None = None
        self._hello: Hello | None = None
        self._silent = 0
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def play(self, chosen: Sequence[Check] = tuple(REGISTRY.values())) -> Played:
        """Plays these checks, the first one alone. If no Hello arrived by then, the others are UNREACHED.

        Raises PeerBroken if the agent cannot be started.
        """
        first, rest = chosen[0], chosen[1:]
        results = [await self._one(first)]
        done: frozenset[str] = frozenset()
        if self._hello is None:
            results += [Result(check=one, outcome=CheckOutcome.UNREACHED, why="no Hello arrived") for one in rest]
        else:
            in_turn = self._in_turn([one for one in rest if one.way is Way.SHARED])
            beside = self._beside([one for one in rest if one.way is not Way.SHARED])
            results += itertools.chain(*await asyncio.gather(in_turn, beside))
            done = await self._carried_out(self._hello)
        place = {one.name: number for number, one in enumerate(chosen)}
        results.sort(key=lambda one: place[one.check.name])
        return Played(results=tuple(results), hello=self._hello, done=done)

    async def _in_turn(self, chosen: Sequence[Check]) -> list[Result]:
        return [await self._one(one) for one in chosen]

    async def _beside(self, chosen: Sequence[Check]) -> list[Result]:
        async def one(check: Check) -> Result:
            async with self._room:
                return await self._one(check)

        return await asyncio.gather(*map(one, chosen))

    async def _one(self, check: Check) -> Result:
        if self._silent >= MOST_SILENT:
            return Result(check=check, outcome=CheckOutcome.UNREACHED, why=f"{MOST_SILENT} answers did not arrive")
        shared = self._shared if check.way is Way.SHARED else None
        agent = shared or Agent(self._patience, self._stage.peer, self._stage.proto_digest)
        result = Result(check=check, outcome=CheckOutcome.PASS)
        try:
            if shared is None:
                await self._begin(agent, check.way)
            agent.forget()
            await _carried_through(check, agent)
        except Unclaimed as error:
            result = Result(check=check, outcome=CheckOutcome.UNCLAIMED, why=str(error))
        except Unseen as error:
            result = Result(check=check, outcome=CheckOutcome.UNSEEN, why=str(error))
        except (Wrong, TimeoutError) as error:
            self._silent += not isinstance(error, Wrong) or isinstance(error, Silent)
            result = Result(
                check=check,
                outcome=CheckOutcome.FAIL,
                why=str(error) or f"its answers took more than {MOST_SECONDS} s",
                record=tuple(agent.record or agent.greeting),
                stderr=agent.stderr(),
            )
        keep = check.way is Way.SHARED and result.outcome is not CheckOutcome.FAIL and await agent.tidy()
        self._shared = agent if keep else self._shared if check.way is not Way.SHARED else None
        if not keep:
            await agent.stop()
        return result

    async def _begin(self, agent: Agent, way: Way) -> None:
        """Starts the agent, and waits for its Hello unless UNREACHABLE. Raises Wrong, Unclaimed, Unseen, PeerBroken."""
        if way in (Way.SOCKET, Way.UNREACHABLE) and self._hello and "control_socket" not in self._hello.abilities:
            raise Unclaimed("ability control_socket")
        agent.instance = await self._stage.start(way, agent)
        if way is not Way.UNREACHABLE:
            await agent.hear()
            self._hello = self._hello or agent.hello

    async def _carried_out(self, hello: Hello) -> frozenset[str]:
        """The operations that the agent claims and does not answer with UNSUPPORTED. Tries each without a socket."""
        agent = Agent(self._patience, self._stage.peer, self._stage.proto_digest)
        done = set()
        try:
            await self._begin(agent, Way.SHARED)
            for name in (one for one in OPERATIONS if one in hello.operations):
                fields = {"type": hello.socket_types[0]} if name == "open" and hello.socket_types else {}
                operation: dict[str, Any] = {name: fields}
                if not error_of(await agent.ask(**operation)).startswith("UNSUPPORTED"):
                    done.add(name)
        except Wrong:  # a check reports it
            pass
        await agent.stop()
        return frozenset(done)
