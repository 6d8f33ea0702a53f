"""Listeners that take the time of a run's verdicts."""

from __future__ import annotations

import time

from benchmarks.floor import Floor
from zmq_interop.core.events import CellJudged, Event


class Pace:
    """When each verdict came."""

    def __init__(self) -> None:
        self.verdicts: list[float] = []

    def __call__(self, event: Event) -> None:
        """Takes one event (Listener)."""
        if isinstance(event, CellJudged):
            self.verdicts.append(time.perf_counter())

    def seconds(self, warm_up: int) -> float:
        """Seconds per cell, after the first `warm_up` cells: their time has the start of the agents in it."""
        warm = self.verdicts[warm_up - 1 :]
        return (warm[-1] - warm[0]) / (len(warm) - 1)


class Alternation:
    """Has the floor take its turn after every `chunk` cells, while the engine waits for this listener to return.

    Needs a run with one cell in flight, so that no cell goes on meanwhile. ratios: cell to floor, one for each pair of
    turns; the first turn of the cells is warm-up. cells: microseconds per cell.
    """

    def __init__(self, floor: Floor, chunk: int) -> None:
        self.ratios: list[float] = []
        self.cells: list[float] = []
        self._floor = floor
        self._chunk = chunk
        self._judged = 0
        self._began = self._lowest = 0.0

    def __call__(self, event: Event) -> None:
        """Takes one event (Listener)."""
        if not isinstance(event, CellJudged):
            return
        self._judged += 1
        if self._judged % self._chunk:
            return
        if self._lowest:
            each = (time.perf_counter() - self._began) / self._chunk
            self.cells.append(each * 1e6)
            self.ratios.append(each / self._lowest)
        self._lowest = self._floor.measure(self._chunk)
        self._began = time.perf_counter()
