"""The runtime of in-memory agents, to test everything above the runtimes without processes, sockets or threads.

Each agent exchanges the contract's real bytes over a channel of function calls. All agents of the runtime share one
in-memory network (zmq.py). A Script says where an agent deviates from the contract.
"""

# Deeds share one signature, and so do runtimes, even where one does not use an argument.
# ruff: noqa: ARG001, ARG002

from __future__ import annotations

import asyncio
import functools
from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from interop.control.v1.control_pb2 import ProgramResult, Request, Response
from interop.control.v1.hello_pb2 import Hello, Library
from zmq_interop.agents.control.framing import Unframer, frame
from zmq_interop.agents.runtimes.base import Ended, Instance, Receiver, RunPlace, Runtime
from zmq_interop.agents.runtimes.stderr import StderrLog
from zmq_interop.agents.scripted import zmq
from zmq_interop.agents.scripted.lane import Lane
from zmq_interop.agents.scripted.sockets import TYPES
from zmq_interop.core.peer import CONTRACT, OPERATIONS, Claims, Peer
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import PeerBroken

# Everything that an agent of this runtime can do. A peer may claim less.
CLAIMS = Claims(
    lanes=64,
    socket_types=tuple(TYPES),
    transports=zmq.TRANSPORTS,
    options=tuple(zmq.OPTIONS),
    abilities=("inproc_lanes",),
    operations=OPERATIONS,
)

Deed = Callable[["ScriptedInstance", Request], None]
Choose = Callable[["ScriptedInstance", Request], Deed | None]


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """How the agents of one peer deviate from the contract.

    unprepared: why `prepare` fails. unstarted: why `start` fails. hello: changes the honest Hello, or returns None to
    send none. instead: called before each operation; returns a replacement for it, or None (see `at`). status: the exit
    status when the channel ends. deaf: the agent ignores the end of its channel, and must be killed. late: seconds
    before it handles a Request. cut: it writes its answers in pieces of at most this many bytes.
    """

    unprepared: str = ""
    unstarted: str = ""
    hello: Callable[[Hello], Hello | None] = lambda hello: hello
    instead: Choose = lambda _instance, _request: None
    status: int = 0
    deaf: bool = False
    late: float = 0.0
    cut: int = 1 << 20


HONEST = Script()
_FIRST_STEP = 1 << 40  # ids of steps, larger than those of any Request


def at(
    operation: str, deed: Deed, *, nth: int = 0, instance: str = "", where: Callable[[Request], bool] = lambda _: True
) -> Choose:
    """Replaces an operation by `deed`.

    nth: only the nth such operation of an instance, from 1; 0 for each. instance: only in the instance with this name.
    where: only for requests that it accepts.
    """

    def choose(self: ScriptedInstance, request: Request) -> Deed | None:
        asked = request.WhichOneof("operation") == operation and where(request)
        return deed if asked and nth in (0, self.asked[operation]) and instance in ("", self.name) else None

    return choose


def die(self: ScriptedInstance, request: Request) -> None:
    """Dies of a signal without answering the operation."""
    self.end(Ended(signal="SIGSEGV"))


def answer_and_die(self: ScriptedInstance, request: Request) -> None:
    """Carries out the operation, and dies before the next one."""
    self.lane(request.lane).take(request)
    self.later(0, lambda: self.end(Ended(signal="SIGSEGV")))


def hang(self: ScriptedInstance, request: Request) -> None:
    """Stops responding, on all lanes."""
    self.hung = True


def swallow(self: ScriptedInstance, request: Request) -> None:
    """Ignores this operation, without an answer."""


def keep_silent(self: ScriptedInstance, request: Request) -> None:
    """Carries out the operation without answering."""
    self.unsaid.add(request.id)
    self.lane(request.lane).take(request)


def wrong_id(self: ScriptedInstance, request: Request) -> None:
    """Answers with an id that no request has."""
    self.answer(Response(id=request.id + 1_000_000))


