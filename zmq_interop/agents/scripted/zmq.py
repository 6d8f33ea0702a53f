"""An in-memory ZeroMQ network without wire, threads or delays: the code that sockets of all types share.

Messages arrive at once. No queue is ever full: there are no high-water marks. So their options are not supported, and a
scenario about them is unsupported here rather than wrong.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable

Message = tuple[bytes, ...]
OptionValue = int | bytes

OPTIONS: dict[str, type[int] | type[bytes]] = {
    "LINGER": int,
    "ROUTER_MANDATORY": int,
    "ROUTING_ID": bytes,
    "SUBSCRIBE": bytes,
    "UNSUBSCRIBE": bytes,
}
TRANSPORTS = ("tcp", "ipc", "inproc")


class Refused(Exception):
    """libzmq would refuse this call. errno_name: with this errno."""

    def __init__(self, errno_name: str) -> None:
        super().__init__(errno_name)
        self.errno_name = errno_name


class Network:
    """Connects sockets by their endpoints. Sockets share inproc endpoints only within a context, and all others."""

    def __init__(self) -> None:
        self.bound: dict[str, Socket] = {}
        self._waiting: dict[str, list[Pipe]] = {}  # connected to endpoints that are not bound yet
        self._ports = itertools.count(49152)
        self._ids = itertools.count(1)

    def resolve(self, endpoint: str) -> str:
        """The endpoint that a bind results in: replaces a wildcard port by an unused one."""
        wildcard = endpoint.startswith("tcp://") and endpoint.endswith(":*")
        return f"{endpoint[:-1]}{next(self._ports)}" if wildcard else endpoint

    def bind(self, key: str, socket: Socket) -> None:
        """Binds a socket at `key`. A second bind to an ipc path takes it over, as on Linux. Raises Refused."""
        if key in self.bound and not key.startswith("ipc://"):
            raise Refused("EADDRINUSE")
        self.bound[key] = socket
        for pipe in self._waiting.pop(key, []):
            self.dial(pipe)

    def dial(self, pipe: Pipe) -> None:
        """Links a pipe to the socket that is bound at its endpoint, now or once one binds."""
        binder = self.bound.get(pipe.key)
        if binder is None or not binder.accepts(pipe.socket):
            self._waiting.setdefault(pipe.key, []).append(pipe)
            return
        end = Pipe(binder, pipe.key)
        binder.pipes.append(end)
        for one, other in ((pipe, end), (end, pipe)):
            one.other = other
            one.id = other.socket.routing_id or b"\0" + next(self._ids).to_bytes(4, "big")
        for one in (pipe, end):
            one.flush()
            one.socket.linked(one)

    def forget(self, pipe: Pipe) -> None:
        """Stops a pipe from waiting for a bind."""
        if pipe in self._waiting.get(pipe.key, []):
            self._waiting[pipe.key].remove(pipe)


class Pipe:
    """One end of a connection.

    id: the routing id of the other end, for a ROUTER at this end. topics: the subscriptions of the other end.
    """

    def __init__(self, socket: Socket, key: str, dialled: bool = False) -> None:
        self.socket = socket
        self.key = key
        self.dialled = dialled
        self.other: Pipe | None = None
        self.id = b""
        self.topics: set[bytes] = set()
        self._held: list[Message] = []

    def push(self, message: Message) -> None:
        """Delivers a message to the other end, or holds it until there is one."""
        if self.other is None:
            self._held.append(message)
        else:
            self.other.socket.arrived(self.other, message)

    def flush(self) -> None:
        """Delivers the messages that were held."""
        held, self._held = self._held, []
        for message in held:
            self.push(message)

    def cut(self) -> None:
        """Closes this end. The other end dials again if it had dialled; otherwise it closes too."""
        self.socket.network.forget(self)
        self.socket.pipes.remove(self)
        other, self.other = self.other, None
        if other is None:
            return
        other.other = None
        other.socket.unlinked(other)
        if other.dialled:
            other.socket.network.dial(other)
        else:
            other.socket.pipes.remove(other)


class Socket:
    """The base of all socket types.

    context: the name of the context whose inproc endpoints it shares. wake: called when an operation that waits might
    now succeed. Methods raise Refused.
    """

    talks_to: tuple[str, ...] = ()

    def __init__(self, network: Network, context: str, wake: Callable[[], None]) -> None:
        self.network = network
        self.pipes: list[Pipe] = []
        self.routing_id = b""
        self.last_endpoint = ""
        self._linger = 0
        self._context = context
        self._wake = wake
        self._inbox: deque[tuple[Pipe, Message]] = deque()
        self._bound: set[str] = set()

    @property
    def type(self) -> str:
        """The name of the type in libzmq."""
        return type(self).__name__.upper()

    def set(self, name: str, value: OptionValue) -> None:
        """zmq_setsockopt. The value must be of the type in OPTIONS."""
        if name == "ROUTING_ID" and isinstance(value, bytes) and 0 < len(value) < 256:
            self.routing_id = value
        elif name == "LINGER" and isinstance(value, int):
            self._linger = value
        else:
            raise Refused("EINVAL")

    def get(self, name: str) -> OptionValue:
        """zmq_getsockopt."""
        values: dict[str, OptionValue] = {
            "LINGER": self._linger,
            "ROUTING_ID": self.routing_id,
            "LAST_ENDPOINT": self.last_endpoint.encode(),
        }
        if name not in values:
            raise Refused("EINVAL")
        return values[name]

    def bind(self, endpoint: str) -> str:
        """zmq_bind. Returns LAST_ENDPOINT."""
        resolved = self.network.resolve(endpoint)
        self.network.bind(self._key(resolved), self)
        self._bound.add(self._key(resolved))
        self.last_endpoint = resolved
        return resolved

    def connect(self, endpoint: str) -> str:
        """zmq_connect. Returns LAST_ENDPOINT."""
        pipe = Pipe(self, self._key(endpoint), dialled=True)
        self.pipes.append(pipe)
        self.network.dial(pipe)
        self.last_endpoint = endpoint
        self._wake()
        return endpoint

    def unbind(self, endpoint: str) -> None:
        """zmq_unbind. Existing connections stay."""
        key = self._key(endpoint)
        if key not in self._bound:
            raise Refused("ENOENT")
        self._bound.remove(key)
        if self.network.bound.get(key) is self:
            del self.network.bound[key]

    def disconnect(self, endpoint: str) -> None:
        """zmq_disconnect."""
        for pipe in self.pipes:
            if pipe.dialled and pipe.key == self._key(endpoint):
                pipe.cut()
                return
        raise Refused("ENOENT")

    def close(self) -> None:
        """zmq_close."""
        for key in self._bound:
            if self.network.bound.get(key) is self:
                del self.network.bound[key]
        for pipe in list(self.pipes):
            pipe.cut()

    def send(self, message: Message) -> bool:  # noqa: ARG002  types override this
        """Sends a message. Returns False if it would have to wait."""
        raise Refused("ENOTSUP")

    def receive(self) -> Message | None:
        """Receives a message. Returns None if there is none."""
        return self._inbox.popleft()[1] if self._inbox else None

    def accepts(self, other: Socket) -> bool:
        """Whether this socket accepts a connection of the other one."""
        return other.type in self.talks_to

    def linked(self, pipe: Pipe) -> None:  # noqa: ARG002  types override this
        """Called when a pipe has got its other end."""
        self._wake()

    def unlinked(self, pipe: Pipe) -> None:
        """Called when a pipe has lost its other end."""

    def arrived(self, pipe: Pipe, message: Message) -> None:
        """Called when a message has arrived through a pipe."""
        self._inbox.append((pipe, message))
        self._wake()

    def _round_robin(self) -> Pipe | None:
        if not self.pipes:
            return None
        self.pipes.append(self.pipes.pop(0))
        return self.pipes[-1]

    def _key(self, endpoint: str) -> str:
        transport, separator, rest = endpoint.partition("://")
        if not separator or not rest:
            raise Refused("EINVAL")
        if transport not in TRANSPORTS:
            raise Refused("EPROTONOSUPPORT")
        return f"{endpoint} in {self._context}" if transport == "inproc" else endpoint
