"""The report as a badge: an image with two words and a number."""

from __future__ import annotations

from typing import NamedTuple
from xml.sax.saxutils import escape

from zmq_interop.results.report.reading import Report
from zmq_interop.system.errors import Exit

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
    if account.fail or account.fixed:
        return Told(f"{account.fail + account.fixed} failed", "red")
    if account.broken:
        return Told(f"{account.broken} broken", "red")
    if report.exit_code != Exit.OK:
        return Told("red", "red")
    if not account.passed:
        return Told("nothing passed", "red")
    if account.known:
        return Told(f"{account.passed} passed, {account.known} known to fail", "yellow")
    return Told(f"{account.passed} passed", "brightgreen")


def render(report: Report) -> str:
    """The badge as a self-contained SVG."""
    message, colour = told(report)
    left, right = (len(text) * _LETTER + 10 for text in (LABEL, message))
    name = escape(f"{LABEL}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right:g}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>\n"
        f'<rect width="{left:g}" height="20" fill="#444"/>'
        f'<rect x="{left:g}" width="{right:g}" height="20" fill="{_COLOURS[colour]}"/>\n'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">\n'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 10:g}">{LABEL}</text>\n'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 10:g}">{escape(message)}</text>\n'
        "</g></svg>\n"
    )
