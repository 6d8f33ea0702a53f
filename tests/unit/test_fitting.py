"""Patterns that fit: they match what they are to match and nothing else, and say no more than that takes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.core.cell import matches
from zmq_interop.results.ledger.fitting import fit

PEERS = ("c", "go", "go-pure")
IDS = [
    f"{scenario}/{transport}{value}/{one}:{other}"
    for scenario, transport, value, one, other in itertools.product(
        ("pair", "req_rep"), ("tcp", "ipc"), ("", "/x", "/left-binds/x"), PEERS, PEERS
    )
]


@given(st.sets(st.sampled_from(IDS), min_size=1))
def test_they_match_all_that_is_wanted_and_nothing_else(wanted: set[str]) -> None:
    others = set(IDS) - wanted
    found = fit(wanted, others)
    assert all(matches(id, found) for id in wanted)
    assert not any(matches(id, found) for id in others)
    assert len(found) <= len(wanted)


@pytest.mark.parametrize("pattern", ["req_rep/*/*:go-pure", "req_rep/*/go:*", "pair/tcp*/go:go-pure", "pair/*/x*/*:c"])
def test_what_one_pattern_describes_is_described_by_one(pattern: str) -> None:
    wanted = {id for id in IDS if matches(id, (pattern,))}
    assert len(fit(wanted, set(IDS) - wanted)) == 1


def test_everything_of_a_scenario_is_the_shortest() -> None:
    wanted = {id for id in IDS if id.startswith("pair/")}
    assert fit(wanted, set(IDS) - wanted) == ["pair/*/*:*"]
