"""Since when a cell is red, by the event logs of earlier runs that are kept on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from zmq_interop.core.events import LOG, RunStarted, Since
from zmq_interop.core.verdicts import RED, Verdict

_CELL = b'{"type":"cell","id":"'  # how the line of a verdict begins; most lines of a log are long, and of other cells


class _Judged(msgspec.Struct, frozen=True):
    id: str
    verdict: Verdict
    roles: dict[str, str]


def since(red: Iterable[str], this: RunStarted, runs: Iterable[Path]) -> dict[str, Since]:
    """For each of these cells that an earlier run played: the first run of those in a row up to now that saw it red.

    this: the run that sees them red. runs: folders of earlier runs, the newest first; they are read as far back as it
    takes. Only those count that played the cell under the same circumstances: the same options, its peers in the same
    runtimes. A log that cannot be read, or not to its end, counts as far as it goes.
    """
    found: dict[str, Since] = {}
    first = dict.fromkeys(red, this.id)  # of the cells for which no run is found yet that did not see them red
    for folder in runs:
        if not first:
            break
        for cell, run in _verdicts(folder / LOG, {*first}, this):
            if cell.verdict in RED:
                first[cell.id] = run
                found[cell.id] = Since(first=run)
            else:
                found[cell.id] = Since(first=first.pop(cell.id), before=run, verdict=cell.verdict)
    return found


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
    except (OSError, ValueError, RecursionError):  # cut short, removed just now, of another version, or no log at all
        return
