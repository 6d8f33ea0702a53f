"""Reports: failures first, the account last, and nothing that a peer says steers the terminal."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.events import CellJudged, Event, Incident, Operation, PeerLost, PeerSeen, Planned, RunEnded, RunStarted
from harness.report import cell_log
from harness.report.cell_log import CellLogs
from harness.report.matrix import Matrix
from harness.report.summary import MOST_REASONS, SHOWN, Summary, opening
from harness.report.terminal import Terminal
from harness.report.text import plain
from harness.verdicts import Account, Kind, Verdict

FOLDER = Path("/runs/1")
HOSTILE = "\x1b[2J\x1b]0;owned\x07 \x9b31m \r\x08 \u202eevil\u2028 \x00 \ud800"


def cell(id: str = "push_pull/tcp/a:b", verdict: Verdict = Verdict.PASS, **changes: object) -> CellJudged:
    scenario, transport, *_, players = id.split("/")
    first, second = players.split(":")
    one = CellJudged(
        id=id,
        scenario=scenario,
        transport=transport,
        binder="one",
        roles={"one": first, "other": second},
        verdict=verdict,
        instances={"one": f"{first}-1", "other": f"{second}-1"},
        operations=[Operation(at=3, took=40, instance="a-1", lane=0, call="open", asked="1 PUSH", answered="done")],
    )
    return msgspec.structs.replace(one, **changes)


def failed(id: str = "push_pull/tcp/a:b", **changes: object) -> CellJudged:
    return cell(id, Verdict.FAIL, **{"kind": Kind.LOST, "expected": '["one"]', "got": "nothing", **changes})


def end(**counts: int) -> RunEnded:
    return RunEnded(account=Account(planned=sum(counts.values()), **counts), seconds=1.5, exit_code=0)


def summary(*events: Event) -> list[str]:
    report = Summary(lambda id: f"./interop run {id}")
    for event in events:
        report(event)
    return report.lines(FOLDER)


def test_many_reasons_are_counted_from_some_number_on() -> None:
    cells = [cell(f"own_schemas/tcp/{n}/a:b", Verdict.BROKEN, reason=f"why {n}") for n in range(MOST_REASONS + 7)]
    lines = summary(*cells, end(broken=len(cells)))
    assert sum(line.startswith("BROKEN") for line in lines) == MOST_REASONS
    assert f"broken: 7 more cells for 7 more reasons: {FOLDER / 'events.jsonl'}" in lines


def test_the_account_is_the_last_line() -> None:
    lines = summary(cell(), failed("pair/tcp/a:b"), end(passed=1, fail=1))
    assert lines[-1] == "planned 2 = pass 1 + fail 1 + known 0 + fixed 0 + unsupported 0 + broken 0"


def test_a_failure_says_what_was_expected_what_came_where_the_log_is_and_how_to_play_it_again() -> None:
    lines = summary(failed(), end(fail=1))
    assert lines[1:6] == [
        "FAIL push_pull/tcp/a:b: lost",
        '  expected  ["one"]',
        "  got       nothing",
        "  log       /runs/1/cells/push_pull__tcp__a_b.log",
        "  again     ./interop run push_pull/tcp/a:b",
    ]


def test_failures_come_before_broken_peers_and_those_before_the_matrix() -> None:
    lines = summary(
        cell(verdict=Verdict.BROKEN, reason="b: no compiler", operations=[]),
        PeerLost(name="b", reason="no compiler", hint="apt-get install gcc", detail="cc: not found"),
        failed("pair/tcp/a:a"),
        end(fail=1, broken=1),
    )
    text = "\n".join(lines)
    places = [
        text.index(part)
        for part in ("FAIL pair", "BROKEN peer b", "  apt-get", "  cc: not", "BROKEN 1 cell is", "planned 2")
    ]
    assert places == sorted(places)


def test_many_failures_are_counted_and_not_all_shown() -> None:
    lines = summary(*(failed(f"pair/tcp/a:b{number}") for number in range(SHOWN + 30)), end(fail=SHOWN + 30))
    assert sum(line.startswith("FAIL ") for line in lines) == SHOWN
    assert "and 30 more failures:" in lines
    assert "     30  pair: lost" in lines


def test_a_dead_peer_is_one_message_with_the_number_of_its_cells() -> None:
    broken = [cell(f"pair/tcp/a:b{number}", Verdict.BROKEN, reason="b: no compiler") for number in range(300)]
    lines = summary(*broken, end(broken=300))
    assert [line for line in lines if "no compiler" in line] == ["BROKEN 300 cells are not judged: b: no compiler"]


def test_unsupported_cells_are_counted_by_peer_and_need() -> None:
    one = cell(verdict=Verdict.UNSUPPORTED, reason="b does not claim transport ipc")
    two = cell(verdict=Verdict.UNSUPPORTED, reason="a does not claim option RATE; b does not claim transport ipc")
    lines = summary(one, two, end(unsupported=2))
    assert "unsupported: 2 cells; `./interop run --list --why` tells of each" in lines
    assert "  a does not claim option RATE (1)" in lines
    assert "  b does not claim transport ipc (2)" in lines


def test_an_agent_that_no_cell_is_to_blame_for_is_shown_with_its_last_words() -> None:
    incident = Incident(instance="a-1", reason="a-1 ended", ended="exited with 3", cells=[], stderr="bad\nthing\n")
    lines = summary(cell(), incident, end(passed=1))
    at = lines.index("AGENT a-1, which no cell is to blame for: a-1 ended; it exited with 3")
    assert lines[at + 1 : at + 3] == ["  bad", "  thing"]


def test_an_interrupted_run_says_why_and_what_was_not_played() -> None:
    ended = msgspec.structs.replace(end(passed=1), interrupted="interrupted by SIGINT", unplayed=7)
    assert "interrupted by SIGINT; 7 planned cells were not played" in summary(cell(), ended)


def test_versions_of_the_libraries_are_shown() -> None:
    seen = PeerSeen(name="c", runtime="process", language="C 201710", libraries={"libzmq": "4.3.5"}, lanes=9)
    assert "c (process): C 201710, libzmq 4.3.5" in summary(seen, cell(), end(passed=1))


def test_the_matrix_counts_what_was_played_by_the_peers_of_the_first_two_roles() -> None:
    matrix = Matrix()
    for one in (
        cell("x/tcp/a:b"),
        cell("y/tcp/a:b", Verdict.KNOWN),
        cell("x/tcp/b:a"),
        cell("y/tcp/b:a", Verdict.FAIL),
        cell("x/ipc/b:a", Verdict.UNSUPPORTED),
        cell("x/tcp/b:b", Verdict.UNSUPPORTED),
    ):
        matrix.add(one)
    assert matrix.lines() == ["     a  b", "a    -  2", "b  1/2  -"]


def test_the_matrix_of_eight_peers_fits_on_a_terminal() -> None:
    matrix = Matrix()
    players = [f"peer-{letter}" for letter in "abcdefgh"]
    for first in players:
        for second in players:
            for number in range(150):
                matrix.add(cell(f"x{number}/tcp/{first}:{second}", Verdict.PASS if number else Verdict.FAIL))
    assert max(map(len, matrix.lines())) <= 80


def test_a_scenario_of_one_role_stands_on_the_diagonal() -> None:
    matrix = Matrix()
    matrix.add(msgspec.structs.replace(cell(), roles={"one": "a"}))
    assert matrix.lines() == ["   a", "a  1"]


def test_what_is_printable_stays_and_what_steers_a_terminal_is_escaped() -> None:
    assert plain('Grüße, 世界 "1"') == 'Grüße, 世界 "1"'
    assert plain("a\nb\tc\x1b[0m\x7f\x9b\u202e\U000e0001") == "a\nb\\tc\\x1b[0m\\x7f\\x9b\\u202e\\U000e0001"


@given(st.text())
def test_no_text_at_all_steers_the_terminal_or_cannot_be_encoded(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert all(one == "\n" or one.isprintable() for one in shown)


hostile: list[Event] = [
    RunStarted(
        version=1, id="1", started="", harness="", command=[], runtimes={}, why=HOSTILE, jobs=1, limit=1,
        proto_digest="", machine="",
    ),
    Planned(cells=[]),
    PeerSeen(name="a", runtime="process", language=HOSTILE, libraries={HOSTILE: HOSTILE}, lanes=1),
    PeerLost(name="b", reason=HOSTILE, hint=HOSTILE, detail=HOSTILE),
    Incident(instance="a-1", reason=HOSTILE, ended="", cells=[], stderr=HOSTILE),
    failed(expected=HOSTILE, got=HOSTILE, stderr={"a-1": HOSTILE}),
    cell("pair/tcp/a:b", Verdict.BROKEN, reason=HOSTILE),
    cell("pair/ipc/a:b", Verdict.UNSUPPORTED, reason=HOSTILE),
    end(fail=1, broken=1, unsupported=1),
]  # fmt: skip


def test_hostile_text_of_peers_does_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report = Terminal(lambda id: f"./interop run {id}")
    for event in hostile:
        report(event)
    report.say(HOSTILE)
    report.finish(FOLDER)
    shown = capsys.readouterr()
    for stream in (shown.out, shown.err):
        assert "evil" in stream
        assert all(one == "\n" or one.isprintable() for one in stream)
    assert shown.out.splitlines()[-1].startswith("planned 3 = ")


def test_the_first_line_of_a_run_is_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    first = hostile[0]
    assert isinstance(first, RunStarted)
    assert opening(first) == plain(HOSTILE)


def test_a_pipe_gets_plain_lines_of_progress_on_stderr_and_results_on_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Terminal(lambda id: id)
    report(Planned(cells=["x/tcp/a:b"] * 3))
    report(cell())
    report.say("building c")
    report.finish(FOLDER)
    shown = capsys.readouterr()
    assert shown.err == "building c\n"
    assert "\x1b" not in shown.out


def test_the_log_of_a_cell_has_verdict_operations_and_stderr() -> None:
    text = cell_log.render(failed(seconds=0.0123, alone=True, stderr={"b-1": "oops\n"}))
    assert text.splitlines() == [
        "push_pull/tcp/a:b: fail (lost) in 12.3 ms",
        "one: a, agent a-1",
        "other: b, agent b-1",
        'expected: ["one"]',
        "got: nothing",
        "played alone, after an agent had been lost with several cells in flight",
        "",
        "     at us   took us  agent, lane        operation",
        "         3        40  a-1, 0             open 1 PUSH -> done",
        "",
        "stderr of b-1:",
        "oops",
    ]


def test_an_operation_without_an_answer_says_so() -> None:
    silent = Operation(at=3, took=-1, instance="a-1", lane=0, call="open", asked="1 PUSH", answered="")
    assert "         3         -  a-1, 0             open 1 PUSH -> no answer" in cell_log.render(
        failed(operations=[silent])
    )


def test_logs_are_kept_of_cells_that_were_played_and_are_not_as_they_should_be(tmp_path: Path) -> None:
    logs = CellLogs(tmp_path / "cells")
    logs(cell())
    logs(cell(verdict=Verdict.BROKEN, operations=[]))
    assert not (tmp_path / "cells").exists()
    logs(failed(got=HOSTILE, stderr={"a-1": HOSTILE}))
    (written,) = (tmp_path / "cells").iterdir()
    assert written.name == "push_pull__tcp__a_b.log"
    assert "\x1b" not in written.read_text(encoding="utf-8")


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.text(max_size=20)), max_size=30))
def test_no_text_of_a_peer_trips_the_summary_up(found: list[tuple[Verdict, str]]) -> None:
    cells = [
        cell(f"x{number}/tcp/a:b", verdict, kind=Kind.ALTERED, expected=text, got=text, reason=text)
        for number, (verdict, text) in enumerate(found)
    ]
    assert summary(*cells, end(passed=len(cells)))[-1].startswith("planned ")
