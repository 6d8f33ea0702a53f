"""Cells per second over the core matrix, with as many in flight as a run has by default."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.bench import Bench, NotMeasured, repeated
from benchmarks.floor import Floor
from benchmarks.pace import Pace
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.core.plan import PlannedCell
from zmq_interop.run.options import Options

PROCESSES = Row(
    name="matrix",
    what="the core matrix, cells in flight, processes",
    unit="cells/s",
    target=Target(1500, at_least=True),
)
CONTAINERS = Row(
    name="matrix-containers",
    what="the same in containers, of the rate of processes",
    unit="x",
    target=Target(0.6, at_least=True),
)


async def processes(bench: Bench) -> list[Row]:
    """Cells per second, and the floor's exchanges per second beside it."""
    rates = []
    with Floor() as program:
        for number in range(runs := bench.times(7, 3)):
            program.measure(500)
            rates.append(await rate(bench, "process"))
            bench.say(f"  run {number + 1} of {runs}: {rates[-1]:.0f} cells/s")
        floor = statistics.median(program.samples)
    cost = 1e6 / statistics.median(rates) / floor
    baseline = f"{len(bench.plan.cells)} cells; each costs {cost:.1f} floors of {floor:.0f} us"
    return [measured(PROCESSES, rates, baseline)]


async def containers(bench: Bench) -> list[Row]:
    """Containers and processes in turns."""
    if reason := bench.no_containers:
        return [skipped(CONTAINERS, reason)]
    ratios, rates = [], []
    for number in range(runs := bench.times(7, 3)):
        beside = await rate(bench, "process")
        rates.append(await rate(bench, "container"))
        ratios.append(rates[-1] / beside)
        bench.say(f"  run {number + 1} of {runs}: {rates[-1]:.0f} cells/s, {beside:.0f} with processes")
    return [measured(CONTAINERS, ratios, f"{statistics.median(rates):.0f} cells/s in containers")]


async def rate(
    bench: Bench,
    runtime: str,
    cells: Sequence[PlannedCell] = (),
    jobs: int = Options().jobs,
    *,
    wire: bool = False,
) -> float:
    """Cells per second of one run: the core matrix, or these cells, several times over, after once over to warm up.

    wire: through relays.
    """
    cells = cells or bench.plan.cells
    once, rounds = len(cells), bench.times(6, 3)
    pace = Pace()
    await bench.play(repeated(cells, once * rounds), runtime, pace, jobs, wire=wire)
    if len(pace.verdicts) != once * rounds:
        raise NotMeasured(f"{len(pace.verdicts)} of {once * rounds} cells were judged")
    return 1 / pace.seconds(warm_up=once)