def twice(self: ScriptedInstance, request: Request) -> None:
    """Answers twice."""
    self.answer(Response(id=request.id))
    self.answer(Response(id=request.id))


def say(data: bytes) -> Deed:
    """Writes these bytes on the channel in place of the answer."""

    def deed(self: ScriptedInstance, request: Request) -> None:
        self.say(data)

    return deed


def late(seconds: float) -> Deed:
    """Does nothing, and answers success after this many seconds."""

    def deed(self: ScriptedInstance, request: Request) -> None:
        self.later(seconds, lambda: self.answer(Response(id=request.id)))

    return deed


def reply(**result: object) -> Deed:
    """Answers with this result, whatever the operation."""

    def deed(self: ScriptedInstance, request: Request) -> None:
        self.answer(Response(id=request.id, **result))  # type: ignore[arg-type]

    return deed


class ScriptedRuntime(Runtime):
    """Starts in-memory agents.

    proto_digest: the digest in their Hello. script: peer -> how its agents misbehave; other peers are honest.
    instances: all that were ever started, in order. prepared: the peer of each call of `prepare`, in order.
    """

    name = "scripted"

    def __init__(self, proto_digest: str, script: Mapping[str, Script] | None = None) -> None:
        self.instances: list[ScriptedInstance] = []
        self.prepared: list[str] = []
        self._proto_digest = proto_digest
        self._script = dict(script or {})
        self._network = zmq.Network()

    async def open(self, place: RunPlace) -> None:
        """Does nothing: this runtime needs no resources."""

    async def prepare(self, peer: Peer, say: Callable[[str], None]) -> None:
        """Builds nothing. Raises PeerBroken if the script says so."""
        self.prepared.append(peer.name)
        await asyncio.sleep(0)
        script = self._script.get(peer.name, HONEST)
        if script.unprepared:
            raise PeerBroken(peer.name, script.unprepared)

    async def start(
        self,
        peer: Peer,
        name: str,
        receiver: Receiver,
        *,
        raw: bool = False,
        beside: Instance | None = None,
    ) -> Instance:
        """Starts an agent whose Hello has the claims of the manifest. Raises PeerBroken if the script says so."""
        await asyncio.sleep(0)
        script = self._script.get(peer.name, HONEST)
        if script.unstarted:
            raise PeerBroken(peer.name, script.unstarted)
        instance = ScriptedInstance(name, script, self._network, receiver)
        self.instances.append(instance)
        hello = script.hello(_hello(peer, self._proto_digest))
        if hello is not None:
            instance.answer(Response(hello=hello))
        return instance

    async def close(self) -> list[str]:
        """Kills all agents that still run. Nothing can be left behind."""
        for instance in self.instances:
            instance.kill()
        return []


