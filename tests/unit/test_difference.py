"""What changed between two runs, and which changes are for the worse."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit import logs
from tests.unit.logs import HOSTILE, cell, failed
from zmq_interop.cli import report_files
from zmq_interop.core.events import CellJudged, PeerSeen
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import difference
from zmq_interop.results.report.difference import Difference
from zmq_interop.results.report.layout import Page
from zmq_interop.results.report.reading import read_logs
from zmq_interop.system import workspace
from zmq_interop.system.errors import Exit

FIXED = cell(verdict=Verdict.FIXED, kind=Kind.LOST, reason="known-failures.toml:3 says that it fails")
BROKEN = cell(verdict=Verdict.BROKEN, reason="no answer")
KNOWN = cell(verdict=Verdict.KNOWN, kind=Kind.LOST, reason="upstream #1")

COUNTS = "newly red 0, fails in another way 0, newly known 0, newly green 0, gone 0, new 0, slower"


def compare(folder: Path, before: list[CellJudged | PeerSeen], after: list[CellJudged | PeerSeen]) -> Difference:
    other = msgspec.structs.replace(logs.STARTED, id="other")
    return difference.compare(logs.report(folder / "a", *before), logs.report(folder / "b", *after, started=other))


def test_nothing_changed_is_nothing_worse(tmp_path: Path) -> None:
    told = compare(tmp_path, [cell(), failed("pair/tcp/a:b")], [cell(), failed("pair/tcp/a:b")])
    assert told.exit_code == Exit.OK
    assert difference.lines(told) == [
        "",
        f"{COUNTS} unknown: too few cells passed in both",
    ]


@pytest.mark.parametrize(
    ("before", "after", "sort", "code"),
    [
        ([cell()], [failed()], "newly red: FAIL push_pull/tcp/a:b: lost", Exit.FAILED),
        ([KNOWN], [failed()], "newly red: FAIL push_pull/tcp/a:b: lost (before: known as lost)", Exit.FAILED),
        (
            [KNOWN],
            [failed(kind=Kind.HUNG)],
            "fails in another way: FAIL push_pull/tcp/a:b: hung (before: known as lost)",
            Exit.FAILED,
        ),
        ([cell()], [BROKEN], "newly red: BROKEN 1 cell is not judged: no answer", Exit.BROKEN),
        ([KNOWN], [FIXED], "newly green: 1", Exit.OK),
        ([cell()], [FIXED], "", Exit.OK),
        ([FIXED], [KNOWN], "newly known: 1", Exit.OK),
        ([], [failed()], "newly red: FAIL push_pull/tcp/a:b: lost", Exit.FAILED),
        ([cell(verdict=Verdict.UNSUPPORTED)], [failed()], "newly red: FAIL push_pull/tcp/a:b: lost", Exit.FAILED),
        ([cell()], [KNOWN], "newly known: 1", Exit.OK),
        ([cell()], [], "gone: 1", Exit.FAILED),
        ([failed()], [], "gone: 1", Exit.FAILED),
        ([cell()], [cell(verdict=Verdict.UNSUPPORTED, reason="b does not claim tcp")], "gone: 1", Exit.FAILED),
        ([failed()], [cell()], "newly green: 1", Exit.OK),
        ([KNOWN], [cell()], "newly green: 1", Exit.OK),
        ([], [cell()], "new: 1", Exit.OK),
        ([cell(verdict=Verdict.UNSUPPORTED)], [cell()], "new: 1", Exit.OK),
        ([cell(verdict=Verdict.UNSUPPORTED)], [], "", Exit.OK),
        ([failed()], [KNOWN], "", Exit.OK),
        ([failed()], [failed(kind=Kind.HUNG)], "", Exit.OK),
    ],
)
def test_each_change_is_told_once_and_what_is_worse_is_1(
    tmp_path: Path, before: list[CellJudged], after: list[CellJudged], sort: str, code: Exit
) -> None:
    told = compare(tmp_path, [*before], [*after])
    assert told.exit_code == code
    heads = [line for line in difference.lines(told)[:-1] if line and not line.startswith(" ")]
    assert heads == [sort] * bool(sort)


def test_a_known_failure_in_another_way_is_counted_apart_and_has_the_line_that_plays_it(tmp_path: Path) -> None:
    told = compare(tmp_path, [KNOWN, cell("pair/tcp/a:b")], [failed(kind=Kind.HUNG), failed("pair/tcp/a:b")])
    text = difference.lines(told)
    assert text[-1].startswith("newly red 1, fails in another way 1, newly known 0, ")
    at = text.index("fails in another way: FAIL push_pull/tcp/a:b: hung (before: known as lost)")
    assert text[at + 1] == "  ./interop run push_pull/tcp/a:b"


def test_a_newly_red_cell_has_the_line_that_plays_it_and_a_gone_one_its_reason(tmp_path: Path) -> None:
    told = compare(
        tmp_path,
        [cell(), cell("pair/tcp/a:b"), cell("pair/ipc/a:b")],
        [failed(), cell("pair/tcp/a:b", Verdict.UNSUPPORTED, reason="b does not claim tcp")],
    )
    text = difference.lines(told)
    assert "  ./interop run push_pull/tcp/a:b" in text
    assert "  pair/tcp/a:b: unsupported: b does not claim tcp" in text
    assert "  pair/ipc/a:b: not planned" in text


def test_what_is_newly_known_has_its_reason_below_the_line_that_plays_it(tmp_path: Path) -> None:
    told = compare(tmp_path, [cell()], [msgspec.structs.replace(KNOWN, reason="upstream " * 9)])
    text = difference.lines(told, on=Page(60, piped=False))
    at = text.index("  ./interop run push_pull/tcp/a:b")
    assert text[at + 1 : at + 3] == [f"    {'upstream ' * 6}".rstrip(), f"    {'upstream ' * 3}".rstrip()]
    assert max(map(len, text)) <= 60


def test_cells_that_one_of_the_runs_did_not_reach_are_gone_and_it_is_incomplete(tmp_path: Path) -> None:
    one = logs.report(tmp_path / "a", cell(), cell("pair/tcp/a:b"))
    path = logs.write(tmp_path / "log", [logs.STARTED, logs.planned([cell()], "pair/tcp/a:b"), cell()])
    for before, after in ((one, read_logs([path])), (read_logs([path]), one)):
        told = difference.compare(before, after)
        assert told.exit_code == Exit.INTERRUPTED
        assert difference.lines(told)[0].startswith("incomplete: the ")
    assert "  pair/tcp/a:b: without a verdict" in difference.lines(difference.compare(one, read_logs([path])))


def test_versions_that_changed_are_told(tmp_path: Path) -> None:
    told = compare(
        tmp_path, [logs.seen("c"), logs.seen("go"), cell()], [logs.seen("c", libraries={"libzmq": "4.3.6"}), cell()]
    )
    assert told.versions == ("c: process, C 17, libzmq 4.3.5 -> process, C 17, libzmq 4.3.6",)


def costs(pace: float, **of: float) -> list[CellJudged | PeerSeen]:
    """Cells of two scenarios and four peers. pace: of the machine. of: peer or scenario -> how much dearer it is."""
    return [
        cell(
            f"{scenario}/tcp/{number}/{peer}:{peer}",
            seconds=pace * base * (1 + number / 100) * of.get(peer, 1) * of.get(scenario, 1),
        )
        for scenario, base in (("push_pull", 0.001), ("hwm", 0.1))
        for peer in "abcd"
        for number in range(12)
    ]


def test_a_machine_that_is_slower_throughout_tells_nothing(tmp_path: Path) -> None:
    told = compare(tmp_path, costs(1), costs(7))
    assert (told.slower, told.exit_code) == ((), Exit.OK)


def test_a_peer_that_got_slower_is_worse_and_a_scenario_is_told(tmp_path: Path) -> None:
    told = compare(tmp_path, costs(3), costs(1, b=3))
    assert [(one.what, one.ratio) for one in told.slower or ()] == [("peer b", 3.0)]
    assert told.exit_code == Exit.FAILED
    assert "  peer b: 3 x, by 24 cells" in difference.lines(told)
    told = compare(tmp_path, costs(3), costs(1, hwm=5))
    assert [(one.what, one.ratio) for one in told.slower or ()] == [("scenario hwm", 5.0)]
    assert told.exit_code == Exit.OK


def test_many_cells_of_one_sort_are_counted(tmp_path: Path) -> None:
    cells = [cell(f"push_pull/tcp/{number}/a:b") for number in range(difference.NAMED + 3)]
    assert "  and 3 more" in difference.lines(compare(tmp_path, [*cells], []))


def test_hostile_text_of_peers_does_not_reach_the_terminal(tmp_path: Path) -> None:
    told = difference.compare(logs.report(tmp_path / "a", logs.seen("x")), logs.hostile(tmp_path))
    text = difference.lines(told)
    assert any("evil" in line for line in text)
    assert all(line.isprintable() for line in text)
    assert HOSTILE not in "\n".join(text)


def test_the_command_takes_a_log_or_the_folder_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare(tmp_path, [cell()], [failed()])
    assert report_files.diff(tmp_path / "a", tmp_path / "b" / "events.jsonl", workspace.at(tmp_path)) == Exit.FAILED
    assert capsys.readouterr().out.splitlines()[-1].startswith("newly red 1, ")
