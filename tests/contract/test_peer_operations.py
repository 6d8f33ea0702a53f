"""docs/peer-contract.md: sockets, time limits, errors, options and bursts."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.driver import PATIENCE, Agent

# Above the time limit, and far above the two seconds after which the harness calls an answer hung: never a race.
LATE = 10.0


def timed(call: Any, *arguments: Any, **named: Any) -> tuple[Any, float]:
    start = time.monotonic()
    result = call(*arguments, **named)
    return result, time.monotonic() - start


def option(name: str, **value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


OPERATIONS_ON_A_SOCKET: dict[str, dict[str, Any]] = {
    "close": {},
    "set_option": {"option": option("LINGER", number=0)},
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


def test_a_handle_that_is_not_there(agent: Agent) -> None:
    """Lanes and sockets: a handle that is not there answers INVALID, for every operation; one that is not claimed
    answers UNSUPPORTED."""
    for name, operation in OPERATIONS_ON_A_SOCKET.items():
        request: dict[str, Any] = {name: {"socket": 5, **operation}}
        claimed = name in agent.hello.hello.operations
        assert agent.error(**request) == ("INVALID" if claimed else "UNSUPPORTED"), name


def test_a_handle_that_is_taken(agent: Agent) -> None:
    """Lanes and sockets: a taken handle answers INVALID; each lane has a table of its own; Close frees the handle."""
    agent.needs(socket_types="PULL PUSH")
    agent.do(open={"socket": 5, "type": "PULL"})
    assert agent.error(open={"socket": 5, "type": "PULL"}) == "INVALID"
    if agent.hello.hello.lanes > 1:
        assert agent.error(1, close={"socket": 5}) == "INVALID"
        agent.do(1, open={"socket": 5, "type": "PULL"})
    agent.do(close={"socket": 5})
    agent.do(open={"socket": 5, "type": "PUSH"})


def test_open(agent: Agent) -> None:
    """Open: every type that is claimed; an unknown type is UNSUPPORTED."""
    for number, kind in enumerate(agent.hello.hello.socket_types):
        agent.do(open={"socket": number, "type": kind})
    for kind in ("TELEPATH", "push", "ZMQ_PUSH", ""):
        assert agent.error(open={"socket": 99, "type": kind}) == "UNSUPPORTED"


def test_open_sets_linger_to_0(agent: Agent) -> None:
    """Open: LINGER 0 first, on a socket of any type."""
    agent.needs(options="LINGER", operations="get_option")
    for number, kind in enumerate(agent.hello.hello.socket_types):
        agent.do(open={"socket": number, "type": kind})
        assert agent.do(get_option={"socket": number, "name": "LINGER"}).value.number == 0


@pytest.mark.parametrize(
    ("error", "last"),
    [
        ("UNSUPPORTED", option("TELEPATHY", number=1)),
        ("INVALID", option("SNDHWM", data=b"0")),
        ("NATIVE EINVAL", option("LINGER", number=-2)),
    ],
)
def test_open_sets_options_or_leaves_nothing(agent: Agent, error: str, last: dict[str, Any]) -> None:
    """Open: sets the options in order; when one fails, the socket is closed again and the handle is free."""
    agent.needs(socket_types="PUSH", options="SNDHWM", operations="get_option")
    if error != "UNSUPPORTED":
        agent.needs(options=last["name"])
    if error.startswith("NATIVE") and not agent.wraps_libzmq:
        pytest.skip("the library is not libzmq, and judges values by itself")
    options = [option("SNDHWM", number=7), last]
    assert agent.error(open={"socket": 1, "type": "PUSH", "options": options}) == error
    options = [option("SNDHWM", number=7), option("SNDHWM", number=8)]
    agent.do(open={"socket": 1, "type": "PUSH", "options": options})
    assert agent.do(get_option={"socket": 1, "name": "SNDHWM"}).value.number == 8


@pytest.mark.parametrize("options", [[], [option("LINGER", number=-1)]], ids=["as it is", "lingering"])
def test_close_all_always_works(agent: Agent, options: list[dict[str, Any]]) -> None:
    """CloseAll: also with no socket; with LINGER 0 whatever was set; frees all handles and endpoints."""
    agent.needs(socket_types="PUSH PULL", transports="tcp", options=" ".join(given["name"] for given in options))
    assert agent.do(close_all={}).closed == 0
    agent.do(open={"socket": 1, "type": "PUSH", "options": options})
    agent.do(open={"socket": 2, "type": "PULL"})
    endpoint = agent.do(bind={"socket": 2, "endpoint": "tcp://127.0.0.1:*"}).endpoint
    agent.do(connect={"socket": 1, "endpoint": endpoint})
    agent.send({"raw": b"nobody takes this"}, socket=1)
    assert agent.do(close_all={}).closed == 2
    agent.do(open={"socket": 2, "type": "PULL"})
    end = time.monotonic() + PATIENCE  # zmq_close() closes in the background
    while agent.call(bind={"socket": 2, "endpoint": endpoint}).WhichOneof("result") == "error":
        assert time.monotonic() < end, f"{endpoint} is still taken"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("name", "value"), [("RCVHWM", 7), ("MAXMSGSIZE", 2**40), ("LINGER", -1), ("ROUTING_ID", b"\x01\x00\xff")]
)
def test_options(agent: Agent, name: str, value: int | bytes) -> None:
    """Socket options: what was set is read back; the wrong kind is INVALID."""
    agent.needs(socket_types="DEALER", options=name, operations="set_option get_option")
    agent.do(open={"socket": 1, "type": "DEALER"})
    kind, wrong = ("data", {"number": 1}) if isinstance(value, bytes) else ("number", {"data": b"\0\0\0\1"})
    agent.do(set_option={"socket": 1, "option": option(name, **{kind: value})})
    assert agent.error(set_option={"socket": 1, "option": option(name, **wrong)}) == "INVALID"
    assert agent.error(set_option={"socket": 1, "option": option(name)}) == "INVALID"
    assert agent.error(set_option={"socket": 1, "option": {"name": name}}) == "INVALID"
    response = agent.call(get_option={"socket": 1, "name": name})
    if response.WhichOneof("result") == "error" and not agent.wraps_libzmq:
        assert agent.error_of(response).startswith("NATIVE ")
        pytest.skip(f"the library cannot read {name}: {response.error.text}")
    assert getattr(response.value, kind) == value


@pytest.mark.parametrize("name", ["TELEPATHY", "linger", "ZMQ_LINGER", ""])
def test_options_that_there_are_not(agent: Agent, name: str) -> None:
    """Socket options: by libzmq's name without ZMQ_, and no other; an unknown one is UNSUPPORTED."""
    agent.needs(operations="set_option get_option")
    agent.do(open={"socket": 1, "type": agent.hello.hello.socket_types[0]})
    assert agent.error(set_option={"socket": 1, "option": option(name, number=1)}) == "UNSUPPORTED"
    assert agent.error(get_option={"socket": 1, "name": name}) == "UNSUPPORTED"


