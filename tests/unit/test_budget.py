"""`--budget`: what fits, what tells most, what is left out; on recorded costs, never on a clock."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Script, at
from zmq_interop.core import budget, plan
from zmq_interop.core.budget import SHARE, Pair, Work
from zmq_interop.core.events import CellJudged, Planned
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.verdicts import Account
from zmq_interop.system.errors import Exit, NothingSelected, UsageError

PEERS = world.peers("a", "b", "c")
PLAN = plan.planned(world.cells(PEERS, "push_pull", "req_rep", "multipart"), PEERS)
QUEUES = ("quick", "slow")


def pairs_of(cells: list[PlannedCell]) -> set[Pair]:
    """Each two values that a cell has, by its scenario."""
    found: set[Pair] = set()
    for one in cells:
        cell = one.cell
        values = [f"transport={cell.transport}", f"binder={cell.binder}"]
        values += [f"{name}={value}" for name, value in cell.values.items()]
        values += [f"{role}={cell.peer(role)}" for role in cell.scenario.roles]
        found |= {(cell.scenario.name, *two) for two in itertools.combinations(values, 2)}
    return found


@given(st.lists(st.tuples(st.sampled_from(QUEUES), st.floats(0.001, 5)), min_size=len(PLAN), max_size=len(PLAN)))
def test_no_queue_gets_more_than_its_time_and_every_cell_is_kept_or_left_out(drawn: list[tuple[str, float]]) -> None:
    works = [Work(*one) for one in drawn]
    chosen = budget.choose(PLAN, works, 6)
    ids = [one.id for one in PLAN]
    kept = [one.id for one in chosen.kept]
    assert sorted(kept + [one.id for one in chosen.left_out]) == sorted(ids)
    assert kept == [id for id in ids if id in set(kept)], "in the order of the plan"
    by_id = dict(zip(ids, works, strict=True))
    for queue in QUEUES:
        assert sum(by_id[id].seconds for id in kept if by_id[id].queue == queue) <= 6 * SHARE + 1e-9
    for one in chosen.left_out:  # each of them would have been too much
        work = by_id[one.id]
        used = sum(by_id[id].seconds for id in kept if by_id[id].queue == work.queue)
        assert used + work.seconds > 6 * SHARE
    assert set(chosen.uncovered) == pairs_of(PLAN) - pairs_of(chosen.kept)


def test_pairs_are_covered_before_anything_is_played_twice() -> None:
    every = plan.planned(plan.plan(world.in_memory(), PEERS, ("multipart",), every=True), PEERS)
    fifth = len(every) // 5
    chosen = budget.choose(every, [Work("quick", 1.0)] * len(every), fifth / SHARE + 0.01)
    assert len(chosen.kept) == fifth
    assert chosen.uncovered == []
    assert pairs_of(chosen.kept) == pairs_of(every)


def test_cells_of_a_peer_that_changed_come_first() -> None:
    works = [Work("quick", 1.0)] * len(PLAN)
    few = budget.choose(PLAN, works, 5 / SHARE, recent={"c"})
    assert len(few.kept) == 5
    assert all("c" in one.cell.peers for one in few.kept)


def test_a_cheap_cell_that_tells_as_much_is_preferred() -> None:
    alike = [one for one in PLAN if one.cell.scenario.name == "push_pull"]
    works = [Work("quick", 5.0 if one.cell.transport == "tcp" else 0.5) for one in alike]
    chosen = budget.choose(alike, works, 5 / SHARE)
    assert {one.cell.transport for one in chosen.kept} == {"ipc", "inproc"}


def test_what_peers_do_not_claim_is_kept_for_nothing() -> None:
    known = world.peers("a") | world.peers("b", socket_types=("PULL",))
    cells = plan.planned(world.cells(known, "push_pull"), known)
    unclaimed = [one for one in cells if one.unclaimed]
    works = [Work("quick", 0.0 if one.unclaimed else 1.0) for one in cells]
    chosen = budget.choose(cells, works, 1.2)
    assert unclaimed
    assert [one for one in chosen.kept if one.unclaimed] == unclaimed
    assert len(chosen.kept) == len(unclaimed) + 1


def test_no_cell_fits() -> None:
    with pytest.raises(NothingSelected, match=r"no cell fits into 1 s\n.*about 10\.0 s"):
        budget.choose(PLAN, [Work("quick", 9.0)] * len(PLAN), 1)


def test_the_notes_count_and_name() -> None:
    works = [Work("quick", 1.0)] * len(PLAN)
    chosen = budget.choose(PLAN, works, 3 / SHARE)
    told = budget.notes(chosen, "3s")
    assert told[0] == (
        f"--budget 3s: {len(PLAN) - 3} of {len(PLAN)} cells are left out; uncovered pairs of values: "
        f"{len(chosen.uncovered)}"
    )
    played = {one.cell.scenario.name for one in chosen.kept}
    absent = sorted({"push_pull", "req_rep", "multipart"} - played)
    assert told[1:-1] == ([f"--budget 3s: no cell of {', '.join(absent)}"] if absent else [])
    assert told[-1].startswith(
        f"uncovered: {budget.words(next(one for one in chosen.uncovered if one[0] in played))}; "
    )
    assert budget.notes(budget.choose(PLAN, works, 9999), "9999s") == [f"--budget 9999s: all {len(PLAN)} cells fit"]


def test_works_and_pace() -> None:
    cells = [msgspec.structs.replace(one, cost=1600) for one in PLAN[:4]]
    works = budget.works(cells, ["quick", "quick", "slow", "slow"], {"quick": 16, "slow": 128}, pace=2.0)
    assert works == [Work("quick", 0.2)] * 2 + [Work("slow", 0.025)] * 2
    assert budget.pace(0.8, works) == pytest.approx(2.0)
    assert budget.pace(1000, works) == 10.0
    assert budget.pace(5, []) == 1.0


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("60s", 60), ("1.5m", 90), ("1h", 3600)])
def test_a_time(text: str, seconds: float) -> None:
    assert budget.parse(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5s", "5 s", "nan", "inf", "25h", "1d", "٣s"])
def test_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="not a time from 1s to 24h"):
        budget.parse(text)


def test_what_has_no_verdict_when_the_time_is_over_is_left_out(play: Player) -> None:
    silent = {"b": Script(instead=at("send", runtime.keep_silent))}
    ended, seen = play(world.peers("a", "b"), silent, patterns=("push_pull/tcp",), budget="3s")
    judged = [one.id for one in seen if isinstance(one, CellJudged)]
    (planned,) = [one for one in seen if isinstance(one, Planned)]
    assert judged, "cells with a alone are quick"
    assert ended.left_out == [id for id in planned.cells if id not in judged]
    assert ended.left_out, "b needs longer than that"
    assert (ended.exit_code, ended.interrupted, ended.unplayed) == (Exit.OK, "", 0)
    assert ended.account == Account(planned=len(judged), passed=len(judged))
    assert any(note.startswith("--budget 3s: the time was over before") for note in ended.notes)


def test_time_that_is_enough_ends_nothing(play: Player) -> None:
    ended, _ = play(world.peers("a", "b"), patterns=("push_pull/tcp",), budget="3s")
    assert ended.left_out == []
    assert ended.account == Account(planned=8, passed=8)
