"""A report on a terminal: failures first, the account last, and nothing that a peer says steers the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit import logs
from tests.unit.logs import HOSTILE, cell, failed
from zmq_interop.core.events import Incident, PeerLost
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report.layout import Page
from zmq_interop.results.report.reading import read_logs
from zmq_interop.results.report.summary import LAST, MOST_KNOWN, NAMED, SHOWN, TITLES, lines, opening

LAST_SCREEN = 24  # lines of a terminal
Told = Callable[..., list[str]]


@pytest.fixture
def summary(tmp_path: Path) -> Told:
    """The summary of a run of these events, line by line."""
    return lambda *events: lines(logs.report(tmp_path, *events))


def test_the_account_is_the_last_line(summary: Told) -> None:
    told = summary(cell(), failed("pair/tcp/a:b"))
    assert told[-1] == "planned 2 = pass 1 + fail 1 + known 0 + fixed 0 + unsupported 0 + broken 0"


def test_a_failure_alone_comes_first_with_all_that_is_known_about_it(summary: Told, tmp_path: Path) -> None:
    told = summary(logs.seen("a"), logs.seen("b", libraries={"libzmq": "4.3.4", "protobuf-c": "1.4.1"}), failed())
    assert told[1:10] == [
        "FAIL push_pull/tcp/a:b: lost",
        "  blame     a or b: no cell that was played tells which",
        "  to tell   ./interop run push_pull/tcp/a:a push_pull/tcp/b:b",
        '  expected  ["one"]',
        "  got       nothing",
        "  one       a (process): C 17, libzmq 4.3.5",
        "  other     b (process): C 17, libzmq 4.3.4, protobuf-c 1.4.1",
        f"  log       {tmp_path}/cells/push_pull__tcp__a_b.log",
        "  again     ./interop run push_pull/tcp/a:b",
    ]


def test_a_cells_own_log_is_not_named_where_only_the_event_log_was_copied(tmp_path: Path) -> None:
    told = lines(read_logs([logs.write(tmp_path / "events.jsonl", logs.whole(failed()))]))
    assert "  again     ./interop run push_pull/tcp/a:b" in told
    assert not [one for one in told if one.startswith("  log ")]


def test_failures_with_something_in_common_are_told_once_with_an_example(summary: Told) -> None:
    good = [cell(f"{scenario}/tcp/b:{peer}") for scenario in ("push_pull", "pair") for peer in "abc"]
    bad = [failed(f"{scenario}/tcp/a:{peer}") for scenario in ("push_pull", "pair") for peer in "abcdefgh"]
    told = summary(*good, *bad)
    assert told[1:4] == [
        "FAIL every cell with a as PUSH: 16 (lost)",
        "  cells     push_pull/tcp/a:a",
        "            push_pull/tcp/a:b",
    ]
    assert told[2 + NAMED] == f"            and {16 - NAMED} more"
    assert "  again     ./interop run push_pull/tcp/a:a" in told


def test_the_last_screen_names_red_cells_and_how_to_play_them_again(summary: Told) -> None:
    known = [cell(f"pair/tcp/x{n}:b", Verdict.KNOWN, reason=f"reason {n}") for n in range(30)]
    few = [failed(), failed("pair/ipc/b:a", kind=Kind.HUNG), cell("x/tcp/a:a", Verdict.BROKEN, reason="why")]
    screen = summary(*known, *few, cell("pair/tcp/a:a"))[-LAST_SCREEN:]
    at = screen.index("red: 3 of 34 cells; to play one again:")
    assert screen[at + 1 : at + 4] == [
        "  lost          ./interop run push_pull/tcp/a:b",
        "  hung          ./interop run pair/ipc/b:a",
        "  broken        ./interop run x/tcp/a:a",
    ]


def test_the_last_screen_names_groups_where_there_are_many_red_cells(summary: Told) -> None:
    bad = [failed(f"push_pull/tcp/a:{n}") for n in range(LAST + 1)]
    told = summary(*bad, cell("pair/tcp/b:a"))
    at = told.index(f"red: {LAST + 1} of {LAST + 2} cells; to play one again:")
    assert told[at + 1 : at + 3] == ["FAIL every cell with a as PUSH: 9 (lost)", "  ./interop run push_pull/tcp/a:0"]


def test_a_log_that_was_cut_is_incomplete_in_the_first_line(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "events.jsonl", [logs.STARTED, logs.planned([], "pair/tcp/a:b")])
    told = lines(read_logs([path]))
    assert told[0] == "incomplete: the log has no end: the run was cut short; 1 of 1 planned cells have no verdict"
    path.write_bytes(b"")
    assert lines(read_logs([path]))[0].startswith("incomplete: ")


def test_an_interrupted_run_says_why_and_what_was_not_played(tmp_path: Path) -> None:
    end = logs.ended([cell()], interrupted="interrupted by SIGINT", unplayed=1, exit_code=2)
    path = logs.write(tmp_path / "log", [logs.STARTED, logs.planned([cell()], "pair/tcp/a:b"), cell(), end])
    told = lines(read_logs([path]))
    assert told[0] == "incomplete: interrupted by SIGINT; 1 of 2 planned cells were not played"
    assert told[0] in told[-LAST_SCREEN:]


def test_failures_come_before_broken_peers_and_those_before_the_matrix(summary: Told) -> None:
    text = "\n".join(
        summary(
            cell(verdict=Verdict.BROKEN, reason="b: no compiler", operations=[]),
            PeerLost(name="b", reason="no compiler", hint="apt-get install gcc", detail="cc: not found"),
            failed("pair/tcp/a:a"),
        )
    )
    order = ("FAIL pair", "BROKEN 1 cell is", "BROKEN peer b", "  apt-get", "  cc: not", "!1 0", "red: 2", "planned 2")
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_agents_of_a_peer_that_was_given_up_are_not_told_of_one_by_one(summary: Told) -> None:
    died = [
        Incident(instance=name, reason="it died", ended="exited with 3", cells=[]) for name in ("b-1", "b-2", "a-b-1")
    ]
    told = "\n".join(summary(cell(), *died, PeerLost(name="b", reason="b lost 6 agents")))
    assert told.count("but no cell caused it") == 1
    assert "AGENT a-b-1" in told
    assert "BROKEN peer b: b lost 6 agents" in told


def test_many_groups_are_counted_and_not_all_shown(summary: Told) -> None:
    cells = [cell(f"x/tcp/{n}/a:b", Verdict.BROKEN, reason=f"why {n}") for n in range(TITLES + 7)]
    told = summary(*cells)
    assert (
        sum(line.startswith("BROKEN 1 cell") for line in told[: told.index("and 87 more red cells in 87 more groups:")])
        == SHOWN
    )
    assert "  and 7 more groups: see `./interop report --json`" in told


def test_a_dead_peer_is_one_message_with_the_number_of_its_cells(summary: Told) -> None:
    broken = [cell(f"pair/tcp/a:b{n}", Verdict.BROKEN, reason="b: no compiler", operations=[]) for n in range(300)]
    told = summary(*broken)
    assert told[1] == "BROKEN 300 cells are not judged: b: no compiler"


def test_a_reason_of_several_lines_is_told_in_as_many(summary: Told) -> None:
    told = summary(
        cell(verdict=Verdict.BROKEN, reason="the scenario itself failed:\nplanned 1 = pass 1", operations=[])
    )
    assert told[1:3] == ["BROKEN 1 cell is not judged: the scenario itself failed:", "  planned 1 = pass 1"]


def test_unsupported_cells_are_counted_by_peer_and_need(summary: Told) -> None:
    one = cell(verdict=Verdict.UNSUPPORTED, reason="b does not claim transport ipc")
    two = cell("x/tcp/a:b", Verdict.UNSUPPORTED, reason="a does not claim option RATE; b does not claim transport ipc")
    told = summary(one, two)
    assert "unsupported: 2 cells; `./interop run --list --why` gives the reasons" in told
    assert "  a does not claim option RATE (1)" in told
    assert "  b does not claim transport ipc (2)" in told


def test_needs_of_a_peer_that_are_alike_say_so_once(summary: Told) -> None:
    needs = [f"b does not claim option {name}" for name in ("A", "B", "C", "D")]
    cells = [cell(f"x{n}/tcp/a:b", Verdict.UNSUPPORTED, reason="; ".join(needs[: n + 1])) for n in range(4)]
    assert "  b does not claim option A (4), option B (3), option C (2), 1 more" in summary(*cells)


def test_known_cells_are_counted_by_finding_the_largest_first_and_few_of_them_shown(summary: Told) -> None:
    cells = [
        cell(f"x{n}/tcp/{m}/a:b", Verdict.KNOWN, kind=Kind.LOST, reason=f"reason {n}, in {m % 2} words", url=f"url#{n}")
        for n in range(MOST_KNOWN + 2)
        for m in range(2 * n + 1)
    ]
    told = summary(*cells)
    at = told.index("known: 64 cells failed exactly as the ledger says (no action needed):")
    assert told[at + 1 : at + 3] == ["     15  reason 7, in 0 words", "     13  reason 6, in 0 words"]
    assert told[at + MOST_KNOWN + 1] == "      4  for 2 more findings: see `./interop report --html`"


def test_a_cell_that_is_fixed_says_so_and_what_it_is_no_longer(summary: Told) -> None:
    told = summary(cell(verdict=Verdict.FIXED, kind=Kind.LOST, reason="it passed"), cell("pair/tcp/a:b"))
    assert told[1] == "FIXED push_pull/tcp/a:b: no longer lost"
    assert "  fixed         ./interop run push_pull/tcp/a:b" in told


def test_on_a_terminal_paths_are_told_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = logs.report(tmp_path / "runs", failed())
    monkeypatch.chdir(tmp_path)
    assert "  log       runs/cells/push_pull__tcp__a_b.log" in lines(report, on=Page(80, piped=False))
    assert "1.5 s; event log: runs/events.jsonl" in lines(report, on=Page(80, piped=False))
    monkeypatch.chdir("/")
    assert f"1.5 s; event log: {tmp_path}/runs/events.jsonl" in lines(report)


def test_the_end_says_what_makes_a_page_of_it(summary: Told, tmp_path: Path) -> None:
    told = summary(cell())
    assert told[-3] == f"all cells, as a page: ./interop report --html {tmp_path}/events.jsonl"


def test_an_agent_that_no_cell_is_to_blame_for_is_shown_with_its_last_words(summary: Told) -> None:
    incident = Incident(instance="a-1", reason="a-1 ended", ended="exited with 3", cells=[], stderr="bad\nthing\n")
    told = summary(cell(), incident)
    at = told.index("AGENT a-1 failed, but no cell caused it: a-1 ended; it exited with 3")
    assert told[at + 1 : at + 3] == ["  bad", "  thing"]


def test_what_fails_a_run_beside_its_cells_is_told(tmp_path: Path) -> None:
    end = logs.ended([cell()], exit_code=1, problems=["stale entry"])
    assert "stale entry" in lines(logs.report(tmp_path, cell(), end=end))


def test_versions_of_the_libraries_are_shown(summary: Told) -> None:
    assert "c (process): C 17, libzmq 4.3.5" in summary(logs.seen("c"), cell())


def test_the_first_line_of_a_run_is_its_reason() -> None:
    assert opening(msgspec.structs.replace(logs.STARTED, why="why\x1b")) == "why\\x1b"


def test_a_report_without_a_cell_has_an_account(summary: Told) -> None:
    assert summary()[-1].startswith("planned 0 = ")


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.text(max_size=20)), max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_of_a_peer_trips_the_summary_up(tmp_path: Path, found: list[tuple[Verdict, str]]) -> None:
    cells = [
        cell(f"x{number}/tcp/a:b", verdict, kind=Kind.ALTERED, expected=text, got=text, reason=text)
        for number, (verdict, text) in enumerate(found)
    ]
    assert lines(logs.report(tmp_path, *cells))[-1].startswith("planned ")


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_of_peers_does_not_reach_the_terminal(tmp_path: Path, *, colour: bool) -> None:
    told = lines(logs.hostile(tmp_path), colour=colour)
    if colour:
        told = [re.sub(r"\x1b\[(31|32|33|2|0)m", "", line) for line in told]
    assert sum("evil" in line for line in told) > 9
    assert all(line.isprintable() for line in told)
    assert HOSTILE not in "\n".join(told)
