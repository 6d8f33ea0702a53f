"""The pool: which instances a run starts, and when."""

from __future__ import annotations

from tests.unit import world
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Script, at
from zmq_interop.run.engine.engine import Settings
from zmq_interop.run.engine.instance import Slot
from zmq_interop.run.engine.pool import slots


def names(played: world.Played) -> list[str]:
    return sorted(instance.name for instance in played.runtime.instances)


def test_two_roles_of_one_peer_are_two_agents_but_one_over_inproc() -> None:
    known = world.peers("a", "b")
    own, mixed, inproc = (
        world.cells(known, id)[0] for id in ("push_pull/tcp/a:a", "push_pull/tcp/a:b", "push_pull/inproc/a:a")
    )
    assert slots(own) == [Slot("a", 0), Slot("a", 1)]
    assert slots(mixed) == [Slot("a", 0), Slot("b", 1)]
    assert slots(inproc) == [Slot("a", 0), Slot("a", 0)]


def test_no_more_agents_are_started_than_cells_need() -> None:
    known = world.peers("a", "b")
    assert names(world.play(known, world.cells(known, "push_pull/tcp/a:b"))) == ["a-1", "b-1"]
    assert names(world.play(known, world.cells(known, "push_pull/inproc/a:a"))) == ["a-1"]
    assert names(world.play(known, world.cells(known))) == ["a-1", "a-2", "b-1", "b-2"]


def test_a_peer_is_prepared_once_and_told_of_once() -> None:
    known = world.peers("a", "b")
    played = world.play(known, world.cells(known))
    assert sorted(played.runtime.prepared) == ["a", "b"]
    assert sorted(seen.name for seen in played.seen) == ["a", "b"]


def test_a_peer_that_no_cell_needs_is_not_even_prepared() -> None:
    known = world.peers("a", "b")
    played = world.play(known, world.cells(known, "push_pull/tcp/a:a"))
    assert played.runtime.prepared == ["a"]


def test_an_agent_that_was_lost_is_replaced_by_one_of_another_name() -> None:
    known = world.peers("a")
    script = {"a": Script(instead=at("send", runtime.die, instance="a-1", nth=1))}
    played = world.play(known, world.cells(known, "push_pull/tcp"), script, settings=Settings(jobs=1))
    assert names(played) == ["a-1", "a-2", "a-3"]


def test_every_agent_is_ended_through_its_channel() -> None:
    known = world.peers("a", "b")
    played = world.play(known, world.cells(known, "push_pull"))
    assert {str(instance.ended) for instance in played.runtime.instances} == {"exited with 0"}
