"""Every scenario is caught lying: an agent that misbehaves on purpose turns it red, and for the right reason."""

from __future__ import annotations

import pytest

from harness import scenarios
from harness.cell import Cell
from harness.scenario import Scenario
from harness.verdicts import Verdict
from tests.liars.caught import CAUGHT, Caught
from tests.liars.play import CONTROLS, Results, cells, met

SCENARIOS = {scenario.name: scenario for scenario in scenarios.load()}
ROWS = [(SCENARIOS[name], one) for name, table in CAUGHT.items() for one in table if name in SCENARIOS]


def test_every_scenario_has_lies_that_it_finds_out() -> None:
    assert set(CAUGHT) == set(SCENARIOS), "tests/liars/caught.py: a lie for each scenario, and no scenario that is gone"
    assert [name for name, table in CAUGHT.items() if not table] == []


def test_every_lie_is_found_out_by_some_scenario(lies: tuple[str, ...]) -> None:
    assert set(lies) == {one.lie for table in CAUGHT.values() for one in table}


@pytest.mark.parametrize(
    ("scenario", "one"), ROWS, ids=[f"{scenario.name}-{one.lie}-{one.role}" for scenario, one in ROWS]
)
def test_lie_is_found_out(scenario: Scenario, one: Caught, played: Results) -> None:
    seen = judgements(played, met(scenario, one))
    assert seen == {value: str(one.kind) if one.by(value) else "pass" for value in seen}


@pytest.mark.parametrize("peers", CONTROLS, ids=":".join)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_honest_agents_pass(scenario: Scenario, peers: tuple[str, str], played: Results) -> None:
    seen = judgements(played, cells(scenario, peers))
    assert set(seen.values()) == {"pass"}, seen


def test_account_of_a_run_with_liars_is_balanced(played: Results) -> None:
    assert played.ended is not None
    assert played.ended.account.balanced
    assert played.ended.account.planned == len(played.cells)


def judgements(played: Results, met: dict[str, Cell]) -> dict[str, str]:
    """What became of these cells: the kind of a failure, else the verdict."""
    judged = {value: played.cells[cell.id] for value, cell in met.items()}
    return {value: str(one.kind if one.verdict is Verdict.FAIL else one.verdict) for value, one in judged.items()}
