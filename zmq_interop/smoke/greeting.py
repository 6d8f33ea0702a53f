"""Starts a peer once to read its Hello, before anything is played."""

from __future__ import annotations

from collections.abc import Callable

from interop.control.v1.hello_pb2 import Hello
from zmq_interop.agents.control.channel import GRACE
from zmq_interop.smoke.agent import Agent
from zmq_interop.smoke.play import AgentHost
from zmq_interop.smoke.rules import Way, Wrong
from zmq_interop.system import home
from zmq_interop.system.errors import PeerBroken


async def hear(stage: AgentHost, say: Callable[[str], None]) -> Hello:
    """Builds the peer of the stage, starts one agent, reads its Hello and ends the agent.

    say: called with lines of progress. Raises PeerBroken.
    """
    assert stage.peer is not None
    agent = Agent(GRACE, stage.peer, stage.proto_digest)
    try:
        await stage.prepare(say)
        agent.instance = await stage.start(Way.SHARED, agent)
        await agent.hear()
        return agent.hello
    except Wrong as error:
        raise PeerBroken(
            stage.peer.name,
            f"its agent sent no Hello: {error}",
            f"run `{home.COMMAND} smoke` for details",
            agent.stderr(),
        ) from None
    finally:
        await agent.stop()
        await stage.close()
