"""Handles on remote sockets: what a scenario holds. A method per operation of the contract.

A method writes its request at once and returns a Call. Awaiting the Call waits for the answer; not awaiting it leaves
the request written ahead, and an error of it is raised by the next Call of the same lane that is awaited, at the
latest by the `CloseAll` at the end of the cell. So a scenario reads like plain code, and pays a round trip only where
it asks for a result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from interop.control.v1.control_pb2 import ErrorCode, Request, Response
from interop.control.v1.hello_pb2 import Hello
from zmq_interop.agents.control.channel import Channel, Exchange
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

    __slots__ = ("_convert", "_lane", "exchange", "name")

    def __init__(self, lane: Lane, name: str, exchange: Exchange, convert: Callable[[Response], T]) -> None:
        self._lane = lane
        self._convert = convert
        self.name = name
        self.exchange = exchange

    def __await__(self) -> Generator[Any, None, T]:
        response = yield from self.exchange.answer.__await__()
        self._lane.settle(self)
        if response.HasField("error"):
            raise self.failure(response)
        return self._convert(response)

    def failure(self, response: Response) -> OperationFailed:
        """The error that the agent answered."""
        error = response.error
        if self.name == "open":  # the contract: a failed Open leaves no socket
            self._lane.forget(self.exchange.request.open.socket)
        code = (
            ErrorCode.Name(error.code).removeprefix("ERROR_CODE_")
            if error.code in ErrorCode.values()
            else str(error.code)
        )
        return OperationFailed(self._lane.instance, self.name, code, error.errno_name, error.text)


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
            fresh = [message for call in asked for message in await in_time(call, "receive")]
            got += fresh
            asked = self._ask(self._count - len(got)) if fresh else []
        return got

    def __await__(self) -> Generator[Any, None, list[Message]]:
        return self._all().__await__()


class Lane:
    """One lane of one instance, leased to one cell. Keeps what was asked on it, in order.

    limit: seconds that an operation waits where the scenario does not say.
    """

    def __init__(self, channel: Channel, number: int, limit: float) -> None:
        self.instance = channel.name
        self.number = number
        self.limit = limit
        self.calls: list[Call[Any]] = []
        self._channel = channel
        self._unsettled = 0  # index of the first call whose error may not have been seen
        self._busy_until = 0.0  # when the lane has carried out all that was asked, should each take all its time
        self._handles = 0
        self._open: set[int] = set()

    @property
    def hello(self) -> Hello:
        """What the agent said of itself."""
        return self._channel.hello.result()

    def call(self, name: str, operation: dict[str, Any], limit: float, convert: Callable[[Response], T]) -> Call[T]:
        """Asks for one operation.

        name: its field in Request. operation: the fields of its message. limit: seconds that it may take by itself.
        """
        request = Request(lane=self.number, **{name: operation})  # type: ignore[arg-type]
        now = self._channel.time()
        # A lane answers in order. An answer that nobody waits for any more (a cancelled future) may still be to come.
        idle = not self.calls or self.calls[-1].exchange.answered_at is not None
        self._busy_until = (now if idle else max(now, self._busy_until)) + limit
        may_take = max(limit, AT_ONCE) if name in ("send", "receive") else limit
        call = Call(self, name, self._channel.request(request, self._busy_until - now, may_take), convert)
        self.calls.append(call)
        return call

    def settle(self, seen: Call[Any]) -> None:
        """Raises the error of a call that was written ahead of `seen` and that nobody awaited."""
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
            if response.HasField("error"):
                raise call.failure(response)

    def open(self, type: str, **options: OptionValue) -> Socket:
        """Opens a socket (zmq_socket) with options by libzmq's name, e.g. `SNDHWM=10`; written ahead."""
        self._handles += 1
        handle = self._handles
        self._open.add(handle)
        fields = [_option(name, value) for name, value in options.items()]
        opened = self.call("open", {"socket": handle, "type": type, "options": fields}, 0, _nothing)
        return Socket(self, handle, type, opened)

    def forget(self, handle: int) -> None:
        """A socket was closed by the scenario itself."""
        self._open.discard(handle)

    def close_all(self) -> Coroutine[Any, Any, None]:
        """Closes what the cell left open and settles every call. The lane is free for the next cell then.

        The request is written at once; what is returned waits for the answer.
        """
        expected = len(self._open)
        self._open.clear()
        return self._closed(self.call("close_all", {}, 0, lambda response: response.closed), expected)

    async def _closed(self, call: Call[int], expected: int) -> None:
        closed = await call
        if self._unsettled < len(self.calls):
            skipped = self.calls[self._unsettled].name
            what = f"{self.instance} answered close_all on lane {self.number} before the earlier {skipped}"
            raise DialogueBroken(self.instance, what, f"a lane answers each of its Requests, in order {_CONTRACT}")
        if closed != expected:
            what = f"{self.instance} closed {closed} sockets on lane {self.number}, but {expected} were open"
            raise DialogueBroken(self.instance, what, f"CloseAll closes exactly the sockets of its lane {_CONTRACT}")


class Socket:
    """A socket of an agent. Times are seconds; 0 means DONTWAIT."""

    def __init__(self, lane: Lane, handle: int, type: str, opened: Call[None]) -> None:
        self.lane = lane
        self.handle = handle
        self.type = type
        self.opened = opened

    def bind(self, endpoint: str) -> Call[str]:
        """zmq_bind; gives LAST_ENDPOINT."""
        return self.lane.call("bind", {"socket": self.handle, "endpoint": endpoint}, MEETING, _endpoint)

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
        self.lane.forget(self.handle)
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
