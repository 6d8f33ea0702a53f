"""Monitor events: what pyomq notes of one socket's connections."""

from math import ceil
from time import monotonic
from typing import Any

import zmq
from payload import message_class

Event = message_class("interop.control.v1.Event")
# pyomq's names with libzmq's for the same. It does not tell why a handshake failed, other than in words. What is not
# here has no like in libzmq: commands that pass, and "closed", which is the end of the socket.
_NAMES = {
    "listening": "LISTENING",
    "accepted": "ACCEPTED",
    "connected": "CONNECTED",
    "connect_delayed": "CONNECT_DELAYED",
    "handshake_succeeded": "HANDSHAKE_SUCCEEDED",
    "handshake_failed": "HANDSHAKE_FAILED_NO_DETAIL",
    "disconnected": "DISCONNECTED",
}


class Monitor:
    """Notes the events of one socket from now on, until that is closed."""

    def __init__(self, _: Any, socket: zmq.Socket) -> None:
        self.stream = socket.monitor()
        self.pair = self  # what the agent waits for

    def wait_at_most(self, _: int, timeout_ms: int) -> None:
        self.end = monotonic() + timeout_ms / 1000

    def take(self) -> Any:
        """The oldest event; zmq.Again where there is none in time."""
        while True:
            try:
                noted = self.stream.recv(max(0, ceil((self.end - monotonic()) * 1000)))
            except zmq.ZMQError:
                raise zmq.Again("no event") from None
            if noted["event"] in _NAMES:
                return Event(name=_NAMES[noted["event"]], endpoint=noted["endpoint"])

    def close(self) -> None:
        """Nothing holds on to the stream but this."""
