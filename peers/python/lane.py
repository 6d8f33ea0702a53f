"""The operations on sockets. One Lane is one thread's: no other touches its sockets."""

import errno
from collections.abc import Callable
from math import ceil
from time import monotonic, monotonic_ns, sleep
from typing import Any

import zmq
from google.protobuf.message import DecodeError, EncodeError
from hello import SOCKET_TYPES
from options import OPTIONS, Option
from payload import message_class, transcode

Request = message_class("interop.control.v1.Request")
Response = message_class("interop.control.v1.Response")
OptionValue = message_class("interop.control.v1.OptionValue")
BurstResult = message_class("interop.control.v1.BurstResult")
_CODES = message_class("interop.control.v1.Error").DESCRIPTOR.fields_by_name["code"].enum_type.values_by_name
_NO_NUMBER = 2**64 - 1


class AgentError(Exception):
    """Ends an operation with an Error; `code` is an ErrorCode without its prefix."""

    def __init__(self, code: str, errno_name: str, text: str) -> None:
        super().__init__(code, errno_name, text)
        self.code, self.errno_name, self.text = code, errno_name, text

    def response(self) -> Any:
        code = _CODES[f"ERROR_CODE_{self.code}"].number
        return Response(error={"code": code, "errno_name": self.errno_name, "text": self.text})


class Limit:
    """The time limit of one operation on one socket."""

    def __init__(self, socket: zmq.Socket[bytes], event: int, timeout_ms: int) -> None:
        self.items = [(socket, event)]
        self.timeout_ms = timeout_ms
        self.end = monotonic() + timeout_ms / 1000
        self.ready = False

    def repeat(self, call: Callable[[], Any]) -> Any:
        """What the call returns, as soon as it does not say EAGAIN."""
        while True:
            try:
                return call()
            except zmq.Again:
                if not self._wait():
                    raise AgentError("AGAIN", "EAGAIN", f"not possible within {self.timeout_ms} ms") from None

    def burst(self, step: Callable[[int], None], count: int) -> tuple[int, int]:
        """Calls step(0), step(1), ...; returns how many were done and the nanoseconds that they took."""
        done, start = 0, monotonic_ns()
        while done < count and (not self.timeout_ms or monotonic() < self.end):
            try:
                step(done)
            except zmq.Again:
                if not self._wait():
                    break
            else:
                done += 1
                self.ready = False
        return done, monotonic_ns() - start

    def _wait(self) -> bool:
        """After EAGAIN: sleeps until it is worth trying again. False when no time is left."""
        if self.ready:
            # A ROUTER can be ready for some peers and full for the one that is addressed: poll alone would spin.
            sleep(0.001)
        remaining = self.end - monotonic()
        if remaining <= 0:
            return False
        self.ready = bool(zmq.zmq_poll(self.items, min(ceil(remaining * 1000), 2**31 - 1)))
        return True


