"""Says which peer a group of red cells points to, by comparison with cells that ask the same of other peers. Pure.

Cells are alike if they differ only in their peers and in who binds. Of the peers that have a part in all cells of a
group, the one to blame fails alike cells without the others; or it is alone in all cells of another group, for one
faulty peer explains more than two; or the others pass alike cells where it does not. This only points: the rule that a
scenario cites says who is right.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict

MOST_PEERS = 3  # that are named together; where more are involved, none is
MOST_TELLING = 4  # cells that are suggested

Place = tuple[str, str, tuple[tuple[str, str], ...]]


class Counts(msgspec.Struct, frozen=True):
    """How many cells failed and how many passed."""

    failed: int
    passed: int

    def __str__(self) -> str:
        return f"{self.failed} failed, {self.passed} passed"


class Blame(msgspec.Struct, frozen=True, kw_only=True):
    """Which peers a group of red cells points to.

    peers: the one to blame; several if each fails on its own, if only their combination fails (`together`), or if
    nothing that was played tells them apart (`undecided`); none if no few peers have a part in all red cells. having,
    lacking: of the cells like the red ones, those with one of these peers and those without. telling: ids of cells that
    were not played and may tell undecided peers apart.
    """

    peers: tuple[str, ...] = ()
    having: Counts
    lacking: Counts
    together: bool = False
    undecided: bool = False
    telling: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """One line for people."""
        if not self.peers:
            return f"no peer in particular; of the cells like these, {self.having}"
        counts = f"with {'it' if len(self.peers) == 1 else 'them'} {self.having}, without {self.lacking}"
        names = " and ".join(self.peers)
        if self.together:
            return f"{names} together: each passes the same with other peers; {counts}"
        if self.undecided:
            return f"{' or '.join(self.peers)}: no cell that was played tells which"
        return f"{names}: {counts}"


def blames(groups: Sequence[Sequence[CellJudged]], cells: Iterable[CellJudged]) -> list[Blame]:
    """Which peers each group points to. groups: red cells, at least one in each. cells: all that the run judged."""
    compared = Comparison(cells)
    shared = [compared.shared(red) for red in groups]
    faulty = frozenset(one for some in shared if len(some) == 1 for one in some)
    return [compared.blame(red, faulty) for red in groups]


class Comparison:
    """The cells of a run by what they ask. Create it once for all groups."""

    def __init__(self, cells: Iterable[CellJudged]) -> None:
        self._alike: Mapping[Place, list[CellJudged]] = defaultdict(list)
        self._ids: set[str] = set()
        for cell in cells:
            self._ids.add(cell.id)
            self._alike[_place(cell)].append(cell)

    def shared(self, red: Sequence[CellJudged]) -> list[str]:
        """The peers that have a part in each of these cells."""
        return [peer for peer in _peers(red[0]) if all(peer in cell.roles.values() for cell in red)]

    def blame(self, red: Sequence[CellJudged], faulty: Collection[str] = ()) -> Blame:
        """Compares red cells, at least one, with those that are alike. faulty: peers that fail in other groups."""
        alike = [cell for place in dict.fromkeys(map(_place, red)) for cell in self._alike[place]]
        shared = self.shared(red)
        if not shared:
            return _blamed(_cover(red, alike), alike)
        if len(shared) == 1:
            return _blamed(shared, alike)
        for evidence in (
            [one for one in shared if _fails(one, alike, shared)],
            [one for one in shared if one in faulty],
        ):
            if len(evidence) == 1:
                return _blamed(evidence, alike)
        cleared = [peer for peer in shared if _passes(peer, red, alike, shared)]
        if len(cleared) == len(shared):
            return _blamed(shared, alike, together=True)
        if cleared:
            return _blamed([peer for peer in shared if peer not in cleared], alike)
        undecided = _blamed(shared, alike)
        return msgspec.structs.replace(undecided, undecided=True, telling=self._telling(red[0], shared))

    def _telling(self, cell: CellJudged, suspects: Sequence[str]) -> tuple[str, ...]:
        """The same cell with each suspect and a peer that has passed cells of the scenario, or with itself."""
        others: dict[str, None] = {}
        for one in itertools.chain.from_iterable(self._alike.values()):
            if one.scenario == cell.scenario and one.verdict is Verdict.PASS:
                others.update(dict.fromkeys(peer for peer in one.roles.values() if peer not in suspects))
        beginning = cell.id.rpartition("/")[0]
        found = []
        for other, suspect in itertools.product([*others, ""], suspects):
            peers = ":".join(peer if peer == suspect else other or suspect for peer in cell.roles.values())
            if (id := f"{beginning}/{peers}") not in self._ids:
                found.append(id)
        return tuple(found[:MOST_TELLING])


def _blamed(peers: Sequence[str], alike: Sequence[CellJudged], *, together: bool = False) -> Blame:
    some = set(peers)
    is_in = all if together else any
    having = [cell for cell in alike if not peers or is_in(peer in cell.roles.values() for peer in some)]
    kept = {cell.id for cell in having}
    return Blame(
        peers=tuple(peers),
        having=_counts(having),
        lacking=_counts(cell for cell in alike if cell.id not in kept),
        together=together,
    )


def _passes(peer: str, red: Sequence[CellJudged], alike: Sequence[CellJudged], suspects: Sequence[str]) -> bool:
    """Whether the peer passes an alike cell in a role that it has in a red one, with nobody else who is suspected."""
    roles = {role for cell in red for role, one in cell.roles.items() if one == peer}
    return any(
        cell.verdict is Verdict.PASS and any(cell.roles.get(role) == peer for role in roles)
        for cell in _without(peer, alike, suspects)
    )


def _fails(peer: str, alike: Sequence[CellJudged], suspects: Sequence[str]) -> bool:
    """Whether the peer fails an alike cell with nobody else who is suspected."""
    return any(cell.verdict is Verdict.FAIL and peer in cell.roles.values() for cell in _without(peer, alike, suspects))


def _without(peer: str, alike: Iterable[CellJudged], suspects: Collection[str]) -> Iterator[CellJudged]:
    """The cells in which no other suspect has a part."""
    return (cell for cell in alike if not any(one != peer and one in suspects for one in cell.roles.values()))


def _cover(red: Sequence[CellJudged], alike: Sequence[CellJudged]) -> tuple[str, ...]:
    """The fewest peers of which each red cell has one, and of these the ones that pass least; () if more than
    MOST_PEERS are needed."""

    def has_one(cell: CellJudged, some: Collection[str]) -> bool:
        return any(peer in some for peer in cell.roles.values())

    known = list(dict.fromkeys(peer for cell in red for peer in _peers(cell)))
    for size in range(2, MOST_PEERS + 1):
        covers = [some for some in itertools.combinations(known, size) if all(has_one(cell, some) for cell in red)]
        if covers:
            return min(covers, key=lambda some: _counts(cell for cell in alike if has_one(cell, some)).passed)
    return ()


def _counts(cells: Iterable[CellJudged]) -> Counts:
    verdicts = [cell.verdict for cell in cells]
    return Counts(verdicts.count(Verdict.FAIL), verdicts.count(Verdict.PASS))


def _peers(cell: CellJudged) -> dict[str, None]:
    return dict.fromkeys(cell.roles.values())


def _place(cell: CellJudged) -> Place:
    return cell.scenario, cell.transport, tuple(cell.values.items())
