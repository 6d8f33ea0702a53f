"""Implements `interop site` and `interop history`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from zmq_interop.cli import report_files
from zmq_interop.core.cell import matches
from zmq_interop.core.events import LOG
from zmq_interop.core.verdicts import RED
from zmq_interop.results.site import writing
from zmq_interop.results.site.history import History
from zmq_interop.run import past_runs
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, NothingSelected, UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.text import counted, line
from zmq_interop.system.workspace import Workspace


def site(folder: Path, logs: Sequence[Path], space: Workspace) -> int:
    """Writes the site of these logs to a folder, and says where. Raises UsageError, LogError."""
    built = writing.build(folder, _logs(logs, space))
    if built.skipped:
        late = counted(len(built.skipped), "run")
        show(line(f"{late} older than the newest of {folder / writing.HISTORY}: left out"), sys.stderr)
    runs, cells = counted(built.runs, "run"), counted(built.cells, "cell")
    show(line(f"{folder / 'index.html'}: {runs}, {built.added} of them new, {cells}"))
    return Exit.OK


def history(patterns: Sequence[str], logs: Sequence[Path], space: Workspace) -> int:
    """Prints the history of cells. Raises UsageError, LogError, and NothingSelected where no cell matches."""
    stored = [path for path in logs if path.suffix == ".json"]
    if len(stored) > 1:
        raise UsageError("--from: only one history.json", "the others are of other sites")
    told = History(writing.stored(stored[0]) if stored else None)
    rest = [path for path in logs if path.suffix != ".json"]
    if rest or not stored:
        writing.gather(_logs(rest, space), told)
    found = [*_lines(told, patterns)]
    if patterns and not found:
        raise NothingSelected(
            f"no run has a cell that matches {' '.join(patterns)}", "the ids are those of `run --list`"
        )
    runs = counted(len(told.runs), "run")
    show("\n".join(map(line, [*found, f"{runs}; {counted(len(found), 'cell')} of {len([*told.cells])}"])))
    return Exit.OK


def _lines(told: History, patterns: Sequence[str]) -> Iterator[str]:
    for id in told.cells:
        spans = told.spans(id)
        interesting = len(spans) > 1 or spans[-1].state.verdict in RED
        if not matches(id, patterns) or not (patterns or interesting):
            continue
        past = []
        for span in reversed(spans):
            run = told.runs[span.first]
            past.append(f"{span.state} since {run.started[:10]} ({run.id})")
        yield f"{id}: {'; before: '.join(past)}"


def _logs(logs: Sequence[Path], space: Workspace) -> list[Path]:
    """The logs that were named, or those of all runs that are kept."""
    if logs:
        return [path if path.exists() else report_files.find(path, space) for path in logs]
    kept = [folder / LOG for folder in past_runs.kept(space.runs) if past_runs.look(folder).started is not None]
    if not kept:
        raise UsageError("there is no run yet", f"`{home.COMMAND} run` creates one")
    return kept
