"""The agents that break a rule, each played once a session."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.space import HERE
from zmq_interop.cli import smoke_play
from zmq_interop.core.peer import Launch, Peer
from zmq_interop.peers import build, manifest
from zmq_interop.run import run_folder
from zmq_interop.schemas import gather, project
from zmq_interop.smoke import agent
from zmq_interop.smoke.play import AgentHost, Played, Player
from zmq_interop.smoke.rules import REGISTRY, Check
from zmq_interop.system import workspace

PROGRAM = Path(__file__).with_name("agent.py")
PATIENCE = 10.0  # seconds; only agents that are found out by their silence need them, or a busy machine
AT_ONCE = 3


@pytest.fixture(scope="session")
def breaches(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The names of all breaches, which are those of checks; the honest peer, on which they run, is built by then."""
    log = tmp_path_factory.mktemp("build") / "build.log"
    shared = gather.gather(HERE.snapshots).protos
    asyncio.run(build.build(manifest.discover()["python"], shared, HERE, log, print, install=True))
    done = subprocess.run([sys.executable, PROGRAM, "--list"], capture_output=True, text=True, check=True)
    return tuple(done.stderr.split())


@pytest.fixture(scope="session")
def broken(breaches: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """What became of the one check for each agent that breaks its rule, by the check's name."""
    home = tmp_path_factory.mktemp("smoke")
    honest = manifest.discover()["python"]
    shared = gather.gather(HERE.snapshots).protos

    async def play() -> dict[str, Played]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> Played:
            async with room:
                first = next(iter(REGISTRY.values()))
                chosen = list(dict.fromkeys((first, REGISTRY[name])))
                return await play_checks(home / name, breaking(honest, name), shared, chosen)

        return dict(zip(breaches, await asyncio.gather(*map(one, breaches)), strict=True))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agent, "HELLO_LIMIT", PATIENCE)
        return asyncio.run(play())


def breaking(honest: Peer, name: str) -> Peer:
    """The honest peer, whose agent breaks the rule of this check."""
    assert honest.manifest
    run = Launch(command=(sys.executable, str(PROGRAM), "--break", name))
    return msgspec.structs.replace(honest, manifest=msgspec.structs.replace(honest.manifest, run=run, build=None))


async def play_checks(home: Path, peer: Peer, shared: project.ProtoSet, chosen: Sequence[Check]) -> Played:
    run_place = run_folder.make(workspace.at(home))
    stage = AgentHost(peer, smoke_play.runtimes("process", shared, HERE, install=False), run_place, shared.digest)
    try:
        await stage.prepare(print)
        return await Player(stage, PATIENCE).play(chosen)
    finally:
        await stage.close()
        run_folder.remove(run_place)
