"""The report as CTRF JSON, the Common Test Report Format: a test for each cell.

Source: the specification at https://ctrf.io, version 0.1.0, and its schema (schema/ctrf.schema.json), which allows no
other keys than its own; ours are in `extra`. Whatever makes JUnit red makes this red: problems of the whole run are
tests of the suite `run`, and what could not be judged has failed. `rawStatus` is the verdict itself.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from zmq_interop import __version__
from zmq_interop.core.events import CellJudged, RunStarted
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import summary
from zmq_interop.results.report.reading import Report
from zmq_interop.system.text import plain

SPECIFICATION = "0.1.0"
_STATUS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.FIXED: "failed",
    Verdict.BROKEN: "failed",
    Verdict.KNOWN: "skipped",
    Verdict.UNSUPPORTED: "skipped",
}
_STATUSES = ("passed", "failed", "skipped", "pending", "other")


def render(report: Report) -> str:
    """The document."""
    tests = [*_cells(report), *_unjudged(report), *_of_the_run(report)]
    counts = Counter(test["status"] for test in tests)
    start = min((_milliseconds(run) for run in report.runs if run is not None), default=0)
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "generatedBy": f"zmq-interop {__version__}",
        "results": {
            "tool": {"name": "zmq-interop", "version": _harness(report.runs)},
            "summary": {
                "tests": len(tests),
                **{status: counts[status] for status in _STATUSES},
                "suites": len({(*test["suite"],) for test in tests}),
                "start": start,
                "stop": start + round(1000 * report.seconds),
                "duration": round(1000 * report.seconds),
                "extra": {"account": str(report.account), "incomplete": plain(report.incomplete)},
            },
            "tests": tests,
            "environment": {"extra": {"peers": {peer.name: summary.versions(peer) for peer in report.peers}}},
        },
    }
    return msgspec.json.format(msgspec.json.encode(_plain(document)), indent=1).decode() + "\n"


def _harness(runs: Iterable[RunStarted | None]) -> str:
    return next((run.harness for run in runs if run is not None), __version__)


def _cells(report: Report) -> Iterator[dict[str, Any]]:
    for cell in report.cells:
        run = report.runs[report.source[cell.id]]
        start = _milliseconds(run) + round(1000 * cell.at)
        text = report.scenarios.get(cell.scenario)
        yield {
            "name": cell.id,
            "status": _STATUS[cell.verdict],
            "rawStatus": str(cell.verdict),
            "duration": (duration := max(0, round(1000 * cell.seconds))),
            "start": start,
            "stop": start + duration,
            "suite": [text.family if text else "interop", cell.scenario],
            "type": "integration",
            "parameters": {"transport": cell.transport, "binder": cell.binder, **cell.values, **cell.roles},
            **_told(report, cell),
        }


def _told(report: Report, cell: CellJudged) -> dict[str, Any]:
    """What a cell that did not simply pass has beside that."""
    if cell.verdict is Verdict.PASS:
        return {}
    kind = f"{cell.kind}: " if cell.kind else ""
    told: dict[str, Any] = {
        "message": f"{kind}expected {cell.expected}, got {cell.got}" if cell.got else f"{kind}{cell.reason}"
    }
    if _STATUS[cell.verdict] == "failed":
        told["trace"] = "\n".join(summary.evidence(report, cell))
        if cell.stderr:
            told["stderr"] = [f"{name}: {line}" for name, text in cell.stderr.items() for line in text.splitlines()]
    blame = report.blames.get(cell.id)
    extra = {
        "kind": str(cell.kind or ""),
        "blamed": [*blame.peers] if blame else [],
        "again": report.repro(cell.id),
        "entry": cell.entry,
        "url": cell.url,
    }
    return told | {"extra": {key: value for key, value in extra.items() if value}}


def _unjudged(report: Report) -> Iterator[dict[str, Any]]:
    for id in report.unjudged:
        yield _failed(["interop", id.partition("/")[0]], id, "unjudged", f"no verdict: {report.incomplete}")


def _of_the_run(report: Report) -> Iterator[dict[str, Any]]:
    for problem in report.problems:
        yield _failed(["run"], problem, "problem", problem)
    for incident in report.blameless:
        said = f"{incident.reason}; it {incident.ended}"
        yield _failed(["run"], f"agent {incident.instance}", "agent", said, incident.stderr)
    if report.incomplete:
        yield _failed(["run"], "the run is complete", "incomplete", report.incomplete)


def _failed(suite: list[str], name: str, raw: str, message: str, trace: str = "") -> dict[str, Any]:
    one = {"name": name, "status": "failed", "rawStatus": raw, "duration": 0, "suite": suite, "message": message}
    return one | ({"trace": trace} if trace else {})


def _milliseconds(run: RunStarted | None) -> int:
    """When the run started, since 1970; 0 if that is not known."""
    try:
        return max(0, round(1000 * datetime.datetime.fromisoformat(run.started).timestamp())) if run else 0
    except (ValueError, OverflowError, OSError):
        return 0


def _plain(value: Any) -> Any:
    """The same with all texts of others made plain."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
