"""Monitor events: what libzmq notes of one socket's connections (zmq_socket_monitor(3))."""

from contextlib import suppress
from itertools import count
from struct import Struct
from typing import Any

import zmq
from payload import message_class

Event = message_class("interop.control.v1.Event")
_NUMBER_AND_VALUE = Struct("=HI")
_ENDPOINTS = map("inproc://monitor-{}".format, count())  # all lanes share one context, and so its inproc names


class Monitor:
    """Notes the events of one socket from now on. It is closed before its socket."""

    def __init__(self, context: zmq.Context[Any], socket: zmq.Socket[bytes]) -> None:
        self.socket = socket
        self.pair = context.socket(zmq.PAIR)
        try:
            self.pair.set(zmq.LINGER, 0)
            # No limit: libzmq's own threads write the events, and would stand still where one is reached.
            self.pair.set(zmq.RCVHWM, 0)
            endpoint = next(_ENDPOINTS)
            socket.monitor(endpoint, zmq.EVENT_ALL)
            self.pair.connect(endpoint)
        except BaseException:
            self.close()
            raise

    def take(self) -> Any:
        """The oldest event; zmq.Again where there is none."""
        number, value = _NUMBER_AND_VALUE.unpack(self.pair.recv(zmq.DONTWAIT))
        endpoint = self.pair.recv().decode(errors="replace")
        return Event(name=zmq.Event(number).name, value=value, endpoint=endpoint)

    def close(self) -> None:
        # The writing end first: an event that has no reader left would hold up the thread that writes it.
        with suppress(zmq.ZMQError):  # the context has been terminated, and all writing with it
            self.socket.monitor(None, 0)
        self.pair.close()
