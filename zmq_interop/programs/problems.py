"""What is wrong with a declaration: the key, its line, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from zmq_interop.programs.toml_places import Place
from zmq_interop.system.errors import UsageError

MOST = 20  # that one message lists


class Problem(NamedTuple):
    """One problem. at: the path of the key. what: what is wrong with it."""

    at: Place
    what: str


class Problems:
    """Those of one file. lines: path of a key -> its line."""

    def __init__(self, file: Path, lines: Mapping[Place, int]) -> None:
        self.file = file
        self.lines = dict(lines)
        self.found: list[Problem] = []

    def add(self, at: Place, what: str) -> None:
        """Adds a problem with a key."""
        self.found.append(Problem(at, what))

    def refuse(self) -> None:
        """Raises UsageError if there is any problem."""
        if not self.found:
            return
        told = sorted({(self.line(one.at), f"{key(one.at)}: {one.what}") for one in self.found})
        shown = [f"{self.file}:{line}: {what}" for line, what in told[:MOST]]
        if len(told) > MOST:
            shown.append(f"... and {len(told) - MOST} more")
        raise UsageError("\n".join(shown), "docs/own-programs.md describes every key")

    def line(self, at: Place) -> int:
        """The line of a key, or of the innermost table around it that is written."""
        while at not in self.lines and at:
            at = at[:-1]
        return self.lines.get(at, 1)


def key(at: Place) -> str:
    """A path as text: program.bus.dialogue[0].steps[2].value."""
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"
