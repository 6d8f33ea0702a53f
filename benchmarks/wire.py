"""What the relay costs: cells that are played through relays, as `run --wire` does, beside the same cells without."""

from __future__ import annotations

import statistics

from benchmarks.bench import Bench, is_core
from benchmarks.matrix import rate
from benchmarks.row import Row, Target, measured
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.scenario import WIRED
from zmq_interop.run.options import Options

WIRE = Row(
    name="wire",
    what="a cell through relays, to the same cell without, one in flight",
    unit="x",
    target=Target(1.5),
)
IN_FLIGHT = Row(name="wire-matrix", what="the same with as many in flight as a run has", unit="x")


async def relays(bench: Bench) -> list[Row]:
    """Cells of the core matrix, with relays and without them in turns."""
    chosen = [one for one in bench.plan.cells if _is_tapped(one)]
    return [await _beside(bench, WIRE, chosen, 1), await _beside(bench, IN_FLIGHT, chosen, Options().jobs)]


async def _beside(bench: Bench, row: Row, cells: list[PlannedCell], jobs: int) -> Row:
    ratios, rates = [], []
    for number in range(runs := bench.times(7, 3)):
        direct = await rate(bench, "process", cells, jobs)
        rates.append(await rate(bench, "process", cells, jobs, wire=True))
        ratios.append(direct / rates[-1])
        bench.say(f"  run {number + 1} of {runs}: {rates[-1]:.0f} cells/s, {direct:.0f} without relays")
    return measured(row, ratios, f"{len(cells)} cells, {statistics.median(rates):.0f} cells/s through relays")


def _is_tapped(one: PlannedCell) -> bool:
    """Whether relays can stand in this cell, and it opens its own link either way: with relays, no link is shared."""
    return is_core(one) and one.cell.transport in WIRED and not one.cell.scenario.message_axes
