"""Whether a message is one that the dialogues of a program have on a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from zmq_interop.programs import contract, reading
from zmq_interop.programs.frames import Difference
from zmq_interop.schemas import gather, payloads
from zmq_interop.schemas.payloads import Types

DATA = "interop.payload.v1.DataMessage"
FILE = f"""
[program.relay]
run = ["relay"]
frames = ["$topic", "", "$type", "$message"]
sockets.in = {{ type = "PULL", bind = "tcp" }}
sockets.out = {{ type = "PUSH", bind = "tcp" }}
[[program.relay.dialogue]]
name = "one"
steps = [
  {{ send = "in", topic = "a", type = "{DATA}", as = "sent" }},
  {{ expect = "out", equals = "$sent" }},
  {{ send = "in", frames = ["stop"] }},
  {{ expect = "out", topic = "b", type = "interop.payload.v1.Choice", unknown_fields = "allowed" }},
]
"""
HELLO = b"\x0a\x05hello"


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Types:
    return payloads.load(gather.gather(tmp_path_factory.mktemp("snapshots"), []).descriptors)


def _differs(tmp_path: Path, types: Types, socket: str, action: str, *frames: bytes) -> tuple[Difference, ...]:
    file = tmp_path / "interop.toml"
    file.write_text(FILE)
    program = reading.read(file).config.program["relay"]
    allowed = contract.words(program, socket, action)
    return contract.differs(types, program.frames_of(socket), allowed, frames)


@pytest.mark.parametrize(
    ("socket", "frames"),
    [
        ("in", (b"any topic", b"", DATA.encode(), HELLO)),
        ("in", (b"stop",)),
        ("out", (b"a", b"", DATA.encode(), HELLO)),
        ("out", (b"b", b"", b"interop.payload.v1.Choice", b"\xf8\x07\x01")),
    ],
)
def test_what_is_declared_may_pass(socket: str, frames: tuple[bytes, ...], tmp_path: Path, types: Types) -> None:
    action = contract.TAKES if socket == "in" else contract.SENDS
    assert _differs(tmp_path, types, socket, action, *frames) == ()


@pytest.mark.parametrize(
    ("frames", "expected", "got"),
    [
        ((b"stop", b"now"), "4 frames: $topic, , $type, $message", "now"),
        ((b"a", b"x", DATA.encode(), HELLO), 'frame 2: ""', '"x"'),
        ((b"a", b"", b"a.B", HELLO), 'frame 3: "interop.payload.v1.DataM', '"a.B"'),
        ((b"a", b"", DATA.encode(), HELLO + b"\x18\x01"), f"{DATA}: no field 3", "field 3: 1"),
        ((b"a", b"", DATA.encode(), b"\x0a\x05h"), f"{DATA}: a {DATA}", "which is none"),
    ],
)
def test_what_is_not_declared_is_told(
    frames: tuple[bytes, ...], expected: str, got: str, tmp_path: Path, types: Types
) -> None:
    ((told, there),) = _differs(tmp_path, types, "in", contract.TAKES, *frames)
    assert expected in told
    assert got in there
