"""docs/peer-contract.md, Abilities and Files in the file system."""

from __future__ import annotations

from pathlib import Path

from zmq_interop.smoke.agent import Agent
from zmq_interop.smoke.checks.lanes import any_type
from zmq_interop.smoke.rules import Unseen, Wrong, check


@check(
    "Abilities",
    "sockets on two lanes reach each other over inproc: all lanes share one context",
    mend="create one context for the agent, and every lane's sockets from it; or do not claim inproc_lanes",
)
async def inproc_joins_two_lanes(agent: Agent) -> None:
    agent.claims(lanes=2, abilities=["inproc_lanes"], transports=["inproc"], operations=["receive"])
    await agent.do(open={"socket": 1, "type": "PULL"})
    endpoint = (await agent.do(bind={"socket": 1, "endpoint": agent.endpoint("inproc")})).endpoint
    waiting = agent.start(receive={"socket": 1, "timeout_ms": agent.while_ms})
    await agent.do(1, open={"socket": 1, "type": "PUSH"})
    await agent.do(1, connect={"socket": 1, "endpoint": endpoint})
    await agent.send({"raw": b"over"}, socket=1, lane=1)
    got = [one.raw for one in (await agent.answer(waiting, agent.while_ms)).message.frames]
    if got != [b"over"]:
        raise Wrong(f"lane 1 sent [b'over'], and lane 0 received {got}")


@check(
    "Files in the file system",
    "An agent calls `umask(0)` at its start: over ipc, the one that connects needs write permission on the socket file",
    mend="call umask(0) at the start",
)
async def anyone_may_connect_over_ipc(agent: Agent) -> None:
    await agent.do(open={"socket": 1, "type": any_type(agent)})
    endpoint = (await agent.do(bind={"socket": 1, "endpoint": agent.endpoint("ipc")})).endpoint
    if agent.instance.pid is None:
        raise Unseen("its files are inside a container")
    try:
        mode = Path(endpoint.removeprefix("ipc://")).stat().st_mode & 0o777
    except (OSError, ValueError) as error:  # a file is not required here: the scenario ipc_file tests it
        raise Unseen(f"there is no socket file at {endpoint!r}: {getattr(error, 'strerror', error)}") from None
    if mode & 0o222 != 0o222:
        raise Wrong(f"the socket file of {endpoint} has mode {mode:03o}; everyone must be able to write to it")
