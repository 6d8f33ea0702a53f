"""Cuts a plan into parts of equal cost, for as many machines as there are. Pure."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence

import msgspec

from zmq_interop.core.plan import PlannedCell
from zmq_interop.system.errors import NothingSelected, UsageError

MOST = 1000
BATCH = "job"
# What names the task of a batch system, and the number of its first one: of a Kubernetes Indexed Job (always 0), and of
# a Slurm job array that is submitted with --array=1-N.
_TASKS = {"JOB_COMPLETION_INDEX": 0, "SLURM_ARRAY_TASK_ID": 1}
_TEXT = re.compile(r"([0-9]{1,4})/([0-9]{1,4})", re.ASCII)


class Shard(msgspec.Struct, frozen=True):
    """One part of a plan that is cut into `of` parts. number: from 1 on."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse(text: str, environment: Mapping[str, str] | None = None) -> Shard:
    """The shard that "2/4" means, or "job/4" for the task of a batch system. Raises UsageError.

    environment: of this process, in which that system says which of its tasks this is.
    """
    if text.startswith(f"{BATCH}/"):
        text = f"{_task(environment or {})}/{text.removeprefix(f'{BATCH}/')}"
    found = _TEXT.fullmatch(text)
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.of <= MOST:
        raise UsageError(
            f"--shard {text}: not K/N with K from 1 to N and N at most {MOST}",
            "--shard 1/4 on one machine, 2/4 on the next, and so on: each plays a different quarter",
        )
    return shard


def _task(environment: Mapping[str, str]) -> int:
    """The number of this task, from 1 on. Raises UsageError."""
    for name, first in _TASKS.items():
        value = environment.get(name, "")
        if value.isascii() and value.isdecimal() and len(value) <= 4:  # as many digits as K/N has
            return int(value) + 1 - first
    raise UsageError(
        f"--shard {BATCH}/N: no batch system says which of its tasks this is",
        f"it reads {' or '.join(_TASKS)}; give K/N where neither is set",
    )


def cut(cells: Sequence[PlannedCell], shard: Shard) -> list[PlannedCell]:
    """The cells of one shard, in the order of the plan. Each cell of the plan is in exactly one.

    No two shards differ by more than the dearest cell costs. What costs the
    same is dealt out in turn, so each shard gets of everything. Raises NothingSelected where nothing is left for this
    one: there are more shards than cells.
    """
    mine = deal([one.cost for one in cells], shard.of)[shard.number - 1]
    if not mine:
        raise NothingSelected(f"--shard {shard}: it gets none of the {len(cells)} selected cells", "use fewer shards")
    return [cells[index] for index in mine]


def deal(costs: Sequence[int], of: int) -> list[list[int]]:
    """The indices of what has these costs, dealt out to `of` shards, each in order; some are empty if there are more
    shards than costs."""
    loads = [(0, number) for number in range(of)]
    parts: list[list[int]] = [[] for _ in range(of)]
    for index in sorted(range(len(costs)), key=lambda index: -costs[index]):  # stable: of equal cost, the plan's order
        load, number = loads[0]
        heapq.heapreplace(loads, (load + costs[index], number))
        parts[number].append(index)
    return [sorted(part) for part in parts]
