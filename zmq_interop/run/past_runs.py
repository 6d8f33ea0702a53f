"""Finds and lists the runs kept on this machine."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from zmq_interop.core.cell import select
from zmq_interop.core.events import LOG, Planned, RunEnded, RunStarted
from zmq_interop.run import run_folder
from zmq_interop.system import home, near
from zmq_interop.system.errors import UsageError
from zmq_interop.system.text import line, typed

_CELL = b'{"type":"cell","id":'  # the start of a verdict's line
_WIRE = b'{"type":"wire","id":'  # and of a transcript's
_LAST = 1 << 20  # bytes at the end of a log to search for its last line first
_ID = re.compile(r"[0-9]{8}(-[0-9]{0,6}(-\w*)?)?", re.ASCII)  # a run's id, or its start from the date on
_NAMED = 10  # ids in a message
_NO_RUN = f"`{home.COMMAND} run` creates one"


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One run. started, ended: None if its log lacks that event. goes_on: whether it may still be running."""

    folder: Path
    started: RunStarted | None
    ended: RunEnded | None
    goes_on: bool


def kept(runs: Path) -> list[Path]:
    """The folders of all runs, newest first. runs: the folder that they are in."""
    folders = runs.iterdir() if runs.is_dir() else ()
    return sorted((path for path in folders if path.is_dir()), reverse=True)


def named(id: str, runs: Path) -> Path:
    """The folder of a run by its id or a unique prefix of it. runs: as for `kept`. Raises UsageError."""
    folders = {path.name: path for path in kept(runs)}
    found = [name for name in folders if name == id] or [name for name in folders if id and name.startswith(id)]
    if len(found) == 1:
        return folders[found[0]]
    listed = f"`{home.COMMAND} runs` lists them"
    if found:
        raise UsageError(f"{len(found)} runs begin with {id!r}: {', '.join(found[:_NAMED])}", listed)
    if _full(folders.values()) and _ID.fullmatch(id) and id < max(folders):
        raise UsageError(f"the run {id!r} is not kept any more", how_kept(runs))
    raise UsageError(f"there is no run {id!r} in {runs}", near.hint(id, folders, listed if folders else _NO_RUN))


def how_kept(runs: Path) -> str:
    """How many runs are kept, and how to keep one for longer. runs: as for `kept`."""
    return (
        f"the newest {run_folder.KEPT_RUNS} whole runs are kept, as many narrowed ones, and as many of a single cell; "
        f"to keep one for longer, copy its folder from {runs}: "
        f"`{home.COMMAND} report` and `{home.COMMAND} diff` take the path of the copy"
    )


def _full(folders: Iterable[Path]) -> bool:
    """Whether there are so many runs of a sort that the next one removes the oldest, as earlier ones may have done."""
    return any(count >= run_folder.KEPT_RUNS for count in Counter(map(run_folder.sort_of, folders)).values())


def look(folder: Path) -> Past:
    """Reads the first and last event of a run's log; both are None if the log is unreadable."""
    started = ended = None
    try:
        with (folder / LOG).open("rb") as file:
            started = msgspec.json.decode(file.readline(), type=RunStarted)
            ended = msgspec.json.decode(_last_line(file.fileno()), type=RunEnded)
    except (OSError, ValueError, RecursionError):  # cut short, of another version, or no log at all
        pass
    return Past(folder=folder, started=started, ended=ended, goes_on=ended is None and run_folder.goes_on(folder))


def _last_line(file: int) -> bytes:
    size = os.fstat(file).st_size
    for length in (_LAST, size):
        end = os.pread(file, min(length, size), max(0, size - length)).rstrip(b"\n")
        if b"\n" in end:
            return end.rpartition(b"\n")[2]
    return b""


def lines(runs: Iterable[Past]) -> list[str]:
    """Two lines per run: its result and its command."""
    return [line(text) for run in runs for text in _lines(run)]


def _lines(run: Past) -> tuple[str, str]:
    if run.started is None:
        return f"{run.folder.name}  no readable event log", "  -"
    when = run.started.started[:16].replace("T", " ")
    asked = f"  {asked_for(run.started)}  # {', '.join(run.started.runtimes) or 'no peer'}"
    if run.ended is None:
        return (
            f"{run.folder.name}  {when} UTC  {'still running' if run.goes_on else 'cut short'}",
            asked,
        )
    account = run.ended.account
    red = account.fail + account.fixed + account.broken
    what = f"{when} UTC  {run.ended.seconds:.1f} s  red {red}  {account}"
    return f"{run.folder.name}  {what}{'  interrupted' if run.ended.interrupted else ''}", asked


def asked_for(run: RunStarted) -> str:
    """The command of a run, as a shell takes it."""
    return typed(run.command)


def with_cell(cell: str, folders: Sequence[Path]) -> Path:
    """The first of these folders whose log has a verdict on the cell. Raises UsageError if none has."""
    ids: dict[str, None] = {}
    for folder in folders:
        of_run = planned(folder)
        ids.update(dict.fromkeys(of_run))
        if cell in of_run and _judged(folder / LOG, cell):
            return folder
    if not folders:
        raise UsageError("there is no run yet", _NO_RUN)
    where = f"the run {folders[0].name} has" if len(folders) == 1 else f"none of the last {len(folders)} runs has"
    no = "no verdict" if len(folders) == 1 else "a verdict"
    older = f"\n  it may have been in an older one: {how_kept(folders[0].parent)}" if _full(folders) else ""
    raise UsageError(f"{where} {no} on {cell!r}", _meant(cell, list(ids)) + older)


def with_wire(cell: str, folders: Sequence[Path]) -> Path:
    """The first of these folders whose log has the bytes of the cell. Raises UsageError if none has."""
    for folder in folders:
        if _has_line(folder / LOG, _WIRE + msgspec.json.encode(cell)):
            return folder
    raise UsageError(
        f"none of the {len(folders)} runs that are kept has the bytes of {cell!r}",
        f"play it through relays: {home.COMMAND} run {cell} --wire",
    )


def _meant(cell: str, ids: Sequence[str]) -> str:
    if found := [id for id in select(ids, cell) if id != cell]:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        return f"give a complete id, such as {', '.join(found[:_NAMED])}{more}"
    by_scenario: dict[str, list[str]] = {}
    for id in ids:
        by_scenario.setdefault(id.partition("/")[0], []).append(id)
    peers = {peer for id in ids for peer in id.rpartition("/")[2].split(":")}
    meant = near.pattern(cell, by_scenario, peers)
    return f"did you mean {meant!r}?" if meant else f"`{home.COMMAND} runs` lists the runs"


def planned(folder: Path) -> list[str]:
    """The ids of the planned cells of a run; none if its log is unreadable."""
    try:
        with (folder / LOG).open("rb") as file:
            file.readline()
            return msgspec.json.decode(file.readline(), type=Planned).cells
    except (OSError, ValueError, RecursionError):
        return []


def _judged(log: Path, cell: str) -> bool:
    return _has_line(log, _CELL + msgspec.json.encode(cell) + b",")


def _has_line(log: Path, begins: bytes) -> bool:
    try:
        with log.open("rb") as file:
            return any(line.startswith(begins) for line in file)
    except OSError:
        return False
