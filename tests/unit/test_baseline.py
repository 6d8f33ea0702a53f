"""Less tested than before is red; more is said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space import HERE
from tests.unit import world
from zmq_interop.core import plan
from zmq_interop.results import baseline
from zmq_interop.results.baseline import Baseline
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.system.errors import UsageError

BASE = Baseline(scenarios=10, cells=200, unsupported=3, peers={"c": 0, "go": 3})
COUNT = st.integers(0, 10**6)
ANY = st.builds(
    Baseline,
    scenarios=COUNT,
    cells=COUNT,
    unsupported=COUNT,
    peers=st.dictionaries(st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True), COUNT),
)


def change(**fields: object) -> Baseline:
    return Baseline(**{**{name: getattr(BASE, name) for name in BASE.__struct_fields__}, **fields})


@given(ANY)
def test_what_is_written_is_what_is_read(one: Baseline) -> None:
    import msgspec

    assert msgspec.toml.decode(str(one), type=Baseline) == one
    assert baseline.difference(one, one) == []
    assert baseline.compare(one, one, alike=True) == ([], [])


@pytest.mark.parametrize(
    ("now", "complaint"),
    [
        (change(peers={"c": 0}), "the peer go is gone"),
        (change(scenarios=9), "9 scenarios instead of 10"),
        (change(cells=199), "199 cells instead of 200"),
        (
            change(unsupported=5, peers={"c": 2, "go": 3}),
            "5 cells for which a peer lacks a claim instead of 3 (c 0 -> 2)",
        ),
    ],
)
def test_less_is_told_with_what_it_is(now: Baseline, complaint: str) -> None:
    problems, notes = baseline.compare(now, BASE, alike=True)
    assert notes == []
    assert len(problems) == 1
    assert f"the run tests less than interop-baseline.toml requires: {complaint}; if" in problems[0]


@pytest.mark.parametrize(
    "now",
    [
        change(scenarios=11),
        change(cells=201),
        change(unsupported=2, peers={"c": 0, "go": 2}),
        change(peers={"c": 0, "go": 3, "new": 0}),
    ],
)
def test_more_fails_nothing_and_is_told(now: Baseline) -> None:
    problems, (note,) = baseline.compare(now, BASE, alike=True)
    assert problems == []
    assert "to record that, run `./interop baseline`" in note


def test_cells_of_another_plan_are_not_compared() -> None:
    fewer = change(cells=1, unsupported=9)
    assert baseline.compare(fewer, BASE, alike=False) == ([], [])
    more_peers = change(cells=1, unsupported=9, peers={"c": 0, "go": 3, "new": 6})
    assert baseline.compare(more_peers, BASE, alike=True)[0] == []


def test_a_plan_is_measured_by_what_its_peers_claim() -> None:
    peers = {"a": world.peer("a"), "b": world.peer("b", transports=("tcp",))}
    found = baseline.measure(plan.planned(world.cells(peers, "push_pull"), peers), peers)
    assert (found.scenarios, found.peers["a"]) == (1, 0)
    assert found.unsupported == found.peers["b"] > 0


@pytest.mark.parametrize("text", ["scenarios = 1\n", "= 1", "pigeons = 1\n"])
def test_one_that_cannot_be_understood_is_wrong_usage(tmp_path: Path, text: str) -> None:
    (tmp_path / "base.toml").write_text(text)
    with pytest.raises(UsageError, match=r"base\.toml: ") as refused:
        baseline.load(tmp_path / "base.toml")
    assert "./interop baseline" in refused.value.hint
    with pytest.raises(UsageError, match="Is a directory"):
        baseline.load(tmp_path)
    assert baseline.load(tmp_path / "nowhere") is None


def test_a_run_of_everything_is_held_against_it_and_a_part_is_not(tmp_path: Path) -> None:
    space = dataclasses.replace(HERE, baseline=tmp_path / "base.toml")
    space.baseline.write_text(str(change(scenarios=10**6)))
    (problem,) = session.prepare(Options(), space).problems
    assert "the run tests less" in problem
    assert session.prepare(Options(patterns=("push_pull",)), space).problems == []
    assert session.prepare(Options(peers=("c",)), space).problems == []
    space.baseline.write_text(str(change(scenarios=1, peers={"c": 0})))
    prepared = session.prepare(Options(), space)
    assert (prepared.problems, len(prepared.notes)) == ([], 1)
