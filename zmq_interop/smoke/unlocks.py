"""The scenarios that an agent can play, and those that further claims would add."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

import msgspec

from interop.control.v1.hello_pb2 import Hello
from zmq_interop.core import default_cells, lacks
from zmq_interop.core.peer import Claims
from zmq_interop.core.scenario import Scenario

_NAME = "agent"
_LANES = " lanes"  # the end of the text of `lacks.unclaimed` for lanes


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The next claims to add, and the scenarios that they make playable. things: such as "operation unbind"."""

    things: tuple[str, ...]
    scenarios: tuple[str, ...]


class Unlocks(msgspec.Struct, frozen=True, kw_only=True):
    """playable: scenarios in which the agent can play every role. steps: what to add, the most useful first."""

    playable: tuple[str, ...]
    steps: tuple[Step, ...]


def claims(hello: Hello, done: Collection[str]) -> Claims:
    """The claims of a Hello. done: the operations that the agent carries out; they replace those of the Hello."""
    return Claims(
        lanes=hello.lanes,
        socket_types=tuple(hello.socket_types),
        transports=tuple(hello.transports),
        mechanisms=tuple(hello.mechanisms),
        options=tuple(hello.options),
        abilities=tuple(hello.abilities),
        operations=tuple(done),
    )


def find(known: Iterable[Scenario], claimed: Claims) -> Unlocks:
    """Finds the scenarios that the agent can play, and the order of claims that adds the others fastest.

    A scenario is playable if it has a cell in which the agent can play every role.
    """
    left = {one.name: ways for one in known if (ways := _ways(one, claimed))}  # own_schemas may have no message
    playable = tuple(_opened(left, frozenset()))
    have: frozenset[str] = frozenset()
    steps = []
    while left := {name: ways for name, ways in left.items() if name not in _opened(left, have)}:
        wanted = {_without(way, have) for ways in left.values() for way in ways}
        # Among the steps that contain no smaller one, the best adds the most scenarios per claim.
        least = [one for one in wanted if not any(other < one for other in wanted)]
        best = max(least, key=lambda one: (len(_opened(left, have | one)) / len(one), -len(one), sorted(one)))
        have |= best
        steps.append(Step(things=tuple(sorted(best)), scenarios=tuple(_opened(left, have))))
    return Unlocks(playable=playable, steps=tuple(steps))


def _opened(left: dict[str, set[frozenset[str]]], have: frozenset[str]) -> list[str]:
    return [name for name, ways in left.items() if any(not _without(way, have) for way in ways)]


def _without(way: frozenset[str], have: frozenset[str]) -> frozenset[str]:
    """The claims of `way` that are still missing. Four lanes include two."""
    lanes = max((int(one.split()[0]) for one in have if one.endswith(_LANES)), default=0)
    return frozenset(one for one in way - have if not one.endswith(_LANES) or int(one.split()[0]) > lanes)


def _ways(one: Scenario, claimed: Claims) -> set[frozenset[str]]:
    """The sets of claims that are missing for the cells of the scenario, without those that contain another set."""
    found: set[frozenset[str]] = set()
    seen = set()
    for cell in default_cells.expand(one, [_NAME], {}):
        key = (cell.transport, *(cell.values[axis.name] for axis in one.axes if axis.needs))
        if key not in seen:
            seen.add(key)
            found.add(frozenset(itertools.chain(*(lacks.unclaimed(cell, role, claimed) for role in one.roles))))
    return {one for one in found if not any(other < one for other in found)}
