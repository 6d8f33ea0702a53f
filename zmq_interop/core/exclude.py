"""Cells that a run leaves out because its user names them: counted and told, and never gone unseen. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence

import msgspec

from zmq_interop.core.plan import PlannedCell
from zmq_interop.system.errors import NothingSelected


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """kept, left_out: the cells, in the order of the plan. note: how many each pattern leaves out; "" without one."""

    kept: list[PlannedCell]
    left_out: list[PlannedCell]
    note: str


def exclude(planned: Sequence[PlannedCell], patterns: Mapping[str, Collection[str]]) -> Excluded:
    """Parts the cells by these patterns; one that several select is counted for the first.

    patterns: the ids that each selects (`plan.excluded`); others than the planned ones may be among them. Raises
    NothingSelected where no cell is left.
    """
    counts = dict.fromkeys(patterns, 0)
    kept: list[PlannedCell] = []
    left_out: list[PlannedCell] = []
    for one in planned:
        pattern = next((pattern for pattern, ids in patterns.items() if one.id in ids), None)
        if pattern is None:
            kept.append(one)
        else:
            left_out.append(one)
            counts[pattern] += 1
    if not kept:
        raise NothingSelected("--exclude leaves no cell to play", f"all {len(planned)} selected cells match it")
    told = ", ".join(
        f"--exclude {shlex.quote(pattern)}" + (f" ({count})" if len(counts) > 1 else "")
        for pattern, count in counts.items()
    )
    count = f"{len(left_out)} cell{'' if len(left_out) == 1 else 's'}"
    return Excluded(kept=kept, left_out=left_out, note=f"excluded: {count} by {told}" if told else "")
