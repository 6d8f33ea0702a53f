"""Patterns of the command line: families in them, and what to say of one that selects no cell. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence

from zmq_interop.system import home, near

_FAMILY = "family:"  # no id begins so: a colon stands between peers alone
_FORM = "a pattern is the start of an id, or has wildcards"


def spelt(pattern: str, families: Mapping[str, Sequence[str]]) -> list[str]:
    """The pattern without a name of a family: "family:pending/tcp" is "linger/tcp" and so on; none for an unknown one.

    families: by name, the scenarios of each.
    """
    if not pattern.startswith(_FAMILY):
        return [pattern]
    name, slash, rest = pattern.removeprefix(_FAMILY).partition("/")
    return [f"{scenario}{slash}{rest}" for scenario in families.get(name, ())]


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
        return f"{_FAMILY}{pattern.casefold()} plays this family of scenarios: {' '.join(scenarios)}\n  "
    if pattern.startswith(_FAMILY):
        return _meant_family(pattern, ids, families, peers)
    if pattern in peers:
        return (
            f"{pattern!r} is a peer: '*/{pattern}:*' selects its cells in the first role, '*:{pattern}' those in the "
            f"last; `{home.COMMAND} run --peers A,B` plays all cells between some peers\n  "
        )
    found = _inside(pattern, ids) or near.pattern(pattern, ids, peers)
    if not found and ":" in pattern and "/" not in pattern:
        found = near.pattern(f"*/{pattern}", ids, peers)
    if not found and (family := near.name(pattern, families)):
        found = f"{_FAMILY}{family}"
    return f"did you mean {found!r}? " if found else ""


def _meant_family(
    pattern: str, ids: Mapping[str, Sequence[str]], families: Mapping[str, Sequence[str]], peers: Sequence[str]
) -> str:
    """The same for a pattern with a family: the name of the family may be wrong, or what follows it."""
    name, slash, rest = pattern.removeprefix(_FAMILY).partition("/")
    if name not in families:
        found = near.name(name, families)
        meant = f"did you mean {f'{_FAMILY}{found}{slash}{rest}'!r}? " if found else ""
        return f"{meant}families: {' '.join(families)}\n  "
    for one in spelt(pattern, families):
        if found := near.pattern(one, ids, peers):
            meant = "/".join([f"{_FAMILY}{name}", *found.split("/")[1:]])
            return f"did you mean {meant!r}? "
    return ""


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
