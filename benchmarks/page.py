"""How soon report.html is there: from its address to a page that can be seen and used, in a headless Chromium."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path
from types import ModuleType

from benchmarks.bench import Bench
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.results.report import files

CELLS = 20_000
OPENING = Row(name="page", what="report.html with 20,000 cells: opened, seen and usable", unit="s", target=Target(2))
SIZE = Row(name="page-size", what="the same as a file, with 600,000 operations", unit="MB")
SMALL = 100


async def opening(bench: Bench) -> list[Row]:
    """Beside it the page of a hundred cells, which costs what Chromium costs."""
    try:
        from tests.page import browser, worlds
    except ImportError as error:
        return [skipped(row, f"{error}; ./interop test brings it") for row in (OPENING, SIZE)]
    if reason := await asyncio.to_thread(browser.bring):
        return [skipped(row, reason) for row in (OPENING, SIZE)]
    return await asyncio.to_thread(_measure, bench.times(15, 3), browser, worlds)


def _measure(times: int, browser: ModuleType, worlds: ModuleType) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="interop-page-") as name:
        folder = Path(name)
        large, small = (
            files.write(worlds.many(folder / str(count), count), ["html"], folder / str(count))[0]
            for count in (CELLS, SMALL)
        )
        with browser.started(folder / "chromium") as chromium:
            seconds: dict[Path, list[float]] = {large: [], small: []}
            for _ in range(times):
                for page, found in seconds.items():
                    chromium.open(page)
                    found.append(chromium.js("performance.getEntriesByName('shown')[0].startTime") / 1000)
        beside = f"{SMALL} cells {statistics.median(seconds[small]):.2f} s"
        return [measured(OPENING, seconds[large], beside), measured(SIZE, [large.stat().st_size / 1e6])]
