"""An agent that gets a shared library of its own finds it before the system's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from tests.runtimes.test_process_refusals import Nobody
from tests.space import HERE
from tests.unit import world
from zmq_interop.agents.runtimes.process import ProcessRuntime
from zmq_interop.core.peer import Launch, Peer
from zmq_interop.run import run_folder
from zmq_interop.schemas import project
from zmq_interop.system import workspace

SAY = Launch(command=("sh", "-c", 'echo "$LD_LIBRARY_PATH" >said'))


def said(peer: Peer, folder: Path) -> str:
    """What an agent finds in its environment that writes it down and ends. folder: its own, and that of the logs."""
    place = run_folder.make(workspace.at(folder / "work"))
    mine = msgspec.structs.replace(peer, folder=folder, manifest=msgspec.structs.replace(peer.require(), run=SAY))

    async def run() -> None:
        runtime = ProcessRuntime(project.scan(), HERE, install=False)
        try:
            await runtime.open(place)
            instance = await runtime.start(mine, "mine-0", Nobody())
            await instance.wait()
        finally:
            await runtime.close()

    try:
        asyncio.run(run())
    finally:
        run_folder.remove(place)
    return (folder / "said").read_text().strip()


def test_it_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = world.peer("mine")
    other = msgspec.structs.replace(peer, libraries=tmp_path / "libzmq-4.1.5")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert said(peer, tmp_path) == ""
    assert said(other, tmp_path) == str(tmp_path / "libzmq-4.1.5")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/local/lib")
    assert said(peer, tmp_path) == "/usr/local/lib"
    assert said(other, tmp_path) == f"{tmp_path / 'libzmq-4.1.5'}:/usr/local/lib"
