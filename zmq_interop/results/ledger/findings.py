"""Finds the ledger entries that a full run shows to be stale, expired, fixed or too broad. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.ledger import writing
from zmq_interop.results.ledger.entry import OURS, Entry
from zmq_interop.results.ledger.fitting import fit
from zmq_interop.results.ledger.ledger import Ledger, overlaps
from zmq_interop.results.ledger.scope import Causes, Scope
from zmq_interop.results.ledger.subject import PEER, PROTO, Every, Subject
from zmq_interop.results.ledger.words import OF_PROGRAM
from zmq_interop.system.errors import UsageError

CONFIG = "--config"  # the option that brings the dialogues of programs
_VALUE = {PROTO: "DIR", PEER: "NAME=PATH", CONFIG: "FILE"}
_PAIRS = 8  # of overlapping entries that one message names


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one entry. what: for people. scope: the one that it should have; None: delete it.

    needs: the options without which nothing can be said of it (`Every.lacks`), so that nothing is known to be wrong.
    """

    entry: Entry
    what: str
    scope: Scope | None = None
    needs: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.scope is None:
            return f"{self.entry.at}: {self.what}; delete that entry: {self.entry}"
        return f"{self.entry.at}: {self.what}; narrow it to {writing.shown(self.scope)}"


class Evidence:
    """Of a run's cells: which failed as their entry says, and which passed though one covers them."""

    def __init__(self) -> None:
        self._failing: dict[Entry, dict[str, Subject]] = {}
        self._passing: dict[Entry, dict[str, Subject]] = {}

    def add(self, cell: Subject, verdict: Verdict, entry: Entry | None) -> None:
        """Takes one cell's final verdict, and the entry that covers it."""
        if entry is not None and verdict is Verdict.KNOWN:
            self._failing.setdefault(entry, {})[cell.id] = cell
        elif entry is not None and verdict is Verdict.FIXED:
            self._passing.setdefault(entry, {})[cell.id] = cell

    def broad(self, entry: Entry, every: Every) -> Finding | None:
        """Whether cells that it covers pass, and the smallest causes that take in those that fail."""
        passing, failing = self._passing.get(entry, {}), self._failing.get(entry, {})
        if not passing:
            return None
        if not failing:
            all_of_them = f"all {len(passing)} cells that it covers pass"
            one = "the only cell that it covers passes"
            return Finding(entry=entry, what=f"fixed: {one if len(passing) == 1 else all_of_them}")
        what = f"too broad: {len(passing)} of the {len(passing) + len(failing)} cells that it covers pass"
        # A narrowed entry never covers more; it may still cover cells that were not played.
        scenarios = {cell.scenario for cell in failing.values()}
        others = {cell.id: cell for name in scenarios for cell in every.of(name) if not entry.scope.matches(cell)}
        others |= {id: cell for id, cell in passing.items() if id not in failing}
        causes = fit(failing.values(), others.values(), entry.kinds)
        return Finding(entry=entry, what=what, scope=Causes(when=causes))


def stale(entry: Entry, every: Every) -> Finding | None:
    """Whether it, or a part of it, matches no cell that there is; a default run plays but some of these."""
    found = _stale(entry, every)
    if found and (named := _programs(entry)) and not named & set(every):
        return Finding(entry=entry, what=f"not looked at: its cells need {CONFIG}", needs=(CONFIG,))
    for needs in _needs(entry, every) if found else ():
        names = {"peers": entry.scope.peers() | {one.who for one in entry.where}} if PEER in needs else {}
        names |= {"messages": entry.scope.messages(), "files": entry.scope.files()} if PROTO in needs else {}
        if _stale(entry, every.with_names(**names)) is None:
            return Finding(entry=entry, what=f"not looked at: its cells need {' and '.join(needs)}", needs=needs)
    return found


