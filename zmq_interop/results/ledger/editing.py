"""Edits the text of a ledger; comments, order and all other entries stay unchanged. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from zmq_interop.results.ledger import places, writing
from zmq_interop.results.ledger.entry import Entry
from zmq_interop.results.ledger.findings import Finding
from zmq_interop.results.ledger.ledger import Ledger
from zmq_interop.results.ledger.scope import Scope, quoted
from zmq_interop.results.ledger.writing import SCOPE


def add(text: str, entry: Entry) -> str:
    """The text with a new entry at its end: scope, kinds, reason and url of `entry`."""
    lines = ["[[failure]]", *(line for key in writing.scope(entry.scope).values() for line in key)]
    lines += [f"kind = {quoted(entry.kinds[0])}"] if len(entry.kinds) == 1 else writing.array("kind", entry.kinds)
    lines.append(f"reason = {quoted(entry.reason)}")
    if entry.url:
        lines.append(f"url = {quoted(entry.url)}")
    before = text.rstrip("\n")
    return "\n".join([*([before, ""] if before else []), *lines, ""])


def apply(text: str, ledger: Ledger, findings: Collection[Finding]) -> str:
    """The text without what the findings are about: entries deleted, or narrowed to the scope that they give.

    ledger: what the text says.
    """
    return rescope(text, ledger, {finding.entry: finding.scope for finding in findings})


def rescope(text: str, ledger: Ledger, scopes: Mapping[Entry, Scope | None]) -> str:
    """The text in which these entries have these scopes; None: without the entry. ledger: what the text says."""
    found = places.find(text, len(ledger.entries))
    lines = text.split("\n")
    for entry, place in reversed(
        list(zip(ledger.entries, found, strict=True))
    ):  # from the end, so that earlier line numbers stay valid
        if entry not in scopes:
            continue
        if (scope := scopes[entry]) is None:
            _delete(lines, place)
        else:
            _put(lines, place, scope)
    return "\n".join(lines).rstrip("\n") + "\n"


def _put(lines: list[str], place: places.Place, scope: Scope) -> None:
    """Puts the keys of the new scope where the first of the old one stood, and takes the others of that out."""
    old = sorted((place.keys[key] for key in SCOPE if key in place.keys), key=lambda span: span.start, reverse=True)
    for span in old[:-1]:
        del lines[span.start : span.end]
    lines[old[-1].start : old[-1].end] = [line for key in writing.scope(scope).values() for line in key]


def _delete(lines: list[str], place: places.Place) -> None:
    end = place.whole.end
    while end < len(lines) and not lines[end].strip():
        end += 1
    del lines[place.whole.start : end]
