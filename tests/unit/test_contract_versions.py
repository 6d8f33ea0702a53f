"""docs/peer-contract.md, "Versions": a peer of another version is told which is the older, and what to do."""

from __future__ import annotations

import pytest

from interop.control.v1.hello_pb2 import Hello
from tests.unit import world
from zmq_interop import scenarios
from zmq_interop.agents.control import hello as hellos
from zmq_interop.core import lacks, plan
from zmq_interop.core.peer import CONTRACT, FILE, OPERATIONS
from zmq_interop.peers import manifest
from zmq_interop.peers.manifest_errors import ManifestError
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.paths import PEERS

OTHERS = [
    (CONTRACT - 1, "the peer is older; its agent needs the operation `program`"),
    (CONTRACT + 1, "the peer is newer; use a newer harness"),
]
LATER_FIELD = bytes.fromhex("c23e 03") + b"new"  # field 1000, of a later text


def check(hello: Hello) -> None:
    nothing = dict.fromkeys(("socket_types", "transports", "mechanisms", "options", "abilities", "operations"), ())
    hellos.check(world.peer("a", lanes=1, **nothing), hello, "d", {})


@pytest.mark.parametrize(("contract", "advice"), OTHERS)
def test_an_agent_of_another_version_is_broken(contract: int, advice: str) -> None:
    with pytest.raises(PeerBroken, match=f"speaks contract {contract}, the harness {CONTRACT}\n  {advice}"):
        check(Hello(contract=contract, peer="a", proto_digest="d", lanes=1))


@pytest.mark.parametrize(("contract", "advice"), OTHERS)
def test_so_is_its_manifest(contract: int, advice: str) -> None:
    text = (PEERS / "c" / FILE).read_text().replace(f"contract = {CONTRACT}", f"contract = {contract}")
    with pytest.raises(ManifestError, match=f"line 1: .*speaks contract {CONTRACT}: {advice}"):
        manifest.parse(text.encode())


def test_what_a_later_text_adds_to_a_hello_is_skipped() -> None:
    said = Hello(contract=CONTRACT, peer="a", proto_digest="d", lanes=1).SerializeToString() + LATER_FIELD
    check(Hello.FromString(said))


def test_an_agent_from_before_an_operation_plays_all_that_needs_it_not() -> None:
    """Monitor and ReceiveEvent came later than the others; so did `Hello.refused`, which it does not say."""
    before = tuple(name for name in OPERATIONS if name not in ("monitor", "receive_event"))
    peers = {"old": world.peer("old", operations=before)}
    lacking = {
        cell.scenario.name: {str(one) for one in missing if "monitor" in one.need or "receive_event" in one.need}
        for cell in plan.plan(scenarios.load(), peers)
        if (missing := lacks.missing(cell, peers))
    }
    assert lacking["monitor_events"] == {
        "old does not claim operation monitor",
        "old does not claim operation receive_event",
    }
    assert "push_pull" not in lacking
