"""docs/peer-contract.md, Monitor events."""

from __future__ import annotations

from typing import Any

from interop.control.v1.operations_pb2 import Event
from zmq_interop.core import endpoints
from zmq_interop.smoke.agent import Agent, error_of
from zmq_interop.smoke.rules import Wrong, check

_SECTION = "Monitor events"
_MOST = 8  # the most events of one connection; repeated attempts to connect have more
_ROUNDS = 350  # connections that are made and closed, with three events each in libzmq
_ROUNDS_OF_OTHERS = 505  # the same for other libraries, which may have two events, without the handshake's
_QUIET_MS = 500  # without an event for so long, a library other than libzmq has no more


@check(
    _SECTION,
    "an agent claims both operations or neither.",
    mend="claim both `monitor` and `receive_event` in Hello.operations, or neither",
)
async def both_operations_or_neither(agent: Agent) -> None:
    claimed = [name for name in ("monitor", "receive_event") if name in agent.hello.operations]
    if len(claimed) == 1:
        raise Wrong(f"it claims only {claimed[0]}")


@check(
    _SECTION,
    "Events are noted from the `Monitor` on, in order, and wait until they are taken or their socket is closed",
    mend="subscribe to all events (zmq_socket_monitor) and return them oldest first, by libzmq's names without "
    "ZMQ_EVENT_, and only events that libzmq has",
)
async def events_come_in_order(agent: Agent) -> None:
    endpoint = await _link(agent)
    await agent.do(close={"socket": 1})
    wanted = ["CONNECTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED"]
    names: list[str] = []
    while len(names) < _MOST and "DISCONNECTED" not in names:
        event = await _event(agent, 2) if agent.wraps_libzmq or not names else await _event_if_any(agent, 2)
        if event is None:  # scenarios test whether the library notices the close
            break
        if not endpoints.same(event.endpoint, endpoint):
            raise Wrong(f"the event {event.name} is about {event.endpoint!r}; the socket is connected to {endpoint}")
        names += [event.name] if event.name != "CONNECT_DELAYED" else []  # depends on the system
    known = wanted if agent.wraps_libzmq else [name for name in wanted if name in names]
    if names != known:
        raise Wrong(f"the events are {', '.join(names)}; expected {', '.join(known)}")


@check(
    _SECTION,
    "`ReceiveEvent` on a socket without `Monitor`, and a second `Monitor` for one socket, answer `INVALID`.",
    mend="record for each socket whether it has a monitor; the monitor ends with the socket",
)
async def a_monitor_is_asked_for_once(agent: Agent) -> None:
    agent.claims(operations=["monitor", "receive_event"])
    for _ in range(2):
        await agent.do(open={"socket": 1, "type": "PULL"})
        await agent.fails("INVALID", receive_event={"socket": 1})
        await agent.do(monitor={"socket": 1})
        await agent.fails("INVALID", monitor={"socket": 1})
        await agent.do(close_all={})


@check(
    _SECTION,
    "What the agent opens to take the events is none of the lane's handles and does not count in `CloseAll`.",
    mend="keep the sockets that receive events out of the lane's table",
)
async def monitors_do_not_count(agent: Agent) -> None:
    await _link(agent)
    closed = (await agent.do(close_all={})).closed
    if closed != 2:
        raise Wrong(f"CloseAll closed {closed} sockets; 2 were open, each with a monitor")


@check(
    _SECTION,
    "an agent keeps at least the last thousand.",
    mend="give the socket that receives events no high-water mark, or one far above a thousand",
)
async def a_thousand_events_wait(agent: Agent) -> None:
    endpoint = await _link(agent)
    comes_and_goes: tuple[dict[str, Any], ...] = (
        {"open": {"socket": 3, "type": "PUSH"}},
        {"connect": {"socket": 3, "endpoint": endpoint}},
        {"send": {"socket": 3, "frames": [{"raw": b"x"}], "timeout_ms": agent.while_ms}},
        {"receive": {"socket": 1, "timeout_ms": agent.while_ms}},
        {"close": {"socket": 3}},
    )
    rounds = _ROUNDS if agent.wraps_libzmq else _ROUNDS_OF_OTHERS
    for id in [agent.start(**operation) for operation in comes_and_goes * rounds]:
        if error := error_of(await agent.answer(id, agent.while_ms)):
            raise Wrong(f"a connection that opens and closes: {error}")
    asked = [agent.start(receive_event={"socket": 1, "timeout_ms": agent.while_ms}) for _ in range(1000)]
    for number, id in enumerate(asked):
        if error := error_of(await agent.answer(id, agent.while_ms)):
            raise Wrong(f"after {rounds} connections opened and closed, {number} of their events arrived, then {error}")


async def _event(agent: Agent, socket: int) -> Event:
    return (await agent.do(receive_event={"socket": socket, "timeout_ms": agent.while_ms})).event


async def _event_if_any(agent: Agent, socket: int) -> Event | None:
    answer = await agent.ask(receive_event={"socket": socket, "timeout_ms": _QUIET_MS})
    if error := error_of(answer):
        if error.startswith("AGAIN"):
            return None
        raise Wrong(f"ReceiveEvent: {error}")
    return answer.event


async def _link(agent: Agent) -> str:
    """Opens sockets 1 (bound) and 2 (connected to it), monitors both and passes a message. Returns the endpoint."""
    agent.claims(operations=["monitor", "receive_event"])
    for socket, type in ((1, "PULL"), (2, "PUSH")):
        await agent.do(open={"socket": socket, "type": type})
        await agent.do(monitor={"socket": socket})
    endpoint = (await agent.do(bind={"socket": 1, "endpoint": agent.endpoint("tcp", "ipc")})).endpoint
    await agent.do(connect={"socket": 2, "endpoint": endpoint})
    await agent.send({"raw": b"x"})
    await agent.receive()
    return endpoint
