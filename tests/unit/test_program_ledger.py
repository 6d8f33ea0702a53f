"""Entries of a ledger about the dialogues of a user's programs, which the project does not know."""

from __future__ import annotations

import pytest

from zmq_interop.results.ledger import findings, reading
from zmq_interop.results.ledger.subject import Every, Subject
from zmq_interop.system.errors import InteropError

ENTRY = """\
[[failure]]
when = {{ scenario = "{scenario}", peer = "go" }}
kind = "altered"
reason = "the number of a field changed"
"""
CELL = Subject(
    "collector:total/tcp/go", "collector:total", {"peer": "go"}, {"scenario": "collector:total", "peer": "go"}
)


def test_an_entry_may_name_a_dialogue() -> None:
    ledger = reading.parse(ENTRY.format(scenario="collector:total"), "known.toml")
    assert ledger.speaks_of is not None


def test_a_misspelt_scenario_is_still_refused() -> None:
    with pytest.raises((InteropError, ValueError), match="there is no scenario 'puhs_pull'"):
        reading.parse(ENTRY.format(scenario="puhs_pull"), "known.toml")


def test_a_run_without_its_program_does_not_call_an_entry_stale() -> None:
    (entry,) = reading.parse(ENTRY.format(scenario="collector:total"), "known.toml").entries
    found = findings.stale(entry, Every())
    assert found is not None
    assert found.needs == (findings.CONFIG,)


def test_the_cells_of_a_dialogue_are_those_that_a_run_has_seen() -> None:
    assert Every().of_run([CELL], []).of("collector:total") == (CELL,)
