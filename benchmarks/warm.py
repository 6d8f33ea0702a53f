"""What a warm cell costs beside the floor, one cell in flight."""

from __future__ import annotations

import asyncio
import statistics

from benchmarks.bench import Bench, repeated
from benchmarks.floor import Floor
from benchmarks.pace import Alternation
from benchmarks.row import Row, Target, measured

FLOOR = Row(name="floor", what="the floor: an exchange in one pyzmq process", unit="us")
WARM_C = Row(name="warm-c", what="a warm PUSH/PULL tcp cell, C to C, processes", unit="x floor", target=Target(2.0))
WARM_PYTHON = Row(name="warm-python", what="the same, Python to Python", unit="x floor", target=Target(3.5))


async def floor(bench: Bench) -> list[Row]:
    """The floor by itself."""
    with Floor() as program:
        program.measure(200)
        program.samples.clear()
        for _ in range(bench.times(20, 5)):
            program.measure(500)
            await asyncio.sleep(0)  # an interrupt comes through here
        return [measured(FLOOR, program.samples)]


async def warm_c(bench: Bench) -> list[Row]:
    """C to C."""
    return [await _warm(bench, WARM_C, "push_pull/tcp/c:c")]


async def warm_python(bench: Bench) -> list[Row]:
    """Python to Python."""
    return [await _warm(bench, WARM_PYTHON, "push_pull/tcp/python:python")]


async def _warm(bench: Bench, row: Row, id: str) -> Row:
    chunk, turns = bench.times(250, 100), bench.times(40, 8)
    with Floor() as program:
        program.measure(chunk)
        program.samples.clear()
        alternation = Alternation(program, chunk)
        await bench.play(repeated([bench.cell(id)], chunk * (turns + 1)), "process", alternation, jobs=1)
        baseline = (
            f"cell {statistics.median(alternation.cells):.0f} us, floor {statistics.median(program.samples):.0f} us"
        )
        return measured(row, alternation.ratios, baseline)
