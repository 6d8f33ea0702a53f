"""Which measurements there are, and `interop bench`: takes them in turn, then prints the table."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from benchmarks import (
    agents,
    bad_peers,
    burst,
    command,
    default,
    fresh,
    matrix,
    memory,
    page,
    processor,
    site,
    sizes,
    table,
    warm,
    wire,
)
from benchmarks.bench import Bench, NotMeasured
from benchmarks.row import Row, skipped
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace

Measure = Callable[[Bench], Awaitable[list[Row]]]

# The quick ones first; each with the rows that it gives.
MEASUREMENTS: tuple[tuple[Measure, tuple[Row, ...]], ...] = (
    (warm.floor, (warm.FLOOR,)),
    (warm.warm_c, (warm.WARM_C,)),
    (warm.warm_python, (warm.WARM_PYTHON,)),
    (matrix.processes, (matrix.PROCESSES,)),
    (processor.cells, (processor.TIME, processor.SWITCHES)),
    (wire.relays, (wire.WIRE, wire.IN_FLIGHT)),
    (matrix.containers, (matrix.CONTAINERS,)),
    (default.suite, (default.SIZE, default.SECONDS)),
    (default.cell, (default.CELL,)),
    (default.quick, (default.QUICK,)),
    *burst.measurements(),
    (fresh.processes, (fresh.PROCESSES,)),
    (fresh.containers, (fresh.CONTAINERS,)),
    (command.again, (command.AGAIN,)),
    (page.opening, (page.OPENING, page.SIZE)),
    (site.site, (site.BUILT, site.OPENED, site.SIZE)),
    (memory.growth, (memory.MEMORY, memory.DESCRIPTORS)),
    (agents.growth, (agents.MEMORY, agents.DESCRIPTORS)),
    (sizes.agents, tuple(sizes.rows())),
    (bad_peers.bad_peers, (bad_peers.HEALTHY, *bad_peers.BAD.values())),
    (command.clone, (command.CLONE, command.CLONE_CONTAINERS)),
)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for. only: names of rows; none are all."""

    only: tuple[str, ...] = ()
    quick: bool = False
    clone: bool = False
    json: Path | None = None


def names() -> list[str]:
    """The names of all rows, with what they say."""
    return [f"{row.name:<20}{row.what}" for _, rows in MEASUREMENTS for row in rows]


def main(wish: Wish, space: Workspace) -> int:
    """Measures, prints, and returns the exit code: 0 where no target was missed among those measured, else 1."""
    chosen = _choose(wish.only)
    if wish.json is not None and not wish.json.parent.is_dir():  # better now than after minutes
        raise UsageError(f"--json {wish.json}: there is no folder {wish.json.parent}")
    done: list[Row] = []
    interrupted = False
    try:
        asyncio.run(_measure(Bench(space, _say, quick=wish.quick, clone=wish.clone), chosen, done))
    except asyncio.CancelledError:
        interrupted = True
        _say("interrupted; this is what was measured")
    print("\n".join(table.lines(done)), flush=True)
    if wish.json is not None:
        table.write(wish.json, done, quick=wish.quick)
    if interrupted:
        return Exit.INTERRUPTED
    return Exit.FAILED if any(row.met is False for row in done) else Exit.OK


def _choose(only: Sequence[str]) -> list[tuple[Measure, tuple[Row, ...]]]:
    known = [row.name for _, rows in MEASUREMENTS for row in rows]
    if unknown := [name for name in only if name not in known]:
        raise UsageError(f"--only {unknown[0]}: there is no such row", f"rows: {', '.join(known)}")
    return [one for one in MEASUREMENTS if not only or any(row.name in only for row in one[1])]


async def _measure(bench: Bench, chosen: Sequence[tuple[Measure, tuple[Row, ...]]], done: list[Row]) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)  # what is being measured cleans up after itself
    for measure, rows in chosen:
        _say(f"{', '.join(row.name for row in rows)}: {rows[0].what}")
        try:
            done += await measure(bench)
        except NotMeasured as reason:
            done += [skipped(row, str(reason)) for row in rows]


def _say(text: str) -> None:
    print("\n".join(fenced(text)), file=sys.stderr, flush=True)
