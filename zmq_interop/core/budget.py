"""Chooses the cells of a run that may take only so long: those that tell most for what they cost. Pure."""

from __future__ import annotations

import heapq
import itertools
import math
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from zmq_interop.core.cell import Cell
from zmq_interop.core.plan import PlannedCell
from zmq_interop.system.errors import NothingSelected, UsageError

LONGEST = 24 * 3600
SHARE = 0.9  # of the time that is planned for: agents start and end in the rest
_TEXT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(s|m|h)?", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_NAMED = 10  # uncovered pairs in a line

Pair = tuple[str, str, str]  # the scenario, and two values with what they are of: "transport=ipc", "replier=go"


class Work(msgspec.Struct, frozen=True):
    """What a cell occupies. queue: of cells that are played beside those of other queues. seconds: of that queue's
    time."""

    queue: str
    seconds: float


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """kept, left_out: the cells, in the order of the plan. uncovered: pairs of values that cells of the plan have, and
    none that is kept. seconds: how long the kept cells take, by what is recorded."""

    kept: list[PlannedCell]
    left_out: list[PlannedCell]
    uncovered: list[Pair]
    seconds: float


def parse(text: str, option: str = "--budget") -> float:
    """The seconds that "90", "60s", "5m" or "1h" means. option: what they were given to. Raises UsageError."""
    found = _TEXT.fullmatch(text)
    seconds = float(found[1]) * _SECONDS[found[2] or "s"] if found else 0.0
    if not 1 <= seconds <= LONGEST:
        raise UsageError(f"{option} {text}: not a time from 1s to 24h", f"{option} 60s, or 5m, or 1h")
    return seconds


def choose(cells: Sequence[PlannedCell], works: Sequence[Work], seconds: float, recent: Collection[str] = ()) -> Chosen:
    """The cells that fit into `seconds`, those first that tell most for their time.

    works: of each cell. recent: peers whose cells come before all others, since they changed last. What a cell tells is
    the number of pairs of values (of axes and peers) of its scenario that no chosen cell has; once all pairs are there,
    it starts again with the rest. Cells that their peers do not claim cost nothing and are all kept. Greedy, and the
    same for the same arguments. Raises NothingSelected if not even one cell fits.
    """
    room = dict.fromkeys((work.queue for work in works), seconds * SHARE)
    pairs = [frozenset(_pairs(one.cell)) for one in cells]
    rest = {index for index, one in enumerate(cells) if not one.unclaimed}
    kept = set(range(len(cells))) - rest
    if rest:
        while found := _round(cells, works, pairs, rest, room, frozenset(recent)):
            kept |= found
            rest -= found
        if len(rest) + len(kept) == len(cells) and not any(not cells[index].unclaimed for index in kept):
            cheapest = min(works[index].seconds for index in rest)
            raise NothingSelected(
                f"--budget: no cell fits into {seconds:g} s", f"the quickest needs about {cheapest / SHARE:.1f} s"
            )
    covered = {pair for index in kept for pair in pairs[index]}
    missing = dict.fromkeys(pair for index in sorted(rest) for pair in sorted(pairs[index] - covered))
    return Chosen(
        kept=[one for index, one in enumerate(cells) if index in kept],
        left_out=[one for index, one in enumerate(cells) if index not in kept],
        uncovered=list(missing),
        seconds=max((seconds * SHARE - left for left in room.values()), default=0.0),
    )


def _round(
    cells: Sequence[PlannedCell],
    works: Sequence[Work],
    pairs: Sequence[frozenset[Pair]],
    rest: Collection[int],
    room: dict[str, float],
    recent: frozenset[str],
) -> set[int]:
    """Those of the rest that cover pairs which no other of this round does, as long as there is room.

    What a cell has to give only shrinks, so one whose last known gain is below another's present one need not be
    looked at (as in covering.py).
    """
    heap = []
    for index in rest:
        late = recent.isdisjoint(cells[index].cell.peers)
        heap.append((late, -_rate(len(pairs[index]), works[index]), zlib.crc32(cells[index].id.encode()), index))
    heapq.heapify(heap)
    covered: set[Pair] = set()
    found: set[int] = set()
    while heap:
        late, rate, tie, index = heapq.heappop(heap)
        work = works[index]
        gain = len(pairs[index] - covered)
        if not gain or work.seconds > room[work.queue]:
            continue
        now = -_rate(gain, work)
        if now > rate and heap and (late, now, tie, index) > heap[0]:
            heapq.heappush(heap, (late, now, tie, index))
            continue
        room[work.queue] -= work.seconds
        covered |= pairs[index]
        found.add(index)
    return found


def _rate(gain: int, work: Work) -> float:
    return gain / max(work.seconds, 0.001)


def _pairs(cell: Cell) -> Iterator[Pair]:
    values = [
        f"transport={cell.transport}",
        f"binder={cell.binder}",
        *(f"{axis}={value}" for axis, value in cell.values.items()),
        *(f"{role}={peer}" for role, peer in zip(cell.scenario.roles, cell.peers, strict=True)),
    ]
    return ((cell.scenario.name, one, other) for one, other in itertools.combinations(values, 2))


def words(pair: Pair) -> str:
    """A pair for people: "req_rep: transport=ipc with replier=go"."""
    scenario, one, other = pair
    return f"{scenario}: {one} with {other}"


def notes(chosen: Chosen, text: str) -> list[str]:
    """What a report says of the choice. text: the budget as it was typed."""
    if not chosen.left_out:
        return [f"--budget {text}: all {len(chosen.kept)} cells fit"]
    played = {one.cell.scenario.name for one in chosen.kept}
    absent = sorted({one.cell.scenario.name for one in chosen.left_out} - played)
    cells = len(chosen.kept) + len(chosen.left_out)
    pairs = f"uncovered pairs of values: {len(chosen.uncovered)}"
    told = [f"--budget {text}: {len(chosen.left_out)} of {cells} cells are left out; {pairs}"]
    if absent:
        told.append(f"--budget {text}: no cell of {', '.join(absent)}")
    by_name = [words(pair) for pair in chosen.uncovered if pair[0] in played]
    if by_name:
        more = f"; and {len(by_name) - _NAMED} more, which `run --list` names" if len(by_name) > _NAMED else ""
        told.append(f"uncovered: {'; '.join(by_name[:_NAMED])}{more}")
    return told


def works(
    cells: Sequence[PlannedCell], queues: Sequence[str], widths: Mapping[str, int], pace: float = 1.0
) -> list[Work]:
    """What each cell occupies.

    queues: of each cell, the name of the queue that it waits in. widths: queue -> how many of it are played at once.
    pace: how much longer this machine takes than what is recorded.
    """
    return [Work(queue, one.cost / 1000 * pace / widths[queue]) for one, queue in zip(cells, queues, strict=True)]


def pace(seconds: float, played: Sequence[Work]) -> float:
    """How much longer than recorded a run took: `seconds` for cells with this work (of pace 1); from 0.2 to 10."""
    loads: dict[str, float] = {}
    for work in played:
        loads[work.queue] = loads.get(work.queue, 0.0) + work.seconds
    expected = max(loads.values(), default=0.0)
    if expected <= 0 or not math.isfinite(seconds):
        return 1.0
    return min(10.0, max(0.2, seconds / expected))