class Lane:
    """Has one method an operation, named after its field in Request. Each takes the operation's message."""

    def __init__(self, context: zmq.Context[Any]) -> None:
        self.context = context
        self.sockets: dict[int, zmq.Socket[bytes]] = {}
        self.table = {name: getattr(self, name) for name in self.operations()}

    @classmethod
    def operations(cls) -> list[str]:
        fields = Request.DESCRIPTOR.oneofs_by_name["operation"].fields
        return [field.name for field in fields if getattr(cls, field.name, None)]

    def perform(self, request: Any) -> Any:
        """Carries out one Request. Nothing that it asks for raises: the answer says what went wrong."""
        name = request.WhichOneof("operation")
        try:
            if name not in self.table:
                raise AgentError("UNSUPPORTED", "", f"operation {name or 'that is not set or not known'}")
            return self.table[name](getattr(request, name))
        except AgentError as error:
            return error.response()
        except zmq.ZMQError as error:
            return AgentError("NATIVE", _errno_name(error.errno), f"{name}: {error.strerror}").response()
        except Exception as error:  # noqa: BLE001
            # Whatever it is, the Request gets its answer. pyzmq refuses with Python's own exceptions too: a number that
            # is no C int, memory that is not there.
            symbol = "ENOMEM" if isinstance(error, MemoryError) else "EINVAL"
            return AgentError("NATIVE", symbol, f"{name}: {error!r}").response()

    def open(self, operation: Any) -> Any:
        if operation.socket in self.sockets:
            raise AgentError("INVALID", "", f"socket {operation.socket} is already open on this lane")
        if operation.type not in SOCKET_TYPES:
            raise AgentError("UNSUPPORTED", "", f"socket type {operation.type!r}")
        socket = self.context.socket(zmq.SocketType[operation.type])
        try:
            socket.set(zmq.LINGER, 0)
            for option in operation.options:
                _set(socket, option)
        except BaseException:
            socket.close(linger=0)
            raise
        self.sockets[operation.socket] = socket
        return Response()

    def close(self, operation: Any) -> Any:
        self._socket(operation).close()
        del self.sockets[operation.socket]
        return Response()

    def close_all(self, _: Any) -> Any:
        closed = len(self.sockets)
        for socket in self.sockets.values():
            socket.close(linger=0)
        self.sockets.clear()
        return Response(closed=closed)

    def set_option(self, operation: Any) -> Any:
        _set(self._socket(operation), operation.option)
        return Response()

    def get_option(self, operation: Any) -> Any:
        socket, option = self._socket(operation), _option(operation.name)
        return Response(value=OptionValue(**{option.kind: socket.get(option.number)}))

    def bind(self, operation: Any) -> Any:
        socket = self._socket(operation)
        socket.bind(operation.endpoint)
        return Response(endpoint=socket.get(zmq.LAST_ENDPOINT))

    def connect(self, operation: Any) -> Any:
        socket = self._socket(operation)
        socket.connect(operation.endpoint)
        return Response(endpoint=socket.get(zmq.LAST_ENDPOINT))

    def unbind(self, operation: Any) -> Any:
        self._socket(operation).unbind(operation.endpoint)
        return Response()

    def disconnect(self, operation: Any) -> Any:
        self._socket(operation).disconnect(operation.endpoint)
        return Response()

    def send(self, operation: Any) -> Any:
        socket = self._socket(operation)
        frames = [self._outgoing(frame) for frame in operation.frames]
        if not frames:
            raise AgentError("INVALID", "", "a message without frames")
        # A message of several frames that the socket gives up half-way is taken back by libzmq as a whole.
        Limit(socket, zmq.POLLOUT, operation.timeout_ms).repeat(lambda: socket.send_multipart(frames, zmq.DONTWAIT))
        return Response()

    def receive(self, operation: Any) -> Any:
        socket = self._socket(operation)
        limit = Limit(socket, zmq.POLLIN, operation.timeout_ms)
        response = Response()
        frames, types = response.message.frames, operation.types
        for number, part in enumerate(limit.repeat(lambda: socket.recv_multipart(zmq.DONTWAIT))):
            if number < len(types) and types[number]:
                frames.add(typed={"type": types[number], "value": self._transcoded(types[number], part)})
            else:
                frames.add(raw=part)
        return response

    def send_burst(self, operation: Any) -> Any:
        socket = self._socket(operation)
        if operation.size < 8:
            raise AgentError("INVALID", "", f"a burst of {operation.size} bytes a message: it needs 8 for the number")
        first, head, filling = operation.first, list(operation.head), bytes(operation.size - 8)

        def step(done: int) -> None:
            number = ((first + done) & _NO_NUMBER).to_bytes(8, "big")
            for frame in head:
                socket.send(frame, zmq.DONTWAIT | zmq.SNDMORE)
            socket.send(number + filling, zmq.DONTWAIT)

        sent, elapsed = Limit(socket, zmq.POLLOUT, operation.timeout_ms).burst(step, operation.count)
        size = sum(map(len, head)) + operation.size
        return Response(burst={"count": sent, "bytes": sent * size, "elapsed_ns": elapsed})

    def receive_burst(self, operation: Any) -> Any:
        socket, wanted = self._socket(operation), operation.numbers
        response = Response()
        numbers, size = response.burst.numbers, 0

        def step(_: int) -> None:
            nonlocal size
            parts = socket.recv_multipart(zmq.DONTWAIT)
            size += sum(map(len, parts))
            if wanted:
                number = parts[-1][:8]
                numbers.append(int.from_bytes(number, "big") if len(number) == 8 else _NO_NUMBER)

        taken, elapsed = Limit(socket, zmq.POLLIN, operation.timeout_ms).burst(step, operation.count)
        response.burst.MergeFrom(BurstResult(count=taken, bytes=size, elapsed_ns=elapsed))
        return response

    def transcode(self, type_name: str, data: bytes) -> bytes:
        return transcode(type_name, data)

    def _socket(self, operation: Any) -> zmq.Socket[bytes]:
        try:
            return self.sockets[operation.socket]
        except KeyError:
            raise AgentError("INVALID", "", f"socket {operation.socket} is not open on this lane") from None

    def _outgoing(self, frame: Any) -> bytes:
        body = frame.WhichOneof("body")
        if body is None:
            raise AgentError("INVALID", "", "a frame without a body")
        typed = frame.typed
        return self._transcoded(typed.type, typed.value) if body == "typed" else bytes(frame.raw)

    def _transcoded(self, type_name: str, data: bytes) -> bytes:
        try:
            return self.transcode(type_name, data)
        except KeyError:
            raise AgentError("UNSUPPORTED", "", f"message type {type_name!r}") from None
        except (DecodeError, EncodeError) as error:
            raise AgentError("PAYLOAD", "", f"{len(data)} bytes are no {type_name}: {error}") from None


def _option(name: str) -> Option:
    try:
        return OPTIONS[name]
    except KeyError:
        raise AgentError("UNSUPPORTED", "", f"option {name!r}") from None


def _set(socket: zmq.Socket[bytes], setting: Any) -> None:
    option, kind = _option(setting.name), setting.value.WhichOneof("kind")
    if kind != option.kind:
        raise AgentError("INVALID", "", f"option {setting.name} takes a {option.kind}, not {kind}")
    try:
        socket.set(option.number, getattr(setting.value, kind))
    except zmq.ZMQError as error:
        raise AgentError("NATIVE", _errno_name(error.errno), f"option {setting.name}: {error.strerror}") from None


def _errno_name(number: int | None) -> str:
    # zmq.h's own spelling first: errno.errorcode has one name a number, and not always that one.
    try:
        return zmq.Errno(number or 0).name
    except ValueError:
        return errno.errorcode.get(number or 0, str(number))
