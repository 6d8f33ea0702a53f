"""Peers x scenarios x axes -> cells. Pure: no I/O; the same arguments give the same cells in the same order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from zmq_interop.core import patterns as said
from zmq_interop.core.cell import Cell, select
from zmq_interop.core.default_cells import Coverings, DefaultCells, expand
from zmq_interop.core.features import TRANSPORTS as TRANSPORT_FEATURES
from zmq_interop.core.lacks import Lacks, Missing
from zmq_interop.core.peer import Peer
from zmq_interop.core.scenario import Scenario
from zmq_interop.system import near
from zmq_interop.system.errors import NothingSelected, UsageError


def plan(
    scenarios: Iterable[Scenario],
    peers: Mapping[str, Peer],
    patterns: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    every: bool = False,
    coverings: Coverings | None = None,
) -> list[Cell]:
    """The cells that the arguments select, in a stable order.

    patterns: see `cell.select` and `patterns.spelt`; each must select something. roles: role -> the only peer to play
    it; scenarios without such a role are left out. every: all cells, and not only those that cover the secondary axes
    pairwise. A pattern that selects none of the covering cells, such as the id of another one, selects from all.
    coverings: what is known of earlier plans, to which what this one finds is added. Raises NothingSelected, and
    UsageError for a role that none of the scenarios has that the patterns select.
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
    default = DefaultCells(peers, fixed, {} if coverings is None else coverings)
    if not patterns:
        cells = [cell for one in chosen for cell in (expand(one, list(peers), fixed) if every else default.cells(one))]
        if not cells:
            _explain_roles("", known, list(peers), fixed)
            raise NothingSelected("nothing is selected", "there is no scenario")
        return cells
    everything: list[Cell] = []
    covering: set[str] = set()
    for one in chosen:
        cells = list(expand(one, list(peers), fixed))
        everything += cells
        covering.update(cell.id for cell in (cells if every else default.among(one, cells)))
    ids = [cell.id for cell in everything]
    wanted = set()
    for pattern in patterns:
        found = _select(ids, spelt[pattern])
        if not found:
            _explain_roles(pattern, known, list(peers), fixed)
            raise NothingSelected(f"{pattern!r} selects no cell", _hint(pattern, known, list(peers)))
        wanted.update([id for id in found if id in covering] or found)
    return [cell for cell in everything if cell.id in wanted]


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
    lacks: dict[str, Lacks] = {}
    found = []
    for cell in cells:
        name = cell.scenario.name
        if name not in lacks:
            lacks[name] = Lacks(cell.scenario, peers)
        found.append(PlannedCell(cell=cell, unclaimed=lacks[name].of(cell)))
    return found
