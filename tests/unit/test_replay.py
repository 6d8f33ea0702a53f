"""What was in flight when an agent was lost is played again in parts: on how many agents, and who is blamed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from interop.control.v1.control_pb2 import Request
from tests.unit import world
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Choose, Deed, Script, ScriptedInstance, at
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import Event
from zmq_interop.core.sockets import PULL
from zmq_interop.core.verdicts import Expectation, Kind, Verdict
from zmq_interop.run.engine.engine import Engine, Settings
from zmq_interop.run.engine.patience import MAX_LOSSES
from zmq_interop.run.engine.player import KNOWN_LOST
from zmq_interop.run.engine.replay import PARTS, Lost, _what, cut
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import AgentHung

MANY = 48
GUILTY = "multipart/tcp/binary/a:a"
FIRST = ("a-1", "a-2")


def poisoned(request: Request) -> bool:
    """Whether this is a Send of the guilty cell, and of no other that is played here."""
    return any(len(one.raw) == 256 for one in request.send.frames)


def together(
    choose: Choose,
    expects: Callable[[Cell], Expectation] = lambda _: Expectation(),
    watch: Callable[[Engine, Event], None] = lambda _engine, _event: None,
) -> world.Played:
    """Many cells of one peer, all in flight at once; the guilty one comes last."""
    known = world.peers("a", lanes=256)
    planned = [cell for cell in world.cells(known) if cell.transport == "tcp" and "binary" not in cell.id]
    planned = [*planned[: MANY - 1], *world.cells(known, GUILTY)]
    script = {"a": Script(instead=choose)}
    return world.play(known, planned, script, settings=Settings(jobs=MANY), expects=expects, watch=watch)


def test_cells_are_cut_in_a_bounded_number_of_parts_of_few_peers_each() -> None:
    known = world.peers("a", "b")
    cells = world.cells(known)
    parts = cut(cells)
    assert len(parts) == PARTS
    assert sorted(cell.id for part in parts for cell in part) == sorted(cell.id for cell in cells)
    mixed = [part for part in parts if len({frozenset(cell.peers) for cell in part}) > 1]
    assert len(mixed) <= 2, "three sorts of pairs have two borders"
    assert [len(part) for part in cut(cells[:5])] == [1] * 5
    assert cut([]) == []


@pytest.mark.parametrize(("deed", "how"), [(runtime.die, "died"), (runtime.hang, "hung")])
def test_the_guilty_one_of_many_is_found_with_few_agents(deed: Deed, how: str) -> None:
    played = together(at("send", deed, where=poisoned))
    (incident,) = played.incidents
    suspects = len(incident.cells)
    assert suspects > 2 * PARTS, "else they are all played alone at once"
    guilty = played.judged[GUILTY]
    assert (guilty.verdict, guilty.kind, guilty.alone) == (
        Verdict.FAIL,
        Kind.CRASHED if deed is runtime.die else Kind.HUNG,
        True,
    )
    assert [cell.verdict for id, cell in played.judged.items() if id != GUILTY] == [Verdict.PASS] * (MANY - 1)
    part = -(-suspects // PARTS)
    # Two at first, one in the place of the lost one, two for each part, two for each cell of the part that lost one.
    assert len(played.runtime.instances) <= 3 + 2 * PARTS + 2 * part < 3 + 2 * suspects
    assert played.said == [f"replaying {suspects} cells that were in flight when {incident.instance} {how}"]


def replayed(
    expects: Callable[[Cell], Expectation] = lambda _: Expectation(),
) -> tuple[world.Played, dict[str, list[float]]]:
    """Cells of which a-1 dies when the first is closed, though none is guilty; and the limits that each play had."""
    limits: dict[str, list[float]] = {}

    async def play(cell: CellContext) -> None:
        limits.setdefault(cell.cell.id, []).append(cell.limit)
        await cell.one.open(PULL).opened
        await asyncio.sleep(1)  # by then all are in flight

    known = world.peers("a", lanes=256)
    planned = world.cells_of(play, known)
    script = {"a": Script(instead=at("close_all", runtime.die, instance="a-1"))}
    return world.play(known, planned, script, settings=Settings(jobs=len(planned)), expects=expects), limits


def test_where_nobody_is_guilty_each_is_played_once_more_and_all_are_broken() -> None:
    played, limits = replayed()
    assert {len(plays) for plays in limits.values()} == {2}
    assert set(played.verdicts.values()) == {Verdict.BROKEN}
    assert all("none of them causes it alone" in cell.reason for cell in played.judged.values())
    assert len(played.said) == 1


@pytest.mark.parametrize(("flaky", "limit"), [(False, KNOWN_LOST), (True, Settings().limit)])
def test_a_cell_waits_less_for_what_always_gets_lost_also_when_it_is_played_again(flaky: bool, limit: float) -> None:
    lost = Expectation(kinds=(Kind.LOST,), flaky=flaky)
    _, limits = replayed(lambda cell: lost if cell.id == "own/ipc/a:a" else Expectation())
    assert limits.pop("own/ipc/a:a") == [limit, limit]
    assert {limit for plays in limits.values() for limit in plays} == {Settings().limit}


def test_parts_are_played_beside_each_other() -> None:
    now = most = 0

    async def play(cell: CellContext) -> None:
        nonlocal now, most
        again = cell.one.instance not in FIRST
        now += again
        most = max(most, now)
        await cell.one.open(PULL).opened
        await asyncio.sleep(1)
        now -= again

    known = world.peers("a", "b", "c", lanes=256)
    planned = world.cells_of(play, known)
    script = {"a": Script(instead=at("close_all", runtime.die, instance="a-1"))}
    played = world.play(known, planned, script, settings=Settings(jobs=len(planned)))
    (incident,) = [one for one in played.incidents if one.instance == "a-1"]
    assert most >= len(incident.cells) > 2


def test_a_run_that_is_stopped_before_the_guilty_cell_is_found_judges_none_of_those_it_suspected() -> None:
    engines: list[Engine] = []

    def die_or_stop(self: ScriptedInstance, request: Request) -> Deed | None:
        if self.name not in (*FIRST, "a-3"):  # one that takes the place of the lost one: this one plays cells again
            engines[0].stop()
        return at("send", runtime.die, where=poisoned)(self, request)

    played = together(die_or_stop, watch=lambda engine, _: engines.append(engine))
    suspected = set(played.incidents[0].cells)
    assert len(suspected) > PARTS
    assert not suspected & set(played.verdicts)


def test_a_peer_that_loses_agent_after_agent_is_given_up_while_cells_are_played_again() -> None:
    def die_again(self: ScriptedInstance, request: Request) -> Deed | None:
        first = self.name in (*FIRST, "a-3")
        return at("send", runtime.die, where=poisoned if first else lambda _: True)(self, request)

    played = together(die_again)
    (lost,) = played.lost
    assert f"a lost {MAX_LOSSES} more agents" in lost.reason
    broken = [cell for cell in played.judged.values() if cell.verdict is Verdict.BROKEN]
    assert {cell.reason for cell in broken} == {f"a: {lost.reason}"}
    assert len(played.runtime.instances) <= 3 + 2 * PARTS + 2 * (MAX_LOSSES + PARTS)


def test_an_agent_that_breaks_the_contract_when_cells_are_played_again_gives_its_peer_up() -> None:
    def babble_again(self: ScriptedInstance, request: Request) -> Deed | None:
        if self.name in (*FIRST, "a-3"):
            return at("send", runtime.die, where=poisoned)(self, request)
        return at("send", runtime.wrong_id)(self, request)

    played = together(babble_again)
    (lost,) = played.lost
    assert lost.reason.startswith("a breaks the peer contract: a-")
    assert all(played.judged[id].reason == f"a: {lost.reason}" for id in played.incidents[0].cells)


@pytest.mark.parametrize(
    ("count", "told"), [(1, "a-1 hung"), (3, "a-1, a-2 and a-3 were lost"), (4, "4 agents were lost")]
)
def test_lost_agents_are_named_where_they_are_few(count: int, told: str) -> None:
    assert _what([Lost(AgentHung(f"a-{number}", "it hung"), ()) for number in range(1, count + 1)]) == told
