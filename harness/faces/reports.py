"""The face of `./interop report`: what logs tell, again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness import home
from harness.errors import UsageError
from harness.paths import LATEST
from harness.report import files, reading, terminal

LOG = "events.jsonl"


def report(paths: Sequence[Path], formats: Sequence[str], folder: Path) -> int:
    """Writes files of these formats to `folder`, of the logs at `paths` (or the folders of runs; none: the latest run).

    Returns the exit code of the runs. Raises UsageError, LogError.
    """
    told = reading.read_logs([_log(path) for path in paths or (LATEST,)])
    for path in files.write(told, formats, folder):
        terminal.show(str(path))
    return told.exit_code


def _log(path: Path) -> Path:
    if path == LATEST and not path.exists():
        raise UsageError("there is no run yet", f"`{home.COMMAND} run` makes one")
    return path / LOG if path.is_dir() else path
