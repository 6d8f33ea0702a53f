"""The files that can be made of a report."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from zmq_interop.core.events import LOG
from zmq_interop.results.report.reading import Report
from zmq_interop.system.errors import UsageError

# The name of a format, as of the command line's option -> the file that it makes -> the module whose function `render`
# makes its text of a report; imported when it is asked for, since most runs make no file.
FORMATS = {
    "html": {"report.html": "page"},
    "junit": {"junit.xml": "junit"},
    "ctrf": {"ctrf.json": "ctrf"},
    "markdown": {"summary.md": "markdown"},
    "json": {"summary.json": "json_summary"},
    "badge": {"badge.svg": "badge", "badge.json": "badge_endpoint"},
}


def formats() -> list[str]:
    """The names of all formats."""
    return [*FORMATS]


def prepare(folder: Path) -> None:
    """Creates the folder for reports, before the run starts. Raises UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", "reports need a writable folder") from None


def write(report: Report, names: Iterable[str], folder: Path) -> list[Path]:
    """Writes the files of these formats, each whole or not at all; gives back their paths. Raises UsageError."""
    prepare(folder)
    written = []
    try:
        for name in names:
            for file, module in FORMATS[name].items():
                text: str = importlib.import_module(f"zmq_interop.results.report.{module}").render(report)
                fresh = folder / f".{file}.new"
                fresh.write_text(text, encoding="utf-8", errors="backslashreplace")
                fresh.replace(folder / file)
                written.append(folder / file)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", "reports need a writable folder") from None
    return written


def keep(report: Report, folder: Path) -> list[Path]:
    """Writes everything to keep of one run: every format, and the event log, from which reports can be made again.
    Returns their paths. Raises UsageError."""
    written = write(report, formats(), folder)
    (log,) = report.paths
    try:
        with contextlib.suppress(shutil.SameFileError):
            shutil.copyfile(log, folder / LOG)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", "reports need a writable folder") from None
    return [*written, folder / LOG]
