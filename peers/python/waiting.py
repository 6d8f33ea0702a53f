"""Waiting for a socket, within a time limit."""

from collections.abc import Callable
from math import ceil
from time import monotonic, sleep
from typing import Any

import zmq


class Limit:
    """The time limit of one operation on one socket."""

    def __init__(self, socket: zmq.Socket[bytes], event: int, timeout_ms: int) -> None:
        self.items = [(socket, event)]
        self.timeout_ms = timeout_ms
        self.end = monotonic() + timeout_ms / 1000
        self.ready_at = -1

    def repeat(self, call: Callable[[], Any]) -> Any:
        """What the call returns, as soon as it does not say EAGAIN; zmq.Again when the time has passed."""
        while True:
            try:
                return call()
            except zmq.Again:
                if not self.wait():
                    raise

    def passed(self) -> bool:
        """Whether the time has passed, for what goes on without EAGAIN. A limit of 0 never does: the socket ends it."""
        return self.timeout_ms > 0 and monotonic() >= self.end

    def wait(self, done: int = 0) -> bool:
        """After EAGAIN: sleeps until it is worth trying again. False when no time is left. `done` grows with what was
        achieved."""
        if self.ready_at == done:
            # A ROUTER can be ready for some peers and full for the one that is addressed: poll alone would spin.
            sleep(0.001)
        remaining = self.end - monotonic()
        if remaining <= 0:
            return False
        ready = zmq.zmq_poll(self.items, min(ceil(remaining * 1000), 2**31 - 1))
        self.ready_at = done if ready else -1
        return True
