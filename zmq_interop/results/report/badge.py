"""The report as a badge: an image with two words and a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report.reading import Report
from zmq_interop.system.errors import Exit
from zmq_interop.system.text import plain

LABEL = "interop"
_COLOURS = {
    "red": "#c0392b",
    "orange": "#c8641a",
    "yellow": "#8a6d00",
    "brightgreen": "#2b7a0b",
}  # white text: 4.5 to 1
_LETTER = 7.0  # how wide a letter is, on an average, in the font's size; the picture stretches the text to fit


class Told(NamedTuple):
    """What the badge says. colour: one of the names that shields.io knows."""

    message: str
    colour: str


def told(report: Report) -> Told:
    """The badge's text: the worst result."""
    account = report.account
    if report.incomplete:
        return Told("incomplete", "orange")
    found = of_counts(
        {
            Verdict.FAIL: account.fail,
            Verdict.FIXED: account.fixed,
            Verdict.BROKEN: account.broken,
            Verdict.PASS: account.passed,
            Verdict.KNOWN: account.known,
        }
    )
    judged = account.fail or account.fixed or account.broken
    return Told("red", "red") if report.exit_code != Exit.OK and not judged else found


def of_counts(found: Mapping[Verdict, int]) -> Told:
    """The badge of so many cells of each verdict, such as those with one peer."""
    failed = found.get(Verdict.FAIL, 0) + found.get(Verdict.FIXED, 0)
    broken, passed, known = (found.get(one, 0) for one in (Verdict.BROKEN, Verdict.PASS, Verdict.KNOWN))
    if failed:
        return Told(f"{failed} failed", "red")
    if broken:
        return Told(f"{broken} broken", "red")
    if not passed:
        return Told("nothing passed", "red")
    if known:
        return Told(f"{passed} passed, {known} known to fail", "yellow")
    return Told(f"{passed} passed", "brightgreen")


def render(report: Report) -> str:
    """The badge as a self-contained SVG."""
    return drawn(LABEL, told(report))


def drawn(label: str, said: Told) -> str:
    """A badge as a self-contained SVG. label: its left half."""
    message, colour = plain(said.message), said.colour
    label = plain(label)
    left, right = (len(text) * _LETTER + 10 for text in (label, message))
    name = escape(f"{label}: {message}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right:g}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>\n"
        f'<rect width="{left:g}" height="20" fill="#444"/>'
        f'<rect x="{left:g}" width="{right:g}" height="20" fill="{_COLOURS[colour]}"/>\n'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">\n'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 10:g}">{escape(label)}</text>\n'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 10:g}">{escape(message)}</text>\n'
        "</g></svg>\n"
    )
