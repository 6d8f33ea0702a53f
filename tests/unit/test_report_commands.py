"""The commands that read event logs: what they take, what they print, what they exit with."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit import logs
from tests.unit.logs import cell, failed
from zmq_interop.cli import report_files, run_cmd
from zmq_interop.core.events import Replayed, RunStarted
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import files
from zmq_interop.run import run_folder
from zmq_interop.system import owner, workspace
from zmq_interop.system.errors import Exit, LogError, UsageError
from zmq_interop.system.workspace import Workspace


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A workspace without runs."""
    return workspace.at(tmp_path)


@pytest.fixture
def runs(space: Workspace) -> Path:
    """The folder of its runs."""
    return space.runs


def cut(path: Path) -> Path:
    """A log that was cut short after one of two cells."""
    return logs.write(path, [logs.STARTED, logs.planned([cell()], "pair/tcp/a:b"), cell()])


def started(*command: str) -> RunStarted:
    """The beginning of a run of this command."""
    return msgspec.structs.replace(logs.STARTED, command=[*command])


INCOMPLETE = "incomplete: the log has no end: the run was cut short; 1 of 2 planned cells have no verdict"


def test_without_a_run_that_is_said(runs: Path, space: Workspace) -> None:
    with pytest.raises(UsageError, match="there is no run yet"):
        report_files.report([], [], runs, space)
    with pytest.raises(UsageError, match="there is no run yet"):
        run_cmd.show_log("push_pull/tcp/a:b", None, space)
    with pytest.raises(UsageError, match="there is no run yet"):
        run_cmd.show_runs(space)


