"""The operations on sockets. One Lane is one thread's: no other touches its sockets."""

import errno
from typing import Any

import burst
import zmq
from google.protobuf.message import DecodeError, EncodeError
from hello import SOCKET_TYPES
from monitor import Monitor
from options import OPTIONS, Option
from payload import message_class, transcode
from waiting import Limit

Request = message_class("interop.control.v1.Request")
Response = message_class("interop.control.v1.Response")
OptionValue = message_class("interop.control.v1.OptionValue")
_CODES = message_class("interop.control.v1.Error").DESCRIPTOR.fields_by_name["code"].enum_type.values_by_name


class AgentError(Exception):
    """Ends an operation with an Error; `code` is an ErrorCode without its prefix."""

    def __init__(self, code: str, errno_name: str, text: str) -> None:
        super().__init__(code, errno_name, text)
        self.code, self.errno_name, self.text = code, errno_name, text

    def response(self) -> Any:
        code = _CODES[f"ERROR_CODE_{self.code}"].number
        return Response(error={"code": code, "errno_name": self.errno_name, "text": self.text})


class Lane:
    """Has one method an operation, named after its field in Request. Each takes the operation's message."""

    def __init__(self, context: zmq.Context[Any]) -> None:
        self.context = context
        self.sockets: dict[int, zmq.Socket[bytes]] = {}
        self.monitors: dict[int, Monitor] = {}
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
        except zmq.Again:
            return AgentError("AGAIN", "EAGAIN", f"{name}: not possible within its time").response()
        except zmq.ZMQError as error:
            return AgentError("NATIVE", _errno_name(error.errno), f"{name}: {error}").response()
        except BaseException as error:  # noqa: BLE001
            # Whatever it is, the Request gets its answer. pyzmq refuses with Python's own exceptions too: a number that
            # is no C int, memory that is not there; a library in Rust that panics raises what is no Exception.
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
        self._socket(operation)
        self._close(operation.socket)
        return Response()

    def close_all(self, _: Any) -> Any:
        closed = len(self.sockets)
        for handle in list(self.sockets):
            self._close(handle, linger=0)
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
        return Response(burst=burst.send(socket, operation))

    def receive_burst(self, operation: Any) -> Any:
        return Response(burst=burst.receive(self._socket(operation), operation))

    def monitor(self, operation: Any) -> Any:
        socket = self._socket(operation)
        if operation.socket in self.monitors:
            raise AgentError("INVALID", "", f"socket {operation.socket} has a monitor already")
        self.monitors[operation.socket] = Monitor(self.context, socket)
        return Response()

    def receive_event(self, operation: Any) -> Any:
        self._socket(operation)
        monitor = self.monitors.get(operation.socket)
        if monitor is None:
            raise AgentError("INVALID", "", f"socket {operation.socket} has no monitor: ask for one before it connects")
        return Response(event=Limit(monitor.pair, zmq.POLLIN, operation.timeout_ms).repeat(monitor.take))

    def program(self, operation: Any) -> Any:
        response = Response(program={})
        for step in operation.steps:
            nested = step.HasField("program")
            result = (
                AgentError("UNSUPPORTED", "", "a Program within a Program").response() if nested else self.perform(step)
            )
            response.program.results.append(result)
            if result.HasField("error"):
                break
        return response

    def transcode(self, type_name: str, data: bytes) -> bytes:
        return transcode(type_name, data)

    def _socket(self, operation: Any) -> zmq.Socket[bytes]:
        try:
            return self.sockets[operation.socket]
        except KeyError:
            raise AgentError("INVALID", "", f"socket {operation.socket} is not open on this lane") from None

    def _close(self, handle: int, linger: int | None = None) -> None:
        if monitor := self.monitors.pop(handle, None):
            monitor.close()
        self.sockets.pop(handle).close(linger=linger)

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
        raise AgentError("NATIVE", _errno_name(error.errno), f"option {setting.name}: {error}") from None


def _errno_name(number: int | None) -> str:
    # zmq.h's own spelling first: errno.errorcode has one name a number, and not always that one.
    try:
        return zmq.Errno(number or 0).name
    except ValueError:
        return errno.errorcode.get(number or 0, str(number))
