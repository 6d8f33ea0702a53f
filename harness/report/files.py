"""The files that can be made of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from harness.errors import UsageError
from harness.report import json_summary, page
from harness.report.reading import Report

# The name of a format, as of the command line's option -> the file that it makes -> what makes the text of a report.
FORMATS: dict[str, dict[str, Callable[[Report], str]]] = {
    "html": {"report.html": page.render},
    "json": {"summary.json": json_summary.render},
}


def write(report: Report, formats: Iterable[str], folder: Path) -> list[Path]:
    """Writes the files of these formats, each whole or not at all; gives back their paths. Raises UsageError."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in formats:
            for file, render in FORMATS[name].items():
                path = folder / file
                fresh = folder / f".{file}.new"
                fresh.write_text(render(report), encoding="utf-8", errors="backslashreplace")
                fresh.replace(path)
                written.append(path)
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder}: {error.strerror}", "-o DIR: a folder that can be made and written to"
        ) from None
    return written
