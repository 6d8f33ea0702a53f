"""Merges several logs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from zmq_interop.core.events import CellJudged, PeerLost
from zmq_interop.results.report.log import Log
from zmq_interop.system.errors import LogError

Value = TypeVar("Value")


def in_order(logs: Sequence[Log]) -> list[Log]:
    """The logs, shards by their numbers. Raises LogError, which names both, where a run or a cell is in two of them."""
    runs: dict[str, Log] = {}
    for log in logs:
        if log.started and (other := runs.setdefault(log.started.id, log)) is not log:
            raise LogError(
                f"{other.path} and {log.path} are both logs of the run {log.started.id}", "name each run once"
            )
    planned: dict[str, Log] = {}
    for log in logs:
        for id in log.planned.cells:
            if (other := planned.setdefault(id, log)) is not log:
                raise LogError(
                    f"{other.path} and {log.path} are logs of two runs that both planned {id}",
                    "a report can contain each cell once; use `interop diff A B` to compare two runs",
                )
    return sorted(logs, key=lambda log: log.shard.number if log.shard else 0)


def cells(logs: Sequence[Log]) -> Iterator[CellJudged]:
    """All judged cells, in the order of the plan; several plans follow one another."""
    if all(log.planned.places or not log.planned.cells for log in logs):
        owner = {id: log for log in logs for id in log.planned.cells}
        places = {id: place for log in logs for id, place in zip(log.planned.cells, log.planned.places, strict=True)}
        ids = sorted(places, key=lambda id: places[id])
        yield from (owner[id].cells[id] for id in ids if id in owner[id].cells)
    else:
        yield from (log.cells[id] for log in logs for id in log.planned.cells if id in log.cells)


def incomplete(logs: Sequence[Log]) -> str:
    """Why planned cells have no verdict, or "". A single shard counts as complete; several count as one plan."""
    told = [f"{log.path}: {log.incomplete}" if len(logs) > 1 else log.incomplete for log in logs if log.incomplete]
    shards = [log.shard for log in logs if log.shard]
    if len(logs) > 1 and shards:
        of = max(shard.of for shard in shards)
        missing = sorted({*range(1, of + 1)} - {shard.number for shard in shards})
        told += [f"shard {number}/{of} is missing" for number in missing]
        if not told:
            whole = max(log.planned.whole for log in logs)
            left = whole - len({place for log in logs for place in log.planned.places})
            told += [f"{left} of {whole} cells of the plan are in none of the shards"] if left else []
    return "; ".join(told)


def part(logs: Sequence[Log]) -> Iterator[str]:
    """For a single shard, a line that says which part of the plan it is."""
    for log in logs if len(logs) == 1 else ():
        if log.shard:
            yield f"this is shard {log.shard}: {len(log.planned.cells)} of the {log.planned.whole} cells of the plan"


def unlike(logs: Sequence[Log]) -> Iterator[str]:
    """Differences between the merged runs that affect comparison: one line each."""
    runs = [(log.path, log.started) for log in logs if log.started]
    yield from _differing("harness", ((run.harness, path) for path, run in runs))
    yield from _differing("protos", ((run.proto_digest, path) for path, run in runs))
    yield from _differing("time limit", ((f"{run.limit:g} s", path) for path, run in runs))
    shards = [(f"{log.planned.whole} cells in {log.shard.of} shards", log.path) for log in logs if log.shard]
    yield from _differing("plan", shards)
    for peer in dict.fromkeys(peer for _, run in runs for peer in run.runtimes):
        told = ((run.runtimes[peer], path) for path, run in runs if peer in run.runtimes)
        yield from _differing(f"runtime of {peer}", told)
    seen = [(peer, log.path) for log in logs for peer in log.peers]
    for name in dict.fromkeys(peer.name for peer, _ in seen):
        versions = (
            (", ".join([peer.language, *map(" ".join, peer.libraries.items())]), path)
            for peer, path in seen
            if peer.name == name
        )
        yield from _differing(f"versions of {name}", versions)


def _differing(what: str, told: Iterable[tuple[str, object]]) -> Iterator[str]:
    first: dict[str, object] = {}
    for value, path in told:
        first.setdefault(value, path)
    if len(first) > 1:
        yield f"the runs differ in {what}: {'; '.join(f'{value} in {path}' for value, path in first.items())}"


def once(values: Iterable[Value]) -> list[Value]:
    """Each value once, in the order of their first. They are few; they need not be hashable."""
    found: list[Value] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def lost(logs: Sequence[Log]) -> list[PeerLost]:
    """Each peer that could not be judged once for each reason; what a build printed differs from run to run."""
    found: dict[tuple[str, str], PeerLost] = {}
    for log in logs:
        for one in log.lost:
            found.setdefault((one.name, one.reason), one)
    return list(found.values())
