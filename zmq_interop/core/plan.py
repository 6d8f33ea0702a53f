"""Peers x scenarios x axes -> cells. Pure: no I/O; the same arguments give the same cells in the same order."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from zmq_interop.core import patterns as said
from zmq_interop.core.cell import Cell, make, select
from zmq_interop.core.covering import cover
from zmq_interop.core.features import TRANSPORTS as TRANSPORT_FEATURES
from zmq_interop.core.peer import Claims, Peer
from zmq_interop.core.scenario import Scenario
from zmq_interop.system import near
from zmq_interop.system.errors import NothingSelected, UsageError


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A need that is not met: why a cell is `unsupported`. need: in words that follow the peer's name."""

    peer: str
    need: str

    def __str__(self) -> str:
        return f"{self.peer} {self.need}"


def plan(
    scenarios: Iterable[Scenario],
    peers: Mapping[str, Peer],
    patterns: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    every: bool = False,
) -> list[Cell]:
    """The cells that the arguments select, in a stable order.

    patterns: see `cell.select` and `patterns.spelt`; each must select something. roles: role -> the only peer to play
    it; scenarios without such a role are left out. every: all cells, and not only those that cover the secondary axes
    pairwise. A pattern that selects none of the covering cells, such as the id of another one, selects from all. Raises
    NothingSelected, and UsageError for a role that none of the scenarios has that the patterns select.
    """
    known = list(scenarios)
    fixed = dict(roles or {})
    spelt = _spelt(known, patterns)
    chosen = _chosen(known, spelt)
    for role, peer in fixed.items():
        _check_role(role, chosen or known, patterns)
        if peer not in peers:
            raise UsageError(
                f"--role {role}={peer}: there is no peer {peer!r}",
                near.hint(peer, peers, f"peers in this run: {', '.join(peers)}"),
            )
    everything = [list(expand(one, list(peers), fixed)) for one in chosen]
    wanted = set()
    usual = {cell.id for cells_of_one in everything for cell in _covering(cells_of_one, peers, every)}
    ids = [cell.id for cells_of_one in everything for cell in cells_of_one]
    for pattern in patterns or ("*",):
        found = _select(ids, spelt.get(pattern, [pattern]))
        covering = [id for id in found if id in usual]
        if not found:
            _explain_roles(pattern if patterns else "", known, list(peers), fixed)
            if not patterns:
                raise NothingSelected("nothing is selected", "there is no scenario")
            raise NothingSelected(f"{pattern!r} selects no cell", _hint(pattern, known, list(peers)))
        wanted.update(covering or found)
    return [cell for cells_of_one in everything for cell in cells_of_one if cell.id in wanted]


def excluded(scenarios: Iterable[Scenario], peers: Iterable[str], patterns: Sequence[str]) -> dict[str, frozenset[str]]:
    """For each pattern of `--exclude`, the ids that it selects, as one of `plan` does.

    From all cells between all these peers: what it means does not depend on what else narrows a run. Raises UsageError
    for a pattern that selects none of them.
    """
    known, players = list(scenarios), list(peers)
    if not patterns:
        return {}
    spelt = _spelt(known, patterns)
    ids = [cell.id for one in _chosen(known, spelt) for cell in expand(one, players, {})]
    found = {pattern: frozenset(_select(ids, spelt[pattern])) for pattern in patterns}
    for pattern, selected in found.items():
        if not selected:
            raise UsageError(f"--exclude {pattern!r} matches no cell", _hint(pattern, known, players))
    return found


def _check_role(role: str, scenarios: Sequence[Scenario], patterns: Sequence[str]) -> None:
    """Raises UsageError for a role that none of the scenarios has, which these patterns may have selected."""
    if not any(role in one.roles for one in scenarios):
        there = sorted({role for one in scenarios for role in one.roles})
        where = (
            f"none of the scenarios that {' '.join(map(repr, patterns))} selects has" if patterns else "no scenario has"
        )
        raise UsageError(f"{where} a role {role!r}", near.hint(role, there, f"roles: {', '.join(there)}"))


