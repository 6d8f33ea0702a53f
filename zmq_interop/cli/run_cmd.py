"""Implements `interop run`, `log` and `runs`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from zmq_interop.core.events import LOG
from zmq_interop.core.verdicts import Kind
from zmq_interop.results.report import cell_log, files, log, reading, terminal
from zmq_interop.results.report.reading import Report
from zmq_interop.run import choice, explain, past_runs, run_folder, selection, session
from zmq_interop.run.options import Options
from zmq_interop.system import commands, home, stdio
from zmq_interop.system.errors import Exit, InteropError, LogError, UsageError, unwritable
from zmq_interop.system.stdio import show
from zmq_interop.system.text import counted, line, typed
from zmq_interop.system.workspace import Workspace


def prepare(options: Options, space: Workspace) -> session.Plan:
    """The plan of a run; before that, builds the variants that it asks for, and asks what they can do."""
    if not selection.names_variants(options):
        return session.prepare(options, space)
    from zmq_interop.cli import variant_peers  # imports what only runs with variants need

    return session.prepare(options, space, variant_peers.ready(options, space))


def list_cells(options: Options, space: Workspace, *, why: bool) -> int:
    """Prints the planned cells, one per line; why: with the reasons beside unsupported ones."""
    planned = prepare(options, space)
    features = choice.features(options.runtime, planned.peers, planned.beside)
    lines = []
    unsupported = 0
    for cell in planned.cells:
        unmet = cell.unmet(features)
        unsupported += bool(unmet)
        reason = f": {'; '.join(map(str, unmet))}" if why else ""
        lines.append(cell.id + (f"  # unsupported{reason}" if unmet else ""))
    show("\n".join(lines))
    hint = " (--why shows the reasons)" if unsupported and not why else ""
    count = f"{counted(len(planned.cells), 'cell')}, of which {unsupported} unsupported{hint}"
    uncovered = (f"uncovered: {pair}" for pair in planned.uncovered)
    show("\n".join([*uncovered, *planned.notes, count]), sys.stderr)
    return Exit.OK


def show_log(
    cell: str,
    run_id: str | None,
    space: Workspace,
    *,
    wire: bool = False,
    against: str | None = None,
    capture: Path | None = None,
) -> int:
    """Prints the log of one cell and the run that it is from, by default the newest that has it.

    run_id: the id of a run, or a prefix of it. wire: the bytes of its connections instead, from the newest run that
    kept them. against: the peers of the cell that they are compared with. capture: a file that gets them as pcapng
    instead. Raises UsageError if there is none, LogError.
    """
    from zmq_interop.results.report import wire_log  # runs do without it, and it is slow to import

    kept = [past_runs.named(run_id, space.runs)] if run_id else past_runs.kept(space.runs)
    if against is not None and not wire:
        raise UsageError("--against compares bytes", "add --wire")
    bytes_wanted = wire or capture is not None
    folder = past_runs.with_cell(cell, kept)
    if bytes_wanted:
        folder = _with_wire(cell, folder, kept)
    found = log.read(folder / LOG)
    if found.incomplete:
        show(line(f"incomplete: {found.incomplete}"))
    if found.started:
        show(line(f"run {folder.name}: {past_runs.asked_for(found.started)}"))
    if capture is not None:
        wire_log.write_pcapng(found, cell, capture)
        show(line(f"{capture}: open it with `wireshark {capture}`, and decode its ports as ZMTP (docs/wire.md)"))
    elif against is not None:
        other = f"{cell.rpartition('/')[0]}/{against}"
        there = past_runs.with_wire(other, [folder, *past_runs.kept(space.runs)])
        show(wire_log.compare(found, cell, log.read(there / LOG), other).rstrip())
    else:
        show((wire_log.render(found, cell) if wire else cell_log.render(found.cells[cell], found.replays)).rstrip())
    return Exit.INTERRUPTED if found.incomplete else Exit.OK


def _with_wire(cell: str, newest: Path, kept: Sequence[Path]) -> Path:
    """The run with the cell's bytes. newest: the run with its last verdict. Raises UsageError, LogError."""
    try:
        return past_runs.with_wire(cell, kept)
    except UsageError:
        judged = log.read(newest / LOG).cells[cell]
        if judged.kind is not Kind.UNCOMPILABLE:
            raise
        said = f"`{home.COMMAND} log {cell}` shows what the compiler said"
        raise UsageError(f"{cell} has no bytes: a compiler refuses its message, so nothing was sent", said) from None


def show_runs(space: Workspace) -> int:
    """Prints the kept runs, newest first, and on stderr how many are kept. Raises UsageError if there is none."""
    runs = [past_runs.look(folder) for folder in past_runs.kept(space.runs)]
    if not runs:
        raise UsageError("there is no run yet", f"`{home.COMMAND} run` creates one")
    show("\n".join(past_runs.lines(runs)))
    show(line(past_runs.how_kept(space.runs)), sys.stderr)
    return Exit.OK


