"""CTRF: the keys and types of its schema and no others, the cells of the report, and nothing red that looks green."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from tests.unit import logs
from tests.unit.logs import HOSTILE, cell, failed
from zmq_interop.core.events import Incident
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import ctrf
from zmq_interop.results.report.reading import Report, read_logs

Text = str
Name = msgspec.Meta(min_length=1)
Extra = dict[str, Any]


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Tool(_Strict):
    """As the schema has it; so are the others."""

    name: str
    version: str | msgspec.UnsetType = msgspec.UNSET
    extra: Extra | msgspec.UnsetType = msgspec.UNSET


class Summary(_Strict):
    tests: int
    passed: int
    failed: int
    skipped: int
    pending: int
    other: int
    start: int
    stop: int
    flaky: int | msgspec.UnsetType = msgspec.UNSET
    suites: int | msgspec.UnsetType = msgspec.UNSET
    duration: int | msgspec.UnsetType = msgspec.UNSET
    extra: Extra | msgspec.UnsetType = msgspec.UNSET


class Test(_Strict):
    __test__ = False

    name: str
    status: Literal["passed", "failed", "skipped", "pending", "other"]
    duration: int
    start: int | msgspec.UnsetType = msgspec.UNSET
    stop: int | msgspec.UnsetType = msgspec.UNSET
    suite: list[str] | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
    trace: str | msgspec.UnsetType = msgspec.UNSET
    rawStatus: str | msgspec.UnsetType = msgspec.UNSET  # noqa: N815 (the schema's)
    type: str | msgspec.UnsetType = msgspec.UNSET
    stderr: list[str] | msgspec.UnsetType = msgspec.UNSET
    parameters: Extra | msgspec.UnsetType = msgspec.UNSET
    extra: Extra | msgspec.UnsetType = msgspec.UNSET


class Environment(_Strict):
    extra: Extra | msgspec.UnsetType = msgspec.UNSET


class Results(_Strict):
    tool: Tool
    summary: Summary
    tests: list[Test]
    environment: Environment | msgspec.UnsetType = msgspec.UNSET


class Document(_Strict):
    reportFormat: Literal["CTRF"]  # noqa: N815 (the schema's)
    specVersion: Literal["0.1.0"]  # noqa: N815
    results: Results
    generatedBy: str | msgspec.UnsetType = msgspec.UNSET  # noqa: N815


def read(report: Report) -> Results:
    """What a reader gets, checked: the counts are those of the tests."""
    found = msgspec.json.decode(ctrf.render(report), type=Document).results
    told = found.summary
    assert all(test.name and test.suite for test in found.tests)
    assert told.tests == len(found.tests) == told.passed + told.failed + told.skipped + told.pending + told.other
    for status in ("passed", "failed", "skipped", "pending", "other"):
        assert getattr(told, status) == sum(test.status == status for test in found.tests), status
    return found


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """A report with a cell of each verdict."""
    return logs.report(
        tmp_path,
        logs.seen("a"),
        cell("push_pull/tcp/a:b", at=1.5, seconds=0.25),
        failed("push_pull/ipc/a:b", stderr={"a-1": "oops\nmore\n"}),
        cell("pair/tcp/a:b", Verdict.KNOWN, kind=Kind.LOST, reason="upstream #1", entry="known-failures.toml:7"),
        cell("pair/ipc/a:b", Verdict.UNSUPPORTED, reason="b does not claim ipc"),
        cell("pair/ipc/b:b", Verdict.FIXED, kind=Kind.LOST, reason="it passed"),
        cell("pair/tcp/b:b", Verdict.BROKEN, reason="b: no compiler", operations=[]),
    )


def test_each_cell_is_a_test_with_its_verdict(report: Report) -> None:
    found = read(report)
    assert {test.name: (test.status, test.rawStatus) for test in found.tests} == {
        "push_pull/tcp/a:b": ("passed", "pass"),
        "push_pull/ipc/a:b": ("failed", "fail"),
        "pair/tcp/a:b": ("skipped", "known"),
        "pair/ipc/a:b": ("skipped", "unsupported"),
        "pair/ipc/b:b": ("failed", "fixed"),
        "pair/tcp/b:b": ("failed", "broken"),
    }
    assert found.environment == Environment(extra={"peers": {"a": "C 17, libzmq 4.3.5"}})


def test_times_are_whole_milliseconds_since_1970(report: Report) -> None:
    found = read(report)
    one = found.tests[0]
    assert (found.summary.start, found.summary.duration) == (1_767_225_600_000, 1500)
    assert (one.start, one.stop, one.duration) == (1_767_225_601_500, 1_767_225_601_750, 250)


def test_a_failure_tells_what_and_how_to_play_it_again(report: Report) -> None:
    test = next(one for one in read(report).tests if one.rawStatus == "fail")
    assert test.message == 'lost: expected ["one"], got nothing'
    assert isinstance(test.trace, str)
    assert "again     ./interop run push_pull/ipc/a:b" in test.trace
    assert test.stderr == ["a-1: oops", "a-1: more"]
    assert test.suite == ["exchange", "push_pull"]
    assert test.parameters == {"transport": "ipc", "binder": "one", "one": "a", "other": "b"}
    assert isinstance(test.extra, dict)
    assert test.extra["again"] == "./interop run push_pull/ipc/a:b"


def test_what_fails_the_run_beside_its_cells_is_red_here_too(tmp_path: Path) -> None:
    incident = Incident(instance="a-1", reason="it died", ended="was killed", cells=[], stderr="panic\n")
    cells = [cell("push_pull/tcp/a:b")]
    end = logs.ended(cells, problems=["an entry is stale"], exit_code=1)
    found = read(logs.report(tmp_path, *cells, incident, end=end))
    assert [(test.suite, test.rawStatus) for test in found.tests if test.status == "failed"] == [
        (["run"], "problem"),
        (["run"], "agent"),
    ]


def test_a_cell_without_a_verdict_has_failed(tmp_path: Path) -> None:
    cells = [cell("push_pull/tcp/a:b")]
    path = logs.write(tmp_path / "events.jsonl", [logs.STARTED, logs.planned(cells, "pair/tcp/a:b"), *cells])
    found = read(read_logs([path]))
    assert [(test.name, test.rawStatus) for test in found.tests if test.status == "failed"] == [
        ("pair/tcp/a:b", "unjudged"),
        ("the run is complete", "incomplete"),
    ]


def test_nothing_escapes(tmp_path: Path) -> None:
    report = logs.hostile(tmp_path)
    text = ctrf.render(report)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert HOSTILE not in text
    assert read(report).summary.start == 0
