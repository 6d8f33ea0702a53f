"""docs/golden-frames.*: what is written there is current, and what a real agent says."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from interop.control.v1.control_pb2 import Response
from zmq_interop.agents.control.framing import Unframer
from zmq_interop.smoke import golden
from zmq_interop.system.paths import PEERS, ROOT


@pytest.mark.parametrize(("name", "written"), [("md", golden.page()), ("json", golden.data())])
def test_the_page_is_current(name: str, written: str) -> None:
    assert (ROOT / f"docs/golden-frames.{name}").read_text() == written, "tools/golden writes it anew"


@pytest.mark.usefixtures("breaches")  # the peer is built
def test_an_agent_says_the_same() -> None:
    """The Requests as they stand in the file, all ahead, to the Python peer's agent."""
    told = json.loads((ROOT / "docs/golden-frames.json").read_text())
    requests = bytes.fromhex("".join(one["request"] for one in told if one["request"]))
    command = [sys.executable, "agent.py"]
    answers: list[Response] = []
    with subprocess.Popen(command, cwd=PEERS / "python", stdin=-1, stdout=-1) as agent:
        assert agent.stdin
        assert agent.stdout
        agent.stdin.write(requests)
        agent.stdin.flush()
        unframer = Unframer()
        while len(answers) < len(told):
            data = os.read(agent.stdout.fileno(), 1 << 16)
            assert data, f"it ended after {len(answers)} answers"
            answers += map(Response.FromString, unframer.feed(data))
        agent.stdin.close()
    assert agent.returncode == 0
    wanted = [Response.FromString(bytes.fromhex(one["response"])[4:]) for one in told]
    assert [_free(one) for one in answers] == [_free(one) for one in wanted]


def _free(response: Response) -> Response:
    """Without what only a library knows."""
    if response.HasField("hello"):
        response.hello.Clear()
    if response.HasField("error"):
        response.error.text = ""
    for result in response.program.results:
        result.error.ClearField("text")
    if response.HasField("burst"):
        response.burst.elapsed_ns = 0
    return response
