"""Handles on remote sockets: what a scenario holds. A method per operation of the contract.

A method asks for its operation and returns a Call. The operations that are asked on one lane in one turn of the event
loop leave as one Program; an Open waits for the next one (program.py). Awaiting the Call waits for its answer. Where it
is not awaited, an error of it is raised by the next Call of the same lane that is awaited, at the latest by the
`CloseAll` at the end of the cell. So a scenario reads like plain code, and pays a round trip only where it asks for a
result.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from interop.control.v1.control_pb2 import ErrorCode, Request, Response
from interop.control.v1.hello_pb2 import Hello
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.control.program import Exchange
from zmq_interop.core.frames import Frame, Message, OptionValue, Typed
from zmq_interop.system.errors import DialogueBroken, OperationFailed

T = TypeVar("T")
BEHIND = 0.25  # seconds in which the next message of several should come
AT_ONCE = 0.25  # seconds that a Send or Receive with a limit of 0 has where the library always waits (the contract)
MEETING = 1.0  # seconds that Bind and Connect have where a library waits for its peer (the contract)
_CONTRACT = "(docs/peer-contract.md, Lanes and sockets)"


class Burst(NamedTuple):
    """What a burst did: messages, bytes in all frames, seconds, and the numbers in order of arrival."""

    messages: int
    bytes: int
    seconds: float
    numbers: tuple[int, ...]


class Event(NamedTuple):
    """What happened to a connection: zmq_socket_monitor(3)'s name without ZMQ_EVENT_, its value, the endpoint."""

    name: str
    value: int
    endpoint: str


class Call(Generic[T]):
    """One operation that has been asked for; await it for its result.

    Raises OperationFailed when the agent answered an error, AgentError when it did not answer.
    """

    __slots__ = ("_convert", "_lane", "exchange")

    def __init__(self, lane: Lane, exchange: Exchange, convert: Callable[[Response], T]) -> None:
        self._lane = lane
        self._convert = convert
        self.exchange = exchange

    def __await__(self) -> Generator[Any, None, T]:
        self.hurry()
        return self._wait()

    @types.coroutine
    def joined(self) -> Generator[Any, None, T]:
        """Waits for the result, as `await` does, but the answer may wait for what was asked right after it."""
        return (yield from self._wait())

    def _wait(self) -> Generator[Any, None, T]:
        response = yield from self.exchange.answer.__await__()
        self._lane.settle(self)
        if response.HasField("error"):
            raise self.failure(response)
        return self._convert(response)

    def hurry(self) -> None:
        """Ends the Program with this operation, so that its answer waits for nothing that is asked later."""
        self._lane.hurry(self.exchange)

    @property
    def name(self) -> str:
        """The operation's field in Request."""
        return self.exchange.name

    @property
    def done(self) -> bool:
        """Whether the operation was carried out, without an error."""
        return self.exchange.answered_at is not None and not self.exchange.failed

    def failure(self, response: Response) -> OperationFailed:
        """The error that the agent answered: of this operation, or of the one that ended its Program."""
        error = response.error
        code = (
            ErrorCode.Name(error.code).removeprefix("ERROR_CODE_")
            if error.code in ErrorCode.values()
            else str(error.code)
        )
        operation = (self.exchange.stopped_by or self.exchange).name
        return OperationFailed(self._lane.instance, operation, code, error.errno_name, error.text)


async def in_time(call: Awaitable[T], operation: str = "") -> list[T]:
    """What was answered, as a list of one; of none where an operation ran into its time limit (AGAIN).

    operation: the name of the only one of which that is accepted. An earlier one that nobody awaited may be told here.
    """
    try:
        return [await call]
    except OperationFailed as error:
        if error.code != "AGAIN" or (operation and error.operation != operation):
            raise
        return []


async def all_in_time(calls: Iterable[Call[T]], operation: str = "") -> list[T]:
    """What was answered of several calls that were asked one behind the other; see `in_time`."""
    return [result for call in calls for result in await in_time(call.joined(), operation)]


class PendingMessages:
    """The next `count` messages of a socket, asked for as soon as this is made; `await` gives those that came.

    They are expected one right behind the other, so that only the first is waited for: a time limit in which nothing at
    all comes ends it, and not one for each that is missing. Those that were late are asked for again.
    """

    def __init__(self, socket: Socket, count: int, types: Iterable[str] = ()) -> None:
        self._socket = socket
        self._count = count
        self._types = tuple(types)
        self._asked = self._ask(count)

    def _ask(self, count: int) -> list[Call[Message]]:
        behind = min(BEHIND, self._socket.lane.limit)
        return [self._socket.receive(behind if place else None, self._types) for place in range(count)]

    async def _all(self) -> list[Message]:
        got: list[Message] = []
        asked = self._asked
        while asked:
            fresh = await all_in_time(asked, "receive")
            got += fresh
            asked = self._ask(self._count - len(got)) if fresh else []
        return got

    def __await__(self) -> Generator[Any, None, list[Message]]:
        return self._all().__await__()


