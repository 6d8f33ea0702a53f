"""Which failed cells of a run are played once more through relays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from zmq_interop.agents.runtimes.base import Runtime
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.wire import not_tapped

MOST_ALIKE = 3  # of one scenario and kind of failure: their bytes differ little
MOST = 30  # of one run: a cell that misses a message waits for it again


class Failed:
    """The failed cells of a run, as their verdicts come."""

    def __init__(self) -> None:
        self._alike: dict[tuple[str, Kind | None], list[tuple[float, str]]] = defaultdict(list)
        self._left_out = 0
        self._chosen = 0

    def add(self, judged: CellJudged) -> None:
        """Notes a verdict. What a compiler refuses was never sent, so there are no bytes to see."""
        if judged.verdict is Verdict.FAIL and judged.operations and judged.kind is not Kind.UNCOMPILABLE:
            self._alike[judged.scenario, judged.kind].append((judged.seconds, judged.id))

    def chosen(self, cells: Mapping[str, Cell], runtimes: Mapping[str, Runtime]) -> list[Cell]:
        """The cells to play: at most MOST_ALIKE that failed alike, and MOST in all; first those that took least time,
        since a scenario with several peers in a row waits for each of them.

        cells: by id. runtimes: by peer. Leaves out those that no relay can stand in.
        """
        chosen: list[Cell] = []
        for alike in sorted(self._alike.values(), key=min):
            able = [cells[id] for _, id in sorted(alike, key=lambda one: one[0]) if not _prevents(cells[id], runtimes)]
            taken = able[: min(MOST_ALIKE, MOST - len(chosen))]
            chosen += taken
            self._left_out += len(able) - len(taken)
        self._chosen = len(chosen)
        return chosen

    def notes(self) -> list[str]:
        """What was left out, and how to see it."""
        if not self._left_out:
            return []
        every = self._chosen + self._left_out
        some = f"at most {MOST_ALIKE} of a scenario and kind of failure, {MOST} in all"
        note = f"{self._chosen} of {every} failed cells were played once more through relays ({some})"
        return [f"{note}; `run CELL --wire` shows the bytes of another"]


def _prevents(cell: Cell, runtimes: Mapping[str, Runtime]) -> str:
    """Why no relay can stand in this cell, "" if one can."""
    reasons = (runtimes[peer].no_relay(cell.transport) for peer in cell.peers)
    return not_tapped.why(cell) or next(filter(None, reasons), "")
