"""A scenario's declaration is refused where it would give bad ids; every one says what it asks for, and its rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from zmq_interop.core import scenario as scenarios
from zmq_interop.core.scenario import Axis, needs, scenario
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.scenarios import load
from zmq_interop.scenarios.kit.cell_context import CellContext


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    """What a test declares is forgotten after it."""
    before = dict(scenarios.REGISTRY)
    yield
    scenarios.REGISTRY.clear()
    scenarios.REGISTRY.update(before)


def declare(name: str = "one", doc: str = "What is asked. RFC 30.", **changes: Any) -> scenarios.Scenario:
    """Declares a scenario that is right but for the changes."""

    async def play(cell: CellContext) -> None:
        """Replaced below."""

    play.__name__, play.__doc__ = name, doc
    scenario(**{"roles": {"pusher": needs(PUSH), "puller": needs(PULL)}, "binder": "puller", **changes})(play)
    return scenarios.REGISTRY[name]


def test_each_role_binds_in_turn_where_nothing_else_is_said() -> None:
    assert declare().binders == ("pusher", "puller")


def test_needs_add_to_what_every_role_needs() -> None:
    more = needs(PUSH, operations=("send_burst",))
    assert more.sockets == ("PUSH",)
    assert {"open", "close_all", "send_burst"} <= set(more.operations)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"doc": ""}, "has no docstring"),
        ({"binder": "pigeon"}, "binders must be roles"),
        ({"binder": "puller", "binders": ("pusher",)}, "the default must be one of them"),
        ({"binders": ("puller", "pigeon")}, "binders must be roles"),
        ({"transports": ("t c p",)}, "'t c p' cannot stand in a cell's id"),
        ({"name": "ö"}, "'ö' cannot stand in a cell's id"),
        ({"axes": (Axis(name="x", values={"a/b": 1}),)}, "'a/b' cannot stand in a cell's id"),
        ({"axes": (Axis(name="x", values={"*": 1}),)}, "cannot stand in a cell's id"),
        ({"axes": (Axis(name="x", values={"a": 1}, default="b"),)}, "axis x has no value 'b'"),
        (
            {"axes": (Axis(name="x", values={"a": 1}), Axis(name="y", values={"a": 2}))},
            "two axes have a value of the same name",
        ),
        ({"axes": (Axis(name="x", values={"tcp": 1}),)}, "two axes have a value of the same name"),
        ({"axes": (Axis(name="x", values={"pusher-binds": 1}),)}, "two axes have a value of the same name"),
        ({"axes": (Axis(name="pusher", values={"a": 1}),)}, "pusher names two things"),
        ({"axes": (Axis(name="transport", values={"a": 1}),)}, "transport names two things"),
    ],
)
def test_a_declaration_that_would_give_bad_ids_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        declare(**changes)


def test_two_scenarios_of_one_name_are_refused() -> None:
    declare("twin")
    with pytest.raises(ValueError, match="two scenarios are named twin"):
        declare("twin")


def test_every_scenario_cites_its_rule() -> None:
    for one in load():
        assert re.search(r"RFC \d+|zmq_\w+\(\d\)|Protocol Buffers", one.doc), f"{one.name} cites no rule"
