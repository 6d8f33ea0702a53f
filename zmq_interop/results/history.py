"""Finds since when a cell has been red, from the kept event logs of earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from zmq_interop.core.events import LOG, RunStarted, Since
from zmq_interop.core.verdicts import RED, Verdict

_CELL = (
    b'{"type":"cell","id":"'  # the start of a verdict's line; most lines of a log are long and belong to other cells
)
_GREEN = (Verdict.PASS, Verdict.FIXED)  # the cell did what its scenario asks for


class _Judged(msgspec.Struct, frozen=True):
    id: str
    verdict: Verdict
    roles: dict[str, str]


def since(red: Iterable[str], this: RunStarted, runs: Iterable[Path]) -> dict[str, Since]:
    """For each cell that an earlier run played: the first of the consecutive runs up to now in which it was red.

    this: the current run. runs: folders of earlier runs, newest first; they are read only as far back as needed. A run
    counts for a cell if it played it with the same options and the same runtimes; if it played it several times, the
    cell was red if it was red once. An unreadable or truncated log counts as far as it can be read.
    """
    found: dict[str, Since] = {}
    first = dict.fromkeys(red, this.id)  # cells for which no green run has been found yet
    for folder in runs:
        if not first:
            break
        played: dict[str, tuple[_Judged, str]] = {}
        for cell, run in _verdicts(folder / LOG, {*first}, this):
            if cell.id not in played or cell.verdict in RED:
                played[cell.id] = cell, run
        for cell, run in played.values():
            if cell.verdict in RED:
                first[cell.id] = run
                found[cell.id] = Since(first=run)
            else:
                found[cell.id] = Since(first=first.pop(cell.id), before=run, verdict=cell.verdict)
    return found


def passed(cells: Iterable[str], this: RunStarted, runs: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """For each of these cells that passed in one of the runs: in how many it passed, and how many played it.

    this: the run whose options and runtimes the others must have. runs: folders, as of `since`.
    """
    wanted = set(cells)
    judged: dict[str, list[bool]] = {}
    for folder in runs:
        green: dict[str, bool] = {}
        for cell, _ in _verdicts(folder / LOG, wanted, this):
            green[cell.id] = green.get(cell.id, True) and cell.verdict in _GREEN
        for id, one in green.items():
            judged.setdefault(id, []).append(one)
    return {id: (sum(all_of_it), len(all_of_it)) for id, all_of_it in judged.items() if any(all_of_it)}


def _verdicts(log: Path, wanted: set[str], this: RunStarted) -> Iterator[tuple[_Judged, str]]:
    """The verdicts of a run on these cells, and the run's id."""
    decoder = msgspec.json.Decoder(_Judged)
    names = {msgspec.json.encode(id)[1:-1] for id in wanted}
    try:
        with log.open("rb") as file:
            run = msgspec.json.decode(file.readline(), type=RunStarted)
            if run.again != this.again:
                return
            for line in file:
                if not line.startswith(_CELL) or line[len(_CELL) : line.index(b'"', len(_CELL))] not in names:
                    continue
                cell = decoder.decode(line)
                if all(run.runtimes.get(peer) == this.runtimes.get(peer) for peer in cell.roles.values()):
                    yield cell, run.id
    except (OSError, ValueError, RecursionError):  # truncated, just removed, of another version, or no log
        return
