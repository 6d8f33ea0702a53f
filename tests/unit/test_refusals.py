"""Protos that one peer's compiler refuses: their messages may be missing from its Hello, and from no other's."""

from __future__ import annotations

import pytest

from interop.control.v1.hello_pb2 import Hello, Refusal
from tests.unit import world
from zmq_interop.agents.control import hello as hellos
from zmq_interop.core.peer import CONTRACT
from zmq_interop.system.errors import PeerBroken

TYPES = {
    "interop.payload.v1.Point": "interop/payload/v1/shapes.proto",
    "p.A": "p.proto",
    "p.B": "p.proto",
    "Q": "q.proto",
}
REFUSED = Refusal(file="p.proto", reason="p.proto:3:1: no such thing")


def said(*types: str, refused: Refusal = REFUSED) -> Hello:
    """What a peer says that has these types, claims nothing else, and refused a file."""
    return Hello(contract=CONTRACT, peer="a", proto_digest="d", lanes=1, message_types=types, refused=[refused])


def check(hello: Hello) -> None:
    nothing = dict.fromkeys(("socket_types", "transports", "mechanisms", "options", "abilities", "operations"), ())
    hellos.check(world.peer("a", lanes=1, **nothing), hello, "d", TYPES)


def test_the_types_of_a_refused_file_are_named_with_its_reason() -> None:
    refused = ("p.proto", "p.proto:3:1: no such thing")
    assert hellos.refusals(said(), TYPES) == {"p.A": refused, "p.B": refused}
    check(said("interop.payload.v1.Point", "Q"))


def test_a_type_that_is_missing_and_not_of_a_refused_file_breaks_the_peer() -> None:
    with pytest.raises(PeerBroken, match=r"message types missing from Hello: Q\n"):
        check(said("interop.payload.v1.Point"))


def test_the_projects_own_types_cannot_be_refused() -> None:
    refused = Refusal(file="interop/payload/v1/shapes.proto", reason="no")
    assert hellos.refusals(said(refused=refused), TYPES) == {}
    with pytest.raises(PeerBroken, match=r"missing from Hello: interop\.payload\.v1\.Point\n"):
        check(said("p.A", "p.B", "Q", refused=refused))
