"""Waiting for a socket, within a time limit: pyomq does it itself, in send() and recv().

Not by poll(), as with pyzmq: that misses messages which are there, and calls every socket ready to send
(docs/findings/pyomq.md).
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

import zmq


class Limit:
    """The time limit of one operation on one socket."""

    def __init__(self, socket: zmq.Socket, event: int, timeout_ms: int) -> None:
        socket.wait_at_most(event, min(timeout_ms, 2**31 - 1))
        self.timeout_ms = timeout_ms
        self.end = monotonic() + timeout_ms / 1000

    def repeat(self, call: Callable[[], Any]) -> Any:
        """What the call returns; zmq.Again when the time has passed."""
        return call()

    def passed(self) -> bool:
        """Whether the time has passed, for what goes on without EAGAIN. A limit of 0 never does: the socket ends it."""
        return self.timeout_ms > 0 and monotonic() >= self.end

    def wait(self, _: int = 0) -> bool:
        """After EAGAIN, which came when the time had passed: False."""
        return False
