"""Progress: no rate and no estimate before there is something to tell them from, and then by what cells cost."""

from __future__ import annotations

import itertools

import pytest

from tests.unit import logs
from tests.unit.logs import cell, seen
from zmq_interop.core.events import Incident, Planned
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.costs import Costs
from zmq_interop.results.report.pace import FEWEST, LEAST, WINDOW, WORK, Pace, duration
from zmq_interop.results.report.terminal import EVERY, Terminal

COSTS = Costs(unknown={"quick": 10, "slow": 10, "own": 10}, scenarios={"cheap": 10, "dear": 100}, known={})


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_told_before_enough_cells_have_been_played_for_long_enough() -> None:
    pace = Pace([f"cheap/{number}" for number in range(100)], COSTS)
    assert pace.rate(0) is None
    pace.judged(cell("cheap/tcp/a:b", Verdict.UNSUPPORTED, operations=[]), 0)
    assert pace.to_go(0) is None
    for _ in range(FEWEST + 1):
        pace.judged(cell("cheap/tcp/a:b"), 500)
    assert pace.playing
    assert pace.rate(500 + LEAST / 2) is None
    assert pace.rate(500 + LEAST) == FEWEST / LEAST


def test_the_rate_is_that_of_the_last_seconds() -> None:
    pace = Pace(["cheap/x"] * 1000, COSTS)
    for tenth in range(1000):
        pace.judged(cell("cheap/tcp/a:b"), tenth / 10)
    assert pace.rate(99.9) == pytest.approx(10, rel=0.02)
    assert pace.rate(99.9 + WINDOW / 2) == pytest.approx(5, rel=0.05)
    assert pace.rate(99.9 + 10 * WINDOW) == pytest.approx(0)


def test_what_is_left_is_estimated_by_what_its_scenarios_cost() -> None:
    pace = Pace(["cheap/x"] * 101 + ["dear/x"] * 20, COSTS)
    for tenth in range(101):
        pace.judged(cell("cheap/tcp/a:b"), tenth / 10)
    left = 20 * (100 + WORK)
    assert pace.to_go(10) == pytest.approx(left * 10 / (100 * (10 + WORK)))


def test_the_estimate_does_not_follow_the_rate_of_one_scenario() -> None:
    """A stretch of slow cells in the middle: the rate drops to a tenth, and the expected end stays where it is."""
    recorded = Costs(unknown=COSTS.unknown, scenarios={"cheap": 50, "dear": 10 * (50 + WORK) - WORK}, known={})
    stretches = [("cheap", 0.05, 400), ("dear", 0.5, 20), ("cheap", 0.05, 400)]
    pace = Pace([f"{name}/x" for name, _, count in stretches for _ in range(count)], recorded)
    now, ends = 0.0, []
    for name, seconds, count in stretches:
        for _ in range(count):
            now += seconds
            pace.judged(cell(f"{name}/tcp/a:b"), now)
            if (to_go := pace.to_go(now)) is not None:
                ends.append(now + to_go)
    assert ends == pytest.approx([now] * len(ends), abs=0.1)


def test_the_estimate_changes_gradually_and_then_is_that_of_the_new_rate() -> None:
    pace = Pace(["cheap/x"] * 1000, COSTS)
    now = 0.0
    for _ in range(301):
        now += 0.1
        pace.judged(cell("cheap/tcp/a:b"), now)
        before = pace.to_go(now)
    assert before is not None
    assert before == pytest.approx(69.9)
    ends = [now + before]
    for _ in range(600):  # from here on, every cell takes three times as long
        now += 0.3
        pace.judged(cell("cheap/tcp/a:b"), now)
        to_go = pace.to_go(now)
        assert to_go is not None
        ends.append(now + to_go)
    assert all(later - end < 1 for end, later in itertools.pairwise(ends)), "it jumps"
    assert all(later > end for end, later in itertools.pairwise(ends)), "it goes to and fro"
    assert to_go == pytest.approx(99 * now / 900, rel=0.2)


def test_to_ask_again_at_once_changes_nothing() -> None:
    pace = Pace(["cheap/x"] * 100, COSTS)
    for second in range(20):
        pace.judged(cell("cheap/tcp/a:b"), second)
    assert pace.to_go(19) == pace.to_go(19)


def test_cells_that_are_played_again_are_told_by_their_number_and_not_estimated() -> None:
    clock = Clock()
    report = Terminal(clock)
    ids = [f"cheap/tcp/{number}/a:b" for number in range(60)]
    report(logs.STARTED)
    report(Planned(cells=ids))
    report(Incident(instance="a-3", reason="a-3 hung", ended="killed by SIGKILL", cells=ids[40:]))
    for id in ids[:30]:
        clock.now += 0.5
        report(cell(id))
    assert report.status() == "30 of 60 cells, 0 red, 2.0 cells/s, about 5 s to go, then 20 cells again"
    for id in ids[30:40]:
        report(cell(id))
    assert report.status() == "40 of 60 cells, 0 red, 3.0 cells/s, 20 cells again"
    for id in ids[40:]:
        report(cell(id))
    assert report.status() == "60 of 60 cells, 0 red"


def test_an_agent_that_took_one_cell_along_leaves_nothing_to_be_played_again() -> None:
    report = Terminal(Clock())
    report(Planned(cells=["cheap/tcp/a:b", "cheap/tcp/b:a"]))
    report(cell("cheap/tcp/b:a"))
    report(Incident(instance="a-1", reason="died", ended="exited with 3", cells=["cheap/tcp/a:b"]))
    assert "again" not in report.status()


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0 s"), (59, "59 s"), (80, "1 min 20 s"), (3900, "1 h 05 min")], ids=str
)
def test_a_duration_is_told_as_people_say_it(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_a_run_builds_first_and_then_counts_and_says_no_rate_too_early(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    report = Terminal(clock)
    report(logs.STARTED)
    report(Planned(cells=["push_pull/tcp/a:b"] * 50))
    report(cell(verdict=Verdict.UNSUPPORTED, operations=[]))
    assert report.status() == "building and starting peers: 0 of 2 ready"
    clock.now += 2 * EVERY
    report(seen("a"))
    report(cell())
    assert report.status() == "2 of 50 cells, 0 red"
    for _ in range(20):
        clock.now += 0.5
        report(cell(verdict=Verdict.FAIL))
    assert report.status().startswith("22 of 50 cells, 20 red, 2.0 cells/s, about ")
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "building and starting peers: 1 of 2 ready"
    assert told[1].startswith("13 of 50 cells, 11 red, 2.0 cells/s, about ")
    for _ in range(28):
        report(cell())
    assert report.status() == "50 of 50 cells, 20 red"


def test_no_time_to_go_is_told_while_a_peer_is_still_being_built() -> None:
    """How long a build takes is recorded nowhere, and the cells that can be played meanwhile say nothing of it."""
    clock = Clock()
    report = Terminal(clock)
    report(logs.STARTED)
    report(Planned(cells=["push_pull/tcp/a:a"] * 50 + ["push_pull/tcp/b:b", "push_pull/tcp/c:c"]))
    report(cell("push_pull/tcp/c:c", Verdict.UNSUPPORTED, operations=[]))
    for _ in range(21):
        clock.now += 0.5
        report(cell("push_pull/tcp/a:a"))
    assert report.status() == "22 of 52 cells, 0 red, 2.0 cells/s, still building and starting b"
    report(seen("b"))
    assert ", about " in report.status()
