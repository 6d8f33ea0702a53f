"""What is shown of a run while it goes on, and the logs of single cells."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import logs
from tests.unit.logs import HOSTILE, cell, failed
from zmq_interop.core.events import Operation, Planned
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import cell_log
from zmq_interop.results.report.cell_log import CellLogs
from zmq_interop.results.report.terminal import Terminal, print_report
from zmq_interop.system.text import plain


def test_what_is_printable_stays_and_what_steers_a_terminal_is_escaped() -> None:
    assert plain('Grüße, 世界 "1"') == 'Grüße, 世界 "1"'
    assert plain("a\nb\tc\x1b[0m\x7f\x9b\u202e\U000e0001") == "a\nb\\tc\\x1b[0m\\x7f\\x9b\\u202e\\U000e0001"


@given(st.text())
def test_no_text_at_all_steers_the_terminal_or_cannot_be_encoded(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert all(one == "\n" or one.isprintable() for one in shown)


def test_what_a_run_says_meanwhile_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report = Terminal()
    report(msgspec.structs.replace(logs.STARTED, why=HOSTILE))
    report.say(HOSTILE)
    shown = capsys.readouterr()
    for stream in (shown.out, shown.err):
        assert "evil" in stream
        assert all(one == "\n" or one.isprintable() for one in stream)


def test_the_second_run_of_a_command_does_not_repeat_where_agents_run(capsys: pytest.CaptureFixture[str]) -> None:
    for report in (Terminal(), Terminal(opens=False)):
        report(logs.STARTED)
        report.close()
    assert capsys.readouterr().out.count("\n") == 1


def test_a_pipe_gets_plain_lines_of_progress_on_stderr_and_results_on_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Terminal()
    report(Planned(cells=["x/tcp/a:b"] * 3))
    report(cell())
    report.say("building c")
    report.close()
    print_report(logs.report(tmp_path, failed()))
    shown = capsys.readouterr()
    assert shown.err == "building c\n"
    assert shown.out.splitlines()[-1].startswith("planned 1 = ")
    assert "\x1b" not in shown.out


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_a_report_is_in_colour_on_a_terminal_that_wants_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    environment: dict[str, str],
    coloured: bool,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    print_report(logs.report(tmp_path, failed()))
    assert ("\x1b[31m" in capsys.readouterr().out) is coloured


def test_the_log_of_a_cell_has_verdict_operations_and_stderr() -> None:
    text = cell_log.render(failed(seconds=0.0123, alone=True, stderr={"b-1": "oops\n"}))
    assert text.splitlines() == [
        "push_pull/tcp/a:b: fail (lost) in 12.3 ms",
        "one: a, agent a-1",
        "other: b, agent b-1",
        'expected: ["one"]',
        "got: nothing",
        "played alone, because an agent was lost with several cells in flight",
        "",
        "     at us   took us  agent, lane        operation",
        "         3        40  a-1, 0             open 1 PUSH -> done",
        "",
        "stderr of b-1:",
        "  oops",
    ]


def test_the_log_of_a_known_failure_names_the_entry_of_the_ledger() -> None:
    entry = {"reason": "upstream", "entry": "known-failures.toml:7", "url": "docs/findings.md#one"}
    known = msgspec.structs.replace(failed(**entry), verdict=Verdict.KNOWN)
    told = cell_log.render(known).splitlines()
    assert told[5:8] == ["reason: upstream", "ledger: known-failures.toml:7", "described at: docs/findings.md#one"]


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
