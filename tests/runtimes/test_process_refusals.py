"""Peers that cannot be started as processes of this machine: what is said of them."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.space import HERE
from tests.unit import world
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.process import ProcessRuntime
from zmq_interop.core.peer import Launch, Peer
from zmq_interop.run import run_folder
from zmq_interop.schemas import project
from zmq_interop.system import workspace
from zmq_interop.system.errors import PeerBroken

NO_MACHINE = 0x1234  # e_machine: what no kernel knows


@pytest.fixture
def run_place(tmp_path: Path) -> Iterator[RunPlace]:
    """A run's place; its logs are below tmp_path."""
    made = run_folder.make(workspace.at(tmp_path))
    yield made
    run_folder.remove(made)


class Nobody:
    """Takes what the control channel brings."""

    def received(self, data: bytes) -> None:
        """Nothing can come."""

    def ended(self) -> None:
        """It did not begin."""


def begin(run_place: RunPlace, peer: Peer) -> PeerBroken:
    """Why this peer cannot be started."""

    async def run() -> None:
        runtime = ProcessRuntime(project.scan(), HERE, install=False)
        try:
            await runtime.open(run_place)
            await runtime.prepare(peer, print)
            await runtime.start(peer, f"{peer.name}-0", Nobody())
        finally:
            await runtime.close()

    with pytest.raises(PeerBroken) as caught:
        asyncio.run(run())
    return caught.value


def test_an_image_is_no_process(run_place: RunPlace) -> None:
    error = begin(run_place, msgspec.structs.replace(world.peer("mine"), image="mine:1"))
    assert error.message == "this run starts it as a process, but it is the image mine:1"
    assert "mine=container" in error.hint


def test_an_agent_for_another_machine(run_place: RunPlace, tmp_path: Path) -> None:
    agent = tmp_path / "agent"
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 2, NO_MACHINE, 1)
    agent.write_bytes(header.ljust(4096, b"\0"))
    agent.chmod(0o755)
    peer = world.peer("mine")
    assert peer.manifest
    manifest = msgspec.structs.replace(peer.manifest, run=Launch(command=("./agent",)))
    error = begin(run_place, msgspec.structs.replace(peer, folder=tmp_path, manifest=manifest))
    assert "does not start: Exec format error" in error.message
    assert error.hint.startswith("it is built for a machine other than this")
    assert f"`run.command` in {tmp_path / 'peer.toml'}" in error.hint


@pytest.mark.parametrize(
    ("program", "why"),
    [("a\0b", "embedded null byte"), (f"./{'x' * 5000}", "File name too long")],
    ids=["zero", "long"],
)
def test_a_command_that_no_system_takes(program: str, why: str, run_place: RunPlace) -> None:
    peer = world.peer("mine")
    manifest = msgspec.structs.replace(peer.require(), run=Launch(command=(program,)))
    error = begin(run_place, msgspec.structs.replace(peer, manifest=manifest))
    assert error.message.endswith(f"does not start: {why}")
    assert len(error.message) < 400
