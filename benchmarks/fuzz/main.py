"""`interop bench fuzz N`: N inputs of each kind, spread over the cores; every find is kept as a file."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.child import child
from benchmarks.fuzz.child import Order, Place, State, data_of
from benchmarks.fuzz.kinds import kinds
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace

MOST_FINDS = 20  # of one kind; then it has bugs enough to be mended first
EVERY = 5.0  # seconds between lines of progress


class Kind:
    """The reading of one kind's inputs, by as many children as there are cores. kept: the folder for finds."""

    def __init__(self, name: str, number: int, seed: int, scratch: Path, kept: Path) -> None:
        self.name = name
        self._kept = kept
        self.finds = 0
        self._number = number
        self._seed = seed
        self._scratch = scratch
        self._states: dict[int, State] = {}
        self._finished = 0  # inputs of children that have ended
        self._peaks: list[State] = []

    async def run(self) -> None:
        """Reads them all."""
        self._began = self._last = time.monotonic()
        width = os.cpu_count() or 1
        await asyncio.gather(*(self._part(first, width) for first in range(width)))
        seconds = time.monotonic() - self._began
        _say(
            f"{self.name}: {self._done:,} inputs of seed {self._seed}, {self.finds} finds; {seconds:,.0f} s, "
            f"{self._done / seconds:,.0f} a second; a process had at most "
            f"{max(one.peak for one in self._peaks) / 1024:.0f} MiB, "
            f"of which inputs {max(one.peak - one.base for one in self._peaks) / 1024:.1f} MiB"
        )

    @property
    def _done(self) -> int:
        return self._finished + sum(state.done for state in self._states.values())

    async def _part(self, first: int, width: int) -> None:
        """Every width-th input. After a find, another child goes on behind it."""
        folder = self._scratch / f"{self.name}-{first}"
        folder.mkdir()
        place = folder / "place"
        start = first
        while start < self._number and self.finds < MOST_FINDS:
            order = Order(kind=self.name, seed=self._seed, first=start, end=self._number, step=width, place=str(place))
            state, how = await self._child(first, order)
            at = Place(place).get()
            self._states.pop(first, None)
            self._peaks.append(state)
            if not state.find and not how:
                self._finished += state.done
                return
            self._finished += (at - start) // width + 1
            self._keep(at, state.find or how)
            start = at + width

    async def _child(self, part: int, order: Order) -> tuple[State, str]:
        """How far a child came, and how it ended where it did not end by itself."""
        state = State(done=0, at=order.first, base=0, peak=0)
        command = (sys.executable, "-m", "benchmarks.fuzz.child", msgspec.json.encode(order).decode())
        async with child(*command) as process:
            assert process.stdout
            async for line in process.stdout:
                state = self._states[part] = msgspec.json.decode(line, type=State)
                self._progress()
            status = await process.wait()
        if status == -signal.SIGPROF:
            return state, "it took more than the time for one input: it hangs"
        return state, f"the process ended with {status}" if status else ""

    def _keep(self, at: int, why: str) -> None:
        self.finds += 1
        self._kept.mkdir(parents=True, exist_ok=True)
        path = self._kept / f"{self.name}-{self._seed}-{at}"
        path.write_bytes(data_of(kinds(self._scratch)[self.name](), self._seed, at))
        _say(f"FIND {self.name}, seed {self._seed}, number {at}: {path}\n{why}")

    def _progress(self) -> None:
        now = time.monotonic()
        if now - self._last < EVERY:
            return
        self._last = now
        rate = self._done / (now - self._began)
        _say(
            f"{self.name}: {self._done:,} of {self._number:,}, {self.finds} finds; {rate:,.0f} a second, "
            f"about {(self._number - self._done) / rate:,.0f} s to go"
        )


def main(number: int, seed: int | None, only: Sequence[str], space: Workspace) -> int:
    """Reads `number` inputs of each kind. seed: None for one that no run had. Returns 0 without a find, else 1."""
    if seed is None:
        seed = secrets.randbelow(1 << 31)
    memory = Path("/dev/shm")  # each input is written to a file there, as the parsers want it
    scratch = Path(tempfile.mkdtemp(prefix="fuzz-interop-", dir=memory if memory.is_dir() else None))
    try:
        known = kinds(scratch)
        if unknown := [name for name in only if name not in known]:
            raise UsageError(f"--only: there are no {unknown[0]!r} to fuzz with", f"known: {', '.join(known)}")
        again = f"./interop bench fuzz {number} --seed {seed}"
        _say(f"{', '.join(only or known)}: {number:,} inputs each; again with: {again}")
        return asyncio.run(_all([Kind(name, number, seed, scratch, space.folder / "fuzz") for name in only or known]))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _all(wanted: Sequence[Kind]) -> int:
    for kind in wanted:
        await kind.run()
    return Exit.FAILED if any(kind.finds for kind in wanted) else Exit.OK


def _say(text: str) -> None:
    print("\n".join(fenced(text)), flush=True)
