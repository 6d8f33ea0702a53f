"""docs/peer-contract.md, The control channel: how an agent ends, and which channel it uses.

Each check has its own agent.
"""

from __future__ import annotations

from typing import Any

from zmq_interop.agents.runtimes.base import Ended
from zmq_interop.smoke.agent import LONG, Agent
from zmq_interop.smoke.rules import Way, Wrong, check

_SECTION = "The control channel"
_END = "the agent closes everything and exits with 0 within a second, whatever its lanes are doing."
_BEYOND = (
    "A length beyond the limit, or bytes that are no `Request`, mean that the channel is beyond repair: the agent says "
    "so on stderr and exits with 1."
)
_WAITING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PULL", {"receive": {"timeout_ms": LONG}}),
    ("PUSH", {"send": {"frames": [{"raw": b"x"}], "timeout_ms": LONG}}),
    ("PULL", {"receive_burst": {"count": 10, "timeout_ms": LONG}}),
    ("PUSH", {"send_burst": {"count": 10, "size": 8, "timeout_ms": LONG}}),
    ("PULL", {"receive_event": {"timeout_ms": LONG}}),
)


@check(
    _SECTION,
    _END,
    mend="at end of file on the channel, close the context and exit with 0",
    way=Way.ALONE,
)
async def the_end_of_the_channel_ends_it(agent: Agent) -> None:
    await agent.ask()
    await _must_exit_with_0(agent)


@check(
    _SECTION,
    _END,
    mend="do not join blocked lanes: wake them by terminating the context, or exit without them after half a second",
    way=Way.ALONE,
)
async def the_end_of_the_channel_ends_it_while_lanes_wait(agent: Agent) -> None:
    hello = agent.hello
    waiting = [
        (type, name, fields)
        for type, operation in _WAITING
        for name, fields in operation.items()
        if name in hello.operations and (name != "receive_event" or "monitor" in hello.operations)
    ]
    agent.claims(operations=["receive"])
    for lane, (type, name, fields) in enumerate(waiting[: hello.lanes]):
        await agent.do(lane, open={"socket": 1, "type": type})
        if name == "receive_event":
            await agent.do(lane, monitor={"socket": 1})
        agent.start(lane, **{name: {"socket": 1, **fields}})
    if hello.lanes > len(waiting):
        await agent.ask(hello.lanes - 1)  # the agent has read all earlier Requests by now
    await _must_exit_with_0(agent)


@check(
    _SECTION,
    "A channel that ends in the middle of a message has ended like any other.",
    mend="do not treat half a message as an error: exit with 0",
    way=Way.ALONE,
)
async def the_channel_ends_in_the_middle_of_a_message(agent: Agent) -> None:
    await agent.ask()
    agent.write(agent.framed()[:-1])
    await _must_exit_with_0(agent)


@check(_SECTION, _BEYOND, mend="check the length before you read that many bytes", way=Way.ALONE)
async def a_length_beyond_the_limit_ends_it(agent: Agent) -> None:
    await agent.ask()
    agent.write(((128 << 20) + 1).to_bytes(4, "big"))
    await _must_say_so_and_exit_with_1(agent)


@check(_SECTION, _BEYOND, mend="if a Request does not decode, say so on stderr and exit with 1", way=Way.ALONE)
async def bytes_that_are_no_request_end_it(agent: Agent) -> None:
    await agent.ask()
    agent.write(b"\x00\x00\x00\x03\x0a\x7fx")
    await _must_say_so_and_exit_with_1(agent)


@check(
    _SECTION,
    "connects to the Unix stream socket at that path and speaks there instead, in both directions. stdin stays open "
    "and unused.",
    mend="if INTEROP_CONTROL is set, connect there; neither read stdin nor write the protocol to stdout",
    way=Way.SOCKET,
)
async def it_speaks_on_a_control_socket(agent: Agent) -> None:
    agent.claims(abilities=["control_socket"])
    for _ in range(3):
        await agent.ask()
    await _must_exit_with_0(agent)


@check(
    _SECTION,
    "So it does when the socket of `INTEROP_CONTROL` cannot be reached.",
    mend="if connecting to the path in INTEROP_CONTROL fails, say so on stderr and exit with 1",
    way=Way.UNREACHABLE,
)
async def a_control_socket_out_of_reach_ends_it(agent: Agent) -> None:
    await _must_say_so_and_exit_with_1(agent)


async def _must_exit_with_0(agent: Agent) -> None:
    ended = await agent.instance.stop(agent.patience)
    if ended != Ended(status=0):
        late = (
            f" because it was still running {agent.patience:g} s after its channel closed"
            if ended.signal == "SIGKILL"
            else ""
        )
        raise Wrong(f"it {ended}{late}; it must exit with 0")
    agent.must_have_ended_clean()


async def _must_say_so_and_exit_with_1(agent: Agent) -> None:
    ended = await agent.over()
    if ended != Ended(status=1):
        raise Wrong(f"it {ended}; it must exit with 1")
    if not agent.instance.stderr.tail().strip():
        raise Wrong("it exited with 1, but wrote nothing to stderr")
