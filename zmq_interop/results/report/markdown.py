"""The report as Markdown, for the summary of a CI step or a comment.

Text from agents and users is always in code spans and code blocks, so that it cannot be markup or a `<script>` tag, and
cannot notify an @name. Source: GitHub Flavored Markdown, "Code spans", "Fenced code blocks" and "Tables".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import known, matrix, summary, versions
from zmq_interop.results.report.groups import Group
from zmq_interop.results.report.reading import Report
from zmq_interop.system.text import plain

SHOWN = 20  # groups that are told in full: a step's summary has at most 1 MiB
NAMED = 20  # cells of a group
LONGEST = 4000  # characters of one block


def render(report: Report) -> str:
    """The text. Its first line says whether the report is complete, and if so, the result of the run."""
    found = report.groups
    red = sum(len(group.cells) for group in found)
    lines = [f"# interop: {_headline(report, red)}", "", str(report.account), ""]
    for told in (report.unlike, report.problems, report.notes):
        lines += [f"- {span(one)}" for one in told]
    for lost in report.lost:
        lines += ["", f"**broken peer** {span(f'{lost.name}: {lost.reason}')}", *block(f"{lost.hint}\n{lost.detail}")]
    for group in found[:SHOWN]:
        lines += ["", *_group(report, group)]
    if len(found) > SHOWN:
        more = sum(len(group.cells) for group in found[SHOWN:])
        lines += ["", f"And {more} more red cells in {len(found) - SHOWN} more groups."]
    lines += ["", *_matrix(report), "", *_legend(report), "", *_versions(report), *_known(report), *_peers(report)]
    return "\n".join(lines) + "\n"


def _headline(report: Report, red: int) -> str:
    if report.incomplete:
        return f"incomplete: {span(report.incomplete)}"
    if red:
        return f"{red} of {len(report.cells)} cells are red"
    return "red" if report.exit_code else "everything as expected"


def _group(report: Report, group: Group) -> Iterator[str]:
    yield f"### {span(summary.title(group))}"
    for cell in group.cells[:NAMED]:
        yield f"- {span(report.repro(cell.id))}"
    if len(group.cells) > NAMED:
        yield f"- and {len(group.cells) - NAMED} more"
    if group.verdict is not Verdict.BROKEN or group.example.operations:
        yield ""
        yield from block("\n".join([group.example.id, *summary.evidence(report, group.example)]))


def _matrix(report: Report) -> Iterator[str]:
    of = matrix.pairs(report.cells)
    rows, columns = sorted({row for row, _ in of}), sorted({column for _, column in of})
    if not rows:
        return
    yield "|".join(["", "", *map(_cell, columns), ""])
    yield "|".join(["", "---", *("--:" for _ in columns), ""])
    for row in rows:
        fields = (matrix.field(of.get((row, column), {})) for column in columns)
        told = (f"{f'**{one.passed}**' if one.red else one.passed} {one.rest}".rstrip() for one in fields)
        yield "|".join(["", _cell(row), *told, ""])


def _versions(report: Report) -> Iterator[str]:
    """A table for each library: a row for cells that change alike, a column for each version."""
    for table in report.versions:
        yield f"### {span(versions.title(table))}"
        yield ""
        if not table.rows:
            continue
        yield "|".join(["", "", *(_cell(str(one)) for one in table.versions), "such as", ""])
        yield "|".join(["", "---", *(":-:" for _ in table.versions), "---", ""])
        for row in table.rows[: 2 * SHOWN]:
            told = [f"**red** {len(row.cells)}" if one is versions.Outcome.RED else str(one) for one in row.outcomes]
            yield "|".join(["", _cell(row.scenario), *told, _cell(row.cells[0]), ""])
        if more := table.rows[2 * SHOWN :]:
            yield ""
            yield f"And {len(more)} more rows: see `summary.json`."
        yield ""


def _legend(report: Report) -> Iterator[str]:
    if told := matrix.legend(report.cells):
        yield "; ".join(told).replace("   ", ", ")


def _known(report: Report) -> Iterator[str]:
    found = known.findings(report.cells, report.peers)
    if not found:
        return
    yield "Known to fail, by finding:"
    yield ""
    yield from (f"- {len(one.cells)} {span(one.reason)}" for one in found[: summary.MOST_KNOWN])
    if more := found[summary.MOST_KNOWN :]:
        yield f"- {sum(len(one.cells) for one in more)} for {len(more)} more: see `report.html`"
    yield ""


def _peers(report: Report) -> Iterator[str]:
    if report.peers:
        yield "Peers:"
        yield ""
    yield from (f"- {span(f'{peer.name} ({peer.runtime}): {summary.versions(peer)}')}" for peer in report.peers)


def span(text: str) -> str:
    """The text as a code span, on one line."""
    shown = plain(text).replace("\n", " ").strip()[:LONGEST] or " "
    fence = "`" * (_longest_run(shown) + 1)
    return f"{fence} {shown} {fence}" if shown.startswith("`") or shown.endswith("`") else f"{fence}{shown}{fence}"


def _cell(text: str) -> str:
    """The text as a code span in a table, where a bar ends it even there."""
    return span(text).replace("|", "\\|")


def block(text: str) -> list[str]:
    """The text as the lines of a code block; none where there is no text."""
    shown = plain(text).strip("\n")
    if not shown:
        return []
    if len(shown) > LONGEST:
        shown = f"{shown[:LONGEST]}\n... (cut)"
    fence = "`" * max(3, _longest_run(shown) + 1)
    return [fence, *shown.splitlines(), fence]


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
