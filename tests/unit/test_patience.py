"""A bad peer is given up before it costs much, and is told of once: how many agents, how many plays, which verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from interop.control.v1.control_pb2 import Request
from tests.unit import world
from zmq_interop.agents.control.channel import Delays
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Deed, Script, ScriptedInstance, at
from zmq_interop.core.verdicts import Verdict
from zmq_interop.run.engine.engine import Settings
from zmq_interop.run.engine.patience import LATE, MAX_BARREN, MAX_WAIT, Patience

HONEST = Delays(100, 0.2)
WAITING = Delays(100, 90.0)


def beside_an_honest_one(script: Script, **settings: Any) -> world.Played:
    """All cells of two peers, of which `a` is bad."""
    known = world.peers("a", "b", lanes=256)
    return world.play(known, world.cells(known), {"a": script}, settings=Settings(**settings))


def given_up(played: world.Played) -> str:
    """Why `a` was given up: told once, with what to do, and the same for each of its cells that it left unjudged."""
    (lost,) = played.lost
    assert lost.name == "a"
    assert "smoke" in lost.hint
    of_a = {id: cell for id, cell in played.judged.items() if "a" in cell.roles.values()}
    assert {cell.reason for cell in of_a.values() if cell.verdict is Verdict.BROKEN} == {f"a: {lost.reason}"}
    assert {cell.verdict for id, cell in played.judged.items() if id not in of_a} == {Verdict.PASS}
    assert not played.said, "nothing is played again"
    return lost.reason


@pytest.mark.parametrize(
    ("deed", "seen", "asked"),
    [
        (runtime.wrong_id, "which was never requested", "exactly one Response with its id"),
        (runtime.twice, "was already answered", "exactly one Response with its id"),
        (
            runtime.say(b"\x80\x00\x00\x00"),
            "the length says 2147483648 bytes",
            "stdout is for the protocol",
        ),
        (runtime.say(b"\x00\x00\x00\x03abc"), "wrote bytes that are not a Response", "stdout is for the protocol"),
        (runtime.reply(closed=7), "closed 7 sockets on lane", "CloseAll closes exactly the sockets of its lane"),
    ],
    ids=["wrong id", "twice", "2 GiB", "garbage", "closes more"],
)
def test_the_first_breach_of_the_contract_gives_the_peer_up(deed: Deed, seen: str, asked: str) -> None:
    operation = "close_all" if "closed" in seen else "bind"
    played = beside_an_honest_one(Script(instead=at(operation, deed, nth=3)))
    assert seen in given_up(played)
    assert asked in played.lost[0].hint
    assert "docs/peer-contract.md" in played.lost[0].hint
    assert len(played.runtime.instances) <= 2 + 2 + 1, "none takes the place of one that broke the contract"


def test_an_agent_that_dies_right_after_its_hello_is_started_a_few_times() -> None:
    def leave(self: ScriptedInstance, request: Request) -> None:
        self.kill()

    played = beside_an_honest_one(Script(instead=lambda _self, _request: leave))
    assert f"a lost {MAX_BARREN} agents in a row" in given_up(played)
    assert len(played.runtime.instances) <= 2 + MAX_BARREN + 1


def test_an_agent_that_never_answers_close_all_is_replaced_once() -> None:
    played = beside_an_honest_one(Script(instead=at("close_all", runtime.swallow)))
    assert "a delayed the run" in given_up(played)
    assert len(played.runtime.instances) <= 2 + 2 * 2


def test_an_agent_that_answers_a_second_late_is_given_up() -> None:
    played = beside_an_honest_one(Script(late=1), jobs=4)
    assert "a delayed the run" in given_up(played)
    assert {incident.ended for incident in played.incidents} == {"killed by SIGKILL"}
    assert [one.name for one in played.runtime.instances if one.name.startswith("a-")] == ["a-1", "a-2"]


def test_an_agent_that_is_a_little_late_plays_all_its_cells() -> None:
    played = beside_an_honest_one(Script(late=LATE / 2), jobs=4)
    assert set(played.verdicts.values()) == {Verdict.PASS}


def test_where_all_are_late_nobody_is_given_up() -> None:
    known = world.peers("a", "b", lanes=256)
    script = dict.fromkeys(known, Script(late=1))
    played = world.play(known, world.cells(known), script, settings=Settings(jobs=4))
    assert set(played.verdicts.values()) == {Verdict.PASS}


def looks(patience: Patience, delays: Delays, times: int, lag: float = 0.0) -> list[str]:
    """What comes of so many looks, half a second each."""
    return [why for _ in range(times) for why in patience.look({"a": delays, "b": HONEST}, 0.5, lag).values()]


def test_a_peer_that_keeps_the_run_waiting_is_given_up_after_a_while() -> None:
    patience = Patience(10)
    assert looks(patience, WAITING, int(2 * MAX_WAIT)) == []
    (why,) = looks(patience, WAITING, 1)
    assert why == (
        "a delayed the run for 12 s more than it was playing: its answers were 0.90 s late on average; "
        "the best other peer's were 0.00 s late"
    )


def test_what_a_peer_costs_it_can_earn_back() -> None:
    patience = Patience(10)
    for _ in range(10):
        assert looks(patience, WAITING, 20) == []
        assert looks(patience, HONEST, 20) == []


def test_on_a_busy_machine_all_are_late() -> None:
    assert looks(Patience(10), WAITING, 1000, lag=0.2) == []
    patience = Patience(10)
    for _ in range(1000):
        assert patience.look({"a": WAITING, "b": Delays(10, 2.0)}, 0.5, 0) == {}


def test_one_hang_gives_nobody_up_however_long_the_grace() -> None:
    assert looks(Patience(60), WAITING, 2 * 60) == []


def test_cells_that_are_played_to_their_end_are_between_losses() -> None:
    patience = Patience(10)
    for _ in range(MAX_BARREN - 1):
        assert patience.lost("a") == ""
    patience.finished("a")
    assert patience.lost("a") == ""
