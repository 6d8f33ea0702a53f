"""Changes the text of a ledger: comments, order and every entry that is not meant stay as they are. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from zmq_interop.results.ledger import places
from zmq_interop.results.ledger.entry import Entry
from zmq_interop.results.ledger.findings import Finding
from zmq_interop.results.ledger.ledger import Ledger

_WIDTH = 120


def add(text: str, entry: Entry) -> str:
    """The text with a new entry at its end: cells, kinds, reason and url of `entry`."""
    lines = ["[[failure]]", *_array("cells", entry.cells)]
    lines += [f"kind = {_text(entry.kinds[0])}"] if len(entry.kinds) == 1 else _array("kind", entry.kinds)
    lines.append(f"reason = {_text(entry.reason)}")
    if entry.url:
        lines.append(f"url = {_text(entry.url)}")
    before = text.rstrip("\n")
    return "\n".join([*([before, ""] if before else []), *lines, ""])


def apply(text: str, ledger: Ledger, findings: Collection[Finding]) -> str:
    """The text without what the findings are about: entries deleted, or narrowed to the patterns that they give.

    ledger: what the text says.
    """
    found = places.find(text, len(ledger.entries))
    by_entry = {finding.entry: finding for finding in findings}
    lines = text.split("\n")
    for entry, place in reversed(list(zip(ledger.entries, found, strict=True))):  # from below: lines above stay put
        finding = by_entry.get(entry)
        if finding is None:
            continue
        if finding.cells:
            _narrow(lines, place, finding)
        else:
            _delete(lines, place)
    return "\n".join(lines).rstrip("\n") + "\n"


def _narrow(lines: list[str], place: places.Place, finding: Finding) -> None:
    new = {"cells": _array("cells", finding.cells), "except": _array("except", finding.but) if finding.but else []}
    present = [(place.keys[key], written) for key, written in new.items() if key in place.keys]
    for span, written in sorted(present, key=lambda one: one[0].start, reverse=True):
        lines[span.start : span.end] = written


def _delete(lines: list[str], place: places.Place) -> None:
    end = place.whole.end
    while end < len(lines) and not lines[end].strip():
        end += 1
    del lines[place.whole.start : end]


def _array(key: str, values: Sequence[str]) -> list[str]:
    line = f"{key} = [{', '.join(map(_text, values))}]"
    return [line] if len(line) <= _WIDTH else [f"{key} = [", *(f"    {_text(value)}," for value in values), "]"]


def _text(value: str) -> str:
    """A string as TOML writes it: JSON's, but for the one character that TOML wants escaped too."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
