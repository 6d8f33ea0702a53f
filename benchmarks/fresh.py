"""What it would cost to start a process, or a container, for each role of each cell, as other harnesses do."""

from __future__ import annotations

import statistics
import time

from benchmarks.bench import Bench, NotMeasured, repeated, traceless
from benchmarks.pace import Pace
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.agents.runtimes.base import Runtime
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.verdicts import Verdict
from zmq_interop.run import choice, run_folder
from zmq_interop.run.engine.engine import Engine, Settings

PROCESSES = Row(
    name="fresh-process", what="a process per role and cell, to a warm cell", unit="x", target=Target(10, at_least=True)
)
CONTAINERS = Row(
    name="fresh-container",
    what="a container per role and cell, to a warm cell",
    unit="x",
    target=Target(400, at_least=True),
)


async def processes(bench: Bench) -> list[Row]:
    """PUSH/PULL over tcp between all pairs of peers, one cell at a time: fresh agents and warm ones in turns."""
    return [await _compare(bench, PROCESSES, "process", fresh=3, warm=50)]


async def containers(bench: Bench) -> list[Row]:
    """The same in containers."""
    if reason := bench.no_containers:
        return [skipped(CONTAINERS, reason)]
    return [await _compare(bench, CONTAINERS, "container", fresh=1, warm=50)]


async def _compare(bench: Bench, row: Row, runtime: str, *, fresh: int, warm: int) -> Row:
    cells = bench.exchanges
    ratios, freshes, warms = [], [], []
    for turn in range(turns := bench.times(7, 2)):
        pace = Pace()
        await bench.play(repeated(cells, len(cells) * (warm + 10)), runtime, pace, jobs=1)
        warms.append(pace.seconds(warm_up=len(cells) * 10))
        freshes.append(await _fresh(bench, repeated(cells, len(cells) * fresh), runtime))
        ratios.append(freshes[-1] / warms[-1])
        bench.say(f"  turn {turn + 1} of {turns}: {ratios[-1]:.0f} x")
    baseline = f"cell {statistics.median(warms) * 1e6:.0f} us warm, {statistics.median(freshes) * 1e3:.1f} ms fresh"
    return measured(row, ratios, baseline)


async def _fresh(bench: Bench, cells: list[PlannedCell], runtime: str) -> float:
    """Seconds per cell where each has an engine of its own: start the agents, hear their Hellos, play, stop."""
    chosen = choice.choose(runtime, bench.plan.peers)
    runtimes = choice.make(chosen, bench.plan.protos, bench.space, install=False)
    by_peer = choice.by_peer(chosen, runtimes)
    with traceless(bench.space.latest) as forget:
        run_place = run_folder.make(bench.space)
        try:
            for one in runtimes.values():
                await one.open(run_place)
            for name, one in by_peer.items():
                await one.prepare(bench.plan.peers[name], bench.say)
            began = time.perf_counter()
            for cell in cells:
                await _play(bench, cell, by_peer)
            return (time.perf_counter() - began) / len(cells)
        finally:
            for one in runtimes.values():
                await one.close()
            run_folder.remove(run_place)
            forget(run_place.folder)


async def _play(bench: Bench, cell: PlannedCell, runtimes: dict[str, Runtime]) -> None:
    def judged(event: Event) -> None:
        if isinstance(event, CellJudged) and event.verdict is not Verdict.PASS:
            raise NotMeasured(f"{event.id}: {event.verdict} {event.reason}")

    engine = Engine(runtimes, bench.plan.peers, bench.plan.protos.digest, judged, bench.say, Settings(jobs=1))
    await engine.run([cell])
