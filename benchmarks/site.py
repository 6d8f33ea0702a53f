"""How long the site of many runs takes: to build it from event logs, and to open its pages in a headless Chromium."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import msgspec

from benchmarks.bench import Bench
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.core import events, verdicts
from zmq_interop.core.events import CellJudged, PeerSeen, Planned, RunEnded, RunStarted, ScenarioText
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.site import writing

RUNS, CELLS, SCENARIOS, PEERS = 200, 10_000, 100, 10
BUILT = Row(
    name="site", what=f"the site of {RUNS} runs of {CELLS:,} cells: built from logs", unit="s", target=Target(30)
)
OPENED = Row(name="site-open", what="its slowest page: opened, until it is whole", unit="s", target=Target(2))
SIZE = Row(name="site-history", what="its history.json, from which the next build goes on", unit="MB")
_CHANGED = 20  # cells that have another verdict than in the run before
_TEXT = ScenarioText(family="many", doc='It arrives.\n\nRFC 30/PIPELINE, "The PUSH Socket Type".')


async def site(bench: Bench) -> list[Row]:
    """Builds it a few times into new folders, then opens its first page and its largest."""
    return await asyncio.to_thread(_measure, bench.times(3, 1), bench.times(RUNS, 10))


def _measure(times: int, runs: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="interop-site-") as name:
        folder = Path(name)
        _logs(folder / "runs", runs)
        seconds = []
        for number in range(times):
            started = time.perf_counter()
            writing.build(folder / str(number), [folder / "runs"])
            seconds.append(time.perf_counter() - started)
        made = folder / "0"
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file()) / 1e6
        pages = sorted(made.rglob("*.html"), key=lambda path: path.stat().st_size)
        return [
            measured(BUILT, seconds, f"{runs} runs, {len(pages)} pages, {size:.0f} MB"),
            _open(folder, [made / "index.html", made / "runs.html", pages[-1]], times),
            measured(SIZE, [(made / writing.HISTORY).stat().st_size / 1e6]),
        ]


def _open(folder: Path, pages: list[Path], times: int) -> Row:
    try:
        from tests.page import browser
    except ImportError as error:
        return skipped(OPENED, f"{error}; ./interop test brings it")
    if reason := browser.bring():
        return skipped(OPENED, reason)
    return _opened(browser, folder, pages, times)


def _opened(browser: ModuleType, folder: Path, pages: list[Path], times: int) -> Row:
    slowest = []
    with browser.started(folder / "chromium") as chromium:
        for _ in range(times):
            found = []
            for page in pages:
                chromium.driver.get(page.as_uri())
                found.append(chromium.js("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
            slowest.append(max(found))
    return measured(OPENED, slowest, f"{pages[-1].stat().st_size / 1e6:.1f} MB", statistics.median)


def _logs(folder: Path, runs: int) -> None:
    """Logs of runs of the same cells, of which a few change from run to run."""
    encode = msgspec.json.encode
    cells = [*_cells()]
    lines = [encode(cell) for cell in cells]
    texts = {f"scenario_{number}": _TEXT for number in range(SCENARIOS)}
    plan = encode(Planned(cells=[cell.id for cell in cells], scenarios=texts, full=True))
    seen = [
        encode(PeerSeen(name=f"peer-{number}", runtime="process", language="C", libraries={"libzmq": "4.3.5"}, lanes=9))
        for number in range(PEERS)
    ]
    failing: set[int] = set()
    for run in range(runs):
        for step in range(_CHANGED):
            failing ^= {(run * 7919 + step * 104_729) % CELLS}
        day, hour = divmod(run, 24)
        started = f"2026-{1 + day // 28:02}-{1 + day % 28:02}T{hour:02}:00:00.000+00:00"
        opening = RunStarted(
            version=events.VERSION,
            id=f"run-{run:04}",
            started=started,
            harness="0",
            command=["run"],
            runtimes={},
            why="",
            jobs=16,
            limit=10.0,
            proto_digest="",
            machine="",
        )
        now = [*lines]
        for place in failing:
            now[place] = encode(
                msgspec.structs.replace(
                    cells[place], verdict=Verdict.FAIL, kind=Kind.LOST, expected='["one"]', got="nothing"
                )
            )
        account = verdicts.account(CELLS, {Verdict.FAIL: len(failing), Verdict.PASS: CELLS - len(failing)}.items())
        end = RunEnded(account=account, seconds=60, exit_code=account.exit_code)
        path = folder / opening.id / events.LOG
        path.parent.mkdir(parents=True)
        path.write_bytes(b"\n".join([encode(opening), plan, *seen, *now, encode(end), b""]))


def _cells() -> Iterator[CellJudged]:
    for number in range(CELLS):
        one, other = f"peer-{number // SCENARIOS % PEERS}", f"peer-{number // SCENARIOS // PEERS}"
        scenario = f"scenario_{number % SCENARIOS}"
        yield CellJudged(
            id=f"{scenario}/tcp/{one}:{other}",
            scenario=scenario,
            transport="tcp",
            binder="one",
            roles={"one": one, "other": other},
            verdict=Verdict.PASS,
            at=number / 200,
            seconds=0.03,
            instances={"one": f"{one}-1", "other": f"{other}-1"},
        )
