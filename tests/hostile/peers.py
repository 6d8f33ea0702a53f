"""Makes the folders of hostile peers: a manifest, a Hello that fits it, and the program that misbehaves."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interop.control.v1.control_pb2 import Response
from interop.control.v1.hello_pb2 import Hello
from zmq_interop.core.peer import CONTRACT, OPERATIONS
from zmq_interop.schemas import payloads, project

PROGRAM = Path(__file__).with_name("agent.py")
SOCKET_TYPES = ("PUSH", "PULL")

ONE_BY_ONE = tuple(name for name in OPERATIONS if name != "program")  # so each operation is a Request of its own


def manifest(name: str, be: str) -> str:
    """A peer.toml without fault."""
    return f"""contract = {CONTRACT}
name = "{name}"
language = "none"

[run]
command = ["{{python}}", "-S", "{PROGRAM}", "--be", "{be}"]

[claims]
lanes = 4
socket_types = ["PUSH", "PULL"]
transports = ["tcp"]
operations = {list(ONE_BY_ONE)}
"""


def hello(name: str) -> Any:
    """The Hello that this manifest promises."""
    return Hello(
        contract=CONTRACT,
        peer=name,
        language="none",
        proto_digest=project.scan().digest,
        lanes=4,
        socket_types=SOCKET_TYPES,
        transports=["tcp"],
        mechanisms=["NULL"],
        operations=ONE_BY_ONE,
        message_types=sorted(payloads.message_types()),
    )


def make(
    home: Path,
    name: str,
    be: str = "refuse",
    change: Callable[[str], str] = str,
    lie: Callable[[Any], None] = lambda _: None,
) -> Path:
    """A peer's folder below `home`. change: of its manifest. lie: what it changes in its Hello."""
    folder = home / name
    folder.mkdir()
    (folder / "peer.toml").write_text(change(manifest(name, be)), encoding="utf-8")
    said = hello(name)
    lie(said)
    (folder / "hello.bin").write_bytes(Response(hello=said).SerializeToString())
    return folder


def gate(home: Path, be: str = "gate", change: Callable[[str], str] = str) -> Path:
    """The folder of a peer with two FIFOs: it says through `asked` where it is, and waits for leave in `answer`."""
    folder = make(home, "gate", be=be, change=change)
    os.mkfifo(folder / "asked")
    os.mkfifo(folder / "answer")
    return folder