def test_options_that_can_only_be_written(agent: Agent) -> None:
    """Socket options: GetOption of such a one answers what the library answers, NATIVE."""
    agent.needs(socket_types="SUB", options="SUBSCRIBE", operations="set_option get_option")
    agent.do(open={"socket": 2, "type": "SUB"})
    agent.do(set_option={"socket": 2, "option": option("SUBSCRIBE", data=b"")})
    assert agent.error(get_option={"socket": 2, "name": "SUBSCRIBE"}).startswith("NATIVE ")


def test_endpoints(agent: Agent) -> None:
    """Bind and Connect answer LAST_ENDPOINT, with wildcards resolved; a refusal is NATIVE."""
    endpoint = agent.link()
    assert endpoint.startswith("tcp://127.0.0.1:")
    assert endpoint.rpartition(":")[2].isdigit()
    agent.do(open={"socket": 3, "type": "PULL"})
    assert agent.error(bind={"socket": 3, "endpoint": endpoint}) == "NATIVE EADDRINUSE"
    assert agent.error(bind={"socket": 3, "endpoint": "nonsense"}) == "NATIVE EINVAL"
    assert agent.error(connect={"socket": 3, "endpoint": "nonsense"}) == "NATIVE EINVAL"


def test_last_endpoint_is_read(agent: Agent) -> None:
    """Socket options: LAST_ENDPOINT is for reading. That is not in Hello, so an agent may answer UNSUPPORTED."""
    agent.needs(operations="get_option")
    endpoint = agent.link()
    response = agent.call(get_option={"socket": 1, "name": "LAST_ENDPOINT"})
    if response.WhichOneof("result") == "error":
        assert agent.error_of(response) == "UNSUPPORTED"
        pytest.skip("the peer cannot read LAST_ENDPOINT")
    assert response.value.data.decode() == endpoint


