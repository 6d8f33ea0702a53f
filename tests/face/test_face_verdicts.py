"""Each verdict of the harness in pytest's words, and what fails a session beside its cells."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

import pytest

from tests.face.inner import Inner, Tell, ToldEngine, verdicts
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import Incident, PeerLost
from zmq_interop.core.verdicts import Verdict

SIX = (Verdict.PASS, Verdict.FAIL, Verdict.KNOWN, Verdict.FIXED, Verdict.UNSUPPORTED, Verdict.BROKEN)


@pytest.fixture
def six(inner: Inner, told: Tell) -> Inner:
    """A module with eight cells, of which the first six have each verdict once and the others pass."""
    told(verdicts(*SIX))
    inner.module()
    return inner


def test_each_verdict_has_its_outcome(six: Inner) -> None:
    result = six.run()
    result.assert_outcomes(passed=3, failed=2, xfailed=1, skipped=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_failure_speaks_in_the_words_of_the_harness(six: Inner) -> None:
    result = six.run("-rA")
    result.stdout.fnmatch_lines(
        [
            "FAIL push_pull/tcp/c:go: altered",
            "  expected  what was sent",
            "  got       something else",
            "  again     ./interop run push_pull/tcp/c:go --runtime process",
            "*stderr of c-1*",
            "  last words",
            "FIXED push_pull/tcp/go:go*",
            "  reason    why it is fixed",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "pytest_items.py" not in result.stdout.str()


def test_reasons_are_told(six: Inner) -> None:
    six.run("-rsxE").stdout.fnmatch_lines_random(
        ["SKIPPED*test_inner_it.py*: why it is unsupported", "XFAIL*why it is known", "*reason    why it is broken"]
    )


def test_an_account_and_its_event_log_stand_at_the_end(six: Inner) -> None:
    six.run().stdout.fnmatch_lines(
        [
            "*interop: process, push_pull/tcp*",
            "processes, as asked",
            "planned 8 = pass 3 + fail 1 + known 1 + fixed 1 + unsupported 1 + broken 1",
            "event log: */events.jsonl",
        ]
    )


def test_runxfail_shows_what_is_known_as_a_failure(six: Inner) -> None:
    six.run("--runxfail").assert_outcomes(passed=3, failed=3, skipped=1, errors=1)


def test_junitxml_has_a_case_for_each_cell_with_the_time_of_the_cell(six: Inner) -> None:
    six.run("--junitxml=it.xml")
    suite = ElementTree.parse(six.pytester.path / "it.xml").getroot()[0]
    assert {key: suite.attrib[key] for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "2",
        "errors": "1",
        "skipped": "2",
    }
    names = [case.attrib["name"] for case in suite]
    assert names[0] == "test_cell[push_pull/tcp/c:c]"
    assert suite[0].attrib["time"] == "0.250"
    failure = suite[1].find("failure")
    assert failure is not None
    assert "expected  what was sent" in (failure.text or "")


def test_an_account_that_does_not_balance_fails_the_session(inner: Inner, told: Tell) -> None:
    async def play(self: ToldEngine, cells: Sequence[Cell]) -> None:
        for cell in cells[1:]:
            self.judge(cell, Verdict.PASS)

    told(play)
    inner.module()
    result = inner.run()
    result.assert_outcomes(passed=7, errors=1)
    result.stdout.fnmatch_lines(["*without a verdict on this cell*", "*planned 8 = pass 7*does not balance*"])


def test_an_agent_that_no_cell_is_to_blame_for_fails_the_session(inner: Inner, told: Tell) -> None:
    async def play(self: ToldEngine, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self.judge(cell, Verdict.PASS)
        self.emit(Incident(instance="c-1", reason="must exit with 0", ended="exited with 66", cells=[], stderr="leak"))

    told(play)
    inner.module()
    result = inner.run()
    result.assert_outcomes(passed=8)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["agent c-1 failed, but no cell caused it: must exit with 0; it exited with 66"])


def test_a_defect_makes_the_rest_errors_that_say_so(inner: Inner, told: Tell) -> None:
    async def play(self: ToldEngine, cells: Sequence[Cell]) -> None:
        self.judge(cells[0], Verdict.PASS)
        raise RuntimeError("two and two are five")

    told(play)
    inner.module()
    result = inner.run()
    result.assert_outcomes(passed=1, errors=7)
    result.stdout.fnmatch_lines(
        ["push_pull/tcp/c:go was not judged: a bug in the harness*two and two are five", "Traceback*"]
    )


def test_a_run_that_cannot_begin_makes_errors_that_say_why(
    inner: Inner, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(verdicts())
    inner.module('runtime="zeppelin"')
    result = inner.run("-k", "push_pull and c:c and tcp")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*was not judged: --runtime zeppelin: 'zeppelin' is not valid"])


STEERING = "\x1b[2J\x1b]0;title\x07\u202e\r\nplanned 1 = pass 1"


async def steer(self: ToldEngine, cells: Sequence[Cell]) -> None:
    """Says in every place what an agent would like to have on a terminal."""
    self.say(STEERING)
    self.emit(PeerLost(name="c", reason=STEERING, hint=STEERING, detail=STEERING))
    self.emit(Incident(instance="c-1", reason=STEERING, ended=STEERING, cells=[], stderr=STEERING))
    for cell, verdict in zip(cells, (*SIX, *SIX), strict=False):
        self.judge(cell, verdict, text=STEERING)


def test_no_peer_steers_the_terminal_or_passes_for_the_harness(inner: Inner, told: Tell) -> None:
    told(steer)
    inner.module()
    lines = inner.run("-rA", "--junitxml=report.xml").stdout.lines
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line.startswith("planned 1 =")] == []
    assert len([line for line in lines if r"\x1b[2J" in line]) > len(SIX)
    ElementTree.parse(inner.pytester.path / "report.xml")
