"""The terminal while a run goes on: a line that lives on a terminal, plain lines now and then in a pipe."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from zmq_interop.events import CellJudged, Event, Planned, RunStarted
from zmq_interop.report import layout, summary
from zmq_interop.report.reading import Report
from zmq_interop.report.summary import opening
from zmq_interop.report.text import fenced
from zmq_interop.surroundings import show
from zmq_interop.verdicts import RED

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY = 5.0  # seconds between lines of progress in a pipe


class Terminal:
    """Tells of a run while it goes on (Listener)."""

    def __init__(self) -> None:
        self._live: Progress | None = None
        self._task: TaskID | None = None
        self._planned = self._done = self._bad = 0
        self._began = self._last = time.monotonic()

    def say(self, text: str) -> None:
        """A line about what is going on, on stderr: stdout is for results."""
        if self._live is not None:
            self._live.console.print("\n".join(fenced(text)), markup=False, highlight=False)
        else:
            show("\n".join(fenced(text)), sys.stderr)

    def __call__(self, event: Event) -> None:
        """Takes one event."""
        match event:
            case RunStarted():
                show(opening(event))
            case Planned():
                self._planned = len(event.cells)
                self._begin()
            case CellJudged():
                self._done += 1
                self._bad += event.verdict in RED
                self._progress()

    def _begin(self) -> None:
        if not sys.stderr.isatty():
            return
        # rich costs 60 ms to import: only a terminal that shows it pays for it.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._live = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[bad]} bad, {task.fields[rate]} cells/s,"),
            TimeRemainingColumn(),
            TextColumn("to go"),
            console=Console(stderr=True),
            transient=True,
            refresh_per_second=8,
        )
        self._task = self._live.add_task("cells", total=self._planned, bad=0, rate=0)
        self._live.start()

    def _progress(self) -> None:
        now = time.monotonic()
        if self._done == 1:  # what came before was building and starting: it says nothing of the rest
            self._began = now
        if self._live is not None and self._task is not None:
            if now - self._last > 0.1 or self._done == self._planned:
                self._last = now
                self._live.update(self._task, completed=self._done, bad=self._bad, rate=self._rate(now))
        elif now - self._last > EVERY:
            self._last = now
            rate = self._rate(now)
            to_go = f", {rate} cells/s, about {(self._planned - self._done) / rate:.0f} s to go" if rate else ""
            self.say(f"{self._done} of {self._planned} cells, {self._bad} failed or broken{to_go}")

    def _rate(self, now: float) -> int:
        """Cells a second since the first; 0 for less than one, or where it is too early to tell."""
        return round((self._done - 1) / (now - self._began)) if now - self._began > 1 else 0

    def close(self) -> None:
        """Takes the living line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def print_report(report: Report) -> None:
    """Prints a report on stdout; the account comes last."""
    show("\n".join(summary.lines(report, colour=in_colour(), width=layout.columns())))


def in_colour() -> bool:
    """Whether stdout is a terminal that shows colours, for somebody who has not set NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