class Lane:
    """One lane of one instance, leased to one cell. Keeps what was asked on it, in order.

    limit: seconds that an operation waits where the scenario does not say. watch: called with each operation that is
    asked, and its fields.
    """

    def __init__(self, channel: Channel, number: int, limit: float) -> None:
        self.instance = channel.name
        self.number = number
        self.limit = limit
        self.watch: Callable[[Lane, Call[Any], dict[str, Any]], None] | None = None
        self.calls: list[Call[Any]] = []
        self._channel = channel
        self._unsettled = 0  # index of the first call whose error may not have been seen
        self._told: Exchange | None = None  # the last failure that another call raised
        self._kept_open = 0  # sockets that the cells before this one left open
        self._busy_until = 0.0  # when the lane has carried out all that was asked, should each take all its time
        self._handles = 0

    @property
    def hello(self) -> Hello:
        """What the agent said of itself."""
        return self._channel.hello.result()

    def call(self, name: str, operation: dict[str, Any], limit: float, convert: Callable[[Response], T]) -> Call[T]:
        """Asks for one operation.

        name: its field in Request. operation: the fields of its message. limit: seconds that it may take by itself.
        """
        request = Request(**{name: operation})  # type: ignore[arg-type]
        now = self._channel.time()
        # A lane answers in order. An answer that nobody waits for any more (a cancelled future) may still be to come.
        idle = not self.calls or self.calls[-1].exchange.answered_at is not None
        self._busy_until = (now if idle else max(now, self._busy_until)) + limit
        may_take = max(limit, AT_ONCE) if name in ("send", "receive") else limit
        exchange = self._channel.request(self.number, name, request, self._busy_until - now, may_take)
        call = Call(self, exchange, convert)
        self.calls.append(call)
        if self.watch is not None:
            self.watch(self, call, operation)
        return call

    def hurry(self, exchange: Exchange) -> None:
        """Somebody waits for this answer: it leaves now, and waits for nothing that is asked later."""
        self._channel.hurry(self.number, exchange)

    def settle(self, seen: Call[Any] | None) -> None:
        """Raises the error of a call that was written ahead of `seen` (None: of any call) and that nobody awaited."""
        calls = self.calls
        while self._unsettled < len(calls):
            call = calls[self._unsettled]
            if not call.exchange.answer.done():
                return
            self._unsettled += 1
            if call is seen:
                return
            if call.exchange.answer.cancelled():  # the scenario ran out of its time while it waited for this one
                continue
            response = call.exchange.answer.result()
            if not response.HasField("error") or call.exchange.stopped_by is self._told is not None:
                continue
            self._told = call.exchange.stopped_by or call.exchange
            raise call.failure(response)

    def open(self, type: str, **options: OptionValue) -> Socket:
        """Opens a socket (zmq_socket) with options by libzmq's name, e.g. `SNDHWM=10`; written ahead."""
        self._handles += 1
        handle = self._handles
        fields = [_option(name, value) for name, value in options.items()]
        opened = self.call("open", {"socket": handle, "type": type, "options": fields}, 0, _nothing)
        return Socket(self, handle, type, opened)

    async def settled(self) -> None:
        """Waits for every answer. Raises the error of a call that nobody awaited, and AgentError."""
        if self.calls:
            last = self.calls[-1]
            last.hurry()
            await last.exchange.answer  # a lane answers in order
            self.settle(None)

    def keep_sockets(self) -> None:
        """Forgets the calls, but not the sockets: another cell uses them. Only when `settled`."""
        self._kept_open = self._opened()
        self._channel.release(call.exchange for call in self.calls)
        self.calls = []
        self._unsettled = 0

    def close_all(self) -> Coroutine[Any, Any, None]:
        """Closes what the cell left open and settles every call. The lane is free for the next cell then.

        The operation is asked at once; what is returned waits for the answer.
        """
        return self._closed(self._close())

    def _close(self) -> Call[int]:
        return self.call("close_all", {}, 0, lambda response: response.closed)

    async def _closed(self, call: Call[int]) -> None:
        try:
            closed = await call
        except OperationFailed:
            if call.exchange.stopped_by is not None:  # an operation before it failed, so nothing was closed
                await self._close()
            raise
        if self._unsettled < len(self.calls):
            skipped = self.calls[self._unsettled].name
            what = f"{self.instance} answered close_all on lane {self.number} before the earlier {skipped}"
            raise DialogueBroken(self.instance, what, f"a lane answers each of its Requests, in order {_CONTRACT}")
        expected = self._opened()
        if closed != expected:
            what = f"{self.instance} closed {closed} sockets on lane {self.number}, but {expected} were open"
            raise DialogueBroken(self.instance, what, f"CloseAll closes exactly the sockets of its lane {_CONTRACT}")

    def _opened(self) -> int:
        """How many sockets are open, by the agent's own answers."""
        count = {"open": 1, "close": -1}
        return self._kept_open + sum(count[call.name] for call in self.calls if call.name in count and call.done)


