"""Event logs are read back: what was cut short is incomplete, what no harness writes is an error with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit import logs
from zmq_interop.core import events
from zmq_interop.core.events import Event, Incident, PeerLost
from zmq_interop.core.verdicts import Account, Verdict
from zmq_interop.results.report import log
from zmq_interop.results.report.reading import read_logs
from zmq_interop.system.errors import Exit, LogError

CELLS = [logs.cell("push_pull/tcp/a:b"), logs.failed("push_pull/ipc/a:b"), logs.cell("pair/tcp/b:a", Verdict.KNOWN)]
LOST = PeerLost(name="c", reason="no compiler", detail="cc: not found")
INCIDENT = Incident(instance="a-1", reason="died", ended="exited with 3", cells=[])
WHOLE = logs.whole(logs.seen("a"), LOST, *CELLS, INCIDENT)


def bytes_of(found: list[Event]) -> bytes:
    return b"".join(msgspec.json.encode(event) + b"\n" for event in found)


def test_a_whole_log_gives_all_that_it_has_in_the_order_of_the_plan(tmp_path: Path) -> None:
    first, plan, *others, end = WHOLE
    report = read_logs([logs.write(tmp_path / "log", [first, plan, *reversed(others), end])])
    assert report.cells == tuple(CELLS)
    assert report.account == Account(planned=3, passed=1, fail=1, known=1)
    assert (report.incomplete, report.unjudged, report.exit_code) == ("", (), Exit.FAILED)
    assert (report.peers, report.lost, report.incidents) == ((logs.seen("a"),), (LOST,), (INCIDENT,))
    assert report.scenarios["pair"] == logs.TEXT
    assert (report.runs, report.ended) == ((first,), (end,))
    assert report.folder(CELLS[0].id) is None, "there are no logs of single cells"


def test_the_folder_of_a_cells_own_log_is_that_of_its_run(tmp_path: Path) -> None:
    assert logs.report(tmp_path, *CELLS).folder(CELLS[0].id) == tmp_path


def test_a_note_says_of_which_run_it_is_unless_all_have_it(tmp_path: Path) -> None:
    paths = []
    for name, notes in (("1", ["of both", "of one"]), ("2", ["of both"])):
        cells = [logs.cell(f"pair/tcp/a:{name}")]
        started = msgspec.structs.replace(logs.STARTED, id=f"run-{name}")
        events = logs.whole(*cells, started=started, end=logs.ended(cells, notes=notes))
        paths.append(logs.write(tmp_path / name / "log", events))
    assert read_logs(paths).notes == ("of both", "run run-1: of one")


def test_a_cell_is_played_again_as_its_run_played_it(tmp_path: Path) -> None:
    started = msgspec.structs.replace(logs.STARTED, again=["--peer", "/my peers/a"])
    report = logs.report(tmp_path, *CELLS, started=started)
    assert report.repro("push_pull/tcp/a:b") == "./interop run push_pull/tcp/a:b --peer '/my peers/a'"


@given(st.integers(0, len(bytes_of(WHOLE)) - 2))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
def test_a_log_cut_at_any_byte_before_its_end_is_incomplete_and_nothing_else(tmp_path: Path, size: int) -> None:
    path = tmp_path / "log"
    path.write_bytes(bytes_of(WHOLE)[:size])
    report = read_logs([path])
    assert "the run was cut short" in report.incomplete
    assert report.exit_code == Exit.INTERRUPTED
    assert list(report.cells) == CELLS[: len(report.cells)]
    assert report.account.balanced


def test_a_log_that_was_cut_says_where_and_how_many_cells_have_no_verdict(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "log", WHOLE[:-2])
    assert read_logs([path]).incomplete == (
        "the log has no end: the run was cut short; 0 of 3 planned cells have no verdict"
    )
    path.write_bytes(bytes_of(WHOLE[:5])[:-9])
    report = read_logs([path])
    assert report.incomplete == (
        "the log ends in the middle of line 5: the run was cut short; 3 of 3 planned cells have no verdict"
    )
    assert report.unjudged == tuple(cell.id for cell in CELLS)


def test_an_interrupted_run_is_incomplete_and_exits_as_it_did(tmp_path: Path) -> None:
    cells = [logs.cell()]
    for why, code in (("interrupted by SIGINT", Exit.INTERRUPTED), ("--exitfirst: push_pull/tcp/a:b", Exit.FAILED)):
        end = logs.ended(cells, interrupted=why, unplayed=1, exit_code=code)
        path = logs.write(tmp_path / "log", [logs.STARTED, logs.planned(cells, "pair/tcp/a:b"), *cells, end])
        report = read_logs([path])
        assert report.incomplete == f"{why}; 1 of 2 planned cells were not played"
        assert (report.exit_code, report.unjudged) == (code, ("pair/tcp/a:b",))


def test_a_run_that_was_interrupted_in_its_last_cell_says_why_it_exited_with_2(tmp_path: Path) -> None:
    end = logs.ended([logs.cell()], interrupted="interrupted by SIGINT", exit_code=Exit.INTERRUPTED)
    report = logs.report(tmp_path, logs.cell(), end=end)
    assert report.incomplete == "interrupted by SIGINT, after all of its 1 cells had a verdict"
    assert report.exit_code == Exit.INTERRUPTED


def changed(index: int, **changes: object) -> bytes:
    return bytes_of(
        [msgspec.structs.replace(event, **changes) if n == index else event for n, event in enumerate(WHOLE)]
    )


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (b"pigeon", 1, "not a valid event"),
        (b"\x00" * 100, 1, "not a valid event"),
        (b"[]\n", 1, "not a valid event"),
        (bytes_of(WHOLE[:2]) + b"{\n" + bytes_of(WHOLE[2:]), 3, "not a valid event"),
        (bytes_of(WHOLE[:2]) + b"\xff\n" + bytes_of(WHOLE[2:]), 3, "not a valid event"),
        (bytes_of(WHOLE[:2]) + b'{"type":"pigeon"}\n', 3, "pigeon"),
        (bytes_of(WHOLE[:2]) + b"\n", 3, "not a valid event"),
        (bytes_of(WHOLE) + b'{"type":', 10, "not a valid event"),
        (bytes_of(WHOLE[1:]), 1, "a `plan` event before the `run`"),
        (bytes_of([WHOLE[0], *WHOLE[2:]]), 2, "a `peer` event before the `plan`"),
        (bytes_of([WHOLE[0], *WHOLE]), 2, "a second `run` event"),
        (bytes_of([*WHOLE[:2], *WHOLE[1:]]), 3, "a second `plan` event"),
        (bytes_of(WHOLE + WHOLE), 10, "a `run` event after the `end`"),
        (bytes_of([*WHOLE[:5], CELLS[0]]), 6, "'push_pull/tcp/a:b' already has a verdict in line 5"),
        (bytes_of([*WHOLE[:5], logs.cell("pigeon/tcp/a:b")]), 6, "'pigeon/tcp/a:b' was not planned"),
        (bytes_of([*WHOLE[:4], logs.cell(roles={})]), 5, "has no roles"),
        (changed(0, version=events.VERSION + 1), 1, f"a log of version {events.VERSION + 1}"),
        (changed(0, shard="2 of 3"), 1, "2 of 3: not K/N"),
        (changed(1, cells=["a", "a"]), 2, "'a' is planned twice"),
        (changed(1, places=[0]), 2, "positions"),
        (changed(1, places=[0, 1, 3], whole=3), 2, "positions"),
        (changed(1, cells=[*(cell.id for cell in CELLS), "x/tcp/a:b"]), 9, "does not balance"),
        (changed(8, unplayed=1), 9, "does not balance"),
        (changed(8, account=Account(planned=3, passed=2, known=1)), 9, "does not balance"),
        (changed(8, account=Account(planned=3)), 9, "does not balance"),
        (changed(8, exit_code=0), 9, "exited with 0"),
        (changed(8, exit_code=77), 9, "exited with 77"),
    ],
)  # fmt: skip
def test_what_no_harness_writes_is_an_error_with_file_and_line(
    tmp_path: Path, text: bytes, line: int, complaint: str
) -> None:
    (tmp_path / "log").write_bytes(text)
    with pytest.raises(LogError, match=re.escape(complaint)) as caught:
        read_logs([tmp_path / "log"])
    assert str(caught.value).startswith(f"{tmp_path / 'log'}:{line}: ")


def test_a_line_that_is_too_long_is_refused_before_it_is_in_memory(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(LogError, match="log:1: a line of more than 1 MiB"):
        log.read(tmp_path / "log", longest=1 << 20)


def test_a_log_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="nowhere: No such file"):
        read_logs([tmp_path / "nowhere"])


def test_a_log_of_an_older_version_is_read(tmp_path: Path) -> None:
    old = b'{"type":"plan","cells":["push_pull/tcp/a:b"]}\n'
    started = msgspec.structs.replace(logs.STARTED, version=1)
    (tmp_path / "log").write_bytes(bytes_of([started]) + old + bytes_of([logs.cell(), logs.ended([logs.cell()])]))
    report = read_logs([tmp_path / "log"])
    assert (report.incomplete, report.scenarios, report.exit_code) == ("", {}, Exit.OK)


def shards(folder: Path, **changes: object) -> list[Path]:
    """Every other cell in a log of its own."""
    paths = []
    for number in (1, 2):
        mine = CELLS[number - 1 :: 2]
        started = msgspec.structs.replace(logs.STARTED, id=f"run-{number}", shard=f"{number}/2")
        plan = logs.planned(mine, places=[*range(number - 1, len(CELLS), 2)], whole=len(CELLS), **changes)
        paths.append(logs.write(folder / f"{number}.jsonl", [started, plan, logs.seen("a"), *mine, logs.ended(mine)]))
    return paths


def test_the_shards_of_a_plan_tell_the_same_as_one_run(tmp_path: Path) -> None:
    one = logs.report(tmp_path, logs.seen("a"), *CELLS)
    for paths in (shards(tmp_path), [*reversed(shards(tmp_path))]):
        merged = read_logs(paths)
        for name in ("cells", "account", "peers", "lost", "incomplete", "unlike", "exit_code", "scenarios", "unjudged"):
            assert getattr(merged, name) == getattr(one, name), name
        assert [path.name for path in merged.paths] == ["1.jsonl", "2.jsonl"]


def test_a_shard_alone_is_whole_and_with_one_of_three_missing_the_report_is_not(tmp_path: Path) -> None:
    first, second = shards(tmp_path)
    assert read_logs([first]).incomplete == ""
    text = second.read_bytes().replace(b'"shard":"2/2"', b'"shard":"3/3"')
    second.write_bytes(text)
    first.write_bytes(first.read_bytes().replace(b'"fail"', b'"pass"'))
    report = read_logs([first, second])
    assert report.incomplete == "shard 2/3 is missing"
    assert report.exit_code == Exit.INTERRUPTED
    assert report.unlike == (
        f"the runs differ in plan: 3 cells in 2 shards in {first}; 3 cells in 3 shards in {second}",
    )


def test_shards_that_leave_a_cell_out_are_incomplete(tmp_path: Path) -> None:
    paths = shards(tmp_path)
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b'"whole":3', b'"whole":4'))
    report = read_logs(paths)
    assert report.incomplete == "1 of 4 cells of the plan are in none of the shards"


def test_a_run_or_a_cell_that_is_in_two_logs_is_an_error_that_names_both(tmp_path: Path) -> None:
    one = logs.write(tmp_path / "one", WHOLE)
    two = logs.write(tmp_path / "two", WHOLE)
    with pytest.raises(LogError, match=f"{one} and {two} are both logs of the run"):
        read_logs([one, two])
    logs.write(two, [msgspec.structs.replace(logs.STARTED, id="other"), *WHOLE[1:]])
    with pytest.raises(LogError, match=f"{one} and {two} are logs of two runs that both planned push_pull/tcp/a:b"):
        read_logs([one, two])


def test_runs_that_are_not_alike_say_in_what(tmp_path: Path) -> None:
    one = logs.write(tmp_path / "one", logs.whole(logs.seen("a"), logs.cell()))
    other = logs.cell("pair/tcp/a:b")
    started = msgspec.structs.replace(
        logs.STARTED, id="other", harness="0.2.0", proto_digest="0ther", limit=5, runtimes={"a": "container"}
    )
    two = logs.write(
        tmp_path / "two", logs.whole(logs.seen("a", libraries={"libzmq": "4.3.4"}), other, started=started)
    )
    report = read_logs([one, two])
    assert report.unlike == (
        f"the runs differ in harness: 0.1.0 in {one}; 0.2.0 in {two}",
        f"the runs differ in protos: d1gest in {one}; 0ther in {two}",
        f"the runs differ in time limit: 10 s in {one}; 5 s in {two}",
        f"the runs differ in runtime of a: process in {one}; container in {two}",
        f"the runs differ in versions of a: C 17, libzmq 4.3.5 in {one}; C 17, libzmq 4.3.4 in {two}",
    )
    assert [cell.id for cell in report.cells] == ["push_pull/tcp/a:b", "pair/tcp/a:b"]


def test_of_several_logs_each_that_was_cut_is_named(tmp_path: Path) -> None:
    one = logs.write(tmp_path / "one", WHOLE[:-1])
    started = msgspec.structs.replace(logs.STARTED, id="other")
    two = logs.write(tmp_path / "two", logs.whole(logs.cell("x/tcp/a:b"), started=started))
    report = read_logs([two, one])
    assert report.incomplete.startswith(f"{one}: the log has no end")
    assert report.exit_code == Exit.INTERRUPTED
