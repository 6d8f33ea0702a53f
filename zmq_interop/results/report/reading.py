"""Reads event logs into one value, the report, from which all text, tables and files are made.

Logs of several runs make one report if no cell is in two of them. Usually they are the shards of one plan; their report
is the same as that of one run.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from zmq_interop.core import verdicts
from zmq_interop.core.events import CellJudged, Incident, PeerLost, PeerSeen, RunEnded, RunStarted, ScenarioText, Wire
from zmq_interop.core.verdicts import Account, Kind, Verdict
from zmq_interop.results.report import blame, groups, log, merging, versions
from zmq_interop.results.report.blame import Blame
from zmq_interop.results.report.groups import Group
from zmq_interop.results.report.versions import Table
from zmq_interop.system.errors import Exit
from zmq_interop.system.text import command

_WORST_FIRST = (Exit.HARNESS_FAULT, Exit.USAGE, Exit.INTERRUPTED, Exit.FAILED, Exit.BROKEN, Exit.NOTHING_SELECTED)


class Report(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The results of one or several runs. Frozen; everything comes from the logs.

    paths: the logs; shards in their order, others in that of the arguments. runs and ended: the first and the last
    event of each, None for a log that was cut short before it. peers: each once, or once for each set of versions that
    it was seen with. cells: in the order of the plan. unjudged: ids of planned cells without a verdict. incomplete: why
    the report does not tell of all that was planned, "" when it does: each face says it in its first line. unlike: in
    what the runs differ and should not, a line each. part: a line if this is one shard alone.
    scenarios: name -> what it asks. source: cell -> its log's index. wires: cell -> what relays saw of it. with_cells:
    indices of the logs that have the logs of single cells beside them.
    """

    paths: tuple[Path, ...]
    runs: tuple[RunStarted | None, ...]
    peers: tuple[PeerSeen, ...]
    lost: tuple[PeerLost, ...]
    incidents: tuple[Incident, ...]
    cells: tuple[CellJudged, ...]
    unjudged: tuple[str, ...]
    ended: tuple[RunEnded | None, ...]
    incomplete: str
    unlike: tuple[str, ...]
    part: tuple[str, ...]
    scenarios: dict[str, ScenarioText]
    source: dict[str, int]
    wires: dict[str, Wire] = {}
    with_cells: frozenset[int] = frozenset()

    @functools.cached_property
    def versions(self) -> list[Table]:
        """What changes with the version of a library; computed once. Empty for a run without variants."""
        return versions.tables(self.cells, self.peers)

    @functools.cached_property
    def groups(self) -> list[Group]:
        """The red cells in groups; computed once."""
        return groups.groups(self.cells, self.scenarios)

    @functools.cached_property
    def blames(self) -> dict[str, Blame]:
        """Failed cell -> which peers its group points to; computed once. Empty if only one peer took part.

        Not for cells that a compiler refuses, whose text names the peer.
        """
        if len({peer for cell in self.cells for peer in cell.roles.values()}) < 2:
            return {}
        failed = [one for one in self.groups if one.verdict is Verdict.FAIL]
        told = [one for one in failed if one.example.kind is not Kind.UNCOMPILABLE]
        found = blame.blames([one.cells for one in told], self.cells)
        return {cell.id: points for group, points in zip(told, found, strict=True) for cell in group.cells}

    @functools.cached_property
    def refused(self) -> dict[str, list[CellJudged]]:
        """The uncompilable cells by what was expected of them, such as "c to compile a.proto"; computed once."""
        found: dict[str, list[CellJudged]] = {}
        for cell in self.cells:
            if cell.verdict is Verdict.FAIL and cell.kind is Kind.UNCOMPILABLE:
                found.setdefault(cell.expected, []).append(cell)
        return found

    @property
    def blameless(self) -> list[Incident]:
        """Agent failures that no cell caused, without those of a peer that was given up, which is reported once."""
        lost = {one.name for one in self.lost}
        return [one for one in self.incidents if not one.cells and one.instance.rpartition("-")[0] not in lost]

    @property
    def account(self) -> Account:
        """What became of the cells that have a verdict."""
        return verdicts.account(len(self.cells), Counter(cell.verdict for cell in self.cells).items())

    @property
    def problems(self) -> tuple[str, ...]:
        """Problems that fail the runs but belong to no cell, each once."""
        return tuple(dict.fromkeys(one for ended in self.ended if ended for one in ended.problems))

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes that fail nothing, each once; with the run, if not all runs have it."""
        by_run = [ended.notes if ended else () for ended in self.ended]
        told = list(self.part)
        for run, notes in zip(self.runs, by_run, strict=True):
            of_all = [one for one in notes if all(one in others for others in by_run)]
            told += [one if one in of_all or run is None else f"run {run.id}: {one}" for one in notes]
        return tuple(dict.fromkeys(told))

    @property
    def seconds(self) -> float:
        """How long the runs took together; one that was cut short counts up to the end of its last cell."""
        last = [ended.seconds if ended else 0.0 for ended in self.ended]
        for cell in self.cells:
            if self.ended[index := self.source[cell.id]] is None:
                last[index] = max(last[index], cell.at + cell.seconds)
        return sum(last)

    @property
    def exit_code(self) -> Exit:
        """What the worst of the runs exited with; Exit.INTERRUPTED for one that was cut short, or a shard missing."""
        codes = {Exit(ended.exit_code) if ended else Exit.INTERRUPTED for ended in self.ended}
        if self.incomplete and not self.unjudged:  # each run is whole, and a shard is missing
            codes.add(Exit.INTERRUPTED)
        return next((code for code in _WORST_FIRST if code in codes), Exit.OK)

    def repro(self, id: str, *others: str) -> str:
        """The command that plays a cell of the report again; or others instead, in the circumstances of its run."""
        run = self.runs[self.source[id]]
        return command(others or (id,), run.again if run else ())

    def since(self, id: str) -> str:
        """Since when a red cell is that, in words; "" where no log of an earlier run told."""
        ended, run = self.ended[self.source[id]], self.runs[self.source[id]]
        if ended is None or run is None or (found := ended.since.get(id)) is None:
            return ""
        first = "this run" if found.first == run.id else f"run {found.first}"
        if not found.before:
            return f"{first} or earlier: no older log has this cell"
        return f"{first}; in run {found.before} it was {found.verdict}"

    def folder(self, id: str) -> Path | None:
        """The folder of the run that played a cell of the report; None if the cells' own logs are not beside the event
        log, as where only that was copied."""
        index = self.source[id]
        return self.paths[index].parent if index in self.with_cells else None


def read_logs(paths: Sequence[Path]) -> Report:
    """The report of these logs, at least one. Raises LogError, which names file and line."""
    logs = merging.in_order([log.read(path) for path in paths])
    return Report(
        paths=tuple(one.path for one in logs),
        with_cells=frozenset(index for index, one in enumerate(logs) if (one.path.parent / "cells").is_dir()),
        runs=tuple(one.started for one in logs),
        peers=tuple(merging.once(peer for one in logs for peer in one.peers)),
        lost=tuple(merging.lost(logs)),
        incidents=tuple(incident for one in logs for incident in one.incidents),
        cells=tuple(merging.cells(logs)),
        unjudged=tuple(id for one in logs for id in one.planned.cells if id not in one.cells),
        ended=tuple(one.ended for one in logs),
        incomplete=merging.incomplete(logs),
        unlike=tuple(merging.unlike(logs)),
        part=tuple(merging.part(logs)),
        scenarios={name: text for one in logs for name, text in one.planned.scenarios.items()},
        source={id: number for number, one in enumerate(logs) for id in one.cells},
        wires={id: wire for one in logs for id in one.cells if (wire := one.wire(id)) is not None},
    )
