"""An event loop in which waiting costs no time: where nothing is to be done, its clock jumps to the next timer.

So a test of a hung agent, with all its limits and graces, takes as long as one of an honest agent, and always the same.
Where nothing is to be done and there is no timer either, nothing can ever happen any more: that is an error.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlock(BaseException):
    """All tasks wait for each other. No `except Exception` of the tested code may hide it."""


class _Selector(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Deadlock("nothing is to be done, and no timer runs")
            self.now += max(0.0, timeout)
        return ready


class StillLoop(asyncio.SelectorEventLoop):
    """Its clock begins at 0 and stands still while anything is done."""

    def __init__(self) -> None:
        self._still = _Selector()
        super().__init__(self._still)

    def time(self) -> float:
        return self._still.now


def run(main: Coroutine[Any, Any, T]) -> T:
    """asyncio.run on a StillLoop."""
    with asyncio.Runner(loop_factory=StillLoop) as runner:
        return runner.run(main)
