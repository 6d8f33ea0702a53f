"""A hostile peer costs its own cells and one clear message; all other cells are judged as if it were not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.cases import CASES, ENDINGS
from tests.hostile.play import HONEST, Told, cell_id
from tests.hostile.processes import gone
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import reading, summary
from zmq_interop.system.errors import Exit


@pytest.mark.parametrize("name", CASES)
def test_its_cell_is_judged_and_the_message_tells_why(name: str, told: Told) -> None:
    case, cell = CASES[name], told.cells[cell_id(name)]
    text = told.text(name)
    if case.verdict is None:
        assert cell.verdict in (Verdict.FAIL, Verdict.BROKEN)
    else:
        assert (cell.verdict, cell.kind) == (case.verdict, case.kind), text
    assert [part for part in case.says if part not in text] == [], text
    assert name in text or name in ENDINGS
    assert "Traceback" not in text


@pytest.mark.parametrize("name", CASES)
def test_a_peer_that_cannot_be_used_is_told_once_with_what_to_do(name: str, told: Told) -> None:
    case = CASES[name]
    assert (name in told.incidents) == case.incident
    if case.verdict is Verdict.BROKEN:
        assert told.lost[name].hint
    else:
        assert name not in told.lost or case.verdict is None


@pytest.mark.parametrize("scenario", ["push_pull", "req_rep"])
def test_honest_cells_in_the_same_run_pass(scenario: str, told: Told) -> None:
    assert told.cells[f"{scenario}/tcp/{HONEST}:{HONEST}"].verdict is Verdict.PASS
    assert HONEST not in told.lost
    assert HONEST not in told.incidents


def test_account_is_balanced_and_the_run_fails(told: Told) -> None:
    assert told.ended is not None
    account = told.ended.account
    assert account.balanced
    assert account.planned == len(CASES) + 2 == len(told.cells)
    assert account.passed == 2
    assert account.fail + account.broken == len(CASES)
    assert told.ended.exit_code == Exit.FAILED


def test_a_crash_is_told_with_the_agents_last_words(told: Told) -> None:
    assert "the last straw" in "".join(told.cells[cell_id("abort")].stderr.values())


@pytest.mark.parametrize("name", ["deaf", "stubborn"])
def test_an_agent_that_does_not_end_is_killed_and_told(name: str, told: Told) -> None:
    (incident,) = told.incidents[name]
    assert incident.ended == "killed by SIGKILL"
    assert incident.cells == []


def test_a_process_that_an_agent_leaves_behind_is_ended(told: Told) -> None:
    assert gone(int((told.home / "grandchild" / "grandchild.pid").read_text()))


def test_a_flood_on_stderr_is_kept_within_bounds(told: Told) -> None:
    (run,) = (told.home / "runs").iterdir()
    (log,) = (run / "agents").glob("flood-[0-9]*.stderr")
    assert log.stat().st_size < 2 << 20


def test_a_flood_without_end_is_ended_and_told(told: Told) -> None:
    (incident,) = [one for one in told.incidents["flood-for-ever"] if one.cells]  # its successor may be slow to exit
    assert incident.ended == "killed by SIGKILL"
    assert "more than 70 MiB: the harness ends this agent" in incident.stderr


def test_no_peer_steers_the_terminal_or_passes_for_the_harness(told: Told) -> None:
    (events,) = (told.home / "runs").glob("*/events.jsonl")
    lines = summary.lines(reading.read_logs([events]))
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line.startswith("planned ")] == [lines[-1]]
    (log,) = (told.home / "runs").glob("*/cells/push_pull__tcp__python_steer.log")
    text = log.read_text()
    assert [line for line in text.splitlines() if not line.isprintable()] == []
    assert "\nplanned " not in text
    assert "\\x1b[2J" in text


def test_what_the_run_kept_of_each_peer_is_bounded(told: Told) -> None:
    (log,) = (told.home / "runs").glob("*/events.jsonl")
    assert max(map(len, log.read_bytes().splitlines())) < 64 << 10


def test_nothing_is_left_of_the_run(told: Told) -> None:
    mine = [path for path in Path("/proc").glob("[0-9]*/cwd") if _inside(path, told.home)]
    assert mine == []


def _inside(link: Path, folder: Path) -> bool:
    try:
        return link.readlink().is_relative_to(folder)
    except OSError:  # it ended just now, or is a zombie
        return False
