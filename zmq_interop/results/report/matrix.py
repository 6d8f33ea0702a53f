"""The matrix of peers: which pairs interoperate.

A field has two lines: passed cells, after the red ones; and below, indented, known and unsupported cells. So a number
without signs means that everything passed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import RED, Verdict
from zmq_interop.results.report.layout import WIDTH
from zmq_interop.system.text import line, paint

NARROW = 7  # columns: a longer name is folded at its dashes
_GAPS = (2, 1)  # columns between fields: the first with which all peers stand beside each other

Pairs = Mapping[tuple[str, str], Counter[Verdict]]


class Field(NamedTuple):
    """One field: its first line; whether something in it is red; its second line, "" for none."""

    passed: str
    red: bool
    rest: str


def pairs(cells: Iterable[CellJudged]) -> Pairs:
    """(peer in the first role, peer in the second) -> how many cells have which verdict; a single role counts twice.

    Cells without a peer, in which two programs of the user meet, have no place in it.
    """
    found: dict[tuple[str, str], Counter[Verdict]] = defaultdict(Counter)
    for cell in cells:
        peers = [*cell.roles.values()]
        if not peers:
            continue
        found[peers[0], peers[min(1, len(peers) - 1)]][cell.verdict] += 1
    return dict(sorted(found.items()))


def field(counts: Mapping[Verdict, int]) -> Field:
    """What stands in a field, as `legend` explains it."""
    if not any(counts.values()):
        return Field(".", red=False, rest="")
    red = sum(counts.get(verdict, 0) for verdict in RED)
    passed = str(counts.get(Verdict.PASS, 0))
    signs = ((Verdict.KNOWN, "k"), (Verdict.UNSUPPORTED, "u"))
    rest = " ".join(f"{counts[verdict]}{sign}" for verdict, sign in signs if counts.get(verdict))
    return Field(f"!{red} {passed}" if red else passed, bool(red), rest)


def legend(cells: Sequence[CellJudged]) -> list[str]:
    """Explains the signs in the matrix of these cells, its rows and columns; counts cells that are not in it."""
    of = pairs(cells)
    apart = Counter(cell.verdict for cell in cells if not cell.roles)
    meetings = [f"cells of two programs: {', '.join(f'{apart[one]} {one}' for one in Verdict if apart[one])}"]
    if not of:
        return meetings if apart else []
    fields = [field(of.get((row, column), {})) for row in _rows(of) for column in _columns(of)]
    signs = (
        ("!N fail, fixed or broken", any(one.red for one in fields)),
        ("Nk known", any("k" in one.rest for one in fields)),
        ("Nu unsupported", any("u" in one.rest for one in fields)),
        (". no cell", any(one.passed == "." for one in fields)),
    )
    return [
        "   ".join(["N pass", *(text for text, there in signs if there)]),
        "rows: the peer in the first role (who sends); columns: in the second role",
        *(meetings if apart else []),
    ]


def lines(cells: Iterable[CellJudged], *, colour: bool = False, width: int = WIDTH) -> list[str]:
    """The matrix as text: a row for the peer in the first role, a column for the one in the second.

    If it is wider than `width` columns, it is split into blocks of columns, one below the other.
    """
    of = pairs(cells)
    rows = _rows(of)
    columns = [_Column.of(name, [field(of.get((row, name), {})) for row in rows]) for name in _columns(of)]
    head = max((len(line(row)) for row in rows), default=0)
    found: list[str] = []
    for gap, block in _blocks(columns, width - head):
        found += [""] * bool(found)
        found += _header(block, head, gap)
        for number, row in enumerate(rows):
            found += _row(row, [column.fields[number] for column in block], block, head, gap, colour=colour)
    return found


class _Column(NamedTuple):
    """name: folded, its lines. fields: one for each row."""

    name: list[str]
    width: int
    fields: Sequence[Field]

    @classmethod
    def of(cls, name: str, fields: Sequence[Field]) -> _Column:
        content = max((max(len(one.passed), len(one.rest)) for one in fields), default=0)
        folded = _folded(line(name), max(content, NARROW))
        return cls(folded, max(content, *map(len, folded)), fields)


def _rows(of: Pairs) -> list[str]:
    return sorted({row for row, _ in of})


def _columns(of: Pairs) -> list[str]:
    return sorted({column for _, column in of})


def _folded(name: str, width: int) -> list[str]:
    """The name on lines that end with its dashes; a part that is wider than `width` stays whole."""
    found = [""]
    for part in name.replace("-", "-\n").split("\n"):
        if found[-1] and len(found[-1] + part) > width:
            found.append("")
        found[-1] += part
    return found


def _blocks(columns: Sequence[_Column], room: int) -> list[tuple[int, list[_Column]]]:
    """The columns that stand beside each other, with the gap between them; one at least in each block."""
    for gap in _GAPS:
        if sum(gap + column.width for column in columns) <= room:
            return [(gap, [*columns])]
    blocks: list[list[_Column]] = [[]]
    left = room
    for column in columns:
        if _GAPS[0] + column.width > left and blocks[-1]:
            blocks.append([])
            left = room
        left -= _GAPS[0] + column.width
        blocks[-1].append(column)
    return [(_GAPS[0], block) for block in blocks]


def _header(block: Sequence[_Column], head: int, gap: int) -> list[str]:
    height = max((len(column.name) for column in block), default=0)
    found = []
    for number in range(height):
        above = [height - len(column.name) for column in block]  # names stand on the bottom
        parts = [
            column.name[number - skip] if number >= skip else "" for column, skip in zip(block, above, strict=True)
        ]
        shown = (part.rjust(column.width) for part, column in zip(parts, block, strict=True))
        found.append((" " * gap).join([" " * head, *shown]).rstrip())
    return found


def _row(
    name: str, fields: Sequence[Field], block: Sequence[_Column], head: int, gap: int, *, colour: bool
) -> list[str]:
    """The two lines of a row, or one where no field has a second."""
    first, second = [line(name).ljust(head)], [" " * head]
    for one, column in zip(fields, block, strict=True):
        hue = "red" if one.red else "" if one.passed in (".", "0") else "green"
        first.append(paint(one.passed.rjust(column.width), hue if colour else ""))
        second.append(paint(one.rest.rjust(column.width), "dim" if colour and one.rest else ""))
    found = [first, second] if any(one.rest for one in fields) else [first]
    return [(" " * gap).join(parts).rstrip() for parts in found]
