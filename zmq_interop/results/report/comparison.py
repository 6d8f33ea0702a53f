"""Shows the difference between a run with a peer and a run with its variant. Pure."""

from __future__ import annotations

from collections import Counter

import msgspec

from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import difference, summary
from zmq_interop.results.report.difference import Difference
from zmq_interop.results.report.layout import PIPE, Line, Page, rendered
from zmq_interop.results.report.reading import Report


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