def _explain_roles(pattern: str, known: Sequence[Scenario], peers: Sequence[str], fixed: Mapping[str, str]) -> None:
    """Raises UsageError or NothingSelected where a pattern ("": none) selects nothing because of `--role`."""
    asked = " ".join(f"--role {role}={peer}" for role, peer in fixed.items())
    if not fixed:
        return
    if not pattern:
        raise NothingSelected(f"{asked}: no scenario has all these roles", "fix the roles of one scenario at a time")
    ids = {one.name: [cell.id for cell in expand(one, peers, {})] for one in known}
    everything = [id for of_one in ids.values() for id in of_one]
    selected = {id.partition("/")[0] for id in _select(everything, _spelt(known, [pattern])[pattern])}
    if not selected:
        return
    scenarios = [one for one in known if one.name in selected]
    for role in fixed:
        _check_role(role, scenarios, [pattern])
    raise NothingSelected(
        f"{pattern!r} selects no cell in which {', '.join(f'{peer} is the {role}' for role, peer in fixed.items())}",
        f"change the pattern, or {asked}",
    )


def _hint(pattern: str, known: Sequence[Scenario], peers: Sequence[str]) -> str:
    """What to write instead of a pattern that selects nothing."""
    ids = {one.name: [cell.id for cell in expand(one, peers, {})] for one in known}
    return said.hint(pattern, ids, said.families((one.family, one.name) for one in known), peers)


def expand(one: Scenario, peers: Sequence[str], fixed: Mapping[str, str]) -> Iterable[Cell]:
    """Every cell of one scenario. Over inproc one peer plays all roles: the transport ends at the process."""
    if not set(fixed) <= set(one.roles):
        return
    choices = [[fixed[role]] if role in fixed else list(peers) for role in one.roles]
    names = [axis.name for axis in one.axes]
    binders = [one.binder, *(role for role in one.binders if role != one.binder)]
    for transport, binder in itertools.product(one.transports, binders):
        for values in itertools.product(*(axis.values for axis in one.axes)):
            for players in itertools.product(*choices):
                if transport == "inproc" and len(set(players)) > 1:
                    continue
                yield make(one, transport, binder, dict(zip(names, values, strict=True)), players)


def _spelt(known: Iterable[Scenario], patterns: Iterable[str]) -> dict[str, list[str]]:
    """For each pattern, those without a family that mean the same."""
    families = said.families((one.family, one.name) for one in known)
    return {pattern: said.spelt(pattern, families) for pattern in patterns}


def _select(ids: Sequence[str], spelt: Iterable[str]) -> list[str]:
    """Those that some of the patterns select."""
    return list(dict.fromkeys(id for pattern in spelt for id in select(ids, pattern)))


def _chosen(known: Sequence[Scenario], spelt: Mapping[str, Sequence[str]]) -> list[Scenario]:
    """The scenarios of which cells may be selected. spelt: as `_spelt` gives it."""
    if not spelt:
        return list(known)
    names = {one.name for one in known}
    patterns = [one for some in spelt.values() for one in some]
    return [one for one in known if _may_match(one, patterns, names)]


def _may_match(one: Scenario, patterns: Sequence[str], names: Collection[str]) -> bool:
    """Whether a cell of the scenario may match. There are many thousand cells; most patterns name one scenario."""
    for pattern in patterns:
        head, more, _ = pattern.partition("/")
        begins = not more and head not in names and one.name.startswith(head)
        if head == one.name or begins or any(sign in head for sign in "*?["):
            return True
    return False


def _covering(cells_of_one: Sequence[Cell], peers: Mapping[str, Peer], every: bool) -> Iterable[Cell]:
    """Those cells of one scenario that a default run plays.

    Each combination of the primary axes with a pair of peers, and each pair of all other values. Cells that some peer
    does not support are covered by themselves: they must not stand in for cells that can be played. Cells with a peer
    that joined later are chosen later: which others are played must not depend on it, since the ledger is about those.
    """
    if every or not cells_of_one:
        return cells_of_one
    one = cells_of_one[0].scenario
    playable = _Claims(one, peers)
    chosen: list[Cell] = []
    groups: tuple[list[Cell], list[Cell]] = ([], [])
    for cell in cells_of_one:
        groups[playable(cell)].append(cell)
    for group in reversed(groups):
        rows = [(cell.transport, cell.binder, *cell.values.values(), *cell.peers) for cell in group]
        musts = [(*_primary(cell), *(cell.peers if len(cell.peers) <= 2 else ())) for cell in group]
        turns = [max((peers[name].joined for name in cell.peers), default=0) for cell in group]
        chosen += [group[index] for index in cover(rows, musts, [cell.id for cell in group], turns)]
    return chosen


