"""`interop bench soak`: the default suite, or parts of it, over and over: is a cell ever red without a reason?"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks import burn
from benchmarks.bench import traceless
from zmq_interop.core.events import CellJudged, Event, Incident, RunEnded
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report.cell_log import file_name
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan, Run
from zmq_interop.system import commands
from zmq_interop.system.errors import Exit
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace

RED = (Verdict.FAIL, Verdict.FIXED, Verdict.BROKEN)
OPTIONS = Options(exitfirst=True)


class Soak:
    """So many runs in a row, each with agents of its own; the first that is red is the last.

    options: of each run. done: runs that were green. cells: those that were played, in all runs.
    """

    def __init__(self, runs: int, options: Options) -> None:
        self.runs = runs
        self._options = options
        self.done = 0
        self.cells = 0
        self._began = time.monotonic()
        self._found: list[Event] = []  # what makes the run red that goes on
        self._current: Run | None = None
        self._interrupted = False

    async def play(self, plan: Plan) -> int:
        """Plays them and returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: it is meant to outlive the terminal
                loop.add_signal_handler(number, self._interrupt, number.name)
        red = False
        while self.done < self.runs and not red and not self._interrupted:
            red = await self._once(plan)
        print(f"{self.done} runs, {self.cells:,} cells, {sum(map(_is_red, self._found))} red", flush=True)
        if red:
            return Exit.FAILED
        return Exit.INTERRUPTED if self._interrupted else Exit.OK

    async def _once(self, plan: Plan) -> bool:
        """One run; whether it was red. Its folder stays where it was, and only there."""
        one = self._current = Run(self._options, plan, [self._hear], _say)
        with traceless(plan.space.latest) as forget:
            ended = await one.play()
            assert one.place is not None
            folder = one.place.folder
            red = bool(self._found) or ended.exit_code not in (Exit.OK, Exit.INTERRUPTED)
            if red:
                print("\n".join(one for line in self._told(ended, folder) for one in fenced(line)), flush=True)
            else:
                forget(folder)
        if not red and not self._interrupted:
            self.done += 1
            _say(
                f"run {self.done} of {self.runs}: {ended.account}, {ended.seconds:.1f} s; "
                f"{self.cells:,} cells so far, {time.monotonic() - self._began:,.0f} s"
            )
        return red

    def _hear(self, event: Event) -> None:
        """Takes one event (Listener)."""
        if isinstance(event, CellJudged):
            self.cells += event.verdict is not Verdict.UNSUPPORTED
        if _is_red(event) or (isinstance(event, Incident) and not event.cells):
            self._found.append(event)

    def _told(self, ended: RunEnded, folder: Path) -> list[str]:
        lines = [f"run {self.done + 1} of {self.runs} is red:"]
        for event in self._found:
            match event:
                case CellJudged():
                    what = event.reason or f"expected {event.expected}, got {event.got}"
                    lines.append(f"  {event.id}: {event.verdict}{f' ({event.kind})' if event.kind else ''}: {what}")
                    log = folder / "cells" / file_name(event.id)
                    lines += [f"    log: {log}"] if log.exists() else []
                case Incident():
                    lines.append(f"  {event.instance}: {event.reason}; it {event.ended}")
        return [*lines, *(f"  {problem}" for problem in ended.problems), f"  event log: {folder / 'events.jsonl'}"]

    def _interrupt(self, name: str) -> None:
        if self._interrupted:  # the user will not wait: agents and burners end by themselves with their pipes
            commands.kill_all()
            os._exit(Exit.INTERRUPTED)
        _say(f"{name}: stopping after the cells in flight; send it again to stop at once")
        self._interrupted = True
        if self._current is not None:
            self._current.stop(f"interrupted by {name}")


def main(runs: int, patterns: Sequence[str], space: Workspace, *, load: bool) -> int:
    """Soaks, and returns the exit code: 0 where nothing was red, 1 where something was, 2 when interrupted.

    patterns: which cells; none are the default suite.
    """
    options = msgspec.structs.replace(OPTIONS, patterns=tuple(patterns))
    plan = session.prepare(options, space)
    with burn.every_core() if load else contextlib.nullcontext():
        return asyncio.run(Soak(runs, options).play(plan))


def _is_red(event: Event) -> bool:
    return isinstance(event, CellJudged) and event.verdict in RED


def _say(text: str) -> None:
    print("\n".join(fenced(text)), file=sys.stderr, flush=True)
