"""Applies the ledger to the verdict on a cell. Pure."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Expectation, Verdict
from zmq_interop.results.ledger.entry import Circumstances, Entry
from zmq_interop.results.ledger.subject import Subject, of_plan


class Ledger:
    """All entries of some files, in order, as they apply on one day. today: in UTC; by default the current day."""

    def __init__(self, entries: Iterable[Entry] = (), today: datetime.date | None = None) -> None:
        day = today or datetime.datetime.now(datetime.UTC).date()  # noqa: TID251 (`expires` is a day)
        self.entries = tuple(entries)
        self.expired = frozenset(one for one in self.entries if one.expires is not None and one.expires < day)

    @functools.cache  # noqa: B019 (one for a run)
    def about(self, scenario: str) -> tuple[Entry, ...]:
        """The entries, expired ones too, that may speak of a cell of this scenario: of many entries a few."""
        return tuple(entry for entry in self.entries if entry.scope.about(scenario))

    def expects(self, cell: Cell) -> Expectation:
        """How a cell of a plan is known to fail, if it is, with some libraries in some runtime at least."""
        entries = [entry for entry in self._matching(of_plan(cell)) if entry not in self.expired]
        return Expectation(
            kinds=tuple(kind for entry in entries for kind in entry.kinds),
            flaky=any(entry.flaky is not None for entry in entries),
        )

    def speaks_of(self, cell: Cell) -> bool:
        """Whether an entry is about a cell of a plan; expired ones too, so that the answer is the same every day."""
        return any(True for _ in self._matching(of_plan(cell)))

    def _matching(self, cell: Subject) -> Iterator[Entry]:
        return (entry for entry in self.about(cell.scenario) if entry.scope.matches(cell))

    def covering(self, cell: Subject, now: Circumstances) -> Entry | None:
        """The entry that covers the cell: that of the highest rank; an expired one only if no other does."""
        covering = [one for one in self.about(cell.scenario) if one.covers(cell, now)]
        return max(covering, key=lambda one: (one not in self.expired, one.rank), default=None)

    def judge(self, judged: CellJudged, entry: Entry | None) -> CellJudged:
        """The verdict, where `entry` is the one that covers the cell; its reason names the entry's file and line."""
        if entry is None or judged.verdict not in (Verdict.PASS, Verdict.FAIL):
            return judged
        ruled = functools.partial(msgspec.structs.replace, judged, entry=entry.at, url=entry.url)
        passed = judged.verdict is Verdict.PASS
        if entry in self.expired:
            told = f"{entry.at} expired on {entry.expires}; it expected this cell to fail as {entry}"
            return judged if passed else ruled(reason=told)
        if passed:
            if entry.flaky:
                return judged
            told = f"it passed, but {entry.at} expects it to fail as {entry}: narrow that entry, or delete it"
            return ruled(verdict=Verdict.FIXED, kind=entry.kinds[0], reason=told)
        if judged.kind in entry.kinds:
            return ruled(verdict=Verdict.KNOWN, reason=entry.reason)
        return ruled(reason=f"{entry.at} expects it to fail as {entry}, not as {judged.kind}")


def overlaps(ledger: Ledger, planned: Sequence[Subject]) -> dict[tuple[Entry, Entry], list[str]]:
    """Pairs of entries of one rank that count and can both cover a cell of the plan -> the ids of those cells."""
    found: dict[tuple[Entry, Entry], list[str]] = {}
    for cell in planned:
        entries = ledger.about(cell.scenario)
        if len(entries) < 2:
            continue
        speak = [one for one in entries if one.names(cell) and one not in ledger.expired]
        for index, one in enumerate(speak):
            for other in speak[index + 1 :]:
                if one.rank == other.rank and not one.excludes(other, cell.roles):
                    found.setdefault((one, other), []).append(cell.id)
    return found
