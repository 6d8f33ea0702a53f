"""docs/peer-contract.md: the control channel, the lanes, and how an agent starts and ends."""

import os
import random
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.contract.driver import DIGEST, MANIFESTS, ROOT, Agent, Protos


def receive(socket: int, timeout_ms: int) -> dict[str, Any]:
    return {"receive": {"socket": socket, "timeout_ms": timeout_ms}}


def block_lanes(agent: Agent) -> None:
    """Lets lanes wait for a minute: in Receive, in Send, in both bursts; lane 0 has a message that nobody takes."""
    hello = agent.hello.hello
    waiting: list[tuple[str, dict[str, Any]]] = [
        ("PULL", {"receive": {"socket": 1, "timeout_ms": 60_000}}),
        ("PUSH", {"send": {"socket": 1, "frames": [{"raw": b"x"}], "timeout_ms": 60_000}}),
        ("PULL", {"receive_burst": {"socket": 1, "count": 10, "timeout_ms": 60_000}}),
        ("PUSH", {"send_burst": {"socket": 1, "count": 10, "size": 8, "timeout_ms": 60_000}}),
    ]
    claimed = [(kind, operation) for kind, operation in waiting if set(operation) <= set(hello.operations)]
    for lane, (kind, operation) in enumerate(claimed[: hello.lanes - 1]):
        agent.do(lane + 1, open={"socket": 1, "type": kind})
        agent.start(lane + 1, **operation)
    agent.do(open={"socket": 1, "type": "PUSH"})
    if "LINGER" in hello.options:
        agent.do(set_option={"socket": 1, "option": {"name": "LINGER", "value": {"number": -1}}})
    agent.do(connect={"socket": 1, "endpoint": "tcp://127.0.0.1:9"})
    agent.call(send={"socket": 1, "frames": [{"raw": b"nobody takes this"}]})


def test_hello_comes_first_and_says_who(cell: tuple[str, str], agent: Agent) -> None:
    """The control channel: the first message is a Response with id 0 and hello."""
    assert agent.hello.id == 0
    assert agent.hello.WhichOneof("result") == "hello"
    hello = agent.hello.hello
    assert (hello.contract, hello.peer, hello.proto_digest) == (2, cell[0], DIGEST)
    assert hello.language
    assert hello.libraries
    assert all(library.name and library.version for library in hello.libraries)
    assert not any(name.startswith("interop.control.") for name in hello.message_types)


def test_hello_equals_the_claims(cell: tuple[str, str], agent: Agent, protos: Protos) -> None:
    """The manifest: the claims must equal what Hello says, and left out `operations` are all of them."""
    request = protos["interop.control.v1.Request"].DESCRIPTOR
    claims = {"operations": [f.name for f in request.oneofs_by_name["operation"].fields]} | MANIFESTS[cell[0]]["claims"]
    hello = agent.hello.hello
    assert hello.lanes == claims.pop("lanes")
    said = {name: sorted(getattr(hello, name)) for name in claims}
    assert said == {name: sorted(claim) for name, claim in claims.items()}


def test_messages_in_pieces_and_in_one_piece(agent: Agent) -> None:
    """The control channel: messages stand one behind the other; how they are cut into writes means nothing."""
    for byte in agent.request(close_all={}):
        agent.write(bytes([byte]))
    assert agent.read().id == 1
    *whole, last = (agent.request(close_all={}) for _ in range(50))
    agent.write(b"".join(whole) + last[:3])
    assert [agent.read().id for _ in whole] == list(range(2, 51))
    agent.write(last[3:] + agent.request(close_all={})[:-1])
    assert agent.read().id == 51


def test_a_thousand_requests_ahead(agent: Agent) -> None:
    """The control channel: every Request gets one Response with its id. Lanes: each carries out its own in order."""
    lanes = min(8, agent.hello.hello.lanes)
    lane_of = {number: random.Random(number).randrange(lanes) for number in range(1, 1001)}
    agent.write(b"".join(agent.request(lane_of[number], close_all={}) for number in lane_of))
    answered = [agent.read().id for _ in lane_of]
    assert sorted(answered) == list(lane_of)
    for lane in range(lanes):
        mine = [number for number in answered if lane_of[number] == lane]
        assert mine == sorted(mine)


def test_a_large_message_passes(agent: Agent) -> None:
    """The control channel: a message is at most 128 MiB long; one of 20 MiB is well within."""
    agent.link()
    data = random.Random(1).randbytes(20 << 20)
    agent.send({"raw": data})
    assert agent.receive() == [data]


def test_a_waiting_lane_holds_up_no_other(agent: Agent) -> None:
    """The control channel: the agent keeps reading while its lanes work."""
    agent.needs(lanes=2, socket_types="PULL")
    agent.do(1, open={"socket": 1, "type": "PULL"})
    waiting = agent.start(1, **receive(1, 2_000))
    behind = agent.start(1, close_all={})
    others = [agent.start(0, close_all={}) for _ in range(100)]
    assert [agent.read().id for _ in others] == others
    assert agent.error_of(agent.answer(waiting)) == "AGAIN EAGAIN"
    assert agent.answer(behind).closed == 1


def test_every_lane_is_there_and_none_beyond(agent: Agent) -> None:
    """Lanes: as many as Hello says, all at once; a lane that is not below Hello.lanes answers INVALID."""
    lanes, kind = agent.hello.hello.lanes, agent.hello.hello.socket_types[0]
    opened = [agent.start(lane, open={"socket": 7, "type": kind}) for lane in range(lanes)]
    assert all(agent.answer(number).WhichOneof("result") is None for number in opened)
    closed = [agent.start(lane, close_all={}) for lane in range(lanes)]
    assert [agent.answer(number).closed for number in closed] == [1] * lanes
    for lane in (lanes, 2**32 - 1):
        assert agent.error(lane, close_all={}) == "INVALID"


