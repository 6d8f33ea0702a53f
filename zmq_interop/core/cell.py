"""A cell: a scenario, a value on each of its axes, and a peer for each role. Pure values."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence

import msgspec

from zmq_interop.core.scenario import Scenario


class Cell(msgspec.Struct, frozen=True, kw_only=True, eq=False, gc=False):
    """One thing to play and to judge.

    id: readable, stable from run to run, and pastes into a shell: scenario/transport/other values/peer:peer, where
    default values are left out, and a scenario without roles has no peers. values: axis name -> name of its value.
    """

    id: str
    scenario: Scenario
    transport: str
    binder: str
    values: dict[str, str]
    peers: tuple[str, ...]

    def peer(self, role: str) -> str:
        """The name of the peer that plays `role`."""
        return self.peers[list(self.scenario.roles).index(role)]

    @property
    def about(self) -> dict[str, str]:
        """What else the ledger can say of its values (`Axis.also`), without what a value does not have."""
        found = {
            name: getattr(axis.values[self.values[axis.name]], name)
            for axis in self.scenario.axes
            for name in axis.also
        }
        return {name: text for name, text in found.items() if text}


def on_one_link(cell: Cell) -> tuple[object, ...] | None:
    """What cells that may share a link have in common; None for a cell that needs a link of its own."""
    scenario = cell.scenario
    if not scenario.message_axes:
        return None
    values = tuple(cell.values[axis.name] for axis in scenario.axes if axis.name not in scenario.message_axes)
    return scenario.name, cell.transport, cell.binder, values, cell.peers


def make(scenario: Scenario, transport: str, binder: str, values: dict[str, str], peers: tuple[str, ...]) -> Cell:
    """A cell with its id."""
    words = [scenario.name, transport]
    if binder != scenario.binder:
        words.append(f"{binder}-binds")
    words += [values[axis.name] for axis in scenario.axes if values[axis.name] != axis.default]
    if peers:
        words.append(":".join(peers))
    return Cell(id="/".join(words), scenario=scenario, transport=transport, binder=binder, values=values, peers=peers)


def matches(id: str, patterns: Iterable[str]) -> bool:
    """Whether a cell of this id is selected.

    A pattern without wildcards selects the cell of that id and every cell below it ("push_pull", "push_pull/tcp"); one
    with `*`, `?` or `[...]` is matched against the whole id, and `*` also spans slashes. No pattern selects all.
    """
    any_pattern = False
    for pattern in patterns:
        any_pattern = True
        stem = pattern.rstrip("/")
        if id == stem or id.startswith(f"{stem}/") or fnmatch.fnmatchcase(id, pattern):
            return True
    return not any_pattern


def select(ids: Sequence[str], pattern: str) -> list[str]:
    """Those that a pattern of the command line selects: it may be any beginning of an id.

    Where it `matches` some, these are all: "push_pull/tcp/c:go" is one cell, though that with go-pure begins so too.
    Else it may end within a word ("push_pul", "push_pull/tcp/c"), but not within the name of the last peer: a cell that
    is not there must not be taken for one of another peer. The ledger's patterns are those of `matches` alone.
    """
    if found := [id for id in ids if matches(id, (pattern,))]:
        return found
    begin = [id for id in ids if id.startswith(pattern)]
    return [id for id in begin if pattern.endswith((":", "/")) or re.search("[:/]", id[len(pattern) :])]
