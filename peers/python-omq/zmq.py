"""pyomq, under the name by which the Python agent imports its socket library: it calls itself a drop-in for pyzmq.

Here stands what the agent needs and pyomq has not, or has in another way. Names and forms alone: what pyomq does with a
socket is pyomq's, right or wrong. What could hold up a lane for ever is the one exception, and each says so.
"""

import enum
import errno
import threading
from typing import Any

import pyomq
from pyomq import LAST_ENDPOINT, LINGER, POLLIN, POLLOUT, SNDMORE, Again, ZMQError, has
from z85 import decode, encode

__all__ = ["LAST_ENDPOINT", "LINGER", "POLLIN", "POLLOUT", "SNDMORE", "Again", "ZMQError", "has"]

# pyomq 0.21 knows the flag, but a send waits in spite of it, and a recv says EIO for EAGAIN. Its time limits work: each
# operation sets its own (see Socket), and the flag is left out.
DONTWAIT = 0
_PATIENCE = {POLLOUT: pyomq.SNDTIMEO, POLLIN: pyomq.RCVTIMEO}
_KEYS = (pyomq.CURVE_PUBLICKEY, pyomq.CURVE_SECRETKEY, pyomq.CURVE_SERVERKEY)
MAX_SOCKETS = 2

# These have no constant; by their numbers in zmq.h pyomq is asked all the same, and says no.
_WITHOUT_CONSTANT = {
    "STREAM": 11, "CONNECT_ROUTING_ID": 61, "XPUB_NODROP": 69, "XPUB_MANUAL": 71,
    "XPUB_WELCOME_MSG": 72, "STREAM_NOTIFY": 73, "INVERT_MATCHING": 74, "XPUB_VERBOSER": 78,
}  # fmt: skip
_NUMBERS = _WITHOUT_CONSTANT | {n: v for n, v in vars(pyomq).items() if n.isupper() and isinstance(v, int)}
SocketType = enum.IntEnum("SocketType", _NUMBERS)
SocketOption = enum.IntEnum("SocketOption", _NUMBERS)
Errno = enum.IntEnum("Errno", {"ETERM": 156})  # the one that is not the system's


class Socket(pyomq.Socket):
    """A socket that waits as long as an operation may, whatever the agent is told to set as SNDTIMEO and RCVTIMEO."""

    def begin(self) -> None:
        self.told = dict.fromkeys(_PATIENCE.values(), -1)

    def wait_at_most(self, event: int, timeout_ms: int) -> None:
        """For the sends (POLLOUT) or receives (POLLIN) from here on; 0 is not at all."""
        super().set(_PATIENCE[event], timeout_ms)

    def set(self, option: int, value: Any) -> None:
        try:
            super().set(option, encode(value) if option in _KEYS else value)
        except (ValueError, OverflowError) as error:  # as which pyomq reports what it does not take
            raise _error(errno.EINVAL, error) from None
        if option in self.told:
            self.told[option] = value

    def get(self, option: int) -> Any:
        if option in self.told:
            return self.told[option]
        value = super().get(option)
        return decode(value) if option in _KEYS else value

    def close(self, linger: int | None = None) -> None:
        # pyomq waits here for as long as LINGER says, where zmq_close() returns at once and leaves it to a thread.
        if linger == 0 or self.get(LINGER) == 0:
            super().close(0)
        else:
            threading.Thread(target=super().close, args=(linger,), daemon=True).start()


class Context(pyomq.Context):
    """A context whose sockets are of the class above."""

    def socket(self, socket_type: int) -> Socket:
        socket: Socket = super().socket(socket_type, Socket)
        socket.begin()
        return socket

    def set(self, option: int, _: int) -> None:
        assert option == MAX_SOCKETS  # pyomq's number of sockets has no limit


def _error(number: int, reason: Exception) -> ZMQError:
    error = ZMQError(str(reason))
    error.errno = number
    return error
