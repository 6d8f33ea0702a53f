"""What a whole run tells of the ledger's entries: which are stale, expired, fixed or too broad. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from zmq_interop.core import cell as cells
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.ledger.entry import Entry, Subject
from zmq_interop.results.ledger.fitting import fit
from zmq_interop.results.ledger.ledger import Ledger, overlaps
from zmq_interop.system.errors import UsageError

_PAIRS = 8  # of overlapping entries that one message names


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one entry. what: for people. cells, but: the patterns that it should have; none: delete it."""

    entry: Entry
    what: str
    cells: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.cells:
            return f"{self.entry.at}: {self.what}; delete that entry: {self.entry}"
        but = f", except = {_list(self.but)}" if self.but else ""
        return f"{self.entry.at}: {self.what}; narrow it to cells = {_list(self.cells)}{but}"


class Evidence:
    """Of a run's cells: which failed as their entry says, and which passed though one covers them."""

    def __init__(self) -> None:
        self._failing: dict[Entry, set[str]] = {}
        self._passing: dict[Entry, set[str]] = {}
        self._planned: set[str] = set()

    def add(self, judged: CellJudged, entry: Entry | None) -> None:
        """Takes one cell's verdict in the light of the ledger, and the entry that covers it."""
        self._planned.add(judged.id)
        if entry is not None and judged.verdict is Verdict.KNOWN:
            self._failing.setdefault(entry, set()).add(judged.id)
        elif entry is not None and judged.verdict is Verdict.FIXED:
            self._passing.setdefault(entry, set()).add(judged.id)

    def broad(self, entry: Entry) -> Finding | None:
        """Whether cells that it covers pass, and the fewest patterns for those that fail."""
        passing, failing = self._passing.get(entry, set()), self._failing.get(entry, set())
        if not passing:
            return None
        if not failing:
            return Finding(entry=entry, what=f"fixed: all {len(passing)} cells that it covers pass")
        what = f"too broad: {len(passing)} of the {len(passing) + len(failing)} cells that it covers pass"
        # Narrowed, it covers nothing that it did not; what passed and failed neither is no reason to narrow it.
        others = {id for id in self._planned if id in passing or not entry.matches(id)}
        return Finding(entry=entry, what=what, cells=tuple(fit(failing, others)))


def stale(entry: Entry, planned: Sequence[Subject]) -> Finding | None:
    """Whether it, or one of its patterns, matches no cell of the plan of a whole run."""
    ids = [cell.id for cell in planned]
    matched = tuple(pattern for pattern in entry.cells if any(cells.matches(id, (pattern,)) for id in ids))
    if not any(map(entry.matches, ids)):
        return Finding(entry=entry, what="stale: it matches no cell of a whole run")
    if not any(map(entry.names, planned)):
        who = ", ".join(one.who for one in entry.where)
        return Finding(entry=entry, what=f"stale: no cell that it matches has a role or a peer of each name: {who}")
    if len(matched) < len(entry.cells):
        gone = [pattern for pattern in entry.cells if pattern not in matched]
        what = f"stale: no cell of a whole run matches {_list(gone)}"
        return Finding(entry=entry, what=what, cells=matched, but=entry.but)
    return None


def find(ledger: Ledger, planned: Sequence[Subject], evidence: Evidence | None = None) -> list[Finding]:
    """At most one finding for each entry, in order. planned: of a whole run. evidence: of such a run, if there was."""
    found: list[Finding | None] = []
    by_scenario: dict[str, list[Subject]] = {}
    for cell in planned:
        by_scenario.setdefault(cell.scenario, []).append(cell)
    for entry in ledger.entries:
        if entry in ledger.expired:
            found.append(Finding(entry=entry, what=f"expired on {entry.expires}"))
            continue
        named = [cell for name, some in by_scenario.items() if entry in ledger.about(name) for cell in some]
        gone = stale(entry, named)
        broad = evidence.broad(entry) if evidence else None
        found.append(gone if gone and not gone.cells else broad or gone)
    return [one for one in found if one]


def overlapping(ledger: Ledger, planned: Sequence[Subject]) -> list[str]:
    """A complaint for each two entries that cover one cell of the plan."""
    return [
        f"{one.at} and {other.at} overlap: both cover {ids[0]}"
        + (f" and {len(ids) - 1} more cells" if len(ids) > 1 else "")
        for (one, other), ids in overlaps(ledger, planned).items()
    ]


def refuse_overlaps(ledger: Ledger, planned: Sequence[Subject]) -> None:
    """Raises UsageError where two entries cover one cell of the plan: its verdict would depend on their order."""
    complaints = overlapping(ledger, planned)
    if complaints:
        more = [f"and {len(complaints) - _PAIRS} more pairs"] if len(complaints) > _PAIRS else []
        raise UsageError(
            "\n".join([*complaints[:_PAIRS], *more]),
            "narrow one of the two, or give them `where` or `runtime` that exclude each other (docs/ledger.md)",
        )


def _list(patterns: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{pattern}"' for pattern in patterns) + "]"