def test_endpoints_end_once(agent: Agent) -> None:
    """Unbind and Disconnect take what Bind and Connect answered, once.

    A library that ends a connection in the background may take the second call for another first one (pyomq does, now
    and then), so only libzmq is held to the error; the scenario no_such_endpoint asks the others.
    """
    agent.needs(operations="unbind disconnect")
    endpoint = agent.link()
    agent.do(disconnect={"socket": 2, "endpoint": endpoint})
    if agent.wraps_libzmq:
        assert agent.error(disconnect={"socket": 2, "endpoint": endpoint}).startswith("NATIVE ")
    agent.do(unbind={"socket": 1, "endpoint": endpoint})
    if agent.wraps_libzmq:
        assert agent.error(unbind={"socket": 1, "endpoint": endpoint}).startswith("NATIVE ")


def test_anyone_may_connect_over_ipc(agent: Agent, tmp_path: Path) -> None:
    """Files in the file system: umask(0), since the one that connects needs write permission on the socket file."""
    agent.needs(socket_types="PULL", transports="ipc")
    agent.do(open={"socket": 1, "type": "PULL"})
    path = tmp_path / "s"
    assert agent.do(bind={"socket": 1, "endpoint": f"ipc://{path}"}).endpoint == f"ipc://{path}"
    assert path.stat().st_mode & 0o222 == 0o222


def test_a_call_in_the_wrong_state(agent: Agent) -> None:
    """Errors: NATIVE has libzmq's own symbol; and the agent serves on."""
    agent.needs(operations="receive_burst")
    if not agent.wraps_libzmq:
        pytest.skip("the library is not libzmq; scenarios test what it does in the wrong state")
    agent.link("REP", "REQ")
    assert agent.error(send={"socket": 1, "frames": [{"raw": b"x"}], "timeout_ms": 100}) == "NATIVE EFSM"
    assert agent.error(receive={"socket": 2, "timeout_ms": 100}) == "NATIVE EFSM"
    assert agent.error(receive_burst={"socket": 2, "count": 1, "timeout_ms": 100}) == "NATIVE EFSM"
    agent.send({"raw": b"question"})
    assert agent.receive() == [b"question"]


@pytest.mark.parametrize("operation", ["send", "receive"])
@pytest.mark.parametrize("timeout_ms", [0, 300])
def test_time_limits(agent: Agent, operation: str, timeout_ms: int) -> None:
    """Time limits: AGAIN after timeout_ms, not earlier; 0 does not wait."""
    kind = {"send": "PUSH", "receive": "PULL"}[operation]
    agent.needs(socket_types=kind)
    agent.do(open={"socket": 1, "type": kind})
    frames = {"frames": [{"raw": b"a"}, {"raw": b"b"}]} if operation == "send" else {}
    error, seconds = timed(agent.error, **{operation: {"socket": 1, "timeout_ms": timeout_ms, **frames}})
    assert error == "AGAIN EAGAIN"
    assert timeout_ms / 1000 <= seconds < timeout_ms / 1000 + LATE


def test_waiting_ends_with_the_message(agent: Agent) -> None:
    """Time limits: polls for what remains of the time, so a message that comes meanwhile ends the waiting."""
    agent.needs(lanes=2, socket_types="PUSH PULL", transports="tcp")
    agent.do(open={"socket": 1, "type": "PULL"})
    endpoint = agent.do(bind={"socket": 1, "endpoint": "tcp://127.0.0.1:*"}).endpoint
    start = time.monotonic()
    waiting = agent.start(receive={"socket": 1, "timeout_ms": 25_000})
    agent.do(1, open={"socket": 2, "type": "PUSH"})
    agent.do(1, connect={"socket": 2, "endpoint": endpoint})
    agent.do(1, send={"socket": 2, "frames": [{"raw": b"now"}], "timeout_ms": 20_000})
    assert agent.answer(waiting).message.frames[0].raw == b"now"
    assert time.monotonic() - start < 25


