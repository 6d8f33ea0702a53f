"""Finds the ledger entries that a full run shows to be stale, expired, fixed or too broad. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.ledger import writing
from zmq_interop.results.ledger.entry import Entry
from zmq_interop.results.ledger.fitting import fit
from zmq_interop.results.ledger.ledger import Ledger, overlaps
from zmq_interop.results.ledger.scope import Causes, Scope
from zmq_interop.results.ledger.subject import Every, Subject
from zmq_interop.system.errors import UsageError

_PAIRS = 8  # of overlapping entries that one message names


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one entry. what: for people. scope: the one that it should have; None: delete it."""

    entry: Entry
    what: str
    scope: Scope | None = None

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
            return Finding(entry=entry, what=f"fixed: all {len(passing)} cells that it covers pass")
        what = f"too broad: {len(passing)} of the {len(passing) + len(failing)} cells that it covers pass"
        # A narrowed entry never covers more; it may still cover cells that were not played.
        scenarios = {cell.scenario for cell in failing.values()}
        others = {cell.id: cell for name in scenarios for cell in every.of(name) if not entry.scope.matches(cell)}
        others |= {id: cell for id, cell in passing.items() if id not in failing}
        causes = fit(failing.values(), others.values())
        return Finding(entry=entry, what=what, scope=Causes(when=causes))


def stale(entry: Entry, every: Every) -> Finding | None:
    """Whether it, or a part of it, matches no cell that there is; a default run plays but some of these."""
    among = [cell for name in every if entry.scope.about(name) for cell in every.of(name)]
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


def find(ledger: Ledger, every: Every, evidence: Evidence | None = None) -> list[Finding]:
    """At most one finding for each entry, in order. evidence: of a whole run, if there was one."""
    found: list[Finding | None] = []
    for entry in ledger.entries:
        if entry in ledger.expired:
            found.append(Finding(entry=entry, what=f"expired on {entry.expires}"))
            continue
        gone = stale(entry, every)
        broad = evidence.broad(entry, every) if evidence else None
        found.append(gone if gone and not gone.scope else broad or gone)
    return [one for one in found if one]


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
