"""Which programs meet, on which sockets, and in which dialogues."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zmq_interop.programs import meeting, reading

FILE = """
[program.client]
run = ["client"]
sockets.ask = { type = "REQ", connect = ["tcp", "ipc"] }
[[program.client.dialogue]]
name = "asks"
steps = [{ expect = "ask", type = "a.Ask" }, { send = "ask", type = "a.Answer" }]

[program.server]
run = ["server"]
sockets.front = { type = "REP", bind = ["tcp", "ipc"] }
[[program.server.dialogue]]
name = "answers"
steps = [{ send = "front", type = "a.Ask" }, { expect = "front", type = "a.Answer" }]
"""


def _found(tmp_path: Path, text: str) -> list[tuple[str, tuple[meeting.Joint, ...]]]:
    file = tmp_path / "interop.toml"
    file.write_text(text)
    config = reading.read(file).config
    return [(one.name, one.joints) for one in meeting.meetings(config)]


def test_the_dialogue_of_the_program_that_speaks_first_is_played(tmp_path: Path) -> None:
    assert _found(tmp_path, FILE) == [("client:asks+server", (meeting.Joint("ask", "front"),))]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('type = "REP", bind', 'type = "PULL", bind'),
        ('type = "REP", bind', 'type = "REP", connect'),
        ('type = "REP", bind = ["tcp", "ipc"]', 'type = "REP", bind = "tcp", options = { CURVE_SERVERKEY = "k" }'),
        ('connect = ["tcp", "ipc"]', 'connect = "tcp://127.0.0.1:5555"'),
        ('connect = ["tcp", "ipc"]', 'connect = "ipc"'),
        ('run = ["server"]', "attach = true"),
        ('{ expect = "ask"', '{ restart = "stop" }, { expect = "ask"'),
        (
            '{ expect = "ask", type = "a.Ask" }, { send = "ask", type = "a.Answer" }',
            '{ expect = "ask", type = "b.Ask" }',
        ),
    ],
)
def test_what_does_not_fit_is_not_joined(was: str, now: str, tmp_path: Path) -> None:
    assert was in FILE
    text = FILE.replace(was, now)
    if '"PULL"' in now:
        text = re.sub(r', \{ expect = "front".*\}\]', ', { log = "." }]', text)
    if "attach" in now:
        text = text.replace('bind = ["tcp", "ipc"]', 'bind = "tcp://127.0.0.1:5555"')
    if now == 'connect = "ipc"':
        text = text.replace('bind = ["tcp", "ipc"]', 'bind = "tcp"')
    assert _found(tmp_path, text) == []


def test_of_sockets_that_fit_the_one_of_the_same_name_is_taken(tmp_path: Path) -> None:
    again = 'sockets.front = { type = "REP", bind = ["tcp", "ipc"] }'
    other = again.replace("front", "ask")
    steps = '{ send = "front", type = "a.Ask" }, { expect = "front", type = "a.Answer" }'
    text = FILE.replace(again, f"{again}\n{other}").replace(steps, f"{steps}, {steps.replace('front', 'ask')}")
    assert _found(tmp_path, text) == [("client:asks+server", (meeting.Joint("ask", "ask"),))]
