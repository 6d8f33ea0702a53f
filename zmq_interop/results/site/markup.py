"""Pieces of HTML. Whatever comes from a log goes through `text`: it is shown, and never markup."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import re
import string
import zlib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from urllib.parse import quote

from zmq_interop.core.verdicts import RED, Verdict
from zmq_interop.results.report import matrix
from zmq_interop.results.report.matrix import Pairs
from zmq_interop.results.site.history import RunFacts, Span
from zmq_interop.system.text import plain

SHOWN_RUNS = 200  # the newest, in a timeline
_DARK = re.compile(r':root\[data-theme="dark"\] (\{[^}]*\})')
_SIGNS = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✕",
    Verdict.BROKEN: "!",
    Verdict.FIXED: "↑",
    Verdict.KNOWN: "≈",
    Verdict.UNSUPPORTED: "\N{EN DASH}",
}


def text(words: object) -> str:
    """Words as they are shown: no markup, and what cannot be seen as an escape."""
    return html.escape(plain(str(words)))


def slug(words: str) -> str:
    """The name of a file for words of a log: letters that every file system takes, and a sum where others were."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", words)[:80].strip(".-")
    return safe if safe == words else f"{safe}-{zlib.crc32(words.encode(errors='replace')):08x}"


def link(target: str, words: object, anchor: str = "") -> str:
    """A link to a page of the site. target: relative to the page. anchor: the id of an element there."""
    there = quote(target) + (f"#{quote(anchor, safe='/:=@+,')}" if anchor else "")
    return f'<a href="{html.escape(there)}">{text(words)}</a>'


def state(verdict: Verdict, words: object) -> str:
    """A verdict with its sign, so that no meaning hangs on a colour."""
    return f'<span class="state {verdict}">{_SIGNS[verdict]} {text(words)}</span>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """A table of cells that are markup already. numbers: the columns that are on the right."""
    right = set(numbers)

    def cells(tag: str, row: Sequence[str]) -> str:
        classes = (' class="number"' if column in right else "" for column in range(len(row)))
        return "".join(f"<{tag}{its}>{one}</{tag}>" for its, one in zip(classes, row, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>\n" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells("th", heads)}</tr></thead><tbody>\n{body}</tbody></table></div>'


def counts(found: Mapping[Verdict, int]) -> str:
    """How many cells of each verdict, the red ones first."""
    order = (*RED, Verdict.PASS, Verdict.KNOWN, Verdict.UNSUPPORTED)
    return " ".join(state(one, f"{found[one]} {one}") for one in order if found.get(one))


def pairs(of: Pairs, up: str) -> str:
    """The matrix of peers. up: the way to the folder of the site."""
    rows = sorted({row for row, _ in of})
    columns = sorted({column for _, column in of})
    if not rows:
        return "<p>No cell was judged.</p>"

    def name(peer: str) -> str:
        return link(f"{up}library/{slug(peer)}.html", peer)

    def field(row: str, column: str) -> str:
        one = matrix.field(of.get((row, column), {}))
        red = ' class="red"' if one.red else ""
        rest = f"<small>{text(one.rest)}</small>" if one.rest else ""
        return f"<td{red}>{text(one.passed)}{rest}</td>"

    head = "".join(f'<th scope="col">{name(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{name(row)}</th>{"".join(field(row, column) for column in columns)}</tr>\n'
        for row in rows
    )
    legend = "N pass, !N fail, fixed or broken, Nk known, Nu unsupported, . no cell. Rows: the peer in the first role."
    shown = f'<table class="matrix"><thead><tr><td></td>{head}</tr></thead><tbody>\n{body}</tbody></table>'
    return f'<div class="wide">{shown}</div><p class="note">{legend}</p>'


def timeline(spans: Sequence[Span], runs: int) -> str:
    """The states of a cell as a strip, one unit for each run, the newest at the right."""
    first = max(0, runs - SHOWN_RUNS)
    ends = [*(one.first for one in spans[1:]), *(one.last + 1 for one in spans[-1:])]
    parts = []
    for span, end in zip(spans, ends, strict=True):
        if end > first:
            begin = max(span.first, first)
            parts.append(f'<rect class="{span.state.verdict}" x="{begin - first}" width="{end - begin}" height="1"/>')
    return (
        f'<svg class="time" viewBox="0 0 {max(1, runs - first)} 1" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def when(run: RunFacts) -> str:
    """A run for people: its day and time."""
    return text(run.started[:16].replace("T", " "))


@functools.cache
def _style() -> tuple[str, str]:
    """The style of all pages, and its hash for their policy. Colours follow the system's."""
    here = resources.files("zmq_interop.results")
    base = (here / "report/page/base.css").read_text(encoding="utf-8")
    base = _DARK.sub(r"@media (prefers-color-scheme: dark) { :root \1 }", base)
    style = base + (here / "site/site.css").read_text(encoding="utf-8")
    return style, f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"


@functools.cache
def _template() -> string.Template:
    return string.Template((resources.files("zmq_interop.results") / "site/page.html").read_text(encoding="utf-8"))


def page(heading: str, body: str, *, lead: str = "", state: str = "", up: str = "", footer: str = "") -> str:
    """A whole page. heading: words. lead, body, footer: markup. state: "good", "bad" or "". up: as for `pairs`."""
    style, style_hash = _style()
    return _template().substitute(
        title=text(f"{heading} - interop"),
        heading=text(heading),
        state=state,
        lead=lead,
        body=body,
        up=up,
        footer=footer,
        style=style,
        style_hash=style_hash,
    )
