"""Finds the line of a key in a TOML text, because the parsers keep no positions. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"""\s*([\w.\s"'-]+?)\s*=""")
_QUOTED = re.compile(r"""("(?:\\.|[^"\\])*"|'[^']*')|#.*""")

Path = tuple[str | int, ...]


def line(text: str, path: Sequence[str | int]) -> int:
    """The line, counted from 1, of what `path` leads to, as in ("needs", 0, "probe").

    Where that is not written it is the line of the innermost table around it, and 1 where there is none.

    A text of several lines that holds what looks like the same key may be taken for it.
    """
    wanted, found, best = tuple(path), 1, 0
    for number, place in _places(text):
        if len(place) > best and place == wanted[: len(place)]:
            found, best = number, len(place)
    return found


def _places(text: str) -> Iterator[tuple[int, Path]]:
    """Line and path of each header and each key."""
    table: Path = ()
    tables: Counter[Path] = Counter()
    depth = 0  # of brackets: what stands within them is a value
    for number, written in enumerate(text.split("\n"), 1):
        bare = _QUOTED.sub(lambda found: "x" if found[1] else "", written)
        if not depth and (header := _HEADER.match(written)):
            table = _parts(header[2])
            if header[1] == "[[":
                tables[table] += 1
                table = (*table, tables[table] - 1)
            elif tables[table[:1]]:  # [needs.packages] is about the last of [[needs]]
                table = (table[0], tables[table[:1]] - 1, *table[1:])
            yield number, table
            continue
        if not depth and (key := _KEY.match(written)):
            yield number, (*table, *_parts(key[1]))
        depth = max(0, depth + sum(map(bare.count, "[{")) - sum(map(bare.count, "]}")))


def _parts(key: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in key.split("."))
