"""Ends a run after the time of `--budget`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable


class Countdown:
    """Starts once every peer is built, and calls `over` when the time has passed.

    seconds: None for no limit. peers: those that play. over: called in the running loop, at most once.
    """

    def __init__(self, seconds: float | None, peers: Iterable[str], over: Callable[[], None]) -> None:
        self.is_over = False
        self._seconds = seconds
        self._awaited = set(peers)
        self._over = over
        self._timer: asyncio.TimerHandle | None = None

    def built(self, peer: str) -> None:
        """An agent of the peer has said Hello, or the peer cannot be played."""
        self._awaited.discard(peer)
        if self._seconds is not None and self._timer is None and not self._awaited:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._end)

    def cancel(self) -> None:
        """The run has ended."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        self.is_over = True
        self._over()
