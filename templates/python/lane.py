"""The operations on sockets. One Lane is one thread's: no other touches its sockets."""

from typing import Any

import zmq
from payload import message_class

Request = message_class("interop.control.v1.Request")
Response = message_class("interop.control.v1.Response")
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
    """Has one method an operation, named after its field in Request, which takes the operation's message and answers a
    Response. What is None is UNSUPPORTED, and not in Hello: write the method that the comment tells of in its place."""

    open: Any = None  # Context.socket, LINGER 0, then each option in order
    close: Any = None  # Socket.close
    set_option: Any = None  # Socket.set; OPTIONS in options.py has numbers and kinds
    get_option: Any = None  # Socket.get
    bind: Any = None  # Socket.bind, then LAST_ENDPOINT
    connect: Any = None  # Socket.connect, then LAST_ENDPOINT
    unbind: Any = None  # Socket.unbind
    disconnect: Any = None  # Socket.disconnect
    send: Any = None  # transcode in payload.py, then Socket.send_multipart, within timeout_ms
    receive: Any = None  # Socket.recv_multipart within timeout_ms, then transcode
    send_burst: Any = None  # Send in a loop, counted
    receive_burst: Any = None  # Receive in a loop, counted
    monitor: Any = None  # Socket.monitor, all events
    receive_event: Any = None  # the oldest of them

    def __init__(self, context: zmq.Context[Any]) -> None:
        self.context = context
        self.sockets: dict[int, zmq.Socket[bytes]] = {}

    @classmethod
    def operations(cls) -> list[str]:
        fields = Request.DESCRIPTOR.oneofs_by_name["operation"].fields
        return [field.name for field in fields if getattr(cls, field.name, None)]

    def perform(self, request: Any) -> Any:
        """Carries out one Request. Nothing that it asks for raises: the answer says what went wrong."""
        name = request.WhichOneof("operation")
        try:
            carry_out = name and getattr(self, name, None)
            if not carry_out:
                raise AgentError("UNSUPPORTED", "", f"operation {name or 'that is not set or not known'}")
            return carry_out(getattr(request, name))
        except AgentError as error:
            return error.response()
        except Exception as error:  # noqa: BLE001 (whatever it is, the Request gets its answer)
            return AgentError("NATIVE", "EINVAL", f"{name}: {error!r}").response()

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

    def close_all(self, _: Any) -> Any:
        closed = len(self.sockets)
        for socket in self.sockets.values():
            socket.close(linger=0)
        self.sockets.clear()
        return Response(closed=closed)