def test_messages_arrive_whole(agent: Agent) -> None:
    """Send and Receive: one message with all its frames, also empty ones and large ones."""
    agent.link()
    frames = [b"", b"a", bytes(255), b"\xff" * 256, b"", b"x" * 100_000, b""]
    agent.send(*({"raw": frame} for frame in frames))
    agent.send({"raw": b""})
    assert agent.receive() == frames
    assert agent.receive() == [b""]


def test_messages_that_make_no_sense(agent: Agent) -> None:
    """Errors: no frames, or a frame without a body, is INVALID, and nothing is sent."""
    agent.link()
    assert agent.error(send={"socket": 2, "timeout_ms": 100}) == "INVALID"
    assert agent.error(send={"socket": 2, "frames": [{"raw": b"x"}, {}], "timeout_ms": 100}) == "INVALID"
    agent.send({"raw": b"next"})
    assert agent.receive() == [b"next"]


def test_bursts(agent: Agent) -> None:
    """SendBurst and ReceiveBurst: numbers, counts and bytes of all frames; what a SendBurst message looks like."""
    agent.needs(operations="send_burst receive_burst")
    agent.link()
    burst = {"socket": 2, "first": 2**40, "size": 20, "head": [b"he", b""], "timeout_ms": 20_000}
    sent = agent.do(send_burst={**burst, "count": 501}).burst
    assert (sent.count, sent.bytes) == (501, 501 * 22)
    assert agent.receive() == [b"he", b"", (2**40).to_bytes(8, "big") + bytes(12)]
    taken = agent.do(receive_burst={"socket": 1, "count": 500, "timeout_ms": 20_000, "numbers": True}).burst
    assert (taken.count, taken.bytes) == (500, 500 * 22)
    assert list(taken.numbers) == list(range(2**40 + 1, 2**40 + 501))
    assert sent.elapsed_ns
    assert taken.elapsed_ns
    for frames in ([b"\1" * 8, b"short"], [b""]):
        agent.send(*({"raw": frame} for frame in frames))
    taken = agent.do(receive_burst={"socket": 1, "count": 2, "timeout_ms": 20_000, "numbers": True}).burst
    assert (list(taken.numbers), taken.bytes) == ([2**64 - 1] * 2, 13)
    assert agent.error(send_burst={"socket": 2, "count": 1, "size": 7}) == "INVALID"


@pytest.mark.parametrize("timeout_ms", [0, 300])
def test_bursts_end_with_their_time(agent: Agent, timeout_ms: int) -> None:
    """Time limits: a burst has one limit for the whole of it; a time limit that ends it is no error."""
    agent.needs(
        socket_types="PUSH PULL", transports="tcp", options="SNDHWM RCVHWM", operations="send_burst receive_burst"
    )
    agent.do(open={"socket": 1, "type": "PULL", "options": [option("RCVHWM", number=5)]})
    agent.do(open={"socket": 2, "type": "PUSH", "options": [option("SNDHWM", number=5)]})
    endpoint = agent.do(bind={"socket": 1, "endpoint": "tcp://127.0.0.1:*"}).endpoint
    agent.do(connect={"socket": 2, "endpoint": endpoint})
    for _ in range(3):
        agent.send({"raw": b"12345678"})
    assert agent.do(receive_burst={"socket": 1, "count": 2, "timeout_ms": 20_000}).burst.count == 2
    limits = {"socket": 1, "count": 10, "timeout_ms": timeout_ms}
    result, seconds = timed(agent.do, receive_burst=limits)
    assert (result.burst.count <= 1) if timeout_ms == 0 else (result.burst.count == 1)
    assert not result.burst.numbers
    assert timeout_ms / 1000 <= seconds < timeout_ms / 1000 + LATE
    # More than the high-water marks and the buffers of the system take: the burst must end before it is through.
    sends = {"socket": 2, "count": 10_000, "size": 100_000, "timeout_ms": timeout_ms}
    result, seconds = timed(agent.do, send_burst=sends)
    assert 0 <= result.burst.count < 10_000
    assert timeout_ms / 1000 <= seconds < timeout_ms / 1000 + LATE
