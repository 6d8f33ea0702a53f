"""The cells that an entry of the ledger can speak of, and what can be said of each. Pure."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from zmq_interop.core import default_cells, variants
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged
from zmq_interop.core.scenario import Scenario
from zmq_interop.scenarios import OWN_SCHEMAS

# The options of a run that add messages and peers.
PROTO = "--proto"
PEER = "--peer"


class Subject(NamedTuple):
    """A cell, planned or judged.

    roles: role -> peer. facts: all that can be said of it: "scenario", "transport" and "binder", each role and its
    peer, each axis and its value, and what else there is to say of that value (`Axis.also`). What an entry says of a
    peer, it says of its variants as well: in facts, a variant has the name of its peer.
    """

    id: str
    scenario: str
    roles: Mapping[str, str]
    facts: Mapping[str, str]


def of_event(cell: CellJudged) -> Subject:
    """The cell that was judged."""
    return _make(cell.id, cell.scenario, cell.transport, cell.binder, cell.roles, cell.values | cell.about)


def of_plan(cell: Cell) -> Subject:
    """The cell of a plan."""
    roles = dict(zip(cell.scenario.roles, cell.peers, strict=True))
    return _make(cell.id, cell.scenario.name, cell.transport, cell.binder, roles, cell.values | cell.about)


def of_plans(cells: Iterable[Cell]) -> list[Subject]:
    """The cells of a plan, in its order."""
    return [of_plan(cell) for cell in cells]


class _Imagined(NamedTuple):
    """What the ledger can say of a message that nobody has given."""

    type: str
    file: str


class Every:
    """All cells that there are between some peers, as `--all` plans them: an entry may speak of any of them.

    There are many thousand, and of most nobody asks: they are made one scenario at a time.
    """

    def __init__(
        self,
        scenarios: Iterable[Scenario] = (),
        peers: Iterable[str] = (),
        seen: Iterable[Subject] = (),
        lacks: Iterable[str] = (),
        planned: Iterable[Cell] = (),
    ) -> None:
        """seen: cells that there are as well, whoever plays in them. lacks: which of PROTO and PEER were not given, so
        that there may be more messages, or more peers, than these. planned: those of the cells that a run plays."""
        self._scenarios = {one.name: one for one in scenarios}
        self._peers = tuple(peers)
        self._seen = tuple(seen)
        self.lacks = tuple(lacks)
        self._planned: dict[str, list[Cell]] = {}
        for cell in planned:
            self._planned.setdefault(cell.scenario.name, []).append(cell)

    def __iter__(self) -> Iterator[str]:
        """The names of the scenarios."""
        return iter(self._scenarios)

    def of_run(self, cells: Sequence[Subject], lacks: Iterable[str]) -> Every:
        """Those of a run with these cells: its peers may be others, and its messages of own_schemas too."""
        peers = {peer: None for cell in cells for peer in cell.roles.values()}
        return Every(self._scenarios.values(), peers, cells, lacks)

    def with_names(
        self, peers: Iterable[str] = (), messages: Collection[str] = (), files: Collection[str] = ()
    ) -> Every:
        """Those that there would be with these peers, and with these messages or types of own_schemas in these files,
        too."""
        scenarios = dict(self._scenarios)
        if messages and OWN_SCHEMAS in scenarios:
            one = scenarios[OWN_SCHEMAS]
            (axis,) = one.axes
            there = {name: _Imagined(name.partition("@")[0], "") for name in messages}
            there |= {f"{name}@{file}": _Imagined(name, file) for name in messages for file in files}
            axis = msgspec.structs.replace(axis, values=there | axis.values)
            scenarios[OWN_SCHEMAS] = msgspec.structs.replace(one, axes=(axis,))
        return Every(scenarios.values(), dict.fromkeys((*self._peers, *peers)), self._seen)

    @functools.cache  # noqa: B019 (one for a run)
    def of(self, scenario: str) -> Sequence[Subject]:
        """The cells of one scenario."""
        found = {cell.id: cell for cell in self._seen if cell.scenario == scenario}
        if (one := self._scenarios.get(scenario)) is not None:  # of a user's program, only what a run has seen is known
            found |= {cell.id: cell for cell in of_plans(default_cells.expand(one, self._peers, {}))}
        return tuple(found.values())

    def planned(self, scenario: str) -> Sequence[Subject]:
        """The cells of one scenario that a run plays: a small part of them, in which most names already occur."""
        return of_plans(self._planned.get(scenario, ()))


def _make(
    id: str, scenario: str, transport: str, binder: str, roles: Mapping[str, str], values: Mapping[str, str]
) -> Subject:
    peers = {role: variants.base(peer) for role, peer in roles.items()}
    facts = {"scenario": scenario, "transport": transport, "binder": binder, **peers, **values}
    return Subject(id, scenario, roles, facts)
