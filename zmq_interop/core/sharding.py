"""Chooses into how many shards a plan is cut, so that each machine is done in a given time. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from zmq_interop.core import shard
from zmq_interop.core.budget import SHARE, Work
from zmq_interop.core.shard import Shard
from zmq_interop.system.errors import NothingSelected, UsageError


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One shard of a plan. cells: how many it has. seconds: how long they take, by what is recorded."""

    shard: Shard
    cells: int
    seconds: float


def choose(
    costs: Sequence[int], works: Sequence[Work], lasts: Sequence[float], seconds: float, most: int
) -> list[Part]:
    """The parts of the least number of shards that are each done within `seconds`.

    costs, works, lasts: of each cell: what `--shard` deals out by, what it occupies, and how many seconds it alone
    takes. most: how many shards there may be. Agents start and end in a tenth of the time (as for `--budget`). Raises
    NothingSelected where there are no cells, UsageError where no number of shards up to `most` is enough.
    """
    if not costs:
        raise NothingSelected("no cell is selected", "see what there is: interop run --list")
    room = seconds * SHARE
    longest = max(lasts)
    if longest > room:
        raise UsageError(
            f"{seconds:g} s for each machine: one cell alone takes about {longest:.0f} s",
            f"give it at least {math.ceil(longest / SHARE)} s, or leave that cell out (--exclude)",
        )
    number = min(len(costs), math.ceil(max(_loads(works, range(len(works)))) / room) or 1)
    while number <= min(most, len(costs)):
        parts = _cut(costs, works, lasts, number)
        if max(part.seconds for part in parts) <= room:
            return parts
        number += 1
    least = max(part.seconds for part in _cut(costs, works, lasts, min(most, len(costs))))
    raise UsageError(
        f"{seconds:g} s for each machine: that needs more than {most} shards",
        f"{most} shards need about {math.ceil(least / SHARE)} s each; give them more time, or select fewer cells",
    )


def _cut(costs: Sequence[int], works: Sequence[Work], lasts: Sequence[float], number: int) -> list[Part]:
    return [
        Part(
            shard=Shard(place, number),
            cells=len(indices),
            seconds=round(max(*_loads(works, indices), max(lasts[index] for index in indices)), 1),
        )
        for place, indices in enumerate(shard.deal(costs, number), 1)
    ]


def _loads(works: Sequence[Work], indices: Sequence[int]) -> list[float]:
    """How long each queue is busy with these cells."""
    loads: dict[str, float] = {}
    for index in indices:
        loads[works[index].queue] = loads.get(works[index].queue, 0.0) + works[index].seconds
    return [*loads.values()]
