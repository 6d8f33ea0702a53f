"""Whether the harness grows with the number of cells it has played.

Run as a program it is a harness of its own, in which nothing of the benchmarks but a gauge lives. It plays as many
cells as its argument says, and prints a line of `Thousand` for each thousand of them.

The matrix is played again and again by one engine, and the plan has the same cells over and over: a hundred thousand
cells with ids of their own would be a plan of 30 MB, beside which the engine's growth would look small. The plan's list
of them is there before the first cell, so all that comes on top is the run's: verdicts, event log.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from benchmarks.bench import Bench, NotMeasured, repeated
from benchmarks.child import child
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.schemas import project
from zmq_interop.system import workspace

MEMORY = Row(
    name="memory",
    what="memory held in the 2nd half of 100,000 cells, to the 1st after 1,000",
    unit="x",
    target=Target(1.05),
)
DESCRIPTORS = Row(name="descriptors", what="open descriptors, the same", unit="x", target=Target(1.0))
STATUS = Path("/proc/self/status")
DESCRIPTOR_FOLDER = Path("/proc/self/fd")
EVERY = 10  # cells between two looks


class Thousand(msgspec.Struct, frozen=True):
    """What the process held in the course of a thousand cells.

    least: resident KiB at the lowest: messages of 1 MiB in flight come on top of what is held, and go again. What stays
    raises the lowest point of a later half by what a whole half adds.
    peak: the highest since the process began. descriptors: at the end.
    """

    cells: int
    least: int
    peak: int
    descriptors: int


class Gauge:
    """Prints (Listener)."""

    def __init__(self) -> None:
        self._judged = 0
        self._least = sys.maxsize

    def __call__(self, event: Event) -> None:
        """Takes one event."""
        if not isinstance(event, CellJudged):
            return
        self._judged += 1
        if self._judged % EVERY:
            return
        status = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        self._least = min(self._least, int(status["VmRSS"].split()[0]))
        if self._judged % 1000 == 0:
            descriptors = sum(1 for _ in DESCRIPTOR_FOLDER.iterdir())
            found = Thousand(self._judged, self._least, int(status["VmHWM"].split()[0]), descriptors)
            print(msgspec.json.encode(found).decode(), flush=True)
            self._least = sys.maxsize


async def growth(bench: Bench) -> list[Row]:
    """Memory and descriptors of a harness while it plays."""
    if not STATUS.exists():
        return [skipped(row, f"there is no {STATUS} on this system") for row in (MEMORY, DESCRIPTORS)]
    cells = bench.times(100_000, 10_000)
    found: list[Thousand] = []
    async with child(sys.executable, "-m", "benchmarks.memory", str(cells)) as harness:
        assert harness.stdout is not None
        async for line in harness.stdout:
            found.append(msgspec.json.decode(line, type=Thousand))
            if found[-1].cells % (cells // 10) == 0:
                now = found[-1]
                bench.say(f"  {now.cells} of {cells} cells: {now.least / 1024:.1f} MiB, {now.descriptors} descriptors")
        status = await harness.wait()
    if status != 0 or found[-1].cells != cells:
        raise NotMeasured(f"the harness that was to play {cells} cells ended early, with {status}")
    early, late = found[1 : len(found) // 2], found[len(found) // 2 :]
    least, most = min(one.least for one in early), max(one.descriptors for one in early)
    peaks = f"{early[-1].peak / 1024:.0f} MiB by half-time, {late[-1].peak / 1024:.0f} at the end"
    return [
        measured(MEMORY, [one.least / least for one in late], f"{least / 1024:.1f} MiB; peak {peaks}", of=min),
        measured(DESCRIPTORS, [one.descriptors / most for one in late], f"{most}", of=max),
    ]


async def _play(cells: int) -> None:
    space = workspace.here()
    project.generate(space)
    bench = Bench(space, lambda text: print(text, file=sys.stderr))
    await bench.play(repeated(bench.plan.cells, cells), "process", Gauge())


def main() -> None:
    """Plays."""
    try:
        asyncio.run(_play(int(sys.argv[1])))
    except KeyboardInterrupt:
        sys.exit(2)
    except NotMeasured as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    main()
