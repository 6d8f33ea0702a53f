"""Since when a cell is red: what the logs of earlier runs tell of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from interop.control.v1.control_pb2 import Error
from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents.scripted.runtime import Script, at, reply
from zmq_interop.core.events import LOG, VERSION, CellJudged, RunStarted, Since
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results import history
from zmq_interop.results.event_log import EventLog
from zmq_interop.results.report.reading import read_logs
from zmq_interop.system.errors import Exit

CELL = "push_pull/tcp/a:b"
NO_MEMORY = Error(code="ERROR_CODE_NATIVE", errno_name="ENOMEM", text="no memory")
REFUSE = Script(instead=at("connect", reply(error=NO_MEMORY)))


def started(id: str, *again: str, **runtimes: str) -> RunStarted:
    return RunStarted(
        version=VERSION,
        id=id,
        started="",
        harness="",
        command=[],
        runtimes={"a": "process", "b": "process", **runtimes},
        why="",
        jobs=1,
        limit=5,
        proto_digest="",
        machine="",
        again=[*again],
    )


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def past(runs: Path, run: RunStarted, **verdicts: Verdict) -> None:
    """An earlier run, and what became of the cells a_b, ..."""
    folder = runs / run.id
    folder.mkdir(parents=True)
    log = EventLog(folder / LOG)
    log(run)
    for peers, verdict in verdicts.items():
        first, second = peers.split("_")
        log(
            CellJudged(
                id=f"push_pull/tcp/{first}:{second}",
                scenario="push_pull",
                transport="tcp",
                binder="",
                roles={"sender": first, "receiver": second},
                verdict=verdict,
            )
        )
    log.close()


def repeat(runs: Path, id: str, *verdicts: Verdict) -> None:
    """An earlier run that played the cell several times."""
    for number, verdict in enumerate(verdicts):
        past(runs, started(f"{id}.{number}"), a_b=verdict)
    logs = [(runs / f"{id}.{number}" / LOG).read_bytes().splitlines(keepends=True) for number in range(len(verdicts))]
    for number in range(len(verdicts)):
        shutil.rmtree(runs / f"{id}.{number}")
    past(runs, started(id))
    with (runs / id / LOG).open("ab") as file:
        file.writelines(lines[1] for lines in logs)


def since(runs: Path, *again: str) -> Since | None:
    folders = sorted(runs.iterdir(), reverse=True)
    return history.since([CELL], started("now", *again), folders).get(CELL)


def test_nothing_is_known_without_an_earlier_run_that_played_it(runs: Path) -> None:
    past(runs, started("1"), b_a=Verdict.PASS)
    assert since(runs) is None


def test_red_from_now_on(runs: Path) -> None:
    past(runs, started("1"), a_b=Verdict.PASS)
    assert since(runs) == Since(first="now", before="1", verdict=Verdict.PASS)


def test_red_for_some_runs(runs: Path) -> None:
    past(runs, started("1"), a_b=Verdict.FAIL)
    past(runs, started("2"), a_b=Verdict.KNOWN)
    past(runs, started("3"), a_b=Verdict.BROKEN)
    past(runs, started("4"), b_a=Verdict.PASS)
    past(runs, started("5"), a_b=Verdict.FAIL, b_a=Verdict.PASS)
    assert since(runs) == Since(first="3", before="2", verdict=Verdict.KNOWN)


def test_red_in_all_that_is_kept(runs: Path) -> None:
    past(runs, started("1"), a_b=Verdict.FAIL)
    past(runs, started("2"), a_b=Verdict.FIXED)
    assert since(runs) == Since(first="1")


@pytest.mark.parametrize("verdicts", [(Verdict.PASS, Verdict.FAIL), (Verdict.FAIL, Verdict.PASS)])
def test_a_run_that_played_it_several_times_was_red_if_it_was_red_once(
    runs: Path, verdicts: tuple[Verdict, ...]
) -> None:
    past(runs, started("1"), a_b=Verdict.PASS)
    repeat(runs, "2", *verdicts)
    assert since(runs) == Since(first="2", before="1", verdict=Verdict.PASS)
    repeat(runs, "3", Verdict.PASS, Verdict.KNOWN)
    assert since(runs) == Since(first="now", before="3", verdict=Verdict.PASS)


def test_in_how_many_runs_a_cell_passed(runs: Path) -> None:
    past(runs, started("1"), a_b=Verdict.PASS, b_a=Verdict.FAIL)
    past(runs, started("2"), a_b=Verdict.FIXED, b_a=Verdict.KNOWN)
    past(runs, started("3"), a_b=Verdict.FAIL)
    past(runs, started("4", "--limit", "1"), a_b=Verdict.PASS)
    repeat(runs, "5", Verdict.PASS, Verdict.KNOWN)
    cells = [CELL, "push_pull/tcp/b:a", "push_pull/tcp/c:a"]
    assert history.passed(cells, started("now"), sorted(runs.iterdir())) == {CELL: (2, 4)}


def test_other_circumstances_tell_nothing(runs: Path) -> None:
    past(runs, started("1", "--limit", "1"), a_b=Verdict.PASS)
    past(runs, started("2", a="container"), a_b=Verdict.PASS)
    assert since(runs) is None
    assert since(runs, "--limit", "1") == Since(first="now", before="1", verdict=Verdict.PASS)


@pytest.mark.parametrize("text", [b"", b"{", b"[]\n", b'{"type":"run"}\n', b"\xff\n"])
def test_a_log_that_cannot_be_read_is_passed_over(runs: Path, text: bytes) -> None:
    past(runs, started("1"), a_b=Verdict.PASS)
    (runs / "2").mkdir()
    (runs / "2" / LOG).write_bytes(text)
    (runs / "3").mkdir()
    assert since(runs) == Since(first="now", before="1", verdict=Verdict.PASS)


def test_a_log_that_was_cut_short_counts_as_far_as_it_goes(runs: Path) -> None:
    past(runs, started("1"), a_b=Verdict.PASS)
    past(runs, started("2"), a_b=Verdict.FAIL, b_a=Verdict.PASS)
    log = runs / "2" / LOG
    log.write_bytes(log.read_bytes()[:-40])
    assert since(runs) == Since(first="2", before="1", verdict=Verdict.PASS)


def test_a_run_tells_it(play: Player, tmp_path: Path) -> None:
    """From the first green run to the page: all by the logs alone."""
    for scripts in ({}, {"a": REFUSE}, {"a": REFUSE}):
        ended, _ = play(world.peers("a", "b"), scripts, patterns=(CELL,))
    assert ended.exit_code == Exit.FAILED
    green, red, last = sorted(path for path in (tmp_path / "runs").iterdir())
    assert ended.since == {CELL: Since(first=red.name, before=green.name, verdict=Verdict.PASS)}
    assert read_logs([last / LOG]).since(CELL) == f"run {red.name}; in run {green.name} it was pass"
    assert read_logs([red / LOG]).since(CELL) == f"this run; in run {green.name} it was pass"
    assert read_logs([green / LOG]).since(CELL) == ""
