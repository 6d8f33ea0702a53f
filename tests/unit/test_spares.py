"""An instance that a passing cell had to itself serves the next cell that needs one of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from interop.control.v1.control_pb2 import Request
from tests.unit import world
from zmq_interop.agents.scripted.runtime import Script, ScriptedInstance, at
from zmq_interop.core import plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.peer import Peer
from zmq_interop.core.scenario import PRIMARY, Axis, Scenario, needs
from zmq_interop.core.sockets import PULL
from zmq_interop.core.verdicts import Expectation, Kind, Verdict
from zmq_interop.run.engine.engine import Settings
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch

NUMBERS = ("first", "second", "third")


def cells(known: dict[str, Peer], act: Callable[[CellContext], Awaitable[None]]) -> list[Cell]:
    """Three cells whose role `one` has an instance of its own."""
    own = Scenario(
        name="own",
        roles={"one": needs(PULL, own=True), "other": needs()},
        binder="one",
        play=act,
        doc="",
        transports=("tcp",),
        binders=("one",),
        axes=(Axis(name="number", values=dict.fromkeys(NUMBERS)),),
        primary=(*PRIMARY, "number"),
    )
    return plan.plan([own], known)


def play(act: Callable[[CellContext], Awaitable[None]], script: Script | None = None, jobs: int = 1) -> world.Played:
    known = world.peers("a")
    return world.play(known, cells(known, act), {"a": script or Script()}, settings=Settings(jobs=jobs))


def of_their_own(played: world.Played) -> list[str]:
    """The instances of the role `one`, in the order in which the cells were played."""
    return [played.judged[f"own/tcp/{number}/a:a"].instances["one"] for number in NUMBERS]


async def bind(cell: CellContext) -> None:
    await cell.bind(cell.one.open(PULL))


def test_cells_that_pass_one_after_the_other_use_one_instance() -> None:
    played = play(bind)
    assert set(played.verdicts.values()) == {Verdict.PASS}
    assert len(set(of_their_own(played))) == 1
    assert len(played.runtime.instances) == 3, "two warm ones, and one for all three cells"
    assert played.incidents == []


def test_the_instance_of_a_failure_is_not_used_again() -> None:
    async def fail_first(cell: CellContext) -> None:
        await bind(cell)
        if cell.cell.values["number"] == "first":
            raise Mismatch(Kind.LOST, "x", "y")

    first, second, third = of_their_own(play(fail_first))
    assert first != second == third


def test_a_killed_instance_is_not_used_again_but_its_replacement_is() -> None:
    async def restart(cell: CellContext) -> None:
        await bind(cell)
        await cell.kill("one")
        await cell.restart("one")
        await bind(cell)

    played = play(restart)
    assert set(played.verdicts.values()) == {Verdict.PASS}
    assert len(set(of_their_own(played))) == 3
    assert len(played.runtime.instances) == 2 + 1 + 3  # warm, the first of its own, a replacement for each cell


def test_cells_at_the_same_time_have_different_instances() -> None:
    async def wait(cell: CellContext) -> None:
        await bind(cell)
        await asyncio.sleep(1)

    assert len(set(of_their_own(play(wait, jobs=3)))) == 3


def test_a_spare_instance_that_dies_idle_is_an_incident_and_is_replaced() -> None:
    def die_in_half_a_second(self: ScriptedInstance, request: Request) -> None:
        self.lane(request.lane).take(request)
        self.later(0.5, self.kill)

    async def act(cell: CellContext) -> None:
        await bind(cell)
        if "b" in cell.cell.peers:
            await asyncio.sleep(1)  # between two cells of the other peer

    known = world.peers("a", "b")
    planned = [cell for cell in cells(known, act) if len(set(cell.peers)) == 1]
    script = {"a": Script(instead=at("close_all", die_in_half_a_second, instance="a-3", nth=1))}
    played = world.play(known, planned, script, settings=Settings(jobs=1))
    assert set(played.verdicts.values()) == {Verdict.PASS}
    assert [(incident.instance, incident.cells) for incident in played.incidents] == [("a-3", [])]
    first, second, third = of_their_own(played)
    assert first == "a-3" != second == third


@pytest.mark.parametrize("status", [0, 3])
def test_a_spare_instance_must_exit_with_0_at_the_end(status: int) -> None:
    incidents = play(bind, Script(status=status)).incidents
    assert [incident.ended for incident in incidents] == ["exited with 3"] * (3 if status else 0)


def test_a_cell_that_plays_alone_has_fresh_instances() -> None:
    known = world.peers("a")
    planned = cells(known, bind)
    played = world.play(
        known,
        planned,
        settings=Settings(jobs=1),
        expects=lambda cell: Expectation(kinds=(Kind.CRASHED,) if cell.id == planned[1].id else ()),
    )
    first, second, third = of_their_own(played)
    assert played.judged[planned[1].id].alone
    assert first == third != second
