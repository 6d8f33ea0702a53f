"""The commands that read event logs: what they take, what they print, what they exit with."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit import logs
from tests.unit.logs import cell, failed
from zmq_interop.errors import Exit, LogError, UsageError
from zmq_interop.faces import command, reports
from zmq_interop.report import files


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of runs, for a checkout that has none yet."""
    for module in (command, reports):
        monkeypatch.setattr(module, "RUNS", tmp_path / "runs")
        monkeypatch.setattr(module, "LATEST", tmp_path / "latest")
    return tmp_path / "runs"


def cut(path: Path) -> Path:
    """A log that was cut short after one of two cells."""
    return logs.write(path, [logs.STARTED, logs.planned([cell()], "pair/tcp/a:b"), cell()])


INCOMPLETE = "incomplete: the log has no end: the run was cut short; 1 of 2 planned cells have no verdict"


def test_without_a_run_that_is_said(runs: Path) -> None:
    with pytest.raises(UsageError, match="there is no run yet"):
        reports.report([], [], runs)
    with pytest.raises(UsageError, match=r"there is no .*latest"):
        command.show_log("push_pull/tcp/a:b", None)


def test_the_latest_run_is_printed_where_nothing_else_is_asked_for(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.report(runs / "1", failed())
    (runs.parent / "latest").symlink_to(runs / "1")
    assert reports.report([], [], runs) == Exit.FAILED
    assert capsys.readouterr().out.splitlines()[1] == "FAIL push_pull/tcp/a:b: lost"


def test_a_run_is_named_by_its_log_its_folder_or_its_id(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.report(runs / "1", cell())
    for path in (runs / "1" / "events.jsonl", runs / "1", Path("1")):
        assert reports.report([path], [], runs) == Exit.OK
    assert capsys.readouterr().out.count("planned 1 = pass 1") == 3


def test_files_of_a_cut_log_are_written_and_the_first_line_and_the_exit_code_say_that_it_was(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = cut(runs / "1" / "events.jsonl")
    assert reports.report([path], files.formats(), runs / "out") == Exit.INTERRUPTED
    told = capsys.readouterr().out.splitlines()
    assert told[0] == INCOMPLETE
    assert sorted(told[1:]) == sorted(map(str, (runs / "out").iterdir()))


def test_logs_of_several_runs_make_one_report(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started = msgspec.structs.replace(logs.STARTED, id="other")
    logs.report(runs / "1", cell())
    logs.report(runs / "2", failed("pair/tcp/a:b"), started=started)
    assert reports.report([runs / "1", runs / "2"], [], runs) == Exit.FAILED
    assert capsys.readouterr().out.splitlines()[-1].startswith("planned 2 = pass 1 + fail 1")


def test_the_log_of_a_cell_comes_from_the_latest_run_or_the_one_that_is_named(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.report(runs / "1", failed())
    assert command.show_log("push_pull/tcp/a:b", "1") == Exit.OK
    assert capsys.readouterr().out.startswith("push_pull/tcp/a:b: fail (lost)")
    with pytest.raises(UsageError, match="has no verdict on 'pigeon'"):
        command.show_log("pigeon", "1")


def test_the_log_of_a_cell_of_a_cut_run_says_so_first(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut(runs / "1" / "events.jsonl")
    assert command.show_log("push_pull/tcp/a:b", "1") == Exit.INTERRUPTED
    assert capsys.readouterr().out.splitlines()[:2] == [INCOMPLETE, "push_pull/tcp/a:b: pass in 0.0 ms"]


def test_a_file_that_is_no_log_is_named_with_the_line(runs: Path) -> None:
    (runs.parent / "x").write_text("pigeon\n")
    with pytest.raises(LogError, match="x:1: not a whole event"):
        reports.report([runs.parent / "x"], [], runs)
