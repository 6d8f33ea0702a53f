"""The report's data in the page: small, and quick to open with any number of cells.

The list and the tables use one JSON value that contains each text once. The details of a cell (operations, stderr) are
deflated, many cells to a chunk, and inflated only when one of them is opened.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from zmq_interop.core.events import CellJudged, Operation, Wire
from zmq_interop.results.report import known, wire_words
from zmq_interop.results.report.page.tree import Section
from zmq_interop.results.report.reading import Report
from zmq_interop.system import home
from zmq_interop.wire import text

FIRST, LAST = 200, 300  # operations to keep per cell; an agent that always answers AGAIN makes 200,000
T = TypeVar("T")
CHUNK = 1 << 18  # bytes before they are deflated: a chunk is read within a few milliseconds


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """What no log has. commit: of the tree, "" for none. texts: a ledger entry's link -> the section that it links
    to."""

    commit: str = ""
    texts: dict[str, Section] = {}


def headline(report: Report) -> str:
    """The result in one line."""
    account = report.account
    bad = [
        _some(account.fail, "cell fails", "cells fail"),
        _some(account.broken, "could not be judged", "could not be judged"),
        _some(account.fixed, "passes against the ledger", "pass against the ledger"),
    ]
    told = ", ".join(one for one in bad if one)
    if not told:
        if report.incomplete:
            told = "nothing has failed so far"
        else:
            told = "Not as expected" if report.exit_code else "Everything as expected"
    return f"Incomplete: {told}" if report.incomplete else told


def state(report: Report) -> str:
    """The headline's colour: "bad" or "good"."""
    return "bad" if report.exit_code or report.incomplete else "good"


def pack(report: Report, tree: Tree | None = None) -> tuple[bytes, list[str]]:
    """The report as JSON, and the chunks: base64 of raw deflate of a JSON list with the details of some cells each."""
    tree = tree or Tree()
    table = _Table()
    cells = [_row(cell, table) for cell in report.cells]
    chunks, firsts = [], []
    for first, chunk in _chunks(report):
        firsts.append(first)
        chunks.append(chunk)
    data = {
        "unjudged": report.unjudged,
        "problems": [*report.unlike, *report.problems],
        "notes": report.notes,
        "interop": home.COMMAND,
        "commit": tree.commit,
        "findings": _findings(report, tree),
        "runs": [_run(report, index) for index in range(len(report.paths))],
        "peers": report.peers,
        "groups": _groups(report),
        "lost": report.lost,
        "incidents": report.blameless,
        "scenarios": report.scenarios,
        "shared": table.values,
        "cells": cells,
        "chunks": firsts,
    }
    return msgspec.json.encode(data), chunks


class _Table:
    """Values that many cells share, each once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[Any, int] = {}

    def place(self, value: str | dict[str, str]) -> int:
        """Where the value stands."""
        key = value if isinstance(value, str) else tuple(value.items())
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def _row(cell: CellJudged, table: _Table) -> list[Any]:
    """The cell as data.js reads it: its id, then places in the table of shared values."""
    shared = (
        cell.scenario,
        cell.transport,
        cell.binder,
        cell.roles,
        cell.values,
        cell.verdict.value,
        cell.kind.value if cell.kind else "",
        cell.expected,
        cell.got,
        cell.reason,
        cell.url,
    )
    return [cell.id, *(table.place(value) for value in shared), round(cell.seconds * 1000, 1)]


def _chunks(report: Report) -> Iterator[tuple[int, str]]:
    """Each chunk with the index of its first cell."""
    first, size = 0, 0
    parts: list[bytes] = []
    for index, cell in enumerate(report.cells):
        part = msgspec.json.encode(_details(cell, report))
        if size + len(part) > CHUNK and parts:
            yield first, _deflated(parts)
            first, size, parts = index, 0, []
        parts.append(part)
        size += len(part)
    if parts:
        yield first, _deflated(parts)


def _details(cell: CellJudged, report: Report) -> dict[str, Any]:
    """What only an opened cell shows. skipped: operations left out after the first ones."""
    kept, skipped = _some_of(cell.operations)
    return {
        "again": report.repro(cell.id),
        "since": report.since(cell.id),
        "alone": cell.alone,
        "instances": cell.instances,
        "operations": [_operation(one) for one in kept],
        "skipped": skipped,
        "stderr": cell.stderr,
        "wire": _wire(cell, report.wires.get(cell.id)),
    }


def _some_of(every: Sequence[T]) -> tuple[Sequence[T], int]:
    """The first and the last ones, and how many are left out between them."""
    skipped = max(0, len(every) - FIRST - LAST)
    return ([*every[:FIRST], *every[-LAST:]] if skipped else every), skipped


def _wire(cell: CellJudged, wire: Wire | None) -> dict[str, Any] | None:
    """What relays saw. told: how the replay went, "" for the play with the verdict. operations: of the same play."""
    if wire is None:
        return None
    transcript = wire.transcript
    kept, skipped = _some_of(text.rows(transcript))
    operations, _ = _some_of(wire.operations if wire.replay else cell.operations)
    return {
        "told": wire_words.replayed(cell, wire) if wire.replay else "",
        "notes": [*(f"not tapped: {reason}" for reason in transcript.untapped), *filter(None, [transcript.failed])],
        "instances": wire.instances if wire.replay else cell.instances,
        "operations": [_operation(one) for one in operations],
        "rows": kept,
        "skipped": skipped,
    }


def _operation(one: Operation) -> list[Any]:
    return [one.at, one.took, one.instance, one.lane, one.call, one.asked, one.answered]


def _deflated(parts: list[bytes]) -> str:
    squeeze = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return base64.b64encode(squeeze.compress(b"[" + b",".join(parts) + b"]") + squeeze.flush()).decode()


def _groups(report: Report) -> list[dict[str, Any]]:
    """The red cells by what they have in common; cells by their index."""
    index = {cell.id: number for number, cell in enumerate(report.cells)}
    return [
        {
            "verdict": group.verdict,
            "how": group.how,
            "sentence": group.sentence,
            "blame": blame.sentence if (blame := report.blames.get(group.example.id)) else "",
            "cells": [index[cell.id] for cell in group.cells],
            "again": report.repro(group.example.id),
        }
        for group in report.groups
    ]


def _findings(report: Report, tree: Tree) -> list[dict[str, Any]]:
    """What is known to fail, by finding; cells by their index."""
    index = {cell.id: number for number, cell in enumerate(report.cells)}
    return [
        {
            "library": one.library,
            "reason": one.reason,
            "url": one.url,
            "section": tree.texts.get(one.url),
            "cells": [index[cell.id] for cell in one.cells],
        }
        for one in known.findings(report.cells, report.peers)
    ]


def _run(report: Report, index: int) -> dict[str, Any]:
    started, ended = report.runs[index], report.ended[index]
    return {
        "path": str(report.paths[index]),
        "started": started,
        "seconds": ended.seconds if ended else None,
    }


def _some(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else ""
