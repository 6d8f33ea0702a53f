"""Every scenario is caught lying: an agent that misbehaves on purpose turns it red, and for the right reason."""

from __future__ import annotations

import pytest

from tests.liars.caught import Caught
from tests.liars.caught_by import CAUGHT
from tests.liars.play import Results, cells, controls, met
from tests.liars.test_users_messages import OF_USERS
from zmq_interop import scenarios
from zmq_interop.core.cell import Cell
from zmq_interop.core.scenario import Scenario
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import cell_log

SCENARIOS = {scenario.name: scenario for scenario in scenarios.load()}
ROWS = [(SCENARIOS[name], one) for name, table in CAUGHT.items() for one in table if name in SCENARIOS]


def test_every_scenario_has_lies_that_it_finds_out() -> None:
    assert set(CAUGHT) == set(SCENARIOS), "tests/liars/caught_by/: a lie for each scenario that there is"
    assert [name for name, table in CAUGHT.items() if not table] == []


def test_every_lie_is_found_out_by_some_scenario(lies: tuple[str, ...]) -> None:
    assert set(lies) == {OF_USERS, *(one.lie for table in CAUGHT.values() for one in table)}


@pytest.mark.parametrize(
    ("scenario", "one"), ROWS, ids=[f"{scenario.name}-{one.lie}-{one.role}" for scenario, one in ROWS]
)
def test_lie_is_found_out(scenario: Scenario, one: Caught, played: Results) -> None:
    for value, cell in met(scenario, one).items():
        assert_judged(played, cell, str(one.kind) if one.by(value) else "pass")


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_honest_agents_pass(scenario: Scenario, played: Results) -> None:
    for peers in controls(scenario):
        for cell in cells(scenario, peers).values():
            assert_judged(played, cell, "pass")


def test_account_of_a_run_with_liars_is_balanced(played: Results) -> None:
    assert played.ended is not None
    assert played.ended.account.balanced
    assert played.ended.account.planned == len(played.cells)


def assert_judged(played: Results, cell: Cell, wanted: str) -> None:
    """The cell has this kind of failure, or this verdict; the message has its log."""
    one = played.cells[cell.id]
    assert str(one.kind if one.verdict is Verdict.FAIL else one.verdict) == wanted, cell_log.render(one)