def play(options: Options, space: Workspace, reports: Path | None = None) -> int:
    """Plays a run with its report on stdout; returns the exit code.

    reports: a folder for the report in every format, even of a run that was interrupted or failed half-way.
    """
    try:
        planned = prepare(options, space)
    except KeyboardInterrupt:
        if reports is not None:
            show(line(f"interop: {reports} has no report: no cell was planned yet"), sys.stderr)
        raise
    if reports is not None:
        files.prepare(reports)
    report = terminal.Terminal()
    one = session.Run(options, planned, [report], report.say)
    code = conduct(one, report, reports)
    if code is not None:
        return code
    assert one.place is not None
    written = one.place.folder / LOG
    try:
        told = _tell(written, space, reports, report.say)
        if options.explain:
            _explain(told, options, space)
        return told.exit_code
    except LogError as error:  # the harness wrote this log itself
        show(f"interop: this is a bug in the harness: {error}", sys.stderr)
        return Exit.HARNESS_FAULT
    except KeyboardInterrupt:
        show(
            f"interop: interrupted after the last cell; `{home.COMMAND} report {written}` prints the report", sys.stderr
        )
        return Exit.INTERRUPTED


def conduct(one: session.Run, report: terminal.Terminal, reports: Path | None = None) -> int | None:
    """Plays a run. One signal ends it soon, with its account; a second one at once. reports: as for `play`.

    Returns the exit code if an error ended it, None if its event log has everything. Raises InteropError.
    """
    try:
        asyncio.run(_play(one, report))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is ours, and the user must learn where to look)
        report.close()
        return _ended_by(error, one, reports)
    report.close()
    stdio.interrupt_on_signals()  # the loop has removed its own handlers
    return None


def _explain(told: Report, options: Options, space: Workspace) -> None:
    """Plays the cells that tell suspected peers apart, as a run of their own, and prints whom it points to then.

    Nothing of it counts for the run that is explained. Raises InteropError.
    """
    cells = explain.telling(told)
    if not cells:
        return
    show(line(f"explain: playing {counted(len(cells), 'more cell')} to tell which peer it is"))
    report = terminal.Terminal()
    chosen = explain.options(options, cells)
    one = session.Run(chosen, session.prepare(chosen, space), [report], report.say)
    try:
        code = conduct(one, report)
    finally:
        run_folder.mark_latest(space, told.paths[0].parent)  # what `ledger add` learns from is the run itself
    if code is not None or one.place is None:
        return
    both = [*told.paths, one.place.folder / LOG]
    show("\n".join(map(line, explain.lines(told, reading.read_logs(both)))))
    ids = [path.parent.name for path in both]
    show(line(f"both runs in one report: {typed(['report', *ids])}"))


def _tell(written: Path, space: Workspace, reports: Path | None, say: Callable[[str], None]) -> Report:
    """Prints the report of a run, and writes it to files if requested. Raises LogError, UsageError."""
    told = reading.read_logs([written])
    terminal.print_report(told, space.runs)
    if reports is not None:
        for path in files.keep(told, reports):
            say(f"report: {path}")
    return told


def _ended_by(error: Exception, one: session.Run, reports: Path | None) -> int:
    """Reports an error that ended a run, and what was played before it. Raises InteropError."""
    full = unwritable(error)
    place, space = one.place, one.planned.space
    if place is not None:
        with contextlib.suppress(InteropError):  # the original error is more useful
            told = reading.read_logs([place.folder / LOG])
            if full:
                terminal.print_report(told, space.runs)
            if reports is not None:
                files.keep(told, reports)
    if full:
        raise full from None
    if isinstance(error, InteropError):
        raise error
    if isinstance(error, OSError) and place is None:
        raise UsageError(
            f"the run's folder cannot be created: {error}", f"make {space.folder} writable, or use --work-dir DIR"
        ) from None
    traceback.print_exception(error)
    where = place.folder if place else "not written: the run failed before its folder was created"
    show(f"interop: this is a bug in the harness, not in a peer; log: {where}", sys.stderr)
    return Exit.HARNESS_FAULT


async def _play(one: session.Run, report: terminal.Terminal) -> None:
    loop = asyncio.get_running_loop()
    asked = 0

    def interrupt(name: str) -> None:
        nonlocal asked
        asked += 1
        if asked > 1:  # agents end when their channels close; the next run cleans up
            commands.kill_all()
            report.say(f"second {name}: stopping at once; the next run cleans up")
            os._exit(Exit.INTERRUPTED)
        cells = one.interrupt(f"interrupted by {name}")
        report.say(f"{name}: stopping: {counted(cells, 'cell')} in flight; send it again to stop at once")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: this run is meant to outlive the terminal
            loop.add_signal_handler(number, interrupt, number.name)
    await one.play()
