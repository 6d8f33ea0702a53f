"""docs/peer-contract.md, Lanes and sockets."""

from __future__ import annotations

from typing import Any

from zmq_interop.smoke.agent import Agent, error_of
from zmq_interop.smoke.rules import Unclaimed, Wrong, check

_SECTION = "Lanes and sockets"
_ANY: dict[str, dict[str, Any]] = {
    "close": {},
    "set_option": {"option": {"name": "LINGER", "value": {"number": 0}}},
    "get_option": {"name": "LINGER"},
    "bind": {"endpoint": "tcp://127.0.0.1:*"},
    "connect": {"endpoint": "tcp://127.0.0.1:9"},
    "unbind": {"endpoint": "tcp://127.0.0.1:9"},
    "disconnect": {"endpoint": "tcp://127.0.0.1:9"},
    "send": {"frames": [{"raw": b"x"}]},
    "receive": {},
    "send_burst": {"count": 1, "size": 8},
    "receive_burst": {"count": 1},
    "monitor": {},
    "receive_event": {},
}


@check(
    _SECTION,
    "A lane is one thread, started when a Request first names it.",
    mend="run all the lanes that Hello.lanes promises at once, each with its own sockets; or promise fewer",
)
async def every_lane_is_there(agent: Agent) -> None:
    type = any_type(agent)
    lanes = range(agent.hello.lanes)
    agent.claims(operations=["open", "close_all"])
    opened = [agent.start(lane, open={"socket": 7, "type": type}) for lane in lanes]
    closed = [agent.start(lane, close_all={}) for lane in lanes]
    for lane, id in enumerate(opened):
        if (response := await agent.answer(id)).HasField("error"):
            raise Wrong(f"Open on lane {lane} of {len(lanes)} answered {error_of(response)}: {response.error.text}")
    for lane, id in enumerate(closed):
        if (count := (await agent.answer(id)).closed) != 1:
            raise Wrong(f"CloseAll on lane {lane} closed {count} sockets, but 1 was open")


@check(
    _SECTION,
    "A lane number that is not below `Hello.lanes` answers `INVALID`.",
    mend="compare Request.lane with the number of lanes before you look up its thread",
)
async def there_is_no_lane_beyond_the_last(agent: Agent) -> None:
    for lane in (agent.hello.lanes, 2**32 - 1):
        await agent.fails("INVALID", lane=lane, close_all={})


@check(
    _SECTION,
    "A handle that is taken (Open) or not there (everything else) answers `INVALID`.",
    mend="in every operation, first look up the handle in its lane's table",
)
async def a_handle_that_is_not_there(agent: Agent) -> None:
    claimed = [name for name in _ANY if name in agent.hello.operations]
    if not claimed:
        raise Unclaimed("operations on sockets")
    for name in claimed:
        operation: dict[str, Any] = {name: {"socket": 5, **_ANY[name]}}
        await agent.fails("INVALID", **operation)


@check(
    _SECTION,
    "A handle that is taken (Open) or not there (everything else) answers `INVALID`.",
    mend="let Open check whether the handle is taken, and let Close and CloseAll free it",
)
async def a_handle_that_is_taken(agent: Agent) -> None:
    socket = {"socket": 5, "type": any_type(agent)}
    await agent.do(open=socket)
    await agent.fails("INVALID", open=socket)
    await agent.do(close={"socket": 5})
    await agent.do(open=socket)


@check(
    _SECTION,
    "the agent keeps a table for each lane.",
    mend="keep one table of handles per lane, not per agent",
)
async def each_lane_has_handles_of_its_own(agent: Agent) -> None:
    agent.claims(lanes=2)
    socket = {"socket": 5, "type": any_type(agent)}
    await agent.do(open=socket)
    await agent.fails("INVALID", lane=1, close={"socket": 5})
    await agent.do(1, open=socket)
    if (closed := (await agent.do(close_all={})).closed) != 1:
        raise Wrong(f"CloseAll on lane 0 closed {closed} sockets; 1 was open there, and 1 on lane 1")


@check(
    _SECTION,
    "`Open` sets LINGER to 0 first, where the library has it",
    mend="set LINGER to 0 on every new socket, before the options of Open",
)
async def open_sets_linger_to_0(agent: Agent) -> None:
    agent.claims(options=["LINGER"], operations=["open", "get_option"])
    for number, type in enumerate(agent.hello.socket_types):
        await agent.do(open={"socket": number, "type": type})
        got = (await agent.do(get_option={"socket": number, "name": "LINGER"})).value.number
        if got != 0:
            raise Wrong(f"LINGER of a new {type} is {got}")


@check(
    _SECTION,
    "`CloseAll` sets LINGER to 0 on every socket of the lane and closes it. It never fails.",
    mend="let CloseAll close all sockets of its lane, answer how many, and drop their handles; with none it answers 0",
)
async def close_all_closes_all(agent: Agent) -> None:
    await _closed(agent, 0)
    for number in range(3):
        await agent.do(open={"socket": number, "type": any_type(agent)})
    await _closed(agent, 3)
    await _closed(agent, 0)
    await agent.do(open={"socket": 0, "type": any_type(agent)})


@check(
    _SECTION,
    "whose limit of sockets is set to at least 4096",
    mend="set ZMQ_MAX_SOCKETS of the context to 4096 before the first socket, and raise the limit of file descriptors",
)
async def more_sockets_than_a_context_has_by_default(agent: Agent) -> None:
    agent.claims(operations=["open", "close_all"])
    type = any_type(agent)
    asked = [agent.start(open={"socket": number, "type": type}) for number in range(1100)]
    for number, id in enumerate(asked):
        if (response := await agent.answer(id)).HasField("error"):
            raise Wrong(f"Open of socket {number + 1} answered {error_of(response)}: {response.error.text}")
    await _closed(agent, len(asked))


async def _closed(agent: Agent, wanted: int) -> None:
    closed = (await agent.do(close_all={})).closed
    if closed != wanted:
        raise Wrong(f"CloseAll closed {closed} sockets, but {wanted} were open")


def any_type(agent: Agent) -> str:
    """A socket type that the agent claims. Raises Unclaimed."""
    if not agent.hello.socket_types:
        raise Unclaimed("socket types")
    return agent.hello.socket_types[0]
