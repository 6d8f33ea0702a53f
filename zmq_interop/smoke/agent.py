"""One agent and all that is said to it and by it, byte by byte: what the checks are played on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from interop.control.v1.control_pb2 import ErrorCode, Request, Response
from interop.control.v1.hello_pb2 import Hello
from zmq_interop.agents.control import bounds
from zmq_interop.agents.control.framing import FramingError, Unframer, frame
from zmq_interop.agents.runtimes.base import Ended, Instance
from zmq_interop.core.peer import Peer
from zmq_interop.smoke.rules import Silent, Unclaimed, Wrong

HELLO_LIMIT = 30.0  # seconds; the contract says 10, the rest is for a busy machine
LONG = 60_000  # milliseconds: an operation that waits so long is to be ended by something else
SHORT = 50  # milliseconds: how long operations wait in vain
_ENDPOINTS = {"tcp": "tcp://127.0.0.1:*", "ipc": "ipc://{ipc}/smoke-{number}", "inproc": "inproc://smoke-{number}"}


class Said(NamedTuple):
    """What was written on the channel: by us, or by the agent."""

    sent: bool
    data: bytes


class Agent:
    """A running agent, seen from the harness's end of its channel (a Receiver, zmq_interop/agents/runtimes/base.py).

    patience: seconds that an answer may take beyond its operation's own limit. peer: None for a bare command.
    proto_digest: of the protos that it should be built from. record: what was said since the last `forget`.
    """

    def __init__(self, patience: float, peer: Peer | None, proto_digest: str) -> None:
        self.hello = Hello()
        self.peer = peer
        self.proto_digest = proto_digest
        self.patience = patience
        self.record: list[Said] = []
        self.answered: list[int] = []  # ids, in the order of their answers
        self.gone = False
        self.greeting: tuple[Said, ...] = ()
        self._instance: Instance | None = None
        self._lanes: set[int] = set()
        self._unframer = Unframer()
        self._pending = {0}  # ids; that of the Hello is awaited from the start
        self._answers: dict[int, Response] = {}
        self._fault = ""
        self._news = asyncio.Event()
        self.last_id = 0
        self._number = itertools.count(1)

    @property
    def while_ms(self) -> int:
        """Milliseconds that an operation waits for what must come."""
        return round(self.patience * 1000)

    @property
    def instance(self) -> Instance:
        """The process behind it; set it before anything is asked."""
        assert self._instance is not None
        return self._instance

    @instance.setter
    def instance(self, started: Instance) -> None:
        self._instance = started

    async def hear(self) -> None:
        """Waits for its Hello. Raises Wrong."""
        self.hello = (await self._answer(0, HELLO_LIMIT)).hello
        self.greeting = tuple(self.record)

    async def tidy(self) -> bool:
        """Closes what a check has left open. Gives back whether the agent is as new."""
        lanes, self._lanes = [lane for lane in self._lanes if lane < self.hello.lanes], set()
        try:
            if not lanes or "close_all" not in self.hello.operations:
                return "open" not in self.hello.operations
            for id in [self.start(lane, close_all={}) for lane in lanes]:
                self.is_error(await self.answer(id), "")
        except Wrong:
            return False
        return not (self._pending or self._fault)

    def stderr(self) -> str:
        """The end of what it wrote there."""
        return self._instance.stderr.tail() if self._instance else ""

    async def stop(self) -> None:
        """Ends it at once, where it was started."""
        if self._instance:
            await self._instance.stop(0)

    def forget(self) -> None:
        """Another check begins."""
        self.record.clear()
        self.answered.clear()

    def received(self, data: bytes) -> None:
        """Bytes of the agent (Receiver)."""
        self.record.append(Said(False, data))
        try:
            for message in self._unframer.feed(data):
                bounds.check(message)
                self._take(Response.FromString(message))
        except FramingError as error:
            self._blame(f"these bytes do not start with a valid message length: {error}")
        except bounds.TooMuch as error:
            self._blame(f"the answer is too long: {error}")
        except (DecodeError, ValueError):
            self._blame("these bytes are not a Response")
        self._news.set()

    def ended(self) -> None:
        """It closed its end (Receiver)."""
        self.gone = True
        if self._unframer.pending:
            self._blame(f"it ended in the middle of an answer, after {self._unframer.pending} bytes of it")
        self._news.set()

    def _take(self, response: Response) -> None:
        if response.id not in self._pending:
            self._blame(f"it answered id {response.id}, which was never requested or was already answered")
            return
        if response.HasField("hello") != (response.id == 0):
            self._blame("only the Hello has id 0, and the Hello must have it")
        self._pending.discard(response.id)
        self._answers[response.id] = response
        self.answered.append(response.id)

    def _blame(self, fault: str) -> None:
        self._fault = self._fault or fault

    def write(self, *pieces: bytes) -> None:
        """Writes bytes as they are, each piece by itself."""
        self.record.append(Said(True, b"".join(pieces)))
        for piece in pieces:
            self.instance.write(piece)

    def framed(self, id: int | None = None, lane: int = 0, **operation: Any) -> bytes:
        """A Request with its length before it; its answer is waited for from now on. id: else the next one."""
        self.last_id += 1
        id = self.last_id if id is None else id
        self._pending.add(id)
        self._lanes.add(lane)
        return frame(Request(id=id, lane=lane, **operation).SerializeToString())

    def start(self, lane: int = 0, **operation: Any) -> int:
        """Writes a Request and does not wait; returns its id."""
        self.write(self.framed(lane=lane, **operation))
        return self.last_id

    async def answer(self, id: int, limit_ms: int = 0) -> Response:
        """The Response to the Request with this id. limit_ms: what the operation itself may take. Raises Wrong."""
        return await self._answer(id, limit_ms / 1000 + self.patience)

    async def _answer(self, id: int, seconds: float) -> Response:
        what = f"the answer to Request {id}" if id else "the Hello"
        try:
            async with asyncio.timeout(seconds):
                while id not in self._answers and not self._fault and not self.gone:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Silent(f"{what} did not arrive within {seconds:g} s") from None
        if self._fault:
            raise Wrong(self._fault)
        if id not in self._answers:
            ended = await self.over()
            raise Wrong(f"it closed its channel before {what}, and {ended}")
        return self._answers.pop(id)

    async def ask(self, lane: int = 0, **operation: Any) -> Response:
        """Asks, whether the agent claims the operation or not."""
        return await self.answer(self.start(lane, **operation), _limit(operation))

    async def call(self, lane: int = 0, **operation: Any) -> Response:
        """Asks for an operation that the agent must claim, else raises Unclaimed."""
        self.claims(operations=operation)
        if "open" in operation:
            self.claims(socket_types=[operation["open"]["type"]])
        return await self.ask(lane, **operation)

    async def program(self, *steps: dict[str, Any], lane: int = 0) -> list[Response]:
        """Asks for a Program, which the agent must claim, and returns the results of its steps. Raises Wrong."""
        response = await self.call(lane, program={"steps": steps})
        if response.HasField("error"):
            raise Wrong(f"program answered {error_of(response)}: {response.error.text}")
        return list(response.program.results)

    async def do(self, lane: int = 0, **operation: Any) -> Response:
        """Calls, and it must work."""
        response = await self.call(lane, **operation)
        if response.HasField("error"):
            raise Wrong(f"{_named(operation)} answered {error_of(response)}: {response.error.text}")
        return response

    async def fails(self, *wanted: str, lane: int = 0, **operation: Any) -> None:
        """Calls, and it must answer one of these errors: "INVALID", "NATIVE EFSM"; "NATIVE " for any of its names."""
        self.is_error(await self.call(lane, **operation), *wanted, what=_named(operation))

    def is_error(self, response: Response, *wanted: str, what: str = "it") -> None:
        """The answer must be one of these errors; see `fails`."""
        got = error_of(response)
        if not any(got == one or (one.endswith(" ") and got.startswith(one)) for one in wanted):
            asked = " or ".join(one.strip() for one in wanted)
            raise Wrong(f"{what} answered {got or 'no error'}; expected {asked}")

    def claims(self, *, lanes: int = 1, **names: Iterable[str]) -> None:
        """Raises Unclaimed for the first that its Hello does not have: claims(socket_types=["REQ"], lanes=2)."""
        for sort, wanted in names.items():
            for name in wanted:
                if name not in getattr(self.hello, sort):
                    raise Unclaimed(f"{_SORTS[sort]} {name}")
        if self.hello.lanes < lanes:
            raise Unclaimed(f"{lanes} lanes")

    @property
    def wraps_libzmq(self) -> bool:
        """Whether libzmq's manual says what is to be seen; of other libraries the contract asks less."""
        return any(library.name == "libzmq" for library in self.hello.libraries)

    def endpoint(self, *transports: str) -> str:
        """An endpoint to bind to, over the first of these transports (by default any) that the agent claims."""
        for transport in transports or _ENDPOINTS:
            if transport in self.hello.transports:
                return _ENDPOINTS[transport].format(ipc=self.instance.ipc, number=next(self._number))
        raise Unclaimed(f"transport {' or '.join(transports or _ENDPOINTS)}")

    async def link(self, puller: str = "PULL", pusher: str = "PUSH", lane: int = 0, **options: Any) -> str:
        """Opens socket 1 (bound) and socket 2 (connected to it) on a lane; the endpoint that Bind answered."""
        await self.do(lane, open={"socket": 1, "type": puller, **options})
        await self.do(lane, open={"socket": 2, "type": pusher, **options})
        endpoint = (await self.do(lane, bind={"socket": 1, "endpoint": self.endpoint()})).endpoint
        await self.do(lane, connect={"socket": 2, "endpoint": endpoint})
        return endpoint

    async def send(self, *frames: dict[str, Any], socket: int = 2, lane: int = 0) -> None:
        """Sends a message, which must work."""
        await self.do(lane, send={"socket": socket, "frames": frames, "timeout_ms": self.while_ms})

    async def receive(self, *types: str, socket: int = 1, lane: int = 0) -> list[bytes]:
        """Takes the next message, which must be there or be on its way: the bytes of its frames."""
        operation = {"socket": socket, "types": types, "timeout_ms": self.while_ms}
        message = (await self.do(lane, receive=operation)).message
        return [one.typed.value if one.HasField("typed") else one.raw for one in message.frames]

    def must_have_ended_clean(self) -> None:
        """Raises Wrong where something is on the channel that is no answer."""
        if self._fault:
            raise Wrong(self._fault)

    async def over(self) -> Ended:
        """How it ended; raises Silent where it does not."""
        try:
            return await asyncio.wait_for(self.instance.wait(), self.patience)
        except TimeoutError:
            raise Silent(f"it did not exit within {self.patience:g} s") from None


_SORTS = {
    "operations": "operation",
    "socket_types": "socket type",
    "transports": "transport",
    "options": "option",
    "abilities": "ability",
}


def error_of(response: Response) -> str:
    """The error in an answer, "NATIVE EFSM"; "" where there is none."""
    if not response.HasField("error"):
        return ""
    error = response.error
    code = ErrorCode.Name(error.code) if error.code in ErrorCode.values() else f"code {error.code}"
    return f"{code.removeprefix('ERROR_CODE_')} {error.errno_name}".strip()


def _named(operation: dict[str, Any]) -> str:
    return next(iter(operation))


def _limit(operation: dict[str, Any]) -> int:
    """Milliseconds that the operation may take; of a Program, all its steps."""
    if "program" in operation:
        return sum(_limit(step) for step in operation["program"].get("steps", ()))
    limits: list[int] = [one.get("timeout_ms", 0) for one in operation.values()]
    return limits[0] if limits else 0
