"""Groups the known failures of a report by finding. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from zmq_interop.core.events import CellJudged, PeerSeen
from zmq_interop.core.verdicts import Verdict


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Known failures with the same description.

    url: that place, as the ledger has it; "" for none. reason: what its entry says, or the one with the most cells.
    library: the one that the reason speaks of, "" where that is none of a peer's. cells: in the order of the plan.
    """

    url: str
    reason: str
    library: str
    cells: tuple[CellJudged, ...]


def findings(cells: Iterable[CellJudged], peers: Sequence[PeerSeen]) -> list[Finding]:
    """All known cells in findings, the largest first. peers: who played, with their libraries."""
    of: dict[str, list[CellJudged]] = {}
    for cell in cells:
        if cell.verdict is Verdict.KNOWN:
            of.setdefault(cell.url or cell.reason, []).append(cell)
    names = sorted({name for peer in peers for name in peer.libraries})
    found = []
    for members in of.values():
        reason = Counter(cell.reason for cell in members).most_common(1)[0][0]
        found.append(Finding(url=members[0].url, reason=reason, library=_library(reason, names), cells=tuple(members)))
    return sorted(found, key=lambda one: -len(one.cells))


def _library(reason: str, names: Iterable[str]) -> str:
    """The library that is named first, by its longest name: "protobuf-c", not "protobuf"; without a host before it."""
    short = (name.partition("/")[2] if "." in name.partition("/")[0] else name for name in names)
    there = [(reason.find(name), -len(name), name) for name in short if name and name in reason]
    return min(there)[2] if there else ""
