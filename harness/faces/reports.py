"""The face of `./interop report`: what logs tell, again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness import home
from harness.errors import UsageError
from harness.events import LOG
from harness.paths import LATEST
from harness.report import files, reading, terminal
from harness.report.text import plain


def report(paths: Sequence[Path], formats: Sequence[str], folder: Path) -> int:
    """Writes files of these formats to `folder`; no format prints the report.

    paths: logs, or folders of runs; none means the latest run's. Returns the exit code of the runs. Raises UsageError,
    LogError.
    """
    told = reading.read_logs([find(path) for path in paths or (LATEST,)])
    if not formats:
        terminal.print_report(told)
        return told.exit_code
    if told.incomplete:
        terminal.show(plain(f"incomplete: {told.incomplete}"))
    for path in files.write(told, formats, folder):
        terminal.show(str(path))
    return told.exit_code


def find(path: Path) -> Path:
    """The event log that a user means: itself, or the folder of its run. Raises UsageError where there is no run."""
    if path == LATEST and not path.exists():
        raise UsageError("there is no run yet", f"`{home.COMMAND} run` makes one")
    return path / LOG if path.is_dir() else path
