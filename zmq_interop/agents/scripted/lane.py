"""A lane of an in-memory agent: carries out the contract's operations, one at a time, without a thread.

An operation is a generator that yields when it has to wait. It resumes on any event at one of the lane's sockets. When
its time limit has passed, _Late is thrown into it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Any

from google.protobuf.message import DecodeError

from interop.control.v1 import operations_pb2 as op
from interop.control.v1.control_pb2 import Error, Request, Response
from zmq_interop.agents.scripted import zmq
from zmq_interop.agents.scripted.sockets import TYPES
from zmq_interop.agents.scripted.zmq import Refused, Socket
from zmq_interop.core.frames import Typed
from zmq_interop.schemas import payloads

Work = Generator[None, None, Response]
TOO_SHORT = (1 << 64) - 1  # ReceiveBurst's number for a message that is too short to have one


class _Late(Exception):
    """The operation's time limit has passed."""


class _Failed(Exception):
    """The operation answers an error. code: a name of ErrorCode, without its prefix."""

    def __init__(self, code: str, text: str, errno_name: str = "") -> None:
        super().__init__(text)
        self.error = Error(code=f"ERROR_CODE_{code}", text=text, errno_name=errno_name)


class Lane:
    """One lane. context: the name of the context whose inproc endpoints it shares. answer: receives each Response."""

    def __init__(self, network: zmq.Network, context: str, answer: Callable[[Response], None]) -> None:
        self._network = network
        self._context = context
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._requests: deque[Request] = deque()
        self._sockets: dict[int, Socket] = {}
        self._work: Work | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def sockets(self) -> int:
        """The number of open sockets."""
        return len(self._sockets)

    def take(self, request: Request) -> None:
        """Queues one request."""
        self._requests.append(request)
        if self._work is None:
            self._go_on()

    def end(self) -> None:
        """Ends the lane with its agent: drops all requests and closes all sockets."""
        self._requests.clear()
        self._done()
        self._close_all()

    def _wake(self) -> None:
        if self._work is not None:
            self._loop.call_soon(self._go_on)

    def _go_on(self, late: bool = False) -> None:
        """Carries out requests until one has to wait. late: the current one has reached its time limit."""
        while self._work is not None or self._requests:
            if self._work is None:
                self._work = self._operation(self._requests[0])
            try:
                if late:
                    late = False
                    self._work.throw(_Late)
                else:
                    next(self._work)
            except StopIteration as stop:
                response: Response = stop.value
            except _Failed as failed:
                response = Response(error=failed.error)
            except Refused as refused:
                response = Response(error=_Failed("NATIVE", "the library refused", refused.errno_name).error)
            else:
                limit = getattr(self._requests[0], self._requests[0].WhichOneof("operation") or "").timeout_ms
                if limit == 0:
                    late = True
                    continue
                if self._timer is None:
                    self._timer = self._loop.call_later(limit / 1000, self._go_on, True)
                return
            response.id = self._requests.popleft().id
            self._done()
            self._answer(response)

    def _done(self) -> None:
        self._work = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _operation(self, request: Request) -> Work:
        name = request.WhichOneof("operation")
        if name is None:
            raise _Failed("UNSUPPORTED", "no operation that this agent knows")
        operation = getattr(request, name)
        if name == "close_all":
            return Response(closed=self._close_all())
        if name == "open":
            self._open(operation)
            return Response()
        socket = self._sockets.get(operation.socket)
        if socket is None:
            raise _Failed("INVALID", f"no socket {operation.socket} on this lane")
        match name:
            case "close":
                self._sockets.pop(operation.socket).close()
            case "set_option":
                _set(socket, operation.option)
            case "get_option":
                value = socket.get(operation.name)
                if isinstance(value, int):
                    return Response(value=op.OptionValue(number=value))
                return Response(value=op.OptionValue(data=value))
            case "bind" | "connect":
                return Response(endpoint=getattr(socket, name)(operation.endpoint))
            case "unbind" | "disconnect":
                getattr(socket, name)(operation.endpoint)
            case _:
                return (yield from _WAITING[name](socket, operation))
        return Response()

    def _open(self, operation: op.Open) -> None:
        if operation.type not in TYPES:
            raise _Failed("UNSUPPORTED", f"no socket type {operation.type}")
        if operation.socket in self._sockets:
            raise _Failed("INVALID", f"socket {operation.socket} is open")
        socket = TYPES[operation.type](self._network, self._context, self._wake)
        for option in operation.options:
            _set(socket, option)
        self._sockets[operation.socket] = socket

    def _close_all(self) -> int:
        sockets, self._sockets = self._sockets, {}
        for socket in sockets.values():
            socket.close()
        return len(sockets)