def _programs(entry: Entry) -> set[str]:
    """The dialogues of users' programs that it names."""
    match entry.scope:
        case Causes(when=causes):
            names = {name for cause in causes for name in cause.scenarios}
        case scope:
            names = {pattern.partition("/")[0] for pattern in scope.cells}
    return {name for name in names if OF_PROGRAM in name}


def _needs(entry: Entry, every: Every) -> Iterator[tuple[str, ...]]:
    """The options that may bring the cells of an entry, the fewest first.

    The project's own file names no peer from outside, so there such a name is a peer that has gone.
    """
    lacks = [one for one in every.lacks if one != PEER or entry.rank != OURS]
    for count in range(1, len(lacks) + 1):
        yield from itertools.combinations(lacks, count)


def _stale(entry: Entry, every: Every) -> Finding | None:
    about = [name for name in every if entry.scope.about(name)]
    # What is not stale among some of the cells is not stale among all of them, of which there are ten times as many.
    if _gone(entry, [cell for name in about for cell in every.planned(name)]) is None:
        return None
    return _gone(entry, [cell for name in about for cell in every.of(name)])


def _gone(entry: Entry, among: Sequence[Subject]) -> Finding | None:
    gone, left = entry.scope.stale(among)
    if left is None:
        return Finding(entry=entry, what="stale: it matches no cell of a run with --all")
    if not any(map(entry.names, among)):
        who = ", ".join(one.who for one in entry.where)
        what = f"stale: no cell that it matches has a role or a peer with each of these names: {who}"
        return Finding(entry=entry, what=what)
    if gone:
        return Finding(entry=entry, what=f"stale: no cell of a run with --all matches {', '.join(gone)}", scope=left)
    return None


class Found(NamedTuple):
    """problems: at most one for each entry, in order. unseen: a line for the entries that need some option."""

    problems: list[Finding]
    unseen: list[str]


def find(ledger: Ledger, every: Every, evidence: Evidence | None = None) -> Found:
    """What is wrong with the entries, as far as that can be said. evidence: of a whole run, if there was one."""
    problems: list[Finding] = []
    unseen: dict[tuple[str, ...], list[str]] = {}
    for entry in ledger.entries:
        if entry in ledger.expired:
            problems.append(Finding(entry=entry, what=f"expired on {entry.expires}"))
            continue
        gone = stale(entry, every)
        if gone and gone.needs:
            unseen.setdefault(gone.needs, []).append(entry.at)
            gone = None
        broad = evidence.broad(entry, every) if evidence else None
        if told := gone if gone and not gone.scope else broad or gone:
            problems.append(told)
    return Found(problems, [_not_looked_at(needs, places) for needs, places in unseen.items()])


def _not_looked_at(needs: Sequence[str], places: Sequence[str]) -> str:
    whose = "its" if len(places) == 1 else "their"
    options = " and ".join(f"{one} {_VALUE[one]}" for one in needs)
    return f"not looked at: {', '.join(places)}: {whose} cells exist only with {options}"


def overlapping(ledger: Ledger, planned: Sequence[Subject]) -> list[str]:
    """A complaint for each two entries that cover one cell of the plan."""
    return [
        f"{one.at} and {other.at} overlap: both cover {ids[0]}"
        + (f" and {len(ids) - 1} more cells" if len(ids) > 1 else "")
        for (one, other), ids in overlaps(ledger, planned).items()
    ]


def refuse_overlaps(ledger: Ledger, planned: Sequence[Subject]) -> None:
    """Raises UsageError if two entries cover the same planned cell: its verdict would depend on their order."""
    complaints = overlapping(ledger, planned)
    if complaints:
        more = [f"and {len(complaints) - _PAIRS} more pairs"] if len(complaints) > _PAIRS else []
        raise UsageError(
            "\n".join([*complaints[:_PAIRS], *more]),
            "narrow one of them, or make their `where` or `runtime` mutually exclusive (docs/ledger.md)",
        )
