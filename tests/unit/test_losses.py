"""Peers that lose messages: who is found, and that their cells no longer hold up the others."""

from __future__ import annotations

import msgspec

from tests.unit import logs, world
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Script, at
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.verdicts import Expectation, Kind, Verdict
from zmq_interop.run.engine.engine import Engine, Settings
from zmq_interop.run.engine.losses import ENOUGH, OTHERS, SHARE, Losses

LIMIT = 10.0


def judged(
    peers: str, verdict: Verdict = Verdict.FAIL, kind: Kind | None = Kind.LOST, seconds: float = 0
) -> CellJudged:
    """A verdict on a cell of these peers."""
    kind = None if verdict is Verdict.PASS else kind
    return logs.cell(f"push_pull/tcp/{peers}", verdict, kind=kind, seconds=seconds)


def test_the_peer_with_most_lost_cells_is_found_and_not_those_at_the_other_end() -> None:
    losses = Losses(LIMIT)
    assert {losses.add(judged(one, Verdict.PASS)) for one in ("a:b", "b:a", "a:a", "b:b")} == {""}
    others = ["a:liar", "liar:b"] * (ENOUGH // 2)
    assert [losses.add(judged(one)) for one in others] == [""] * (ENOUGH - 1) + ["liar"]
    assert [losses.add(judged("a:liar")) for _ in range(10 * ENOUGH)] == [""] * 10 * ENOUGH, "found once, and it alone"
    assert losses.peers == {"liar"}


def test_other_failures_and_few_among_many_do_not_count() -> None:
    losses = Losses(LIMIT)
    for _ in range(10 * ENOUGH):
        assert losses.add(judged("a:b", kind=Kind.ALTERED)) == ""
    for _ in range(ENOUGH * SHARE + SHARE):
        losses.add(judged("a:b", Verdict.PASS))
    assert [losses.add(judged("a:b")) for _ in range(ENOUGH)] == [""] * ENOUGH
    assert losses.add(judged("a:b")) != ""


def test_a_cell_that_fails_in_another_way_counts_if_it_had_waited() -> None:
    losses = Losses(LIMIT)
    assert losses.add(judged("a:b", Verdict.PASS)) == ""
    early = [losses.add(judged("a:liar", kind=Kind.REFUSED, seconds=LIMIT / 2)) for _ in range(10 * ENOUGH)]
    assert set(early) == {""}
    late = [losses.add(judged("a:liar", kind=Kind.REFUSED, seconds=LIMIT)) for _ in range(ENOUGH)]
    assert late == [""] * (ENOUGH - 1) + ["liar"]


def test_where_others_lose_messages_too_the_machine_is_busy_and_no_peer_is_found() -> None:
    losses = Losses(LIMIT)
    for _ in range(OTHERS - 1):
        losses.add(judged("a:b", Verdict.PASS))
    losses.add(judged("a:b"))
    assert [losses.add(judged("c:c")) for _ in range(10 * ENOUGH)] == [""] * 10 * ENOUGH
    losses.add(judged("a:b", Verdict.PASS))
    assert losses.add(judged("c:c")) == "c"


def test_what_is_known_to_fail_is_not_held_against_a_peer() -> None:
    known = world.peers("a", "b", "c")
    script = {"a": Script(instead=at("send", runtime.late(0)))}
    cells = world.cells(known, "push_pull", "pair", "dealer_router")

    def said(expectation: Expectation) -> list[str]:
        return world.play(known, cells, script, expects=lambda _: expectation).said

    assert [line for line in said(Expectation(kinds=(Kind.LOST,))) if "wait out their limit" in line] == []
    assert [line for line in said(Expectation()) if "wait out their limit" in line] == [
        "cells with a wait out their limit: its other cells are played beside the rest"
    ]


def test_a_cell_without_peers_shows_none() -> None:
    losses = Losses(LIMIT)
    met = msgspec.structs.replace(judged("a:b"), roles={})
    assert [losses.add(met) for _ in range(2 * ENOUGH)] == [""] * 2 * ENOUGH


def in_flight_of(script: dict[str, Script]) -> tuple[int, dict[str, Verdict]]:
    """The most cells in flight of a run with two at once, and its verdicts."""
    known = world.peers("a", "b", "c")
    most = 0

    def watch(engine: Engine, event: Event) -> None:
        nonlocal most
        most = max(most, engine.in_flight)

    cells = world.cells(known, "push_pull", "pair", "dealer_router")
    played = world.play(known, cells, script, settings=Settings(jobs=2), watch=watch)
    return most, played.verdicts


def test_cells_that_wait_for_a_peer_that_drops_messages_are_played_beside_the_rest() -> None:
    usual, honest = in_flight_of({})
    assert usual <= 2
    assert set(honest.values()) == {Verdict.PASS}
    most, verdicts = in_flight_of({"a": Script(instead=at("send", runtime.late(0)))})
    assert most > ENOUGH
    assert verdicts.keys() == honest.keys(), "each has its verdict"
    assert {id for id, verdict in verdicts.items() if verdict is not Verdict.PASS} == {
        id for id in verdicts if "a" in id.rpartition("/")[2].split(":")[:1] or _answers(id)
    }


def _answers(id: str) -> bool:
    """Whether the peer in the second role sends, too."""
    return id.startswith(("pair", "dealer_router")) and id.endswith(":a")
