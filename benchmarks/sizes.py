"""How long the agents are: what somebody writes who adds a language, or a second library of a language."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.row import Row, Target, measured
from zmq_interop.system.paths import PEERS

CODE = (".c", ".h", ".cpp", ".hpp", ".go", ".py", ".sh")
BUILD = ("Makefile",)
FIRST = {"c": 1050, "cpp": 1300, "go": 950, "python": 540}  # the first library of a language: lines
SECOND = {"go-pure": 400, "python-omq": 400}  # another one, beside what is linked to the first


def rows() -> list[Row]:
    """The rows without their samples."""
    return [
        Row(
            name=f"lines-{peer}",
            what=f"lines of the agent {peer}, with its build scripts",
            unit="lines",
            target=Target(most),
        )
        for peer, most in {**FIRST, **SECOND}.items()
    ]


async def agents(_: Bench) -> list[Row]:
    """Counts the lines of each agent. A link to another peer's file does not count."""
    return [measured(row, [_lines(PEERS / row.name.removeprefix("lines-"))]) for row in rows()]


def _lines(folder: Path) -> int:
    files = (file for file in folder.iterdir() if file.suffix in CODE or file.name in BUILD)
    return sum(len(file.read_text().splitlines()) for file in files if not file.is_symlink())