def test_the_latest_run_is_printed_where_nothing_else_is_asked_for(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.report(runs / "1", failed())
    (runs.parent / "latest").symlink_to(runs / "1")
    assert report_files.report([], [], runs, space) == Exit.FAILED
    assert capsys.readouterr().out.splitlines()[1] == "FAIL push_pull/tcp/a:b: lost"


def test_a_run_is_named_by_its_log_its_folder_or_its_id(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.report(runs / "1", cell())
    for path in (runs / "1" / "events.jsonl", runs / "1", Path("1")):
        assert report_files.report([path], [], runs, space) == Exit.OK
    assert capsys.readouterr().out.count("planned 1 = pass 1") == 3


def test_files_of_a_cut_log_are_written_and_the_first_line_and_the_exit_code_say_that_it_was(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    path = cut(runs / "1" / "events.jsonl")
    assert report_files.report([path], files.formats(), runs / "out", space) == Exit.INTERRUPTED
    told = capsys.readouterr().out.splitlines()
    assert told[0] == INCOMPLETE
    assert sorted(told[1:]) == sorted(map(str, (runs / "out").iterdir()))


def test_logs_of_several_runs_make_one_report(runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    started = msgspec.structs.replace(logs.STARTED, id="other")
    logs.report(runs / "1", cell())
    logs.report(runs / "2", failed("pair/tcp/a:b"), started=started)
    assert report_files.report([runs / "1", runs / "2"], [], runs, space) == Exit.FAILED
    assert capsys.readouterr().out.splitlines()[-1].startswith("planned 2 = pass 1 + fail 1")


def test_the_log_of_a_cell_comes_from_the_newest_run_that_has_it_or_the_one_that_is_named(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.report(runs / "1", failed())
    logs.report(runs / "2", cell(), started=started("run", "a b"))
    logs.report(runs / "3", cell("pair/tcp/a:b"))
    logs.write(runs / "4" / "events.jsonl", [logs.STARTED, logs.planned([cell()])])  # cut short before its verdict
    assert run_cmd.show_log("push_pull/tcp/a:b", None, space) == Exit.OK
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("run 2: ")
    assert told[0].endswith("run 'a b'")
    assert told[1].startswith("push_pull/tcp/a:b: pass")
    assert run_cmd.show_log("push_pull/tcp/a:b", "1", space) == Exit.OK
    assert capsys.readouterr().out.splitlines()[1].startswith("push_pull/tcp/a:b: fail (lost)")


def test_the_log_of_a_cell_that_was_played_again_to_measure_its_rate_has_each_play(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    plays = [
        Replayed(id="push_pull/tcp/a:b", verdict=Verdict.PASS, seconds=0.001),
        Replayed(id="pair/tcp/a:b", verdict=Verdict.PASS),
        Replayed(id="push_pull/tcp/a:b", verdict=Verdict.FAIL, kind=Kind.LOST, got="none\nat all", seconds=2),
    ]
    logs.report(runs / "1", cell(), cell("pair/tcp/a:b"), *plays)
    assert run_cmd.show_log("push_pull/tcp/a:b", None, space) == Exit.OK
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "play 2, to measure the failure rate: pass in 1.0 ms",
        "play 3, to measure the failure rate: fail (lost) in 2000.0 ms: none",
        "  at all",
    ]


def test_a_cell_that_a_compiler_refuses_has_no_bytes(runs: Path, space: Workspace) -> None:
    logs.report(runs / "1", failed(kind=Kind.UNCOMPILABLE))
    logs.report(runs / "2", failed("pair/tcp/a:b"))
    with pytest.raises(UsageError, match="a compiler refuses its message") as caught:
        run_cmd.show_log("push_pull/tcp/a:b", None, space, wire=True)
    assert "--wire" not in caught.value.hint
    with pytest.raises(UsageError, match="has the bytes of") as caught:
        run_cmd.show_log("pair/tcp/a:b", None, space, wire=True)
    assert "run pair/tcp/a:b --wire" in caught.value.hint


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("pigeon", "`./interop runs` lists the runs"),
        ("push_pul/tcp/a:b", "did you mean 'push_pull/tcp/a:b'?"),
        ("push_pull/tcp", "give a complete id, such as push_pull/tcp/a:b"),
        ("push_pull/tcp/a:bb", "did you mean 'push_pull/tcp/a:b'?"),
    ],
)
def test_a_cell_that_no_run_has_is_named_with_what_was_meant(runs: Path, space: Workspace, id: str, says: str) -> None:
    logs.report(runs / "1", failed())
    with pytest.raises(UsageError, match=f"the run 1 has no verdict on '{id}'") as caught:
        run_cmd.show_log(id, "1", space)
    assert says in caught.value.hint
    logs.report(runs / "2", cell("pair/tcp/a:b"))
    with pytest.raises(UsageError, match="none of the last 2 runs has a verdict"):
        run_cmd.show_log(id, None, space)


def test_the_log_of_a_cell_of_a_cut_run_says_so_first(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    cut(runs / "1" / "events.jsonl")
    assert run_cmd.show_log("push_pull/tcp/a:b", "1", space) == Exit.INTERRUPTED
    told = capsys.readouterr().out.splitlines()
    assert (told[0], told[2]) == (INCOMPLETE, "push_pull/tcp/a:b: pass in 0.0 ms")


def test_a_run_is_named_by_the_beginning_of_its_id_too(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("20260101-1", "20260102-1", "20260102-2"):
        logs.report(runs / name, cell())
    assert report_files.report([Path("20260101")], [], runs, space) == Exit.OK
    assert "20260101-1/events.jsonl" in capsys.readouterr().out
    assert report_files.diff(Path("20260102-1"), Path("20260102-2"), space) == Exit.OK
    with pytest.raises(UsageError, match="2 runs begin with '20260102': 20260102-2, 20260102-1"):
        report_files.diff(Path("20260101"), Path("20260102"), space)
    with pytest.raises(UsageError, match="there is no run '20260101-2'") as caught:
        run_cmd.show_log("push_pull/tcp/a:b", "20260101-2", space)
    assert "did you mean '20260102-2'?" in caught.value.hint


def test_a_run_that_was_removed_is_told_from_one_that_never_was(runs: Path, space: Workspace) -> None:
    names = [f"20260102-0000{number:02}-x" for number in range(run_folder.KEPT_RUNS)]
    for name in names[1:]:
        logs.report(runs / name, cell())
    with pytest.raises(UsageError, match="there is no run '20260101-000000-x'"):
        report_files.find(Path("20260101-000000-x"), space)  # runs were few enough for it to be there
    logs.report(runs / names[0], cell())
    for id in ("20260101-000000-x", "20260101-0000", "20260101", "20260102-000000-a_b"):
        for asked in (
            lambda id=id: report_files.find(Path(id), space),
            lambda id=id: report_files.diff(Path(id), Path(names[1]), space),
            lambda id=id: run_cmd.show_log("push_pull/tcp/a:b", id, space),
        ):
            with pytest.raises(UsageError, match=f"the run '{id}' is not kept any more") as caught:
                asked()
            assert f"copy its folder from {runs}" in caught.value.hint
    for id in ("20260103", "pigeon"):
        with pytest.raises(UsageError, match=f"there is no run '{id}'"):
            report_files.find(Path(id), space)
    with pytest.raises(UsageError, match="none of the last 20 runs has a verdict") as caught:
        run_cmd.show_log("pair/tcp/a:b", None, space)
    assert "it may have been in an older one" in caught.value.hint


def test_the_runs_that_are_kept_are_listed_the_newest_first(
    runs: Path, space: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.report(runs / "1", cell(), failed("pair/tcp/a:b"), cell("pair/tcp/b:b", Verdict.BROKEN))
    cut(runs / "2" / "events.jsonl")
    cut(runs / "3" / "events.jsonl")
    (runs / "3" / "owner").write_text(owner.current())
    interrupted = [cell()]
    end = logs.ended(interrupted, interrupted="interrupted by SIGINT", exit_code=Exit.INTERRUPTED)
    logs.report(runs / "4", *interrupted, started=started("compare", "a", "--with", "x y"), end=end)
    (runs / "5").mkdir()
    assert run_cmd.show_runs(space) == Exit.OK
    account = "planned 1 = pass 1 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 0"
    three = "planned 3 = pass 1 + fail 1 + known 0 + fixed 0 + unsupported 0 + broken 1"
    told = capsys.readouterr()
    assert told.err.startswith(f"the newest {run_folder.KEPT_RUNS} whole runs are kept, as many narrowed ones, ")
    assert told.out.splitlines() == [
        "5  no readable event log",
        "  -",
        f"4  2026-01-01 00:00 UTC  1.5 s  red 0  {account}  interrupted",
        "  ./interop compare a --with 'x y'  # a, b",
        "3  2026-01-01 00:00 UTC  still running",
        "  ./interop run  # a, b",
        "2  2026-01-01 00:00 UTC  cut short",
        "  ./interop run  # a, b",
        f"1  2026-01-01 00:00 UTC  1.5 s  red 2  {three}",
        "  ./interop run  # a, b",
    ]


def test_a_file_that_is_no_log_is_named_with_the_line(runs: Path, space: Workspace) -> None:
    (runs.parent / "x").write_text("pigeon\n")
    with pytest.raises(LogError, match="x:1: not a valid event"):
        report_files.report([runs.parent / "x"], [], runs, space)
