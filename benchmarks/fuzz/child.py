"""Reads inputs of one kind, one after the other, in a process of its own: `-m benchmarks.fuzz.child ORDER`.

It tells each second how far it is, as a line of JSON, and ends at the first find. One that ends it (a crash in a
library, a limit) is known by its number all the same: the number of the input being read stands in a file in memory.
Linux alone tells what it wants to know of its memory.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from random import Random

import msgspec

from benchmarks.fuzz.kinds import Fuzzed, kinds

SECONDS = 5.0  # of processor time for one input; the worst honest one takes milliseconds
GROWTH = 64 << 10  # KiB by which one input, or all after the first thousand, may raise the process's peak
SPACE = 1 << 30  # bytes of address space beyond what it has at the start
_WARM = 1000
_TURN = 64  # inputs between two turns of the event loop


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Which inputs: those of the seed with the numbers first, first + step, ... below end. place: see `Place`."""

    kind: str
    seed: int
    first: int
    end: int
    step: int
    place: str


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far a child is. done: inputs. peak: KiB resident at most, of which it had `base` when it was warm.

    find: what was wrong with the input of number `at`; "" for nothing.
    """

    done: int
    at: int
    base: int
    peak: int
    find: str = ""


class Place:
    """A file of eight bytes: the number of the input that is being read."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        with path.open("r+b") as file:
            file.truncate(8)
            self._map = mmap.mmap(file.fileno(), 8)

    def get(self) -> int:
        return int.from_bytes(self._map[:], "little")

    def set(self, number: int) -> None:
        self._map[:] = number.to_bytes(8, "little")


class Peak:
    """The most memory that this process ever had resident (proc(5), VmHWM)."""

    def __init__(self) -> None:
        self._status = os.open("/proc/self/status", os.O_RDONLY)

    def get(self) -> int:
        """KiB."""
        text = os.pread(self._status, 4096, 0)
        return int(text[text.index(b"VmHWM:") + 6 :].split(None, 1)[0])


def data_of(kind: Fuzzed, seed: int, number: int) -> bytes:
    """The input of this number."""
    return kind.make(Random(seed << 32 | number))


def fault(kind: Fuzzed, data: bytes) -> str:
    """What is wrong with how this input is read; "" for nothing."""
    try:
        kind.read(data)
    except Exception:  # noqa: BLE001 (whatever it is, it is what we look for)
        return traceback.format_exc(limit=-4)
    return ""


async def read(order: Order) -> State:
    """Reads the inputs up to the first find."""
    kind = kinds(Path(order.place).parent)[order.kind]()
    here = Place(Path(order.place))
    space = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + SPACE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # it ends the process, also where a library does not come back
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak that it has from the process that started it
    memory = Peak()
    base = before = memory.get()
    told = time.monotonic()
    find = ""
    done = 0
    for done, number in enumerate(range(order.first, order.end, order.step), 1):
        here.set(number)
        data = data_of(kind, order.seed, number)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        find = fault(kind, data)
        peak = memory.get()
        if done == _WARM:
            base = peak
        if not find and done > 1 and peak - before > GROWTH:
            find = f"it took {peak - before} KiB more than all inputs before it"
        elif not find and done > _WARM and peak - base > GROWTH:
            find = f"since input {_WARM} the process has grown by {peak - base} KiB: something is kept"
        before = peak
        if find:
            break
        if done % _TURN == 0:
            await asyncio.sleep(0)
            if time.monotonic() - told > 1:
                told = time.monotonic()
                _tell(State(done=done, at=number, base=base, peak=peak))
    signal.setitimer(signal.ITIMER_PROF, 0)
    return State(done=done, at=here.get(), base=base, peak=memory.get(), find=find)


def _tell(state: State) -> None:
    print(msgspec.json.encode(state).decode(), flush=True)


if __name__ == "__main__":
    _tell(asyncio.run(read(msgspec.json.decode(sys.argv[1], type=Order))))
