"""What an agent can take part in, and what more with each thing that it does not claim yet."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

import msgspec

from interop.control.v1.hello_pb2 import Hello
from zmq_interop.core import plan
from zmq_interop.core.peer import Claims
from zmq_interop.core.scenario import Scenario

_NAME = "agent"
_LANES = " lanes"  # ends what `plan.unclaimed` says of them


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The next things to have, and the scenarios that only they keep from being played. things: "operation unbind"."""

    things: tuple[str, ...]
    scenarios: tuple[str, ...]


class Unlocks(msgspec.Struct, frozen=True, kw_only=True):
    """playable: scenarios in which the agent can take every role. steps: what to do, the most useful first."""

    playable: tuple[str, ...]
    steps: tuple[Step, ...]


def claims(hello: Hello, done: Collection[str]) -> Claims:
    """What a Hello claims, with those of its operations that are carried out."""
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
    """Which scenarios can be played, and in which order the rest is best made so.

    A scenario can be played when there is a cell of it in which the agent can take every role.
    """
    left = {one.name: ways for one in known if (ways := _ways(one, claimed))}  # own_schemas may have no message
    playable = tuple(_opened(left, frozenset()))
    have: frozenset[str] = frozenset()
    steps = []
    while left := {name: ways for name, ways in left.items() if name not in _opened(left, have)}:
        wanted = {_without(way, have) for ways in left.values() for way in ways}
        # Of what has no smaller step within it, that which gives most for each thing that is to be done.
        least = [one for one in wanted if not any(other < one for other in wanted)]
        best = max(least, key=lambda one: (len(_opened(left, have | one)) / len(one), -len(one), sorted(one)))
        have |= best
        steps.append(Step(things=tuple(sorted(best)), scenarios=tuple(_opened(left, have))))
    return Unlocks(playable=playable, steps=tuple(steps))


def _opened(left: dict[str, set[frozenset[str]]], have: frozenset[str]) -> list[str]:
    return [name for name, ways in left.items() if any(not _without(way, have) for way in ways)]


def _without(way: frozenset[str], have: frozenset[str]) -> frozenset[str]:
    """What of it is still missing; who has four lanes has two."""
    lanes = max((int(one.split()[0]) for one in have if one.endswith(_LANES)), default=0)
    return frozenset(one for one in way - have if not one.endswith(_LANES) or int(one.split()[0]) > lanes)


def _ways(one: Scenario, claimed: Claims) -> set[frozenset[str]]:
    """The sets of things that are missing, each for a cell of the scenario; the least of them alone."""
    found: set[frozenset[str]] = set()
    seen = set()
    for cell in plan.expand(one, [_NAME], {}):
        key = (cell.transport, *(cell.values[axis.name] for axis in one.axes if axis.needs))
        if key not in seen:
            seen.add(key)
            found.add(frozenset(itertools.chain(*(plan.unclaimed(cell, role, claimed) for role in one.roles))))
    return {one for one in found if not any(other < one for other in found)}