class Socket:
    """A socket of an agent. Times are seconds; 0 means DONTWAIT."""

    def __init__(self, lane: Lane, handle: int, type: str, opened: Call[None]) -> None:
        self.lane = lane
        self.handle = handle
        self.type = type
        self.opened = opened

    def bind(self, endpoint: str) -> Call[str]:
        """zmq_bind; gives LAST_ENDPOINT."""
        call = self.lane.call("bind", {"socket": self.handle, "endpoint": endpoint}, MEETING, _endpoint)
        call.hurry()  # others connect as soon as it has worked, whatever this lane does next
        return call

    def connect(self, endpoint: str) -> Call[str]:
        """zmq_connect; gives LAST_ENDPOINT."""
        return self.lane.call("connect", {"socket": self.handle, "endpoint": endpoint}, MEETING, _endpoint)

    def unbind(self, endpoint: str) -> Call[None]:
        """zmq_unbind."""
        return self.lane.call("unbind", {"socket": self.handle, "endpoint": endpoint}, 0, _nothing)

    def disconnect(self, endpoint: str) -> Call[None]:
        """zmq_disconnect."""
        return self.lane.call("disconnect", {"socket": self.handle, "endpoint": endpoint}, 0, _nothing)

    def set(self, name: str, value: OptionValue) -> Call[None]:
        """zmq_setsockopt, by libzmq's name without ZMQ_."""
        operation = {"socket": self.handle, "option": _option(name, value)}
        return self.lane.call("set_option", operation, 0, _nothing)

    def get(self, name: str) -> Call[OptionValue]:
        """zmq_getsockopt, by libzmq's name without ZMQ_."""
        return self.lane.call("get_option", {"socket": self.handle, "name": name}, 0, _option_value)

    def send(self, message: Iterable[Frame], timeout: float | None = None) -> Call[None]:
        """zmq_msg_send of one message with all its frames; AGAIN after `timeout`."""
        timeout = self.lane.limit if timeout is None else timeout
        frames = [{"typed": frame._asdict()} if isinstance(frame, Typed) else {"raw": frame} for frame in message]
        operation = {"socket": self.handle, "frames": frames, "timeout_ms": _ms(timeout)}
        return self.lane.call("send", operation, timeout, _nothing)

    def receive(self, timeout: float | None = None, types: Iterable[str] = ()) -> Call[Message]:
        """zmq_msg_recv of one message with all its frames; AGAIN after `timeout`.

        types: for each frame the message type to decode it as, "" for raw bytes.
        """
        timeout = self.lane.limit if timeout is None else timeout
        operation = {"socket": self.handle, "timeout_ms": _ms(timeout), "types": types}
        return self.lane.call("receive", operation, timeout, _message)

    def send_burst(
        self, count: int, size: int, timeout: float, first: int = 0, head: Iterable[bytes] = ()
    ) -> Call[Burst]:
        """Sends `count` numbered messages of `size` bytes in the agent's own loop."""
        operation = {"socket": self.handle, "count": count, "size": size, "first": first, "head": head}
        operation["timeout_ms"] = _ms(timeout)
        return self.lane.call("send_burst", operation, timeout, _burst)

    def receive_burst(self, count: int, timeout: float, numbers: bool = True) -> Call[Burst]:
        """Receives up to `count` messages in the agent's own loop."""
        operation = {"socket": self.handle, "count": count, "timeout_ms": _ms(timeout), "numbers": numbers}
        return self.lane.call("receive_burst", operation, timeout, _burst)

    def monitor(self) -> Call[None]:
        """zmq_socket_monitor of all events; before the first bind or connect."""
        return self.lane.call("monitor", {"socket": self.handle}, 0, _nothing)

    def event(self, timeout: float | None = None) -> Call[Event]:
        """The next event that `monitor` noted; AGAIN after `timeout`."""
        timeout = self.lane.limit if timeout is None else timeout
        operation = {"socket": self.handle, "timeout_ms": _ms(timeout)}
        return self.lane.call("receive_event", operation, timeout, _event)

    def close(self) -> Call[None]:
        """zmq_close."""
        return self.lane.call("close", {"socket": self.handle}, 0, _nothing)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _option(name: str, value: OptionValue) -> dict[str, Any]:
    return {"name": name, "value": {"number": value} if isinstance(value, int) else {"data": value}}


def _nothing(_: Response) -> None:
    return None


def _endpoint(response: Response) -> str:
    return response.endpoint


def _option_value(response: Response) -> OptionValue:
    return response.value.number if response.value.HasField("number") else response.value.data


def _message(response: Response) -> Message:
    return tuple(
        Typed(frame.typed.type, frame.typed.value) if frame.HasField("typed") else frame.raw
        for frame in response.message.frames
    )


def _event(response: Response) -> Event:
    event = response.event
    return Event(event.name, event.value, event.endpoint)


def _burst(response: Response) -> Burst:
    burst = response.burst
    return Burst(burst.count, burst.bytes, burst.elapsed_ns / 1e9, tuple(burst.numbers))