def _primary(cell: Cell) -> Iterable[str]:
    every = {"transport": cell.transport, "binder": cell.binder, **cell.values}
    return (every[name] for name in cell.scenario.primary)


class _Claims:
    """Whether the peers of a cell claim what it needs. Each need of a role is looked up once for each peer."""

    def __init__(self, one: Scenario, peers: Mapping[str, Peer]) -> None:
        self._one = one
        self._peers = peers
        self._known: dict[tuple[str, ...], bool] = {}

    def __call__(self, cell: Cell) -> bool:
        return all(self._meets(cell, role, peer) for role, peer in zip(self._one.roles, cell.peers, strict=True))

    def _meets(self, cell: Cell, role: str, peer: str) -> bool:
        key = (role, peer, cell.transport, *(cell.values[axis.name] for axis in self._one.axes if axis.needs))
        if key not in self._known:
            self._known[key] = not any(_unclaimed(cell, role, self._peers[peer]))
        return self._known[key]


class PlannedCell(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cell of one run, with what is known of it before anything is built.

    unclaimed: what it needs and its peers do not claim. cost: milliseconds for which it is in flight, as recorded.
    """

    cell: Cell
    unclaimed: tuple[Missing, ...] = ()
    cost: int = 1

    @property
    def id(self) -> str:
        """The cell's id."""
        return self.cell.id

    def unmet(self, features: Mapping[str, frozenset[str]]) -> tuple[Missing, ...]:
        """Why the cell is `unsupported`; empty where it can be played.

        features: peer -> what the machine offers where it runs (zmq_interop/core/features.py).
        """
        asked = (*self.cell.scenario.place, *TRANSPORT_FEATURES.get(self.cell.transport, ()))
        lacking = (
            Missing(peer=name, need=f"runs without {one}")
            for name in dict.fromkeys(self.cell.peers)
            for one in asked
            if one not in features[name]
        )
        return (*self.unclaimed, *lacking)


def planned(cells: Iterable[Cell], peers: Mapping[str, Peer]) -> list[PlannedCell]:
    """The cells, each with what its peers do not claim of its needs; in the order given."""
    return [PlannedCell(cell=cell, unclaimed=missing(cell, peers)) for cell in cells]


def missing(cell: Cell, peers: Mapping[str, Peer]) -> tuple[Missing, ...]:
    """What the cell needs and its peers do not claim; a peer whose manifest cannot be read is taken to claim all.

    The order is stable: by role, then sockets, transport, mechanisms, options, abilities, operations, lanes.
    """
    found = (
        Missing(peer=name, need=f"does not claim {need}")
        for role, name in zip(cell.scenario.roles, cell.peers, strict=True)
        for need in _unclaimed(cell, role, peers[name])
    )
    return tuple(dict.fromkeys(found))


def _unclaimed(cell: Cell, role: str, peer: Peer) -> Iterable[str]:
    """What the role needs and the peer does not claim."""
    return () if peer.manifest is None else unclaimed(cell, role, peer.manifest.claims)


def unclaimed(cell: Cell, role: str, claims: Claims) -> Iterable[str]:
    """What the role needs that is not among these claims, in words: "operation unbind"."""
    asked = [cell.scenario.roles[role]]
    asked += [
        axis.needs[value][role]
        for axis in cell.scenario.axes
        if role in axis.needs.get(value := cell.values[axis.name], {})
    ]
    inproc = cell.transport == "inproc"
    for sort, wanted, claimed in (
        ("socket type", [one for needs in asked for one in needs.sockets], claims.socket_types),
        ("transport", [cell.transport], claims.transports),
        ("mechanism", [one for needs in asked for one in needs.mechanisms], claims.mechanisms),
        ("option", [one for needs in asked for one in needs.options], claims.options),
        ("ability", [one for needs in asked for one in needs.abilities] + ["inproc_lanes"] * inproc, claims.abilities),
        ("operation", [one for needs in asked for one in needs.operations], claims.operations),
    ):
        for one in dict.fromkeys(wanted):
            if one not in claimed:
                yield f"{sort} {one}"
    lanes = sum(needs.lanes for needs in cell.scenario.roles.values()) if inproc else asked[0].lanes
    if claims.lanes < lanes:
        yield f"{lanes} lanes"
