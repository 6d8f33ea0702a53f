"""What changes with the version of a library: the scenarios that do, and in which versions. Pure.

Looks at cells in which one variant of a peer plays, and at the same cells with the peer as it is.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum

import msgspec

from zmq_interop.core.events import CellJudged, PeerSeen
from zmq_interop.core.variants import SIGN, age, base, base_id
from zmq_interop.core.verdicts import Verdict
from zmq_interop.system import home
from zmq_interop.system.text import counted

ANY = f"{SIGN}*"  # in an id, of whatever version a variant has


class Outcome(IntEnum):
    """What became of some cells, the worst last."""

    UNSUPPORTED = 0
    GREEN = 1
    RED = 2
    BROKEN = 3

    def __str__(self) -> str:
        return self.name.lower()


# A known failure is one: what the ledger says of a version is not what this is about.
_OUTCOMES = {
    Verdict.PASS: Outcome.GREEN,
    Verdict.FIXED: Outcome.GREEN,
    Verdict.FAIL: Outcome.RED,
    Verdict.KNOWN: Outcome.RED,
    Verdict.UNSUPPORTED: Outcome.UNSUPPORTED,
    Verdict.BROKEN: Outcome.BROKEN,
}


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a library. peer: who has it in the run: a variant, or the peer as it is."""

    version: str
    peer: str

    def __str__(self) -> str:
        return self.version if SIGN in self.peer else f"{self.version} (as it is)"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of a scenario that do not have the same outcome in all versions, and change alike.

    cells: their ids, as of the peer itself; `c@*:c` where another version plays against the peer. outcomes: theirs in
    each version.
    """

    scenario: str
    cells: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A library of one peer. versions: the oldest first. same: how many cells have one outcome in all versions.

    A cell that could not be judged in a version tells nothing of that version.
    """

    peer: str
    library: str
    versions: tuple[Version, ...]
    rows: tuple[Row, ...]
    same: int

    def told(self, row: Row) -> str:
        """Since when, in words: "red 4.1.5 to 4.2.5, green 4.3.1 to 4.3.5"."""
        runs = []
        for outcome, some in itertools.groupby(zip(row.outcomes, self.versions, strict=True), key=lambda one: one[0]):
            names = [str(version) for _, version in some]
            runs.append(f"{outcome} {names[0]}" + (f" to {names[-1]}" if len(names) > 1 else ""))
        return ", ".join(runs)


def tables(cells: Iterable[CellJudged], peers: Sequence[PeerSeen]) -> list[Table]:
    """A table for each library of which a peer played several versions. peers: those that said Hello."""
    seen = {one.name: one.libraries for one in peers}
    own, played = _played(cells)
    found = []
    for (peer, library), names in _libraries(played, seen).items():
        versions = [Version(version=_plain(seen[name].get(library, "?")), peer=name) for name in names]
        versions.sort(key=lambda one: (age(one.version), SIGN not in one.peer))
        of_cell = {
            id: tuple((by_peer if SIGN in one.peer else own).get(key, Outcome.UNSUPPORTED) for one, key in keys)
            for id, by_peer in played.items()
            if any(name in by_peer for name in names)
            for keys in [[(one, one.peer if SIGN in one.peer else id.replace(ANY, "")) for one in versions]]
        }
        changing = {id: outcomes for id, outcomes in of_cell.items() if len(set(outcomes) - {Outcome.BROKEN}) > 1}
        rows = tuple(_rows(changing))
        same = len(of_cell) - len(changing)
        found.append(Table(peer=peer, library=library, versions=tuple(versions), rows=rows, same=same))
    return found


def _plain(version: str) -> str:
    return version.partition(" ")[0]


def _played(cells: Iterable[CellJudged]) -> tuple[dict[str, Outcome], dict[str, dict[str, Outcome]]]:
    """What became of the cells without variants, by id; and of those with one, by the id of `_placed` and variant."""
    own: dict[str, Outcome] = {}
    found: dict[str, dict[str, Outcome]] = defaultdict(dict)
    for cell in cells:
        variants = {name for name in cell.roles.values() if SIGN in name}
        if not variants:
            own[cell.id] = _OUTCOMES[cell.verdict]
        elif len(variants) == 1:  # of two, nobody could tell which makes the difference
            found[_placed(cell.id)][variants.pop()] = _OUTCOMES[cell.verdict]
    return own, found


def _placed(id: str) -> str:
    """The id of a cell without the version of its variant. Where a variant plays against its own peer, ANY stays: it
    matters which of the two is which."""
    rest, slash, players = id.rpartition("/")
    words = players.split(":")
    if {base(one) for one in words if SIGN in one} & set(words):
        return rest + slash + ":".join(f"{base(one)}{ANY}" if SIGN in one else one for one in words)
    return base_id(id)


def _libraries(
    played: Mapping[str, Mapping[str, Outcome]], seen: Mapping[str, Mapping[str, str]]
) -> dict[tuple[str, str], list[str]]:
    """Peer and library -> the names of those that have different versions of it, the peer as it is among them.

    A variant that never said Hello has no version that could be shown; its cells are broken, which the report says.
    """
    found: dict[tuple[str, str], list[str]] = {}
    names = dict.fromkeys(name for by_peer in played.values() for name in by_peer if SIGN in name and name in seen)
    for name in names:
        peer = base(name)
        short = name.partition(SIGN)[2]
        library = next((one for one in seen[name] if short.startswith(f"{one.rpartition('/')[2]}-")), None)
        if library is not None:
            found.setdefault((peer, library), [peer] if peer in seen else []).append(name)
    return found


def _rows(changing: Mapping[str, tuple[Outcome, ...]]) -> Iterator[Row]:
    """Cells whose outcomes change alike belong to one row."""
    alike: dict[tuple[str, tuple[Outcome, ...]], list[str]] = defaultdict(list)
    for id, outcomes in changing.items():
        alike[id.partition("/")[0], outcomes].append(id)
    for (scenario, outcomes), ids in sorted(alike.items(), key=lambda one: (one[0][0], -len(one[1]))):
        yield Row(scenario=scenario, cells=tuple(ids), outcomes=outcomes)


def title(table: Table) -> str:
    """What a table is about, in one line."""
    changing = sum(len(row.cells) for row in table.rows)
    names = ", ".join(map(str, table.versions))
    told = f"{table.same} the same in all, {changing} not"
    return f"{table.library} of {table.peer} ({names}): {counted(changing + table.same, 'cell')}, {told}"


def lines(found: Iterable[Table], most: int) -> Iterator[str]:
    """The tables as text. most: rows of each that are shown."""
    for table in found:
        yield title(table)
        for row in table.rows[:most]:
            yield f"  {table.told(row)}: {row.scenario}, {counted(len(row.cells), 'cell')}, such as {row.cells[0]}"
        if len(table.rows) > most:
            yield f"  and {len(table.rows) - most} more rows: see `{home.COMMAND} report --markdown`"
