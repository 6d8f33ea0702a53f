"""Progress of a run: one updated line on a terminal, occasional plain lines in a pipe."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zmq_interop.core.events import CellJudged, Event, Incident, PeerLost, PeerSeen, Planned, RunStarted
from zmq_interop.core.verdicts import RED
from zmq_interop.results.report import layout, summary
from zmq_interop.results.report.layout import Line
from zmq_interop.results.report.pace import Pace, duration
from zmq_interop.results.report.reading import Report
from zmq_interop.results.report.summary import opening
from zmq_interop.system.stdio import show
from zmq_interop.system.text import fenced

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY = 5.0  # seconds between lines of progress in a pipe
REFRESH = 0.1  # seconds between updates of the line


class Terminal:
    """Shows the progress of a run (Listener).

    clock: a monotonic clock, in seconds. opens: whether to print the first line, on the runtimes; a second run of the
    same command has the same.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, opens: bool = True) -> None:
        self._clock = clock
        self._opens = opens
        self._live: Progress | None = None
        self._task: TaskID | None = None
        self._pace = Pace(())
        self._red = 0
        self._peers = 0  # how many are to take part
        self._waiting: Counter[str] = Counter()  # peer -> its cells without a verdict
        self._ready: set[str] = set()  # those that are built and started, or given up
        self._last = clock()

    def say(self, text: str) -> None:
        """Prints a progress line on stderr: stdout is for results."""
        if self._live is not None:
            self._live.console.print("\n".join(fenced(text)), markup=False, highlight=False)
        else:
            show("\n".join(fenced(text)), sys.stderr)

    def __call__(self, event: Event) -> None:
        """Takes one event."""
        match event:
            case RunStarted():
                self._peers = len(event.runtimes)
                if self._opens:
                    told = layout.rendered([Line(opening(event), kept=True)], layout.page(), colour=False)
                    show("\n".join(told))
            case Planned():
                self._pace = Pace(event.cells)
                self._waiting = Counter(peer for id in event.cells for peer in _peers(id))
                self._begin()
            case PeerSeen() | PeerLost():
                self._ready.add(event.name)
                self._progress()
            case Incident() if len(event.cells) > 1:
                self._pace.again(event.cells)
                self._progress()
            case CellJudged():
                self._pace.judged(event, self._clock())
                self._waiting.subtract(_peers(event.id))
                if event.operations:
                    self._ready.update(_peers(event.id))
                self._red += event.verdict in RED
                self._progress()

    def status(self) -> str:
        """The progress in one line; with rate and estimate once there is enough data."""
        now, pace = self._clock(), self._pace
        if not pace.playing and pace.done < pace.planned:
            return f"building and starting peers: {len(self._ready)} of {self._peers} ready"
        told = [f"{pace.done} of {pace.planned} cells", f"{self._red} red"]
        if pace.done < pace.planned and (rate := pace.rate(now)) is not None:
            told.append(f"{rate:.0f} cells/s" if rate >= 10 else f"{rate:.1f} cells/s")
            if building := [peer for peer, cells in self._waiting.items() if cells > 0 and peer not in self._ready]:
                told.append(f"still building and starting {', '.join(building)}")  # nobody knows how long that takes
            elif (to_go := pace.to_go(now)) is not None:
                told.append(f"about {duration(to_go)} to go")
        if pace.suspects:
            told.append(f"then {pace.suspects} cells again" if pace.fresh else f"{pace.suspects} cells again")
        return ", ".join(told)

    def _begin(self) -> None:
        if not sys.stderr.isatty():
            return
        # Importing rich takes 60 ms, so only do it on a terminal.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._live = Progress(
            BarColumn(bar_width=12),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
            refresh_per_second=8,
        )
        self._task = self._live.add_task(self.status(), total=None)
        self._live.start()

    def _progress(self) -> None:
        now = self._clock()
        last = self._pace.done == self._pace.planned
        if self._live is not None and self._task is not None:
            if now - self._last > REFRESH or last:
                self._last = now
                total = self._pace.planned if self._pace.playing else None  # None: a bar that only moves
                self._live.update(self._task, completed=self._pace.done, total=total, description=self.status())
        elif now - self._last > EVERY and not last:
            self._last = now
            self.say(self.status())

    def close(self) -> None:
        """Removes the progress line."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def _peers(id: str) -> set[str]:
    """The peers of a cell: none where two programs of the user meet."""
    scenario_and_transport, peers = 2, id.split("/")
    return set(peers[-1].split(":")) if len(peers) > scenario_and_transport else set()


def print_report(report: Report, kept: Path | None = None) -> None:
    """Prints a report on stdout; the account comes last. kept: as for `summary.lines`."""
    show("\n".join(summary.lines(report, kept, colour=in_colour(), on=layout.page())))


def in_colour() -> bool:
    """Whether stdout is a terminal with colours, and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
