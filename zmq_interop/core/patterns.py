"""What to say of a pattern that selects no cell: what its writer may have meant. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence

from zmq_interop.system import home, near

_FORM = "a pattern is the start of an id, or has wildcards"


def hint(
    pattern: str, ids: Mapping[str, Sequence[str]], families: Mapping[str, Sequence[str]], peers: Sequence[str]
) -> str:
    """What to write instead of a pattern that selects nothing.

    ids: by scenario, those of its cells. families: by name, the scenarios of each.
    """
    return f"{_meant(pattern, ids, families, peers)}`{home.COMMAND} run --list` shows the ids; {_FORM}"


def _meant(
    pattern: str, ids: Mapping[str, Sequence[str]], families: Mapping[str, Sequence[str]], peers: Sequence[str]
) -> str:
    """The first part of it, "" where nothing is like the pattern."""
    if scenarios := families.get(pattern.casefold()):
        return f"{pattern!r} is a family of scenarios; name them instead: {' '.join(scenarios)}\n  "
    if pattern in peers:
        return (
            f"{pattern!r} is a peer: '*/{pattern}:*' selects its cells in the first role, '*:{pattern}' those in the "
            f"last; `{home.COMMAND} run --peers A,B` plays all cells between some peers\n  "
        )
    found = _inside(pattern, ids) or near.pattern(pattern, ids, peers)
    if not found and ":" in pattern and "/" not in pattern:
        found = near.pattern(f"*/{pattern}", ids, peers)
    return f"did you mean {found!r}? " if found else ""


def _inside(pattern: str, ids: Mapping[str, Sequence[str]]) -> str:
    """The pattern with wildcards around it, where it is a part of ids but not their start, such as a transport or two
    peers; "" where it is not."""
    middle = pattern.strip("/")
    for word in dict.fromkeys((middle, middle.casefold())):
        for wide in (f"*/{word}", f"*/{word}/*"):
            if any(fnmatch.fnmatchcase(id, wide) for of_one in ids.values() for id in of_one):
                return wide
    return ""


def families(scenarios: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The scenarios of each family. scenarios: family and name of each."""
    found: dict[str, list[str]] = {}
    for family, name in scenarios:
        found.setdefault(family, []).append(name)
    return found
