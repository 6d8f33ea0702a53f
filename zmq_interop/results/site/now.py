"""What the site shows as the present: the report of the newest run that played everything, and its history."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import known
from zmq_interop.results.report.groups import Group
from zmq_interop.results.report.known import Finding
from zmq_interop.results.report.page import tree
from zmq_interop.results.report.page.tree import Section
from zmq_interop.results.report.reading import Report
from zmq_interop.results.site import markup
from zmq_interop.results.site.history import History, RunFacts, Span


class Now(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """report: of the newest whole run. history: with that run."""

    report: Report
    history: History

    @functools.cached_property
    def findings(self) -> dict[str, Finding]:
        """What is known to fail, by the name of its page."""
        return {
            markup.slug(f"known-{one.url.rpartition('#')[2] or one.reason}"): one
            for one in known.findings(self.report.cells, self.report.peers)
        }

    @functools.cached_property
    def red(self) -> dict[str, Group]:
        """The groups of red cells, by the name of their page, which stays while their first cell does."""
        return {
            markup.slug(f"red-{one.example.id}-{one.example.kind or one.verdict}"): one for one in self.report.groups
        }

    @functools.cached_property
    def scenarios(self) -> dict[str, list[CellJudged]]:
        """The cells of each scenario."""
        found: dict[str, list[CellJudged]] = defaultdict(list)
        for cell in self.report.cells:
            found[cell.scenario].append(cell)
        return dict(found)

    @functools.cached_property
    def peers(self) -> dict[str, list[CellJudged]]:
        """The cells that each peer has a part in."""
        found: dict[str, list[CellJudged]] = defaultdict(list)
        for cell in self.report.cells:
            for peer in dict.fromkeys(cell.roles.values()):
                found[peer].append(cell)
        return dict(sorted(found.items()))

    @functools.cached_property
    def pages(self) -> dict[str, str]:
        """Cell -> the page of the finding or group that it belongs to."""
        pages = {cell.id: name for name, one in self.findings.items() for cell in one.cells}
        return pages | {cell.id: name for name, one in self.red.items() for cell in one.cells}

    def run(self, span: Span) -> RunFacts:
        """The run in which a span began."""
        return self.history.runs[span.first]

    def section(self, finding: Finding) -> Section | None:
        """What the project's documents say of a finding."""
        return tree.section(finding.url) if finding.url else None


def count(cells: Sequence[CellJudged]) -> Counter[Verdict]:
    """How many cells have which verdict."""
    return Counter(cell.verdict for cell in cells)


def logs_of(runs: Sequence[tuple[Path, RunFacts, int]]) -> list[Path]:
    """The logs of the run to show: the newest that played everything, with all its shards; or else the one with most
    cells, the newest of these. runs: at least one, in order; each with the number of its verdicts."""
    for place in range(len(runs) - 1, -1, -1):
        path, run, _ = runs[place]
        if run.whole:
            return [path]
        if run.shard and (shards := _shards(runs[: place + 1])):
            return shards
    most = max(count for *_, count in runs)
    return [next(path for path, _, count in reversed(runs) if count == most)]


def _shards(runs: Sequence[tuple[Path, RunFacts, int]]) -> list[Path]:
    """The last shards of one plan, if all of them are there."""
    of = runs[-1][1].shard.partition("/")[2]
    found: dict[str, Path] = {}
    for path, run, _ in reversed(runs):
        number, _, whole = run.shard.partition("/")
        if whole != of or number in found:
            break
        found[number] = path
    return [*found.values()] if str(len(found)) == of else []
