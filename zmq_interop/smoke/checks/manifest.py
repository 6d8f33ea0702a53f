"""docs/peer-contract.md, The manifest and The build: the harness compares a Hello with both before it plays a cell."""

from __future__ import annotations

from zmq_interop.agents.control import hello as hellos
from zmq_interop.schemas import payloads
from zmq_interop.smoke.agent import Agent
from zmq_interop.smoke.rules import Unseen, Wrong, check
from zmq_interop.system.errors import PeerBroken

_BARE = "a bare command has no peer.toml, and no build"


@check(
    "The manifest, `peer.toml`",
    "What Hello has more or less than the claims makes every cell of the peer `broken`, with the difference named;",
    mend="make [claims] in peer.toml and the Hello agree",
)
async def the_hello_equals_the_claims(agent: Agent) -> None:
    if agent.peer is None:
        raise Unseen(_BARE)
    try:
        hellos.check(agent.peer, agent.hello, agent.hello.proto_digest, payloads.message_types())
    except PeerBroken as error:
        raise Wrong(error.message) from None


@check(
    "The build",
    "what `Hello.proto_digest` must say",
    mend="compile INTEROP_PROTO_DIGEST into the agent, and let the Hello repeat it",
)
async def the_hello_repeats_the_digest(agent: Agent) -> None:
    if agent.peer is None:
        raise Unseen(_BARE)
    if agent.hello.proto_digest != agent.proto_digest:
        said = agent.hello.proto_digest[:12] or "nothing"
        raise Wrong(f"its Hello says {said}, but it was built from {agent.proto_digest[:12]}")
