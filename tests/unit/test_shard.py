"""Shards: disjoint, complete, even, the same on every machine; what they cost is read from the event log."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space import HERE
from tests.unit import world
from tests.unit.world import Player
from zmq_interop import scenarios
from zmq_interop.agents.scripted.runtime import Script, at, reply
from zmq_interop.core import plan, shard
from zmq_interop.core.events import CellJudged, RunStarted
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.shard import Shard
from zmq_interop.core.verdicts import Verdict
from zmq_interop.peers import manifest
from zmq_interop.results import costs, ledger
from zmq_interop.results.costs import Costs
from zmq_interop.results.report.reading import Report, read_logs
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.system.errors import Exit, NothingSelected, UsageError

PEERS = world.peers("a", "b", "c")
PLAN = plan.planned(world.cells(PEERS), PEERS)


def parts(cells: list[PlannedCell], of: int) -> list[list[PlannedCell]]:
    """Every shard; those for which nothing is left are empty."""
    found = []
    for number in range(1, of + 1):
        try:
            found.append(shard.cut(cells, Shard(number, of)))
        except NothingSelected:
            found.append([])
    return found


@given(st.lists(st.integers(1, 60_000), max_size=60), st.integers(1, 20))
def test_each_cell_is_in_one_shard_in_the_order_of_the_plan_and_the_shards_cost_the_same(
    prices: list[int], of: int
) -> None:
    cells = [msgspec.structs.replace(one, cost=price) for one, price in zip(PLAN, prices, strict=False)]
    price = {cell.id: cell.cost for cell in cells}
    cut = parts(cells, of)
    ids = [[cell.id for cell in part] for part in cut]
    assert sorted(id for part in ids for id in part) == sorted(price)
    order = list(price)
    assert all(part == sorted(part, key=order.index) for part in ids)
    loads = [sum(price[id] for id in part) for part in ids]
    assert max(loads) - min(loads) <= max(prices, default=0)
    assert sum(not part for part in ids) == max(0, of - len(cells))


def test_the_default_suite_is_cut_evenly_with_what_is_unsupported_broken_or_the_user_s_own() -> None:
    peers = manifest.discover()
    peers["c"] = msgspec.structs.replace(peers["c"], manifest=None, problem="its manifest cannot be read")
    planned = costs.load().added(plan.planned(plan.plan(scenarios.load(), peers), peers), ledger.load().speaks_of)
    cut = parts(planned, 4)
    assert sorted(cell.id for part in cut for cell in part) == sorted(cell.id for cell in planned)
    sorts = (
        lambda one: bool(one.unclaimed),
        lambda one: one.cell.scenario.name == scenarios.OWN_SCHEMAS,
        lambda one: "c" in one.cell.peers,
        lambda one: one.cell.scenario.slow,
        lambda one: one.cell.scenario.own,
    )
    for sort in sorts:  # no shard has all that is of one sort
        counts = [sum(map(sort, part)) for part in cut]
        assert min(counts) > 0
        assert max(counts) <= 1.5 * min(counts)


def test_a_run_plays_its_shard_and_is_no_whole_run() -> None:
    whole = session.prepare(Options(patterns=("push_pull",)), HERE)
    cut = [
        session.prepare(Options(patterns=("push_pull",), shard=Shard(number, 3)), HERE).cells for number in (1, 2, 3)
    ]
    assert sorted(cell.id for part in cut for cell in part) == sorted(cell.id for cell in whole.cells)
    assert Options().whole
    assert not Options(shard=Shard(1, 1)).whole


@pytest.mark.parametrize("text", ["0/3", "4/3", "a/b", "1/0", "-1/3", "1", "", "1/3/3", "1/1001", "1/ 3", "\u0661/3"])
def test_what_is_no_shard_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match=r"not K/N"):
        shard.parse(text)


@pytest.mark.parametrize(
    ("environment", "number"),
    [({"JOB_COMPLETION_INDEX": "0"}, 1), ({"JOB_COMPLETION_INDEX": "3"}, 4), ({"SLURM_ARRAY_TASK_ID": "1"}, 1)],
)
def test_a_task_of_a_batch_system_plays_its_shard(environment: dict[str, str], number: int) -> None:
    assert shard.parse("job/4", environment) == Shard(number, 4)


@pytest.mark.parametrize(
    "environment",
    [{}, {"JOB_COMPLETION_INDEX": ""}, {"JOB_COMPLETION_INDEX": "-1"}, {"SLURM_ARRAY_TASK_ID": "\u0661"}],
)
def test_without_a_batch_system_it_is_told_what_to_give(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="no batch system") as told:
        shard.parse("job/4", environment)
    assert "JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID" in str(told.value)


@pytest.mark.parametrize("environment", [{"JOB_COMPLETION_INDEX": "4"}, {"SLURM_ARRAY_TASK_ID": "0"}])
def test_a_task_beyond_the_shards_is_wrong_usage(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="not K/N"):
        shard.parse("job/4", environment)


@pytest.mark.parametrize("text", ["1/1", "2/4", "1000/1000"])
def test_a_shard_is_written_as_it_was_asked_for(text: str) -> None:
    assert str(shard.parse(text)) == text


def test_more_shards_than_cells_are_not_green_by_silence() -> None:
    with pytest.raises(NothingSelected, match="none of the 2 selected cells"):
        shard.cut(PLAN[:2], Shard(3, 3))


def judged(scenario: str, seconds: float, verdict: Verdict = Verdict.PASS) -> CellJudged:
    """A verdict on some cell of a scenario."""
    return CellJudged(
        id=f"{scenario}/tcp/a:a",
        scenario=scenario,
        transport="tcp",
        binder="",
        roles={},
        verdict=verdict,
        seconds=seconds,
    )


def test_costs_are_the_mean_of_what_was_played_and_rounded_up() -> None:
    known = scenarios.load()
    by_sort = {costs.sort(one): one.name for one in known}
    quick, slow, own = by_sort["quick"], by_sort["slow"], by_sort["own"]
    told = [
        judged(quick, 0.0001),
        judged(slow, 1.0),
        judged(slow, 3.021, Verdict.KNOWN),
        judged(own, 0.5),
        judged(own, 60.0, Verdict.FAIL),
        judged(own, 0.0, Verdict.UNSUPPORTED),
        judged(own, 9.0, Verdict.BROKEN),
    ]
    found = costs.measure(told, known)
    assert found.scenarios == {quick: 1, slow: 1000, own: 500}
    assert found.known == {slow: 3100}
    assert found.unknown == {"quick": 1, "slow": 1000, "own": 500}
    with pytest.raises(ValueError, match="no cell of quick or own"):
        costs.measure(told[1:3], known)


def test_the_file_of_costs_is_as_its_program_writes_it(tmp_path: Path) -> None:
    recorded = costs.load()
    assert costs.PATH.read_text() == costs.render(recorded)
    stale = {*recorded.scenarios, *recorded.known} - {one.name for one in scenarios.load()}
    assert not stale, "scenarios that are gone: tools/costs"


def test_what_a_cell_costs() -> None:
    recorded = Costs(unknown={"quick": 3, "slow": 4, "own": 5}, scenarios={"push_pull": 7}, known={"push_pull": 9})
    peers = {**world.peers("a"), "deaf": world.peer("deaf", socket_types=())}
    cells = plan.planned(world.cells(peers, "push_pull/tcp", "pair/tcp"), peers)
    price = {one.id: one.cost for one in recorded.added(cells, lambda _: False)}
    assert (price["push_pull/tcp/a:a"], price["pair/tcp/a:a"]) == (7, 3)
    assert price["push_pull/tcp/a:deaf"] == costs.UNPLAYED
    price = {one.id: one.cost for one in recorded.added(cells, lambda _: True)}
    assert (price["push_pull/tcp/a:a"], price["pair/tcp/a:a"]) == (9, 3)
    assert price["push_pull/tcp/a:deaf"] == costs.UNPLAYED


LOSES = {"a": Script(instead=at("send", reply()))}
KNOWN = """
[[failure]]
cells = ["push_pull/tcp/a:b"]
kind = "lost"
reason = "upstream #1"
"""


def test_the_shards_of_a_plan_tell_what_one_run_of_it_tells(play: Player, tmp_path: Path) -> None:
    peers = {**world.peers("a", "b"), "deaf": world.peer("deaf", socket_types=())}

    def told(*shards: Shard | None) -> Report:
        paths = []
        for one in shards:
            _, seen = play(peers, LOSES, ledger=KNOWN, patterns=("push_pull", "req_rep/tcp"), shard=one)
            assert isinstance(seen[0], RunStarted)
            paths.append(tmp_path / "runs" / seen[0].id / "events.jsonl")
        return read_logs(paths)

    whole, merged = told(None), told(*(Shard(number, 4) for number in (3, 1, 4, 2)))
    assert merged.incomplete == whole.incomplete == ""
    assert merged.account == whole.account
    assert {cell.verdict for cell in whole.cells} == {Verdict.PASS, Verdict.FAIL, Verdict.KNOWN, Verdict.UNSUPPORTED}
    outcome = [(cell.id, cell.verdict, cell.kind) for cell in whole.cells]
    assert [(cell.id, cell.verdict, cell.kind) for cell in merged.cells] == outcome
    assert merged.exit_code == whole.exit_code
    assert merged.scenarios == whole.scenarios


def test_an_entry_about_another_shard_is_not_stale_and_one_about_none_is_in_each(play: Player) -> None:
    id = "push_pull/tcp/a:b"
    for number in (1, 2):
        ended, seen = play(world.peers("a", "b"), ledger=KNOWN, shard=Shard(number, 2))
        mine = any(isinstance(event, CellJudged) and event.id == id for event in seen)
        assert ended.account.fixed == mine
        assert ended.problems == []
        ended, _ = play(world.peers("a", "b"), ledger=KNOWN.replace("push_pull", "pigeon"), shard=Shard(number, 2))
        assert len(ended.problems) == 1
        assert "stale" in ended.problems[0]


def test_a_peer_that_is_required_may_play_in_another_shard(play: Player) -> None:
    peers = {**world.peers("a", "b"), "deaf": world.peer("deaf", socket_types=())}
    only = {"patterns": ("push_pull/tcp/a:a", "push_pull/tcp/b:b")}
    for number in (1, 2):
        ended, _ = play(peers, **only, shard=Shard(number, 2), require_peers=("a", "b"))
        assert (ended.exit_code, ended.problems) == (Exit.OK, [])
        ended, _ = play(peers, **only, shard=Shard(number, 2), require_peers=("deaf",))
        assert ended.problems == ["--require-peers: deaf: it is in no cell of this run"]
