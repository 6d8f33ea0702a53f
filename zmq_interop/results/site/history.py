"""What became of each cell in many runs: only the changes, so that thousands of runs stay small. No I/O."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import msgspec

from zmq_interop.core.verdicts import Account, Kind, Verdict

VERSION = 1


class Peer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A peer of a run. libraries: name -> version."""

    runtime: str
    language: str
    libraries: dict[str, str] = {}


class RunFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run. started: UTC, ISO 8601. complete: whether it came to its end. whole: whether it played all that there
    is, and not a part of it. exit_code: -1 without an end."""

    id: str
    started: str
    harness: str = ""
    shard: str = ""
    complete: bool = False
    whole: bool = False
    exit_code: int = -1
    account: Account = Account(planned=0)
    peers: dict[str, Peer] = {}


class State(msgspec.Struct, frozen=True, array_like=True):
    """What a verdict says."""

    verdict: Verdict
    kind: Kind | None = None

    def __str__(self) -> str:
        return f"{self.verdict} ({self.kind})" if self.kind and self.verdict is not Verdict.PASS else str(self.verdict)


class Change(msgspec.Struct, frozen=True, array_like=True):
    """From this run on, by its place, a cell had this state, by its place."""

    run: int
    state: int


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """The history as a file. cells: id -> its changes, the oldest first. last: id -> the last run that played it."""

    version: int
    runs: list[RunFacts]
    states: list[State]
    cells: dict[str, list[Change]]
    last: dict[str, int]


class Span(msgspec.Struct, frozen=True):
    """Runs in which a cell had one state: from the first to the last, by their places."""

    state: State
    first: int
    last: int


Judged = tuple[str, Verdict, Kind | None]


class History:
    """Runs in the order in which they started, and what they say of each cell. `add` them in that order."""

    def __init__(self, stored: Stored | None = None) -> None:
        self.runs: list[RunFacts] = [*stored.runs] if stored else []
        self._states: list[State] = [*stored.states] if stored else []
        self._places = {(one.verdict, one.kind): place for place, one in enumerate(self._states)}
        self._cells: dict[str, list[Change]] = {id: [*found] for id, found in stored.cells.items()} if stored else {}
        self._last: dict[str, int] = dict(stored.last) if stored else {}

    def stored(self) -> Stored:
        """The value to write to a file."""
        return Stored(version=VERSION, runs=self.runs, states=self._states, cells=self._cells, last=self._last)

    def has(self, run: RunFacts) -> bool:
        """Whether the run is there, or is older than the newest that is: it cannot be put in any more."""
        return any(one.id == run.id for one in self.runs) or bool(self.runs and run.started < self.runs[-1].started)

    def add(self, run: RunFacts, judged: Iterable[Judged]) -> None:
        """Adds a run with its verdicts. Memory and time are those of its cells; it keeps only what changed."""
        number = len(self.runs)
        self.runs.append(run)
        cells, last, places = self._cells, self._last, self._places
        for id, verdict, kind in judged:
            place = places.get((verdict, kind))
            if place is None:
                place = places[verdict, kind] = len(self._states)
                self._states.append(State(verdict, kind))
            last[id] = number
            changes = cells.get(id)
            if changes is None:
                cells[id] = [Change(number, place)]
            elif changes[-1].state != place:
                changes.append(Change(number, place))

    @property
    def cells(self) -> Iterable[str]:
        """The ids of all cells that a run judged."""
        return self._cells

    def spans(self, id: str) -> list[Span]:
        """The states of a cell, the oldest first; none of a cell that no run judged."""
        changes = self._cells.get(id, [])
        ends = [*(one.run - 1 for one in changes[1:]), *(self._last[id] for _ in changes[:1])]
        return [Span(self._states[one.state], one.run, end) for one, end in zip(changes, ends, strict=True)]

    def changes(self) -> dict[int, list[tuple[str, State, State]]]:
        """Run, by its place -> the cells whose state changed in it: id, before, after. New cells are none."""
        found: dict[int, list[tuple[str, State, State]]] = {}
        for id, changes in self._cells.items():
            for before, after in itertools.pairwise(changes):
                told = (id, self._states[before.state], self._states[after.state])
                found.setdefault(after.run, []).append(told)
        return found