def _set(socket: Socket, option: op.Option) -> None:
    kind = zmq.OPTIONS.get(option.name)
    if kind is None:
        raise _Failed("UNSUPPORTED", f"no option {option.name}")
    value = option.value.number if option.value.HasField("number") else option.value.data
    if not isinstance(value, kind):
        raise _Failed("INVALID", f"{option.name} is of the other kind")
    socket.set(option.name, value)


def _send(socket: Socket, operation: op.Send) -> Work:
    if not operation.frames:
        raise _Failed("INVALID", "no frames")
    message = tuple(_encoded(frame) for frame in operation.frames)
    try:
        while not socket.send(message):
            yield
    except _Late:
        raise _Failed("AGAIN", "nobody to send to", "EAGAIN") from None
    return Response()


def _receive(socket: Socket, operation: op.Receive) -> Work:
    try:
        while (message := socket.receive()) is None:
            yield
    except _Late:
        raise _Failed("AGAIN", "no message came", "EAGAIN") from None
    types = [*operation.types, *[""] * (len(message) - len(operation.types))]
    frames = [_decoded(data, type) for data, type in zip(message, types, strict=False)]
    return Response(message=op.Message(frames=frames))


def _encoded(frame: op.Frame) -> bytes:
    if frame.HasField("typed"):
        return _again(frame.typed.type, frame.typed.value)
    if not frame.HasField("raw"):
        raise _Failed("INVALID", "a frame without a body")
    return frame.raw


def _decoded(data: bytes, type: str) -> op.Frame:
    return op.Frame(typed=op.Typed(type=type, value=_again(type, data))) if type else op.Frame(raw=data)


def _again(type: str, value: bytes) -> bytes:
    if type not in payloads.message_types():
        raise _Failed("UNSUPPORTED", f"no message type {type}")
    try:
        return payloads.canonical(Typed(type, value))
    except DecodeError as error:
        raise _Failed("PAYLOAD", str(error)) from None


def _send_burst(socket: Socket, operation: op.SendBurst) -> Work:
    if operation.size < 8:
        raise _Failed("INVALID", f"a size of {operation.size}")
    sent, start = 0, time.monotonic_ns()
    size = operation.size + sum(map(len, operation.head))
    try:
        while sent < operation.count:
            body = (operation.first + sent).to_bytes(8, "big").ljust(operation.size, b"\0")
            while not socket.send((*operation.head, body)):
                yield
            sent += 1
    except _Late:
        pass
    return _burst(sent, sent * size, start)


def _receive_burst(socket: Socket, operation: op.ReceiveBurst) -> Work:
    numbers: list[int] = []
    size, start = 0, time.monotonic_ns()
    try:
        while len(numbers) < operation.count:
            while (message := socket.receive()) is None:
                yield
            size += sum(map(len, message))
            last = message[-1]
            numbers.append(int.from_bytes(last[:8], "big") if len(last) >= 8 else TOO_SHORT)
    except _Late:
        pass
    return _burst(len(numbers), size, start, numbers if operation.numbers else ())


def _burst(count: int, size: int, start: int, numbers: Iterable[int] = ()) -> Response:
    elapsed = time.monotonic_ns() - start
    return Response(burst=op.BurstResult(count=count, bytes=size, elapsed_ns=elapsed, numbers=numbers))


_WAITING: dict[str, Callable[[Socket, Any], Work]] = {
    "send": _send,
    "receive": _receive,
    "send_burst": _send_burst,
    "receive_burst": _receive_burst,
}