def test_more_sockets_than_libzmq_has_by_default(agent: Agent) -> None:
    """Lanes and sockets: the context's limit of sockets is at least 4096; 1023 is what libzmq starts with."""
    kind = agent.hello.hello.socket_types[0]
    agent.write(b"".join(agent.request(open={"socket": number, "type": kind}) for number in range(1100)))
    assert [agent.read().WhichOneof("result") for _ in range(1100)] == [None] * 1100
    assert agent.do(close_all={}).closed == 1100


def test_inproc_joins_two_lanes(agent: Agent) -> None:
    """Abilities: with inproc_lanes, sockets on two lanes reach each other over inproc."""
    agent.needs(lanes=2, abilities="inproc_lanes", transports="inproc", socket_types="PUSH PULL")
    agent.do(0, open={"socket": 1, "type": "PULL"})
    agent.do(0, bind={"socket": 1, "endpoint": "inproc://between lanes"})
    waiting = agent.start(0, **receive(1, 20_000))
    agent.do(1, open={"socket": 1, "type": "PUSH"})
    agent.do(1, connect={"socket": 1, "endpoint": "inproc://between lanes"})
    agent.do(1, send={"socket": 1, "frames": [{"raw": b"over"}], "timeout_ms": 20_000})
    assert [frame.raw for frame in agent.answer(waiting).message.frames] == [b"over"]


@pytest.mark.parametrize("body", [b"", b"\xfa\x3e\x03new"], ids=["none", "unknown"])
def test_an_unknown_operation_is_unsupported(agent: Agent, body: bytes) -> None:
    """Errors: no operation set or known (here field 1007, of a later contract) answers UNSUPPORTED."""
    agent.write(agent.framed(b"\x08\x63" + body))  # id 99
    response = agent.read()
    assert (response.id, agent.error_of(response)) == (99, "UNSUPPORTED")
    agent.do(close_all={})


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_the_end_of_the_channel_ends_the_agent(agent: Agent, busy: bool) -> None:
    """End of the channel: closes everything and exits with 0, whatever its lanes do. (It says within a second; the
    test allows five, for busy machines.)"""
    if busy:
        agent.needs(socket_types="PUSH PULL", transports="tcp")
        block_lanes(agent)
    start = time.monotonic()
    agent.end_channel()
    assert agent.exit() == 0
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xff\xff\xff", struct.pack(">I", 2**31), struct.pack(">I", 2**27 + 1), b"\x00\x00\x00\x03\x0a\x7fx"],
    ids=["negative", "2 GiB", "limit + 1", "no Request"],
)
def test_garbage_ends_the_agent(agent: Agent, garbage: bytes) -> None:
    """A length beyond the limit, or bytes that are no Request: says so on stderr and exits with 1."""
    agent.do(close_all={})
    agent.write(garbage)
    assert agent.exit() == 1
    assert agent.stderr().strip()


def test_only_the_protocol_reaches_stdout(agent: Agent) -> None:
    """The control channel: nothing else on stdout, and file descriptor 1 points at stderr."""
    files = Path(f"/proc/{agent.process.pid}/fd")
    if files.is_dir():
        assert (files / "1").readlink() == (files / "2").readlink()
    agent.link()
    agent.send({"raw": b"x"})
    agent.receive()
    agent.end_channel()
    assert agent.exit() == 0
    stdout = agent.process.stdout
    assert stdout
    rest = stdout.read() if agent.socket is None else stdout.read() + agent.socket.recv(1)
    assert agent.buffer + rest == b""


HARNESS = """
import sys, time
from pathlib import Path
from tests.contract.driver import Agent, Protos
from tests.contract.test_peer_channel import block_lanes

home, channel, folder = sys.argv[1:]
agent = Agent(Path(home), Protos(Path(folder)), channel, stderr=2)
block_lanes(agent)
print(agent.process.pid, flush=True)
time.sleep(60)
"""


def test_no_agent_outlives_a_killed_harness(cell: tuple[str, str], built: Callable[[str], Path]) -> None:
    """End of the channel: this is what keeps orphans away when the harness is killed, here with SIGKILL."""
    name, channel = cell
    with TemporaryDirectory(prefix="contract-") as folder:
        command = [sys.executable, "-c", HARNESS, str(built(name)), channel, folder]
        environment = os.environ | {"TMPDIR": folder}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=-1, stderr=-1) as harness:
            assert harness.stdout
            assert harness.stderr
            pid = harness.stdout.readline()
            harness.kill()
            harness.wait()
            if not pid:
                pytest.fail(f"the agent could not be started: {harness.stderr.read().decode()}")
            # The agent alone now holds the other end of the pipe that both had as stderr.
            end, ended = time.monotonic() + 5, False
            while not ended and select.select([harness.stderr], [], [], max(0, end - time.monotonic()))[0]:
                ended = not os.read(harness.stderr.fileno(), 4096)
            if not ended:
                os.kill(int(pid), signal.SIGKILL)
                pytest.fail("the agent lives on, five seconds after the harness was killed")


def test_stdin_stays_unused_beside_a_control_socket(agent: Agent) -> None:
    """The control channel: with INTEROP_CONTROL the agent speaks there in both directions, and stdin stays open."""
    if agent.socket is None:
        pytest.skip("this is about the socket")
    assert agent.process.stdin
    agent.process.stdin.write(b"nothing reads this")
    agent.do(close_all={})
    with pytest.raises(subprocess.TimeoutExpired):
        agent.process.wait(0.2)
