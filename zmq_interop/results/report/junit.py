"""The report as JUnit XML: a test case for each cell, a suite for each scenario.

There is no single schema. The output is valid against both schemas in use, that of Jenkins' xunit plug-in
(junit-10.xsd) and Apache Ant's (JUnit.xsd): a test case has at most one of failure, error and skipped and nothing else,
and a suite has all attributes that either requires. A problem that belongs to no cell is an error of the suite `run`,
so that the XML alone never looks green.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import summary
from zmq_interop.results.report.reading import Report
from zmq_interop.system.text import plain

_NEVER = "1970-01-01T00:00:00"


class _Suites:
    """Suites of test cases, in the order in which they are first named."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._started = _started(report)
        self._cases: dict[str, list[Element]] = defaultdict(list)

    def case(self, suite: str, name: str, seconds: float = 0) -> Element:
        """A new test case."""
        one = Element(
            "testcase",
            classname=plain(f"{self._family(suite)}.{suite}"),
            name=plain(name),
            time=f"{max(seconds, 0):.6f}",
        )
        self._cases[suite].append(one)
        return one

    def root(self) -> Element:
        """The whole document."""
        root = Element("testsuites")
        for number, (name, cases) in enumerate(self._cases.items()):
            counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
            suite = SubElement(
                root,
                "testsuite",
                name=plain(name),
                package=plain(self._family(name)),
                id=str(number),
                hostname="localhost",
                timestamp=self._started,
                tests=str(len(cases)),
                failures=str(counts["failure"]),
                errors=str(counts["error"]),
                skipped=str(counts["skipped"]),
                time=f"{sum(float(case.get('time', 0)) for case in cases):.6f}",
            )
            properties = SubElement(suite, "properties")
            for key, value in self._properties() if number == 0 else ():
                SubElement(properties, "property", name=plain(key), value=plain(value))
            suite.extend(cases)
            SubElement(suite, "system-out")
            SubElement(suite, "system-err")
        return root

    def _family(self, scenario: str) -> str:
        text = self._report.scenarios.get(scenario)
        return text.family if text else "interop"

    def _properties(self) -> Iterable[tuple[str, str]]:
        yield "account", str(self._report.account)
        for peer in self._report.peers:
            yield f"peer {peer.name}", f"{peer.runtime}: {summary.versions(peer)}"


def _started(report: Report) -> str:
    """When the first run started, as XML Schema has it, without a zone: UTC."""
    for run in report.runs:
        if run is not None:
            try:
                moment = datetime.datetime.fromisoformat(run.started).astimezone(datetime.UTC)
            except (ValueError, OverflowError):
                continue
            return moment.replace(tzinfo=None).isoformat(timespec="seconds")
    return _NEVER


def render(report: Report) -> str:
    """The document. Its first line says so where the report is incomplete, in a comment."""
    suites = _Suites(report)
    for cell in report.cells:
        _judge(suites.case(cell.scenario, cell.id, cell.seconds), cell, report)
    for id in report.unjudged:
        _add(suites.case(id.partition("/")[0], id), "error", "unjudged", f"no verdict: {report.incomplete}")
    for problem in report.problems:
        _add(suites.case("run", problem), "failure", "problem", problem)
    for incident in report.blameless:
        message = f"{incident.reason}; it {incident.ended}"
        _add(suites.case("run", f"agent {incident.instance}"), "error", "agent", message, incident.stderr)
    if report.incomplete:
        _add(suites.case("run", "the run is complete"), "error", "incomplete", report.incomplete)
    root = suites.root()
    ElementTree.indent(root)
    comment = f"<!-- incomplete: {_comment(report.incomplete)} -->" if report.incomplete else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>{comment}\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _comment(text: str) -> str:
    """As a comment of XML, in which two hyphens would end it."""
    return re.sub("-(?=-)", "- ", plain(text).replace("\n", " "))


def _judge(case: Element, cell: CellJudged, report: Report) -> None:
    """Gives a test case the verdict of its cell."""
    match cell.verdict:
        case Verdict.KNOWN | Verdict.UNSUPPORTED:
            _add(case, "skipped", cell.verdict, f"{cell.verdict}: {cell.reason}")
        case Verdict.FAIL | Verdict.FIXED | Verdict.BROKEN:
            kind = cell.kind or cell.verdict
            message = f"{kind}: expected {cell.expected}, got {cell.got}" if cell.got else cell.reason
            told = [*summary.evidence(report, cell)]
            for instance, text in cell.stderr.items():
                told += [f"stderr of {instance}:", *(f"  {line}" for line in text.splitlines())]
            tag = "error" if cell.verdict is Verdict.BROKEN else "failure"
            _add(case, tag, kind, message, "\n".join(told))


def _add(case: Element, tag: str, kind: str, message: str, text: str = "") -> None:
    SubElement(case, tag, type=plain(kind), message=plain(message)).text = plain(text) or None
