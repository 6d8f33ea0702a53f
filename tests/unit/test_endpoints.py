"""Endpoints are compared as addresses: libraries write one IPv6 address in many ways."""

from __future__ import annotations

import ipaddress

import pytest

from zmq_interop.agents.control.handles import Event
from zmq_interop.core import endpoints
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.families import monitoring
from zmq_interop.scenarios.kit.cell_context import resolved
from zmq_interop.system.errors import Mismatch

SHORT, LONG = "tcp://[::1]:5", "tcp://[0:0:0:0:0:0:0:1]:5"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SHORT, LONG),
        ("tcp://[FE80::A]:5", "tcp://[fe80::a]:5"),
        ("tcp://name:5", "tcp://name:5"),
        ("ipc://a", "ipc://a"),
    ],
)
def test_these_are_one(one: str, other: str) -> None:
    assert endpoints.same(one, other)
    assert endpoints.same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SHORT, "tcp://[::1]:6"),
        (SHORT, "tcp://[::2]:5"),
        (SHORT, "tcp://127.0.0.1:5"),
        ("tcp://127.0.0.1:5", "tcp://[::ffff:127.0.0.1]:5"),
        ("tcp://127.0.0.1:5", "tcp://localhost:5"),
        ("tcp://127.0.0.1:5", "127.0.0.1:5"),
        ("ipc://[::1]:5", "ipc://[0:0:0:0:0:0:0:1]:5"),
        ("tcp://[fe80::1%1]:5", "tcp://[fe80::1%2]:5"),
        (SHORT, ""),
    ],
)
def test_these_are_two(one: str, other: str) -> None:
    assert not endpoints.same(one, other)
    assert not endpoints.same(other, one)


def test_the_parts() -> None:
    assert endpoints.host(LONG) == ipaddress.IPv6Address("::1")
    assert endpoints.host("tcp://*:*") == "*"
    assert endpoints.host("ipc://a:5") is None
    assert endpoints.port(LONG) == 5
    for none in (
        "tcp://127.0.0.1:*",
        "tcp://127.0.0.1:123456",
        "tcp://127.0.0.1:\u0665",
        "tcp://127.0.0.1",
        "ipc://a:5",
    ):
        assert endpoints.port(none) is None, none


def test_bind_may_answer_the_address_in_another_form() -> None:
    assert resolved("tcp://[::1]:*", LONG) == LONG
    for wrong in ("tcp://[0:0:0:0:0:0:0:2]:5", "tcp://[0:0:0:0:0:0:0:1]:*", "ipc://[0:0:0:0:0:0:0:1]:5"):
        with pytest.raises(Mismatch):
            resolved("tcp://[::1]:*", wrong)


def test_an_event_may_name_the_address_in_another_form() -> None:
    monitoring.names(Event(name="LISTENING", value=0, endpoint=LONG), SHORT)
    with pytest.raises(Mismatch) as caught:
        monitoring.names(Event(name="LISTENING", value=0, endpoint="tcp://[::1]:6"), SHORT)
    assert caught.value.kind is Kind.ALTERED
