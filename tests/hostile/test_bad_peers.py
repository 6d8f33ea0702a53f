"""What bad peers cost a run of real agents: how many of theirs are started, what is said, and which verdicts there are.

benchmarks/bad_peers.py measures the seconds; what shows in nothing but seconds is in tests/unit/test_patience.py.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from benchmarks import bad_peers
from tests.space import HERE, logs_in
from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.core import default_cells, plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event, PeerLost, RunEnded
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.peers import build, manifest
from zmq_interop.results.ledger import Ledger
from zmq_interop.run import session
from zmq_interop.run.engine.patience import MAX_BARREN, MAX_LOSSES
from zmq_interop.run.engine.replay import PARTS
from zmq_interop.run.options import Options
from zmq_interop.schemas import project

HONEST = "python"
SEATS = 2  # agents that a peer has at once
GIVEN_UP = {  # why, and how many of their agents are started at most
    "wrong-ids": ("breaks the peer contract: wrong-ids-", SEATS),
    "announces": ("the length says 2147483648 bytes", SEATS),
    "leaves": ("leaves", SEATS + MAX_BARREN),  # it depends on who is quicker whether its Hello is heard
    # Only the last cell on a shared link asks it to close. The cells in flight then are replayed to find the cause.
    "never-closes": ("never-closes", SEATS + 2 * PARTS + MAX_LOSSES),
}
HABITS = ("panics", *GIVEN_UP)
SCENARIOS = ("push_pull", "req_rep", "pub_sub", "pair", "multipart", "data_message")


class Told:
    """What the run told."""

    def __init__(self) -> None:
        self.cells: dict[str, CellJudged] = {}
        self.lost: list[PeerLost] = []
        self.said: list[str] = []
        self.started: Counter[str] = Counter()
        self.ended: RunEnded | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case CellJudged():
                self.cells[event.id] = event
            case PeerLost():
                self.lost.append(event)
            case RunEnded():
                self.ended = event

    def of(self, peer: str) -> list[CellJudged]:
        """The cells of this peer."""
        return [cell for cell in self.cells.values() if peer in cell.roles.values()]


def _wanted(cell: Cell) -> bool:
    """Whether it plays; few of them are to panic."""
    binds_as_usual = cell.binder == cell.scenario.binder
    return binds_as_usual and (cell.scenario.name != "multipart" or cell.values["pattern"] in ("push-pull", "pair"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The run: each bad peer with an honest one, many cells in flight."""
    home = tmp_path_factory.mktemp("bad")
    shared = project.scan()
    project.generate(HERE)
    folders = [Outside(name=habit, folder=bad_peers.folder(home, habit, habit)) for habit in HABITS]
    found = outside.join(manifest.discover(), folders)
    asyncio.run(build.build(found[HONEST], shared, HERE, home / "build.log", print, install=True))
    every = {one.name: one for one in scenarios.load()}
    pairs = [{HONEST, habit} for habit in HABITS] + [{HONEST}]
    cells = [
        cell
        for name in SCENARIOS
        for cell in default_cells.expand(every[name], [HONEST, *HABITS], {})
        if cell.transport == "tcp" and set(cell.peers) in pairs and _wanted(cell)
    ]
    options = Options(runtime="process", jobs=48, grace=5, install=False)
    planned = session.Plan(
        space=logs_in(home), protos=shared, peers=found, cells=plan.planned(cells, found), ledger=Ledger()
    )
    told = Told()
    asyncio.run(session.Run(options, planned, [told], told.said.append).play())
    told.started.update(log.name.rpartition("-")[0] for log in (home / "runs").glob("*/agents/*.stderr"))
    return told


def test_each_cell_has_one_verdict_and_the_honest_ones_pass(told: Told) -> None:
    assert told.ended is not None
    assert told.ended.account.balanced
    honest = [cell for cell in told.cells.values() if set(cell.roles.values()) == {HONEST}]
    assert {cell.verdict for cell in honest} == {Verdict.PASS}


@pytest.mark.parametrize("habit", GIVEN_UP)
def test_a_peer_that_cannot_be_played_with_is_given_up_for_one_reason(habit: str, told: Told) -> None:
    how, most = GIVEN_UP[habit]
    (lost,) = [one for one in told.lost if one.name == habit]
    assert how in lost.reason
    assert lost.hint
    broken = [cell for cell in told.of(habit) if cell.verdict is Verdict.BROKEN]
    assert broken
    assert {cell.reason for cell in broken} == {f"{habit}: {lost.reason}"}
    assert told.started[habit] <= most


def test_of_a_peer_that_panics_the_guilty_cells_are_found_and_the_others_pass(told: Told) -> None:
    assert "panics" not in [one.name for one in told.lost]
    poisoned = {cell.id for cell in told.of("panics") if _poisoned(cell)}
    failed = {cell.id: (cell.verdict, cell.kind) for cell in told.of("panics") if cell.verdict is not Verdict.PASS}
    assert poisoned
    assert failed == dict.fromkeys(poisoned, (Verdict.FAIL, Kind.CRASHED))
    assert told.started["panics"] <= SEATS + 2 * MAX_LOSSES + 2 * 12


def _poisoned(cell: CellJudged) -> bool:
    return cell.values.get("shape") == "binary" and cell.roles["receiver"] == "panics"


def test_what_is_played_again_is_said_once(told: Told) -> None:
    again = [text for text in told.said if text.startswith("playing ")]
    assert len(again) <= 1
