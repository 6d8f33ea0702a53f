"""Implements `interop report` and `interop diff`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zmq_interop.core.events import LOG
from zmq_interop.results.report import difference, files, github, layout, markdown, reading, terminal
from zmq_interop.run import past_runs
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.text import plain
from zmq_interop.system.workspace import Workspace


def report(
    paths: Sequence[Path], formats: Sequence[str], folder: Path, space: Workspace, *, on_github: bool = False
) -> int:
    """Writes files of these formats to `folder`; no format prints the report.

    paths: logs, or folders of runs; none means the latest run's in `space`. on_github: also write annotations, summary
    and outputs of a GitHub Actions step. Returns the exit code of the runs. Raises UsageError, LogError.
    """
    told = reading.read_logs([find(path, space) for path in paths or (space.latest,)])
    if not formats and not on_github:
        terminal.print_report(told, space.runs)
        return told.exit_code
    if told.incomplete:
        show(plain(f"incomplete: {told.incomplete}"))
    for path in files.write(told, formats, folder):
        show(str(path))
    if on_github:
        for line in github.errors(told):
            show(line)
        github.tell(told, markdown.render(told), folder)
    return told.exit_code


def diff(before: Path, after: Path, space: Workspace) -> int:
    """Prints what changed between two runs, given as `find` takes them. Returns the exit code of the difference.

    Raises UsageError, LogError.
    """
    told = difference.compare(*(reading.read_logs([find(path, space)]) for path in (before, after)))
    show("\n".join(difference.lines(told, colour=terminal.in_colour(), on=layout.page())))
    return told.exit_code


def find(path: Path, space: Workspace) -> Path:
    """Finds the event log that the user names: its path, its run's folder, or the run's id or a prefix of it.

    Raises UsageError if there is no such run.
    """
    if path == space.latest and not path.exists():
        raise UsageError("there is no run yet", f"`{home.COMMAND} run` creates one")
    if not path.exists() and path.parent == Path():  # a bare name may also be a missing file
        path = path if path.suffix else past_runs.named(path.name, space.runs)
    return path / LOG if path.is_dir() else path
