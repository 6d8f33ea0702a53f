"""Which failed cells are played once more through relays."""

from __future__ import annotations

import msgspec
import pytest

from tests.unit import logs, world
from zmq_interop.agents.scripted.runtime import ScriptedRuntime
from zmq_interop.core import plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.verdicts import Kind
from zmq_interop.run.tapping import MOST_ALIKE, Failed


class Reachable(ScriptedRuntime):
    """Agents that a relay could stand before."""

    def no_relay(self, transport: str) -> str:
        """Any transport will do."""
        return ""


def chosen(cells: list[Cell], kind: Kind) -> tuple[list[Cell], list[str]]:
    """What is played once more, and the notes, where all of these cells failed like this."""
    failed = Failed()
    for one in cells:
        failed.add(msgspec.structs.replace(logs.failed(one.id), scenario=one.scenario.name, kind=kind))
    reachable = Reachable(world.DIGEST)
    return failed.chosen({one.id: one for one in cells}, {"a": reachable, "b": reachable}), failed.notes()


@pytest.fixture
def cells() -> list[Cell]:
    """One more of a scenario than are played."""
    found = plan.plan(world.in_memory(), world.peers("a", "b"), ["push_pull/tcp"])
    return found[: MOST_ALIKE + 1]


def test_of_cells_that_failed_alike_a_few_are_played_and_the_rest_is_counted(cells: list[Cell]) -> None:
    played, (note,) = chosen(cells, Kind.LOST)
    assert played == cells[:MOST_ALIKE]
    assert f"{MOST_ALIKE} of {MOST_ALIKE + 1} failed cells" in note


def test_what_a_compiler_refuses_has_no_bytes_to_see(cells: list[Cell]) -> None:
    assert chosen(cells, Kind.UNCOMPILABLE) == ([], [])


def test_those_that_took_least_time_are_played(cells: list[Cell]) -> None:
    failed = Failed()
    for number, one in enumerate(cells):
        judged = logs.failed(one.id)
        failed.add(msgspec.structs.replace(judged, scenario="push_pull", kind=Kind.LOST, seconds=10.0 - number))
    slow = plan.plan(world.in_memory(), world.peers("a"), ["req_rep/tcp/a:a"])
    failed.add(msgspec.structs.replace(logs.failed(slow[0].id), scenario="req_rep", kind=Kind.LOST, seconds=60.0))
    reachable = Reachable(world.DIGEST)
    found = failed.chosen({one.id: one for one in [*slow, *cells]}, {"a": reachable, "b": reachable})
    assert found == [*cells[:0:-1], *slow]
