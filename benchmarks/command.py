"""What a user waits for: the command, from the shell to its exit, warm and on a bare clone."""

from __future__ import annotations

import asyncio
import re
import shutil
import statistics
import tempfile
import time
from asyncio.subprocess import STDOUT
from pathlib import Path

from benchmarks.bench import Bench, NotMeasured, traceless
from benchmarks.child import child
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.agents.runtimes import orphans
from zmq_interop.system import workspace
from zmq_interop.system.paths import ROOT

AGAIN = Row(name="again", what="again with nothing changed: one cell, C to C, processes", unit="s", target=Target(0.8))
CLONE = Row(name="clone", what="bare clone to the end of the first run, processes", unit="s", target=Target(180))
CLONE_CONTAINERS = Row(
    name="clone-containers", what="the same, containers, base image there", unit="s", target=Target(360)
)
INTEROP = "./interop"
ONE_CELL = ("run", "push_pull/tcp/c:c", "--runtime", "process")
LOG = re.compile(r"event log: (.+)/events\.jsonl$", re.MULTILINE)


async def again(bench: Bench) -> list[Row]:
    """One cell; beside it the interpreter that does nothing, and what the script before it adds."""
    python = (str(ROOT / ".venv/bin/python"), "-P")
    await _timed(INTEROP, *ONE_CELL)  # whatever was not set up is now
    whole, bare, script, harness = [], [], [], []
    for _ in range(bench.times(15, 5)):
        whole.append(await _timed(INTEROP, *ONE_CELL))
        bare.append(await _timed(*python, "-c", "pass"))
        script.append(await _timed(INTEROP, "--version"))
        harness.append(await _timed(*python, "-m", "zmq_interop", "--version"))
    shell = statistics.median(script) - statistics.median(harness)
    return [
        measured(AGAIN, whole, f"python -c pass {statistics.median(bare):.3f} s; ./interop before Python {shell:.3f} s")
    ]


async def clone(bench: Bench) -> list[Row]:
    """With processes, and with containers after the engine has lost all images of the harness."""
    if not bench.clone:
        return [skipped(row, "it takes minutes: ./interop bench --clone") for row in (CLONE, CLONE_CONTAINERS)]
    rows = [measured(CLONE, [await _clone(bench, "process")])]
    if reason := bench.no_containers:
        return [*rows, skipped(CLONE_CONTAINERS, reason)]
    await asyncio.to_thread(orphans.clean, bench.say)
    return [*rows, measured(CLONE_CONTAINERS, [await _clone(bench, "container")])]


async def _clone(bench: Bench, runtime: str) -> float:
    folder = Path(tempfile.mkdtemp(prefix="interop-clone-"))
    try:
        bench.say(f"  cloning into {folder}, then the first run ({runtime})")
        began = time.perf_counter()
        await _timed("git", "clone", "--quiet", str(ROOT), str(folder / "interop"))
        await _timed(INTEROP, "run", "--runtime", runtime, folder=folder / "interop")
        return time.perf_counter() - began
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _timed(*command: str, folder: Path = ROOT) -> float:
    """Seconds from start to exit. Raises NotMeasured where it does not end with 0."""
    with traceless(workspace.here().latest) as forget:
        began = time.perf_counter()
        async with child(*command, folder=folder, errors=STDOUT) as process:
            said = (await process.communicate())[0].decode(errors="replace")
        seconds = time.perf_counter() - began
        for run_folder in LOG.findall(said):
            forget(Path(run_folder))
    if process.returncode != 0:
        raise NotMeasured(f"{' '.join(command)} ended with {process.returncode}: {' | '.join(said.splitlines()[-5:])}")
    return seconds
