"""Two programs against each other: what becomes of each meeting, and what a user is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs.conftest import CONFIG, WIRES, played
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict

MEETINGS = CONFIG.with_name("meetings.toml")
DATA = "interop.payload.v1.DataMessage"
# Id without transport, and with the peer that plays what is no joint -> the failure, what was expected, what came.
RED = {
    "gateway:changes+sink": (Kind.ALTERED, f'step 2 on out: {DATA}.content (field 1): "change"', '"chance"'),
    "gateway:another-type+sink": (
        Kind.ALTERED,
        f"what is declared that sink takes on in: {DATA}",
        "from gateway: ",
    ),
    "gateway:kills+sink": (Kind.CRASHED, "sink to stay alive", "sink exited with 4\n  | took 0a06706f69736f6e"),
    "asker:differs+answerer": (
        Kind.ALTERED,
        f'step 2: answerer to send on requests what asker takes: {DATA}: {DATA}.timestamp (field 2): "7"',
        '"5"; the whole message: ',
    ),
    "asker:once+answerer": (
        Kind.LOST,
        "step 3: answerer to send on requests what asker takes: the message $asked",
        "no message within 0.3 s",
    ),
}
GREEN = ("gateway:same+sink", "asker:same+answerer", "asker:varies+answerer")
OLD_AND_NEW = {name: (name, f"{name}@old") for name in ("asker", "answerer")}
WITH_A_PEER = "gateway"


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, CellJudged]]:
    """The verdicts of all meetings, by id."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "FAKE_PYTHON", sys.executable)
        yield played(tmp_path_factory.mktemp("meetings"), MEETINGS, "*+*")


def test_each_meeting_is_planned_over_both_transports_with_a_peer_where_one_is_needed(
    met: dict[str, CellJudged],
) -> None:
    ends = {name: "/python" if name.startswith(WITH_A_PEER) else "" for name in (*GREEN, *RED)}
    assert set(met) == {f"{name}/{transport}{ends[name]}" for name in ends for transport in ("tcp", "ipc")}


@pytest.mark.parametrize("name", GREEN)
def test_programs_that_say_what_both_declare_pass(name: str, met: dict[str, CellJudged]) -> None:
    for cell in (cell for id, cell in met.items() if id.startswith(f"{name}/")):
        assert cell.verdict is Verdict.PASS, (cell.id, cell.kind, cell.expected, cell.got, cell.reason)


@pytest.mark.parametrize("name", RED)
def test_what_one_says_and_the_other_does_not_take_is_red(name: str, met: dict[str, CellJudged]) -> None:
    kind, expected, got = RED[name]
    for cell in (cell for id, cell in met.items() if id.startswith(f"{name}/")):
        assert (cell.verdict, cell.kind) == (Verdict.FAIL, kind), (cell.id, cell.expected, cell.got, cell.reason)
        assert expected in cell.expected
        assert got in cell.got


def test_the_log_of_a_meeting_has_both_programs_and_its_bytes(tmp_path: Path, met: dict[str, CellJudged]) -> None:
    assert met
    cells = played(tmp_path, MEETINGS, "asker:same+answerer", wire=True)
    for id, cell in cells.items():
        assert cell.verdict is Verdict.PASS, (cell.expected, cell.got)
        assert {one.instance for one in cell.operations} == {"asker", "answerer"}
        assert cell.stderr["asker"].splitlines() == ["answered 0a01611005", "seen 0a01611005"]
        ends = [(one.connector, one.binder) for one in WIRES[id].transcript.connections]
        assert ends == [("asker", "answerer")] * 2


def test_each_version_is_played_with_peers_and_with_what_it_meets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_PYTHON", sys.executable)
    cells = played(tmp_path, CONFIG.with_name("versions.toml"))
    met = {f"{asker}:asks+{answerer}/tcp" for asker in OLD_AND_NEW["asker"] for answerer in OLD_AND_NEW["answerer"]}
    alone = {f"{name}:asks/tcp/python" for name in OLD_AND_NEW["asker"]}
    assert set(cells) == met | alone | {f"{name}:answers/tcp/python" for name in OLD_AND_NEW["answerer"]}
    red = {id: cell for id, cell in cells.items() if cell.verdict is not Verdict.PASS}
    assert set(red) == {id for id in cells if id.startswith("asker@old")}
    for cell in red.values():
        assert f'step 1 on requests: {DATA}.timestamp (field 2): "5"; no field 3' in cell.expected, cell.reason
        assert '"0"; field 3: 5' in cell.got
