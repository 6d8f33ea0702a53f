"""Whether the harness grows with the number of cells it has played.

Run as a program it is a harness of its own, in which nothing of the benchmarks but a gauge lives; it plays as many
cells as its argument says and prints lines of `cells resident-KiB descriptors`.

The matrix is played again and again by one engine, and the plan has the same cells over and over: a hundred thousand
cells with ids of their own would be a plan of 30 MB, beside which the engine's growth would look small. The plan's list
of them is there before the first cell, so all that comes on top is the run's: verdicts, event log, summary.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from benchmarks.bench import Bench, NotMeasured, repeated
from benchmarks.row import Row, Target, measured, skipped
from harness.events import CellJudged, Event
from harness.paths import ROOT
from harness.report.summary import Summary

MEMORY = Row(name="memory", what="harness's memory at most, to that after 1,000 cells", unit="x", target=Target(1.05))
DESCRIPTORS = Row(
    name="descriptors", what="open descriptors at most, to those after 1,000 cells", unit="x", target=Target(1.0)
)
STATUS = Path("/proc/self/status")
DESCRIPTOR_FOLDER = Path("/proc/self/fd")


class Gauge:
    """Prints what the process holds, after every `every` cells (Listener)."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._judged = 0
        self._summary = Summary(repro=str)  # as a run on a terminal has it

    def __call__(self, event: Event) -> None:
        """Takes one event."""
        self._summary(event)
        if not isinstance(event, CellJudged):
            return
        self._judged += 1
        if self._judged % self._every == 0:
            fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
            print(self._judged, fields["VmRSS"].split()[0], sum(1 for _ in DESCRIPTOR_FOLDER.iterdir()), flush=True)


async def growth(bench: Bench) -> list[Row]:
    """Memory and descriptors of a harness while it plays."""
    if not STATUS.exists():
        return [skipped(row, f"there is no {STATUS} on this system") for row in (MEMORY, DESCRIPTORS)]
    cells = bench.times(100_000, 10_000)
    found: list[list[int]] = []
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "benchmarks.memory", str(cells),
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        async for line in child.stdout:
            found.append([int(word) for word in line.split()])
            if found[-1][0] % (cells // 10) == 0:
                bench.say(
                    f"  {found[-1][0]} of {cells} cells: {found[-1][1] / 1024:.1f} MiB, {found[-1][2]} descriptors"
                )
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGINT)  # it ends in order, and takes its agents along
        status = await child.wait()
    if status != 0 or not found or found[-1][0] != cells:
        raise NotMeasured(f"the harness that was to play {cells} cells ended early, with {status}")
    return [_row(MEMORY, found, 1, "KiB resident"), _row(DESCRIPTORS, found, 2, "open")]


def _row(row: Row, found: list[list[int]], column: int, unit: str) -> Row:
    """The largest value after the first line, to that of the first line."""
    first, last = found[0], found[-1]
    baseline = f"{first[column]:,} {unit} after {first[0]:,} cells, {last[column]:,} after {last[0]:,}"
    return measured(row, [one[column] / first[column] for one in found[1:]], baseline, of=max)


async def _play(cells: int) -> None:
    bench = Bench(lambda text: print(text, file=sys.stderr))
    await bench.play(repeated(bench.plan.cells, cells), "process", Gauge(every=1000))


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
