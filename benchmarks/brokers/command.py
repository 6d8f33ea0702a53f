"""`interop bench brokers`: the same job through each system, beside ZeroMQ in the same run."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.bench import NotMeasured
from benchmarks.brokers import environment, measure, plots, table
from benchmarks.brokers.results import Report, Result
from benchmarks.brokers.servers import none
from benchmarks.brokers.servers.server import Brought
from benchmarks.brokers.systems import REFERENCE, SYSTEMS, System
from benchmarks.brokers.turns import FULL, QUICK, Effort
from zmq_interop.system import scratch
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for. only: names of systems; none are all. json, plots: where to write them as well."""

    only: tuple[str, ...] = ()
    quick: bool = False
    json: Path | None = None
    plots: Path | None = None


class Progress:
    """What was found so far: an interrupted command prints it."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.left_out: dict[str, str] = {}


def choose(only: Sequence[str]) -> list[System]:
    """The systems that are asked for, ZeroMQ over tcp first: all others are measured beside it.

    Raises UsageError for a name that none has.
    """
    known = [system.name for system in SYSTEMS]
    if unknown := [name for name in only if name not in known]:
        raise UsageError(f"--only {unknown[0]}: there is no such system", f"systems: {', '.join(known)}")
    return [system for system in SYSTEMS if not only or system.name in (*only, REFERENCE)]


def main(wish: Wish, space: Workspace) -> int:
    """Measures, prints the table, and returns the exit code: 1 where a system that is there could not be measured."""
    chosen = choose(wish.only)
    for option, path in (("--json", wish.json), ("--plots", wish.plots)):
        if path is not None and not path.parent.is_dir():  # better now than after minutes
            raise UsageError(f"{option} {path}: there is no folder {path.parent}", "create it, or name another one")
    found, interrupted = Progress(), False
    effort = QUICK if wish.quick else FULL
    try:
        asyncio.run(_until_interrupted(space, chosen, effort, found))
    except asyncio.CancelledError:
        interrupted = True
        _say("interrupted; this is what was measured")
    except NotMeasured as reason:
        raise UsageError(f"nothing can be measured: {reason}", "mend that, and try again") from None
    report = Report(
        machine=machine(),
        quick=wish.quick,
        repeats=effort.repeats,
        results=tuple(found.results),
        left_out=found.left_out,
    )
    print("\n".join(table.lines(report)), flush=True)
    write(report, wish)
    if interrupted:
        return Exit.INTERRUPTED
    return Exit.FAILED if any(result.reason for result in report.results) else Exit.OK


def write(report: Report, wish: Wish) -> None:
    """Writes the files that are asked for."""
    if wish.json is not None:
        wish.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    if wish.plots is not None:
        wish.plots.mkdir(exist_ok=True)
        for name, text in plots.render(report).items():
            (wish.plots / name).write_text(text)


def machine() -> str:
    """What the figures were measured on: cores, system, processor architecture."""
    try:
        system = platform.freedesktop_os_release()
        name = f"{system.get('NAME', '').removesuffix(' GNU/Linux')} {system.get('VERSION_ID', '')}".strip()
    except OSError:
        name = platform.system()
    return f"{len(os.sched_getaffinity(0))} cores, {name}, {platform.machine()}"


async def _until_interrupted(space: Workspace, chosen: Sequence[System], effort: Effort, found: Progress) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)  # what runs is ended on the way out
    await measure_all(space, chosen, effort, found)


async def measure_all(space: Workspace, chosen: Sequence[System], effort: Effort, found: Progress) -> None:
    """Measures each of these systems in each of its settings. Raises NotMeasured where no client can run."""
    disk = space.make(space.folder / "brokers")
    scratch.sweep(disk)  # of commands that were killed
    with scratch.folder() as generated:
        tools = await environment.bring(space, generated, _say)
        bench = measure.Bench(tools, effort, disk, _say)
        there = await _bring(space, chosen, found)
        beside = next(system for system in SYSTEMS if system.name == REFERENCE)
        async with measure.up(bench, beside, beside.settings[0], Brought("", Path())) as reference:
            for system, brought in there:
                for setting in system.settings:
                    _say(f"{system.title}, {setting.name}: {setting.what}")
                    result = await measure.row(bench, system, setting, brought, reference.pair)
                    if result.reason:
                        _say(f"  not measured: {result.reason}")
                    found.results.append(result)


async def _bring(space: Workspace, chosen: Sequence[System], found: Progress) -> list[tuple[System, Brought]]:
    there = []
    for system in chosen:
        if system.bring is not none.bring:
            _say(f"{system.title}: is it here?")
        try:
            there.append((system, await system.bring(space, _say)))
        except NotMeasured as reason:
            _say(f"  left out: {reason}")
            found.left_out[system.name] = str(reason)
    return there


def _say(text: str) -> None:
    print("\n".join(fenced(text)), file=sys.stderr, flush=True)
