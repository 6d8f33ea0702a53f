"""One agent under test, and a record of every byte exchanged with it. The checks are played on it."""

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

HELLO_LIMIT = 30.0  # seconds; the contract says 10, and a busy machine needs more
LONG = 60_000  # milliseconds: for an operation that something else must end earlier
SHORT = 50  # milliseconds: for an operation that must time out
_ENDPOINTS = {"tcp": "tcp://127.0.0.1:*", "ipc": "ipc://{ipc}/smoke-{number}", "inproc": "inproc://smoke-{number}"}


class Said(NamedTuple):
    """Bytes written on the channel. sent: by the harness; otherwise by the agent."""

    sent: bool
    data: bytes


class Agent:
    """A running agent, seen from the harness's end of its channel (a Receiver, zmq_interop/agents/runtimes/base.py).

    patience: seconds that an answer may take beyond its operation's own limit. peer: None for a bare command.
    proto_digest: of the protos that it should be built from. record: everything exchanged since the last `forget`.
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
        """Milliseconds that an operation waits for a message or event that must come."""
        return round(self.patience * 1000)

    @property
    def instance(self) -> Instance:
        """The process of the agent. Set it before the first request."""
        assert self._instance is not None
        return self._instance

    @instance.setter
    def instance(self, started: Instance) -> None:
        self._instance = started

    async def hear(self) -> None:
        """Waits for the Hello. Raises Wrong."""
        self.hello = (await self._answer(0, HELLO_LIMIT)).hello
        self.greeting = tuple(self.record)

    async def tidy(self) -> bool:
        """Closes the sockets that a check has left open. Returns whether the agent can be used for another check."""
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
        """The end of its stderr."""
        return self._instance.stderr.tail() if self._instance else ""

    async def stop(self) -> None:
        """Ends the agent at once, if it was started."""
        if self._instance:
            await self._instance.stop(0)

    def forget(self) -> None:
        """Clears the record, before another check."""
        self.record.clear()
        self.answered.clear()

    def received(self, data: bytes) -> None:
        """Takes bytes from the agent (Receiver)."""
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
        """The agent has closed its end of the channel (Receiver)."""
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
        """Writes raw bytes, one piece at a time."""
        self.record.append(Said(True, b"".join(pieces)))
        for piece in pieces:
            self.instance.write(piece)

    def framed(self, id: int | None = None, lane: int = 0, **operation: Any) -> bytes:
        """Returns a Request with its length prefix. Its answer may come from now on. id: by default the next one."""
        self.last_id += 1
        id = self.last_id if id is None else id
        self._pending.add(id)
        self._lanes.add(lane)
        return frame(Request(id=id, lane=lane, **operation).SerializeToString())

    def start(self, lane: int = 0, **operation: Any) -> int:
        """Writes a Request without waiting for the answer. Returns its id."""
        self.write(self.framed(lane=lane, **operation))
        return self.last_id

    async def answer(self, id: int, limit_ms: int = 0) -> Response:
        """Waits for the Response to the Request with this id. limit_ms: the operation's own limit. Raises Wrong."""
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
        """Requests an operation, whether the agent claims it or not, and returns the answer. Raises Wrong."""
        return await self.answer(self.start(lane, **operation), _limit(operation))

    async def call(self, lane: int = 0, **operation: Any) -> Response:
        """Requests an operation and returns the answer. Raises Unclaimed if the agent does not claim it, and Wrong."""
        self.claims(operations=operation)
        if "open" in operation:
            self.claims(socket_types=[operation["open"]["type"]])
        return await self.ask(lane, **operation)

    async def program(self, *steps: dict[str, Any], lane: int = 0) -> list[Response]:
        """Requests a Program and returns the results of its steps. Raises Unclaimed as `call` does, and Wrong."""
        response = await self.call(lane, program={"steps": steps})
        if response.HasField("error"):
            raise Wrong(f"program answered {error_of(response)}: {response.error.text}")
        return list(response.program.results)

    async def do(self, lane: int = 0, **operation: Any) -> Response:
        """Requests an operation that must succeed. Raises Unclaimed as `call` does, and Wrong."""
        response = await self.call(lane, **operation)
        if response.HasField("error"):
            raise Wrong(f"{_named(operation)} answered {error_of(response)}: {response.error.text}")
        return response

    async def fails(self, *wanted: str, lane: int = 0, **operation: Any) -> None:
        """Requests an operation that must answer one of these errors.

        wanted: such as "INVALID" or "NATIVE EFSM"; "NATIVE " stands for any errno. Raises Unclaimed as `call` does, and
        Wrong.
        """
        self.is_error(await self.call(lane, **operation), *wanted, what=_named(operation))

    def is_error(self, response: Response, *wanted: str, what: str = "it") -> None:
        """Raises Wrong unless the answer is one of these errors. wanted: as in `fails`; "" for no error."""
        got = error_of(response)
        if not any(got == one or (one.endswith(" ") and got.startswith(one)) for one in wanted):
            asked = " or ".join(one.strip() for one in wanted)
            raise Wrong(f"{what} answered {got or 'no error'}; expected {asked}")

    def claims(self, *, lanes: int = 1, **names: Iterable[str]) -> None:
        """Raises Unclaimed for the first of these that the Hello lacks: claims(options=["LINGER"], lanes=2)."""
        for sort, wanted in names.items():
            for name in wanted:
                if name not in getattr(self.hello, sort):
                    raise Unclaimed(f"{_SORTS[sort]} {name}")
        if self.hello.lanes < lanes:
            raise Unclaimed(f"{lanes} lanes")

    @property
    def wraps_libzmq(self) -> bool:
        """Whether libzmq's manual applies to the agent. The contract requires less of other libraries."""
        return any(library.name == "libzmq" for library in self.hello.libraries)

    def endpoint(self, *transports: str) -> str:
        """An endpoint to bind, over the first of these transports (by default any) that the agent claims.

        Raises Unclaimed if it claims none of them.
        """
        for transport in transports or _ENDPOINTS:
            if transport in self.hello.transports:
                return _ENDPOINTS[transport].format(ipc=self.instance.ipc, number=next(self._number))
        raise Unclaimed(f"transport {' or '.join(transports or _ENDPOINTS)}")

    async def link(self, puller: str = "PULL", pusher: str = "PUSH", lane: int = 0, **options: Any) -> str:
        """Opens socket 1 (bound) and socket 2 (connected to it) on a lane. Returns the endpoint that Bind answered."""
        await self.do(lane, open={"socket": 1, "type": puller, **options})
        await self.do(lane, open={"socket": 2, "type": pusher, **options})
        endpoint = (await self.do(lane, bind={"socket": 1, "endpoint": self.endpoint()})).endpoint
        await self.do(lane, connect={"socket": 2, "endpoint": endpoint})
        return endpoint

    async def send(self, *frames: dict[str, Any], socket: int = 2, lane: int = 0) -> None:
        """Sends a message, which must succeed. Raises as `do` does."""
        await self.do(lane, send={"socket": socket, "frames": frames, "timeout_ms": self.while_ms})

    async def receive(self, *types: str, socket: int = 1, lane: int = 0) -> list[bytes]:
        """Receives the next message, which must arrive in time: the bytes of its frames. Raises as `do` does."""
        operation = {"socket": socket, "types": types, "timeout_ms": self.while_ms}
        message = (await self.do(lane, receive=operation)).message
        return [one.typed.value if one.HasField("typed") else one.raw for one in message.frames]

    def must_have_ended_clean(self) -> None:
        """Raises Wrong if the agent wrote anything on its channel that is not an answer."""
        if self._fault:
            raise Wrong(self._fault)

    async def over(self) -> Ended:
        """Waits until the agent has exited. Returns how. Raises Silent if it does not exit in time."""
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
    """The error in an answer, such as "NATIVE EFSM"; "" if there is none."""
    if not response.HasField("error"):
        return ""
    error = response.error
    code = ErrorCode.Name(error.code) if error.code in ErrorCode.values() else f"code {error.code}"
    return f"{code.removeprefix('ERROR_CODE_')} {error.errno_name}".strip()


def _named(operation: dict[str, Any]) -> str:
    return next(iter(operation))


def _limit(operation: dict[str, Any]) -> int:
    """Milliseconds that the operation may take; for a Program, the total of its steps."""
    if "program" in operation:
        return sum(_limit(step) for step in operation["program"].get("steps", ()))
    limits: list[int] = [one.get("timeout_ms", 0) for one in operation.values()]
    return limits[0] if limits else 0
