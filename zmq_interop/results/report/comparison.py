"""The difference between a run with a peer and a run with its variant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import difference, summary
from zmq_interop.results.report.difference import Difference
from zmq_interop.results.report.layout import PIPE, Line, Page, rendered
from zmq_interop.results.report.reading import Report
from zmq_interop.system.errors import Exit


def compare(before: Report, after: Report) -> Difference:
    """The changes, with `fixed` cells counted as passed: the ledger does not apply to other libraries."""
    return difference.compare(*(msgspec.structs.replace(one, cells=tuple(_cells(one))) for one in (before, after)))


def _cells(report: Report) -> Iterator[CellJudged]:
    for cell in report.cells:
        yield msgspec.structs.replace(cell, verdict=Verdict.PASS) if cell.verdict is Verdict.FIXED else cell


def exit_code(told: Difference) -> Exit:
    """As of the difference; BROKEN where all that is worse is that cells could not be judged."""
    code = told.exit_code
    red = [cell.verdict for group in told.red for cell in group.cells]
    if code is Exit.FAILED and red and not told.gone and set(red) == {Verdict.BROKEN}:
        return Exit.BROKEN
    return code


def lines(told: Difference, name: str, *, colour: bool = False, on: Page = PIPE) -> list[str]:
    """The difference as text, with both versions of the peer on top and what is the same before the last line.

    name: the peer's. on: as of `difference.lines`.
    """
    rest = msgspec.structs.replace(
        told, versions=tuple(one for one in told.versions if not one.startswith(f"{name}: "))
    )
    *found, last = difference.body(rest)
    was = {cell.id: cell.verdict for cell in told.before.cells}
    same = Counter(cell.verdict for cell in told.after.cells if was.get(cell.id) is cell.verdict)
    counts = ", ".join(f"{verdict} {same[verdict]}" for verdict in Verdict if same[verdict])
    whole = [
        Line(f"before   {_version(told.before, name)}", hang=9),
        Line(f"after    {_version(told.after, name)}", hang=9),
        *found,
        Line(f"the same: {same.total()} of {len(told.after.cells)} cells{f' ({counts})' if counts else ''}"),
        last,
    ]
    return [*rendered(whole, on, colour=colour)]


def _version(report: Report, name: str) -> str:
    seen = next((peer for peer in report.peers if peer.name == name), None)
    which = (
        f"{seen.name} ({seen.runtime}): {summary.versions(seen)}" if seen else f"{name}: none of its cells were played"
    )
    return f"{which}; run {report.paths[0].parent.name}"
