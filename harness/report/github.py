"""GitHub's workflow commands: lines on stdout by which a step says something about a file or a run.

Source: GitHub Docs, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import os
from pathlib import Path

from harness.report.text import plain


def at_work() -> bool:
    """Whether this is a step of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def error(message: str, *, title: str, file: Path | None = None, line: int = 0, column: int = 0) -> str:
    """The command that shows an error. file: it is shown there; it should lie in the workspace.

    No character of the text can end the command or begin another: what GitHub reads as such is escaped, as it says how.
    """
    place = {"title": title}
    if file is not None:
        place |= {"file": _in_workspace(file), "line": str(line), "col": str(column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    return f"::error {properties}::{_data(plain(message))}"


def _in_workspace(file: Path) -> str:
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    file = file.resolve()
    return str(file.relative_to(workspace) if file.is_relative_to(workspace) else file)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