class _Running:
    """A Program in progress, with the answers to its steps so far."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.results: list[Response] = []


class ScriptedInstance(Instance):
    """One agent: the contract's lanes behind a channel that delivers in the next turn of the event loop.

    asked: operation -> number of requests for it. unsaid: ids of requests whose answers are withheld. hung: it has
    stopped responding. ended: how it ended, None while it runs.
    """

    def __init__(self, name: str, script: Script, network: zmq.Network, receiver: Receiver) -> None:
        self.name = name
        self.host = "127.0.0.1"
        self.ipc = "/ipc"
        self.stderr = StderrLog()
        self.asked: Counter[str] = Counter()
        self.unsaid: set[int] = set()
        self.ended: Ended | None = None
        self.hung = False
        self._script = script
        self._network = network
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[Ended] = self._loop.create_future()
        self._unframer = Unframer()
        self._lanes: dict[int, Lane] = {}
        self._programs: dict[int, _Running] = {}  # id of a step -> its Program
        self._steps = 0
        self._taken = 0

    def write(self, data: bytes) -> None:
        """Accepts bytes from the harness."""
        self._loop.call_soon(self._take, data)

    def kill(self) -> None:
        """Ends it as SIGKILL does."""
        self.end(Ended(signal="SIGKILL"))

    async def wait(self) -> Ended:
        """Waits until it has ended. Returns how."""
        return await asyncio.shield(self._exit)

    async def stop(self, grace: float) -> Ended:
        """Ends the channel, and kills a deaf or hung agent after `grace` seconds. Returns how it ended."""
        if not (self._script.deaf or self.hung):
            self.later(0, lambda: self.end(Ended(status=self._script.status)))
        try:
            return await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            self.kill()
            return await self.wait()

    @property
    def sockets(self) -> int:
        """The number of open sockets on all lanes."""
        return sum(lane.sockets for lane in self._lanes.values())

    def lane(self, number: int) -> Lane:
        """The lane with this number, created on first use."""
        if number not in self._lanes:
            self._lanes[number] = Lane(self._network, self.name, self.answer)
        return self._lanes[number]

    def later(self, seconds: float, deed: Callable[[], None]) -> None:
        """Calls `deed` after this many seconds; with 0, after everything that is already scheduled."""
        self._loop.call_later(seconds, deed)

    def answer(self, response: Response) -> None:
        """Writes one message to the harness. The answer to a step of a Program becomes part of the Program's answer."""
        if response.id in self.unsaid:
            return
        program = self._programs.pop(response.id, None)
        if program is None:
            self.say(frame(response.SerializeToString()))
            return
        response.ClearField("id")
        program.results.append(response)
        if response.HasField("error") or len(program.results) == len(program.request.program.steps):
            self.answer(Response(id=program.request.id, program=ProgramResult(results=program.results)))
        else:
            self._step(program)

    def say(self, data: bytes) -> None:
        """Writes any bytes to the harness."""
        if self.hung or self.ended is not None:
            return
        for start in range(0, len(data), self._script.cut):
            self._loop.call_soon(self._receiver.received, data[start : start + self._script.cut])

    def end(self, how: Ended) -> None:
        """Ends the agent and closes all its sockets. Only the first call counts."""
        if self.ended is not None:
            return
        self.ended = how
        self.stderr.feed(f"{self.name} {how}\n".encode())
        for lane in self._lanes.values():
            lane.end()
        self._loop.call_soon(self._receiver.ended)
        self._exit.set_result(how)

    def _take(self, data: bytes) -> None:
        for message in self._unframer.feed(data):
            request = Request.FromString(message)
            if self.hung or self.ended is not None:
                return
            if self._script.late:
                self._taken += 1
                order = self._taken * 1e-6  # timers that expire at the same time fire in any order
                self.later(self._script.late + order, functools.partial(self._begin, request))
            else:
                self._begin(request)

    def _begin(self, request: Request) -> None:
        if request.HasField("program"):
            self._step(_Running(request))
        else:
            self._carry_out(request)

    def _step(self, program: _Running) -> None:
        """Carries out the next step, under a new id that identifies its answer."""
        step = program.request.program.steps[len(program.results)]
        self._steps += 1
        step.id, step.lane = _FIRST_STEP + self._steps, program.request.lane
        self._programs[step.id] = program
        self._carry_out(step)

    def _carry_out(self, request: Request) -> None:
        if self.hung or self.ended is not None:
            return
        self.asked[request.WhichOneof("operation") or ""] += 1
        deed = self._script.instead(self, request)
        if deed is not None:
            deed(self, request)
        else:
            self.lane(request.lane).take(request)


def _hello(peer: Peer, proto_digest: str) -> Hello:
    claims = peer.require().claims
    return Hello(
        contract=CONTRACT,
        peer=peer.own_name,
        language="none",
        libraries=[Library(name="fake-zmq", version="1")],
        proto_digest=proto_digest,
        lanes=claims.lanes,
        socket_types=claims.socket_types,
        transports=claims.transports,
        mechanisms=claims.mechanisms,
        options=claims.options,
        message_types=sorted(payloads.message_types()),
        abilities=claims.abilities,
        operations=claims.operations,
    )
