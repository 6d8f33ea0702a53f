"""What a cell needs of its peers, and what they do not claim. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from zmq_interop.core.cell import Cell
from zmq_interop.core.peer import Claims, Peer
from zmq_interop.core.scenario import Scenario


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A need that is not met: why a cell is `unsupported`. need: in words that follow the peer's name."""

    peer: str
    need: str

    def __str__(self) -> str:
        return f"{self.peer} {self.need}"


def missing(cell: Cell, peers: Mapping[str, Peer]) -> tuple[Missing, ...]:
    """What the cell needs and its peers do not claim; a peer whose manifest cannot be read is taken to claim all.

    The order is stable: by role, then sockets, transport, mechanisms, options, abilities, operations, lanes.
    """
    return Lacks(cell.scenario, peers).of(cell)


class Lacks:
    """What peers do not claim of the needs of one scenario: each need of a role is looked up once for each peer."""

    def __init__(self, one: Scenario, peers: Mapping[str, Peer]) -> None:
        self._roles = tuple(one.roles)
        self._asking = [axis.name for axis in one.axes if axis.needs]
        self._peers = peers
        self._known: dict[tuple[str, ...], tuple[Missing, ...]] = {}

    def of(self, cell: Cell) -> tuple[Missing, ...]:
        """The same as `missing` for a cell of this scenario."""
        asked = (cell.transport, *[cell.values[name] for name in self._asking])
        found: tuple[Missing, ...] = ()
        for role, peer in zip(self._roles, cell.peers, strict=True):
            key = (role, peer, *asked)
            if key not in self._known:
                self._known[key] = self._look_up(cell, role, peer)
            found += self._known[key]
        return tuple(dict.fromkeys(found)) if found else found

    def _look_up(self, cell: Cell, role: str, name: str) -> tuple[Missing, ...]:
        manifest = self._peers[name].manifest
        if manifest is None:
            return ()
        return tuple(
            Missing(peer=name, need=f"does not claim {need}") for need in unclaimed(cell, role, manifest.claims)
        )


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
