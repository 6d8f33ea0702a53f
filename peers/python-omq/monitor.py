"""Monitor events: what pyomq notes of one socket's connections."""

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
        self.pair = self  # what the agent polls
        self.noted: Any = None

    def poll(self, timeout_ms: int, _: int) -> int:
        """Waits for something, which need not be an event with a name."""
        try:
            self.noted = self.noted or self.stream.recv(timeout_ms)
        except zmq.ZMQError:
            return 0
        return zmq.POLLIN

    def take(self) -> Any:
        """The oldest event; zmq.Again where there is none."""
        while self.poll(0, zmq.POLLIN):
            noted, self.noted = self.noted, None
            if noted["event"] in _NAMES:
                return Event(name=_NAMES[noted["event"]], endpoint=noted["endpoint"])
        raise zmq.Again("no event")

    def close(self) -> None:
        """Nothing holds on to the stream but this."""
