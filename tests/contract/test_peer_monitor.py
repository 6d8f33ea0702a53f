"""docs/peer-contract.md: monitor events."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.driver import Agent
from tests.contract.test_peer_operations import LATE, timed

# What libzmq says of one connection that comes and goes. A library that has no such event says nothing.
BOUND = ["LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED"]
CONNECTED = ["CONNECTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED"]


@pytest.fixture
def agent(agent: Agent) -> Agent:
    agent.needs(operations="monitor receive_event", socket_types="PULL PUSH")
    return agent


def event(agent: Agent, socket: int) -> Any:
    return agent.do(receive_event={"socket": socket, "timeout_ms": 20_000}).event


def until(agent: Agent, socket: int, last: str) -> list[Any]:
    """The events up to this one. CONNECT_DELAYED is none: whether a connection takes time is the system's affair."""
    events: list[Any] = []
    while not events or events[-1].name != last:
        events.append(event(agent, socket))
    return [event for event in events if event.name != "CONNECT_DELAYED"]


def drain(agent: Agent, socket: int) -> None:
    """Takes the events that are there. Which they are depends on the library."""
    while agent.call(receive_event={"socket": socket}).WhichOneof("result") == "event":
        pass


def monitored(agent: Agent, endpoint: str) -> str:
    """Opens sockets 1 (bound) and 2 (connected to it), both monitored; answers the endpoint."""
    for number, kind in ((1, "PULL"), (2, "PUSH")):
        agent.do(open={"socket": number, "type": kind})
        agent.do(monitor={"socket": number})
    bound = agent.do(bind={"socket": 1, "endpoint": endpoint}).endpoint
    agent.do(connect={"socket": 2, "endpoint": bound})
    agent.send({"raw": b"x"})
    assert agent.receive() == [b"x"]
    return str(bound)


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize(("watched", "expected"), [(1, BOUND), (2, CONNECTED)], ids=["bound", "connected"])
def test_events_come_in_order(agent: Agent, tmp_path: Path, transport: str, watched: int, expected: list[str]) -> None:
    """Monitor events: noted from Monitor on, in order, by libzmq's names, with the endpoint that they are about."""
    agent.needs(transports=transport)
    endpoint = monitored(agent, {"tcp": "tcp://127.0.0.1:*", "ipc": f"ipc://{tmp_path}/s"}[transport])
    agent.do(close={"socket": 3 - watched})
    events = until(agent, watched, "DISCONNECTED")
    names = [event.name for event in events]
    if agent.wraps_libzmq:
        assert names == expected
    assert names == [name for name in expected if name in names]
    assert {event.endpoint for event in events} == {endpoint}


def test_a_monitor_is_asked_once(agent: Agent) -> None:
    """Monitor events: a second Monitor for one socket, and ReceiveEvent on a socket without, answer INVALID. The notes
    end with the socket."""
    agent.do(open={"socket": 1, "type": "PULL"})
    for timeout_ms in (0, 20_000):
        assert agent.error(receive_event={"socket": 1, "timeout_ms": timeout_ms}) == "INVALID"
    agent.do(monitor={"socket": 1})
    assert agent.error(monitor={"socket": 1}) == "INVALID"
    assert agent.error(receive_event={"socket": 1}) == "AGAIN EAGAIN"
    endings: list[dict[str, Any]] = [{"close": {"socket": 1}}, {"close_all": {}}]
    for ending in endings:
        agent.do(**ending)
        assert agent.error(receive_event={"socket": 1}) == "INVALID"
        agent.do(open={"socket": 1, "type": "PULL"})
        assert agent.error(receive_event={"socket": 1}) == "INVALID"
        agent.do(monitor={"socket": 1})


@pytest.mark.parametrize("timeout_ms", [0, 300])
def test_waiting_for_an_event_has_a_limit(agent: Agent, timeout_ms: int) -> None:
    """Time limits: AGAIN after timeout_ms, not earlier; 0 does not wait."""
    agent.do(open={"socket": 1, "type": "PULL"})
    agent.do(monitor={"socket": 1})
    error, seconds = timed(agent.error, receive_event={"socket": 1, "timeout_ms": timeout_ms})
    assert error == "AGAIN EAGAIN"
    assert timeout_ms / 1000 <= seconds < timeout_ms / 1000 + LATE


def test_waiting_ends_with_the_event(agent: Agent) -> None:
    """Time limits: an event that comes meanwhile ends the waiting; no other lane is held up by it."""
    agent.needs(lanes=2, transports="tcp")
    agent.do(open={"socket": 1, "type": "PULL"})
    agent.do(monitor={"socket": 1})
    endpoint = agent.do(bind={"socket": 1, "endpoint": "tcp://127.0.0.1:*"}).endpoint
    drain(agent, 1)  # of the binding itself, which is over
    start = time.monotonic()
    waiting = agent.start(receive_event={"socket": 1, "timeout_ms": 25_000})
    agent.do(1, open={"socket": 2, "type": "PUSH"})
    agent.do(1, connect={"socket": 2, "endpoint": endpoint})
    assert agent.answer(waiting).WhichOneof("result") == "event"
    assert time.monotonic() - start < 25


def test_close_all_does_not_count_monitors(agent: Agent) -> None:
    """Monitor events: what takes them is none of the lane's handles and does not count in CloseAll."""
    agent.needs(transports="tcp")
    monitored(agent, "tcp://127.0.0.1:*")
    assert agent.do(close_all={}).closed == 2
    assert agent.do(close_all={}).closed == 0


def test_a_thousand_events_wait(agent: Agent) -> None:
    """Monitor events: they wait until they are taken, and an agent keeps at least the last thousand; nobody is held up
    by them, and closing their socket waits for none."""
    agent.needs(transports="tcp")
    endpoint = monitored(agent, "tcp://127.0.0.1:*")
    for _ in range(500):  # each comes and goes, which makes two events at least
        agent.do(open={"socket": 3, "type": "PUSH"})
        agent.do(connect={"socket": 3, "endpoint": endpoint})
        agent.send({"raw": b"x"}, socket=3)
        assert agent.receive() == [b"x"]
        agent.do(close={"socket": 3})
    names = {event(agent, 1).name for _ in range(1000)}
    assert {"ACCEPTED", "DISCONNECTED"} <= names
    assert agent.do(close_all={}).closed == 2


def test_the_end_of_the_channel_ends_the_waiting(agent: Agent) -> None:
    """End of the channel: closes everything and exits with 0, also while a lane waits for an event."""
    agent.needs(transports="tcp")
    monitored(agent, "tcp://127.0.0.1:*")
    drain(agent, 1)
    start = time.monotonic()
    agent.start(receive_event={"socket": 1, "timeout_ms": 60_000})
    agent.end_channel()
    assert agent.exit() == 0
    assert time.monotonic() - start < 5
