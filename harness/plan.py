"""Peers x scenarios x axes -> cells. Pure: no I/O; the same arguments give the same cells in the same order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from harness import cell as cells
from harness.cell import Cell
from harness.errors import NothingSelected, UsageError
from harness.manifest import Claims, Peer
from harness.scenario import Needs, Scenario


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A need that a peer does not claim: why a cell is `unsupported`."""

    peer: str
    need: str

    def __str__(self) -> str:
        return f"{self.peer} does not claim {self.need}"


def plan(
    scenarios: Iterable[Scenario],
    peers: Mapping[str, Peer],
    patterns: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
) -> list[Cell]:
    """All cells that the arguments select, in a stable order.

    patterns: see `cell.matches`; each must select something. roles: role -> the only peer to play it; scenarios
    without such a role are left out. Raises NothingSelected, and UsageError for a role that no scenario has.
    """
    known = list(scenarios)
    fixed = dict(roles or {})
    for role, peer in fixed.items():
        if not any(role in one.roles for one in known):
            raise UsageError(
                f"no scenario has a role {role!r}",
                f"roles: {', '.join(sorted({role for one in known for role in one.roles}))}",
            )
        if peer not in peers:
            raise UsageError(
                f"--role {role}={peer}: there is no peer {peer!r}", f"peers in this run: {', '.join(peers)}"
            )
    every = [cell for one in known for cell in expand(one, list(peers), fixed)]
    selected = [cell for cell in every if cells.matches(cell.id, patterns)]
    for pattern in patterns:
        if not any(cells.matches(cell.id, (pattern,)) for cell in selected):
            raise NothingSelected(
                f"{pattern!r} selects no cell",
                "`./interop run --list` shows the ids; a pattern is the beginning of an id, or has wildcards",
            )
    if not selected:
        raise NothingSelected("nothing is selected", "`./interop run --list` shows what there is")
    return selected


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
                yield cells.make(one, transport, binder, dict(zip(names, values, strict=True)), players)


def missing(cell: Cell, peers: Mapping[str, Peer]) -> list[Missing]:
    """What the cell needs and its peers do not claim; a peer whose manifest cannot be read is taken to claim all.

    The order is stable: by role, then sockets, transport, mechanisms, options, abilities, operations.
    """
    found: list[Missing] = []
    for name, needs in zip(cell.peers, cell.scenario.roles.values(), strict=True):
        manifest = peers[name].manifest
        if manifest is not None:
            found += [Missing(peer=name, need=need) for need in _lacking(needs, cell.transport, manifest.claims)]
    return list(dict.fromkeys(found))


def _lacking(needs: Needs, transport: str, claims: Claims) -> Iterable[str]:
    abilities = (*needs.abilities, "inproc_lanes") if transport == "inproc" else needs.abilities
    for sort, wanted, claimed in (
        ("socket type", needs.sockets, claims.socket_types),
        ("transport", (transport,), claims.transports),
        ("mechanism", needs.mechanisms, claims.mechanisms),
        ("option", needs.options, claims.options),
        ("ability", abilities, claims.abilities),
        ("operation", needs.operations, claims.operations),
    ):
        for one in wanted:
            if one not in claimed:
                yield f"{sort} {one}"
    if transport == "inproc" and claims.lanes < 2:
        yield "a second lane"
