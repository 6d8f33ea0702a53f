"""The matrix of peers: who understands whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from zmq_interop.events import CellJudged
from zmq_interop.report.text import line, paint
from zmq_interop.verdicts import RED, Verdict

WIDTH = 80
LEGEND = "34/36: two of 36 cells did not pass; 36*: all passed or failed as the ledger knows; -: none was played"

Pairs = Mapping[tuple[str, str], Counter[Verdict]]


class Field(NamedTuple):
    """One field. colour: says no more than the text does."""

    text: str
    colour: str


def pairs(cells: Iterable[CellJudged]) -> Pairs:
    """(peer in the first role, peer in the second) -> how many cells have which verdict; a single role counts twice."""
    found: dict[tuple[str, str], Counter[Verdict]] = defaultdict(Counter)
    for cell in cells:
        peers = [*cell.roles.values()]
        found[peers[0], peers[min(1, len(peers) - 1)]][cell.verdict] += 1
    return dict(sorted(found.items()))


def field(counts: Mapping[Verdict, int]) -> Field:
    """What stands in a field, as LEGEND explains it; unsupported cells are left out."""
    played = sum(counts.values()) - counts.get(Verdict.UNSUPPORTED, 0)
    red = sum(counts.get(verdict, 0) for verdict in RED)
    if not played:
        return Field("-", "")
    if red:
        return Field(f"{played - red}/{played}", "red")
    return Field(f"{played}*", "yellow") if counts.get(Verdict.KNOWN) else Field(str(played), "green")


def lines(cells: Iterable[CellJudged], *, colour: bool = False, width: int = WIDTH) -> list[str]:
    """The matrix as text: a row for the peer in the first role, a column for the one in the second.

    Where it is wider than `width` characters, it is told in blocks of columns, one below the other.
    """
    of = pairs(cells)
    rows = sorted({row for row, _ in of})
    head = max((len(line(row)) for row in rows), default=0)
    blocks: list[list[str]] = [[]]
    room = width - head
    for column in sorted({column for _, column in of}):
        taken = 2 + _width(of, rows, column)
        if taken > room and blocks[-1]:
            blocks.append([])
            room = width - head
        room -= taken
        blocks[-1].append(column)
    found: list[str] = []
    for columns in blocks:
        found += [""] * bool(found)
        widths = [_width(of, rows, column) for column in columns]
        names = (line(column).rjust(size) for column, size in zip(columns, widths, strict=True))
        found.append("  ".join([" " * head, *names]))
        for row in rows:
            fields = (field(of.get((row, column), {})) for column in columns)
            shown = (
                paint(one.text.rjust(size), one.colour if colour else "")
                for one, size in zip(fields, widths, strict=True)
            )
            found.append("  ".join([line(row).ljust(head), *shown]))
    return found


def _width(of: Pairs, rows: Iterable[str], column: str) -> int:
    return max(len(line(column)), *(len(field(of.get((row, column), {})).text) for row in rows))
