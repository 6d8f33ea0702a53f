"""The default suite, with all peers: how many cells, how long they take, and what one costs beside the core matrix."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks.bench import PEERS, Bench, NotMeasured, is_core
from benchmarks.floor import Floor
from benchmarks.matrix import rate
from benchmarks.row import Row, Target, measured
from zmq_interop.core.events import CellJudged, Event, PeerLost, PeerSeen, RunEnded
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.scenario import TRANSPORTS
from zmq_interop.core.verdicts import Verdict

SIZE = Row(
    name="suite-size",
    what="cells of the default suite that are played, all peers",
    unit="cells",
    target=Target(2000, at_least=True),
)
SECONDS = Row(name="suite", what="the default suite on warm agents, all peers, processes", unit="s", target=Target(20))
CELL = Row(
    name="suite-cell",
    what="a cell of the core scenarios, as the default suite has them, to one of the core matrix",
    unit="x",
    target=Target(1.0),
)
QUICK = Row(name="suite-quick", what="any cell of the default suite that waits for no timer, likewise", unit="x")


class Course:
    """When a run's agents were up, and what was played from then on (Listener).

    early: cells judged before the last of the peers had said Hello. played: those after that, in `seconds`. red:
    seconds that cells which failed, known or not, were in flight, summed up; they mostly wait for what does not come.
    """

    def __init__(self, peers: set[str]) -> None:
        self.early = self.played = 0
        self.red = 0.0
        self._awaited = set(peers)
        self._began = self._ended = time.perf_counter()

    @property
    def seconds(self) -> float:
        """From the last peer's first Hello to the last verdict."""
        return self._ended - self._began

    def __call__(self, event: Event) -> None:
        """Takes one event (Listener)."""
        match event:
            case PeerSeen() | PeerLost() if event.name in self._awaited:
                self._awaited.remove(event.name)
                self._began = time.perf_counter()
            case CellJudged(verdict=Verdict.UNSUPPORTED):
                pass
            case CellJudged():
                self._ended = time.perf_counter()
                if self._awaited:
                    self.early += 1
                else:
                    self.played += 1
                if event.verdict in (Verdict.FAIL, Verdict.KNOWN):
                    self.red += event.seconds


async def suite(bench: Bench) -> list[Row]:
    """The suite as `interop run` plays it, and the floor beside it. Red cells are counted, and stop nothing."""
    courses, floors = [], []
    played = sum(not one.unclaimed for one in bench.suite.cells)
    with Floor() as program:
        for number in range(runs := bench.times(5, 1)):
            program.measure(500)
            course, ended = await _course(bench)
            courses.append(course)
            floors.append(course.seconds / (course.played + course.early) / program.samples[-1] * 1e6)
            bench.say(f"  run {number + 1} of {runs}: {course.seconds:.1f} s warm, {ended.seconds:.1f} s in all")
        floor = statistics.median(program.samples)
    one = courses[-1]
    baseline = (
        f"{one.played} cells, after {one.early} while agents started; each {statistics.median(floors):.1f} floors of"
        f" {floor:.0f} us; red ones waited {one.red:.0f} s in all; {ended.account}"
    )
    return [
        measured(SIZE, [played], f"of {len(bench.suite.cells)} planned, {len(bench.suite.peers)} peers"),
        measured(SECONDS, [course.seconds for course in courses], baseline),
    ]


async def _course(bench: Bench) -> tuple[Course, RunEnded]:
    course = Course({peer for one in bench.suite.cells for peer in one.cell.peers})
    ended = await bench.play_of(bench.suite, bench.suite.cells, "process", course)
    if not ended.account.balanced or ended.interrupted:
        raise NotMeasured(f"its run was cut short ({ended.account}): see `./interop run`")
    return course, ended


async def cell(bench: Bench) -> list[Row]:
    """Cells of the core scenarios and peers as the six-peer plan has them, and the core matrix, in turns."""
    return [await _beside_the_matrix(bench, CELL, is_core)]


async def quick(bench: Bench) -> list[Row]:
    """Cells between core peers of all scenarios that neither wait for timers nor start agents, and the core matrix."""
    return [await _beside_the_matrix(bench, QUICK, _is_quick)]


def _is_quick(planned: PlannedCell) -> bool:
    cell, scenario = planned.cell, planned.cell.scenario
    return not (scenario.slow or scenario.own) and cell.transport in TRANSPORTS and set(cell.peers) <= set(PEERS)


async def _beside_the_matrix(bench: Bench, row: Row, wanted: Callable[[PlannedCell], bool]) -> Row:
    chosen = [one for one in bench.suite.cells if wanted(one) and not one.unclaimed]
    ratios, rates = [], []
    for number in range(runs := bench.times(5, 2)):
        beside = await rate(bench, "process")
        rates.append(await rate(bench, "process", chosen))
        ratios.append(beside / rates[-1])
        bench.say(f"  run {number + 1} of {runs}: {rates[-1]:.0f} cells/s, the core matrix {beside:.0f}")
    return measured(row, ratios, f"{len(chosen)} cells of the suite, {statistics.median(rates):.0f} cells/s")
