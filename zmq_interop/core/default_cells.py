"""All cells of a scenario, and those that a run plays by default. Pure."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence

import msgspec

from zmq_interop.core.cell import Cell, make
from zmq_interop.core.covering import cover
from zmq_interop.core.lacks import Lacks
from zmq_interop.core.peer import Peer
from zmq_interop.core.scenario import Scenario

Coverings = MutableMapping[str, list[int]]  # a digest of all that they depend on -> places of cells among all, in order
_Parts = tuple[str, str, tuple[str, ...], tuple[str, ...]]  # transport, binder, values, peers


def expand(one: Scenario, peers: Sequence[str], fixed: Mapping[str, str]) -> Iterator[Cell]:
    """Every cell of one scenario. Over inproc one peer plays all roles: the transport ends at the process.

    fixed: role -> the only peer to play it. A scenario without such a role has no cells.
    """
    return (_made(one, parts) for parts in _combined(one, peers, fixed))


def _combined(one: Scenario, peers: Sequence[str], fixed: Mapping[str, str]) -> Iterator[_Parts]:
    if not set(fixed) <= set(one.roles):
        return
    choices = [[fixed[role]] if role in fixed else list(peers) for role in one.roles]
    binders = [one.binder, *(role for role in one.binders if role != one.binder)]
    for transport, binder in itertools.product(one.transports, binders):
        for values in itertools.product(*(axis.values for axis in one.axes)):
            for players in itertools.product(*choices):
                if transport != "inproc" or len(set(players)) <= 1:
                    yield transport, binder, values, players


def _made(one: Scenario, parts: _Parts) -> Cell:
    transport, binder, values, players = parts
    return make(one, transport, binder, dict(zip((axis.name for axis in one.axes), values, strict=True)), players)


class DefaultCells:
    """The cells of each scenario that a default run between these peers plays.

    Each combination of the primary axes with a pair of peers, and each pair of all other values. Cells that some peer
    does not support are covered by themselves: they must not stand in for cells that can be played. Cells with a peer
    that joined later are chosen later: which others are played must not depend on it, since the ledger is about those.

    fixed: role -> the only peer to play it. coverings: what was found before, to which this adds: to find them costs
    twenty times what it costs to look them up.
    """

    def __init__(self, peers: Mapping[str, Peer], fixed: Mapping[str, str], coverings: Coverings) -> None:
        self._peers = peers
        self._fixed = dict(fixed)
        self._coverings = coverings
        self._players = [
            (name, peer.joined, None if peer.manifest is None else peer.manifest.claims) for name, peer in peers.items()
        ]

    def cells(self, one: Scenario) -> list[Cell]:
        """Those of one scenario, in the order of `expand`."""
        names = list(self._peers)
        if (known := self._coverings.get(self._key(one))) is not None:  # then few of all cells need to be made
            chosen = set(known)
            every = enumerate(_combined(one, names, self._fixed))
            return [_made(one, parts) for place, parts in every if place in chosen]
        return self.among(one, list(expand(one, names, self._fixed)))

    def among(self, one: Scenario, cells: Sequence[Cell]) -> list[Cell]:
        """The same for a caller that has all cells of the scenario, as `expand` gives them."""
        key = self._key(one)
        if key not in self._coverings:
            self._coverings[key] = sorted(_covering(cells, self._peers))
        return [cells[place] for place in self._coverings[key]]

    def _key(self, one: Scenario) -> str:
        axes = [(axis.name, list(axis.values), axis.default, axis.needs) for axis in one.axes]
        about = (one.name, one.roles, one.binder, one.binders, one.transports, one.primary, axes)
        return hashlib.sha256(msgspec.json.encode((about, self._players, self._fixed))).hexdigest()


def _covering(cells: Sequence[Cell], peers: Mapping[str, Peer]) -> Iterator[int]:
    """The places of those cells of one scenario that are played by default."""
    if not cells:
        return
    lacks = Lacks(cells[0].scenario, peers)
    groups: tuple[list[int], list[int]] = ([], [])
    for place, cell in enumerate(cells):
        groups[not lacks.of(cell)].append(place)
    for group in groups:
        some = [cells[place] for place in group]
        rows = [(cell.transport, cell.binder, *cell.values.values(), *cell.peers) for cell in some]
        musts = [(*_primary(cell), *(cell.peers if len(cell.peers) <= 2 else ())) for cell in some]
        turns = [max((peers[name].joined for name in cell.peers), default=0) for cell in some]
        yield from (group[index] for index in cover(rows, musts, [cell.id for cell in some], turns))


def _primary(cell: Cell) -> Iterable[str]:
    every = {"transport": cell.transport, "binder": cell.binder, **cell.values}
    return (every[name] for name in cell.scenario.primary)
