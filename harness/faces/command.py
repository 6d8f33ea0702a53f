"""The face of `./interop run`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import traceback
from pathlib import Path

from harness import choose, commands, home, run
from harness.errors import Exit, InteropError, LogError, UsageError
from harness.events import LOG
from harness.paths import LATEST, RUNS, STATE
from harness.plan import missing
from harness.report import cell_log, files, log, reading, terminal
from harness.report.text import line
from harness.run import Options


def list_cells(options: Options, *, why: bool) -> int:
    """Prints the planned cells, one a line; why: with what is missing beside those that are unsupported."""
    planned = run.prepare(options)
    features = choose.features(options.runtime, list(planned.peers))
    lines = []
    unsupported = 0
    for cell in planned.cells:
        lacking = missing(cell, planned.peers, features)
        unsupported += bool(lacking)
        reason = f": {'; '.join(map(str, lacking))}" if why else ""
        lines.append(cell.id + (f"  # unsupported{reason}" if lacking else ""))
    terminal.show("\n".join(lines))
    hint = " (--why says why)" if unsupported and not why else ""
    print(f"{len(planned.cells)} cells, of which {unsupported} unsupported{hint}", file=sys.stderr)
    return Exit.OK


def show_log(cell: str, run_id: str | None) -> int:
    """Prints the log of one cell of a run, by default of the last. Raises UsageError where there is none, LogError."""
    path = (RUNS / run_id if run_id else LATEST) / LOG
    if not path.exists():
        raise UsageError(f"there is no {path}", f"`{home.COMMAND} run` makes one; --run names a folder in {RUNS}")
    found = log.read(path)
    if found.incomplete:
        terminal.show(line(f"incomplete: {found.incomplete}"))
    if cell not in found.cells:
        raise UsageError(f"{path} has no verdict on {cell!r}", f"`{home.COMMAND} run --list` shows the ids")
    terminal.show(cell_log.render(found.cells[cell]).rstrip())
    return Exit.INTERRUPTED if found.incomplete else Exit.OK


def play(options: Options, reports: Path | None = None) -> int:
    """Plays a run with its report on stdout; returns the exit code.

    reports: a folder for the report in every format, also of a run that was interrupted or went wrong half-way.
    """
    planned = run.prepare(options)
    if reports is not None:
        files.prepare(reports)
    report = terminal.Terminal()
    one = run.Run(options, planned, [report], report.say)
    try:
        asyncio.run(_play(one, report))
    except Exception as error:  # whatever it is, it is ours, and the user must learn where to look
        report.close()
        if reports is not None and one.place is not None:
            with contextlib.suppress(InteropError):  # the error that is on its way tells more
                files.keep(reading.read_logs([one.place.folder / LOG]), reports)
        if isinstance(error, InteropError):
            raise
        if isinstance(error, OSError) and one.place is None:
            raise UsageError(
                f"the run's folder cannot be made: {error}", f"the harness must be able to write in {STATE}"
            ) from None
        traceback.print_exc()
        where = one.place.folder if one.place else "nowhere: it failed before its folder was made"
        print(f"interop: this is a defect of the harness, not of a peer; its log is in {where}", file=sys.stderr)
        return Exit.HARNESS_FAULT
    report.close()
    assert one.place is not None
    try:
        told = reading.read_logs([one.place.folder / LOG])
    except LogError as error:  # we wrote it
        print(f"interop: this is a defect of the harness: {error}", file=sys.stderr)
        return Exit.HARNESS_FAULT
    terminal.print_report(told)
    if reports is not None:
        for path in files.keep(told, reports):
            report.say(f"report: {path}")
    return told.exit_code


async def _play(one: run.Run, report: terminal.Terminal) -> None:
    loop = asyncio.get_running_loop()
    asked = 0

    def interrupt(name: str) -> None:
        nonlocal asked
        asked += 1
        if asked > 1:  # the user will not wait: the agents end by themselves with their channels, the next run sweeps
            commands.kill_all()
            os._exit(Exit.INTERRUPTED)
        report.say(f"{name}: ending in order; once more to stop at once")
        one.stop(f"interrupted by {name}")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: this run is meant to outlive the terminal
            loop.add_signal_handler(number, interrupt, number.name)
    await one.play()
