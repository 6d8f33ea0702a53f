"""What a cell costs in processor time and in switches between threads, which depend little on the machine's load."""

from __future__ import annotations

import contextlib
import os
import statistics
from collections.abc import Iterable
from pathlib import Path

import msgspec

from benchmarks.agents import PROC, agents
from benchmarks.bench import Bench, repeated
from benchmarks.floor import Floor
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.peer import Peer

TIME = Row(
    name="matrix-processor",
    what="processor time of a cell of the core matrix, harness and agents",
    unit="ms",
    target=Target(1.4),
)
SWITCHES = Row(
    name="matrix-switches", what="voluntary context switches of the same", unit="a cell", target=Target(30.0)
)
TICKS = os.sysconf("SC_CLK_TCK")


class Spent(msgspec.Struct, frozen=True):
    """What processes have used since they started: seconds of processor time, and voluntary switches of all threads."""

    seconds: float = 0.0
    switches: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.seconds + other.seconds, self.switches + other.switches)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.seconds - other.seconds, self.switches - other.switches)


class Meter:
    """Reads what harness and agents have spent, once after the first cells and once after the last (Listener).

    own, theirs: what they spent between.
    """

    def __init__(self, peers: Iterable[Peer], first: int, last: int) -> None:
        self.own = self.theirs = Spent()
        self._peers = tuple(peers)
        self._marks = (first, last)
        self._judged = 0

    def __call__(self, event: Event) -> None:
        """Takes one event (Listener)."""
        if isinstance(event, CellJudged):
            self._judged += 1
            if self._judged in self._marks:
                own = spent(os.getpid())
                theirs = sum((spent(process) for process, _ in agents(self._peers)), Spent())
                self.own, self.theirs = own - self.own, theirs - self.theirs


async def cells(bench: Bench) -> list[Row]:
    """Processor time and switches of a cell of the core matrix, with as many in flight as a run has by default."""
    if not (PROC / "self/stat").exists():
        return [skipped(row, f"there is no {PROC}/self/stat on this system") for row in (TIME, SWITCHES)]
    once, rounds = len(bench.plan.cells), bench.times(6, 3)
    played = once * (rounds - 1)
    total, switches, notes = [], [], []
    with Floor() as floor:
        for number in range(runs := bench.times(5, 2)):
            floor.measure(500)
            meter = Meter(bench.plan.peers.values(), once, once * rounds)
            await bench.play(repeated(bench.plan.cells, once * rounds), "process", meter)
            total.append((meter.own.seconds + meter.theirs.seconds) / played * 1e3)
            switches.append((meter.own.switches + meter.theirs.switches) / played)
            notes.append((meter.own.seconds / played * 1e3, meter.theirs.seconds / played * 1e3))
            bench.say(f"  run {number + 1} of {runs}: {total[-1]:.2f} ms, {switches[-1]:.0f} switches")
    harness, theirs = map(statistics.median, zip(*notes, strict=True))
    exchange = statistics.median(floor.samples)
    baseline = f"harness {harness:.2f} ms, agents {theirs:.2f} ms; floor {exchange:.0f} us"
    return [measured(TIME, total, baseline), measured(SWITCHES, switches)]


def spent(process: int) -> Spent:
    """What the process has used so far; nothing where it has ended."""
    folder = PROC / str(process)
    with contextlib.suppress(OSError):
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return Spent((int(fields[11]) + int(fields[12])) / TICKS, sum(map(_switches, (folder / "task").iterdir())))
    return Spent()


def _switches(thread: Path) -> int:
    with contextlib.suppress(OSError):
        for line in (thread / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                return int(line.split()[1])
    return 0
