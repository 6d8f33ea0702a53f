"""A group of red cells points to a peer: the one that fails where others pass."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.unit import logs
from zmq_interop.core.events import CellJudged
from zmq_interop.results.report.blame import MOST_TELLING, Blame, Comparison, blames

PEERS = ("c", "go", "liar", "python")


def cells(fails: Callable[[CellJudged], bool], *missing: str) -> list[CellJudged]:
    """Two scenarios, two transports, all ordered pairs of peers, without the missing ones."""
    found = []
    for scenario, transport, one, other in itertools.product(("push_pull", "req_rep"), ("tcp", "ipc"), PEERS, PEERS):
        cell = logs.cell(f"{scenario}/{transport}/{one}:{other}")
        if cell.id not in missing and f"{one}:{other}" not in missing:
            found.append(logs.failed(cell.id) if fails(cell) else cell)
    return found


def blamed(played: list[CellJudged]) -> Blame:
    return Comparison(played).blame([cell for cell in played if cell.expected])


def test_the_peer_in_every_red_cell_is_blamed_with_counts_of_both_sides() -> None:
    found = blamed(cells(lambda cell: cell.scenario == "push_pull" and cell.roles["one"] == "liar"))
    assert found.peers == ("liar",)
    assert found.sentence == "liar: with it 8 failed, 6 passed, without 0 failed, 18 passed"


def test_of_two_in_the_only_red_cell_the_one_that_passes_with_others_is_cleared() -> None:
    others = [f"liar:{peer}" for peer in PEERS if peer != "c"]
    found = blamed(cells(lambda cell: cell.id == "push_pull/tcp/liar:c", *others))
    assert (found.peers, found.undecided, found.together) == (("liar",), False, False)


def test_two_that_each_pass_with_others_are_blamed_together() -> None:
    found = blamed(cells(lambda cell: cell.id == "push_pull/tcp/liar:c"))
    assert (found.peers, found.together) == (("liar", "c"), True)
    assert found.sentence == (
        "liar and c together: each passes the same with other peers; with them 1 failed, 1 passed, without 0 failed, "
        "14 passed"
    )


def test_of_two_that_pass_nowhere_the_one_that_fails_elsewhere_too_is_blamed() -> None:
    alone = [f"{one}:{other}" for one, other in itertools.product(PEERS, PEERS) if {one, other} & {"c"}]
    every = cells(lambda cell: "liar" in cell.roles.values(), *(pair for pair in alone if pair != "liar:c"))
    red = [cell for cell in every if cell.id == "push_pull/tcp/liar:c"]
    assert Comparison(every).blame(red).peers == ("liar",)


def test_a_peer_that_is_alone_in_another_group_explains_a_pair_as_well() -> None:
    pairs = [f"liar:{peer}" for peer in PEERS if peer not in ("c", "python")] + ["c:c", "c:go", "c:python"]
    played = cells(lambda cell: cell.roles["one"] == "liar", *pairs)
    red = [cell for cell in played if cell.expected]
    pair = [cell for cell in red if cell.id == "push_pull/tcp/liar:c"]
    assert [one.peers for one in blames([red, pair], played)] == [("liar",), ("liar",)]


def test_where_nothing_tells_two_apart_cells_that_would_are_named() -> None:
    pairs = [f"{one}:{other}" for one, other in itertools.product(PEERS, PEERS) if {one, other} & {"c", "liar"}]
    found = blamed(cells(lambda cell: cell.id == "push_pull/tcp/liar:c", *(one for one in pairs if one != "liar:c")))
    assert (found.peers, found.undecided) == (("liar", "c"), True)
    assert found.sentence == "liar or c: no cell that was played tells which"
    assert found.telling[:2] == ("push_pull/tcp/liar:go", "push_pull/tcp/go:c")
    assert len(found.telling) == MOST_TELLING


def test_a_cell_alone_in_its_run_is_told_apart_by_each_peer_with_itself() -> None:
    found = blamed([logs.failed("push_pull/tcp/liar:c")])
    assert found.telling == ("push_pull/tcp/liar:liar", "push_pull/tcp/c:c")


def test_two_that_fail_each_on_its_own_are_blamed_both() -> None:
    found = blamed(cells(lambda cell: cell.roles["other"] in ("c", "liar")))
    assert set(found.peers) == {"c", "liar"}
    assert found.sentence.endswith("with them 32 failed, 16 passed, without 0 failed, 16 passed")


def test_where_all_fail_no_peer_is_blamed() -> None:
    found = blamed(cells(lambda cell: cell.scenario == "push_pull"))
    assert found.peers == ()
    assert found.sentence == "no peer in particular; of the cells like these, 32 failed, 0 passed"


@given(st.data())
def test_a_peer_that_fails_wherever_it_takes_part_is_blamed_alone(data: st.DataObject) -> None:
    """Whatever a run leaves out, so long as another pair plays what the red cells ask."""
    every = cells(lambda cell: "liar" in cell.roles.values())
    kept = data.draw(
        st.lists(st.sampled_from([cell for cell in every if cell.expected]), min_size=1, unique_by=lambda cell: cell.id)
    )
    played = [cell for cell in every if not cell.expected or cell in kept]
    assert blamed(played).peers == ("liar",)


@given(st.data())
def test_every_blamed_peer_has_a_part_in_a_red_cell(data: st.DataObject) -> None:
    every = cells(lambda _: False)
    played = [
        logs.failed(cell.id) if data.draw(st.booleans()) else cell
        for cell in data.draw(st.lists(st.sampled_from(every), min_size=1, unique_by=lambda cell: cell.id))
    ]
    if red := [cell for cell in played if cell.expected]:
        found = Comparison(played).blame(red)
        assert set(found.peers) <= {peer for cell in red for peer in cell.roles.values()}
        assert found.having.failed + found.lacking.failed >= len(red)
        assert not set(found.telling) & {cell.id for cell in played}
