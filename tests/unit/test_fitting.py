"""Causes that fit: they hold for what they are to hold for and for nothing else, and say no more than that takes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.results.ledger.fitting import fit
from zmq_interop.results.ledger.scope import Causes
from zmq_interop.results.ledger.subject import Subject

PEERS = ("c", "go", "go-pure")
CELLS = [
    Subject(
        f"{scenario}/{transport}/{binder}-binds/{pattern}/{one}:{other}",
        scenario,
        {"left": one, "right": other},
        {
            "scenario": scenario,
            "transport": transport,
            "binder": binder,
            "left": one,
            "right": other,
            "pattern": pattern,
        },
    )
    for scenario, transport, binder, pattern, one, other in itertools.product(
        ("pair", "routing"), ("tcp", "ipc"), ("left", "right"), ("x", "y"), PEERS, PEERS
    )
]
INDICES = st.sets(st.integers(0, len(CELLS) - 1), min_size=1)


@given(INDICES)
def test_they_hold_for_all_that_is_wanted_and_nothing_else(wanted: set[int]) -> None:
    mine = [CELLS[index] for index in sorted(wanted)]
    found = Causes(when=fit(mine, [cell for index, cell in enumerate(CELLS) if index not in wanted]))
    assert [cell.id for cell in CELLS if found.matches(cell)] == [cell.id for cell in mine]
    assert len(found.when) <= len(mine)


@given(INDICES, INDICES)
def test_what_is_neither_may_be_taken_in(wanted: set[int], others: set[int]) -> None:
    found = Causes(when=fit([CELLS[one] for one in wanted], [CELLS[one] for one in others - wanted]))
    assert all(found.matches(CELLS[one]) for one in wanted)
    assert not any(found.matches(CELLS[one]) for one in others - wanted)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"right": "go-pure"}, '{ scenario = ["pair", "routing"], right = "go-pure" }'),
        ({"scenario": "pair", "left": "go", "pattern": "x"}, '{ scenario = "pair", left = "go", pattern = "x" }'),
        ({"scenario": "routing", "right": ("c", "go")}, '{ scenario = "routing", right = ["c", "go"] }'),
        ({"scenario": "pair"}, '{ scenario = "pair" }'),
    ],
)
def test_what_one_cause_describes_is_described_by_one(facts: dict[str, str | tuple[str, ...]], text: str) -> None:
    wanted = [
        cell
        for cell in CELLS
        if all(cell.facts[name] in ((value,) if isinstance(value, str) else value) for name, value in facts.items())
    ]
    others = [cell for cell in CELLS if cell not in wanted]
    assert list(map(str, fit(wanted, others))) == [text]
