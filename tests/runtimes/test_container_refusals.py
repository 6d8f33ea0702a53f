"""Where no container can be had, the peers that were to be in one are broken; the others play on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.space import HERE
from tests.unit import world
from zmq_interop.agents.runtimes import container, docker_daemon
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.container import ContainerRuntime
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, Found
from zmq_interop.core.peer import Peer
from zmq_interop.run import choice
from zmq_interop.run.choice import Choice
from zmq_interop.schemas import project
from zmq_interop.system.errors import PeerBroken


class Client:
    """An engine's client that answers `info` and can be closed."""

    def __init__(self, *options: str) -> None:
        self.closed = 0
        self._options = list(options)

    def info(self) -> dict[str, Any]:
        return {"SecurityOptions": self._options}

    def close(self) -> None:
        self.closed += 1


def made(client: Any, *, shares_files: bool = True) -> DockerDaemon:
    return DockerDaemon(api=client, endpoint="unix:///there", version="1", shares_files=shares_files)


@pytest.fixture
def run_place(tmp_path: Path) -> RunPlace:
    for name in ("run", "scratch"):
        (tmp_path / name).mkdir()
    return RunPlace(run_id="run", folder=tmp_path / "run", scratch=tmp_path / "scratch", owner="")


def refusal(runtime: ContainerRuntime, run_place: RunPlace) -> PeerBroken:
    """How the runtime breaks a peer, after an `open` that went by in silence."""

    async def run() -> PeerBroken:
        await runtime.open(run_place)
        with pytest.raises(PeerBroken) as raised:
            await runtime.prepare(world.peer("c"), lambda _: None)
        await runtime.close()
        return raised.value

    return asyncio.run(run())


def test_without_an_engine(run_place: RunPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "find", lambda: Found(engine=None, reason="no engine on this machine"))
    broken = refusal(ContainerRuntime(project.scan(), HERE), run_place)
    assert broken.message == "no engine on this machine"
    assert "tools/with-docker" in broken.hint


@pytest.mark.parametrize(
    ("shares_files", "options", "says"),
    [
        (False, (), "is not on this machine's own network"),
        (True, ("name=seccomp,profile=default", "name=rootless"), "is rootless"),
    ],
)
def test_where_processes_and_containers_cannot_meet(
    shares_files: bool, options: tuple[str, ...], says: str, run_place: RunPlace
) -> None:
    client = Client(*options)
    runtime = ContainerRuntime(
        project.scan(), HERE, share_with_host=True, engine=made(client, shares_files=shares_files)
    )
    broken = refusal(runtime, run_place)
    assert says in broken.message
    assert "cannot reach containers" in broken.message
    assert client.closed


@pytest.mark.parametrize(
    "network", [{}, {"IPAM": None}, {"IPAM": {"Config": []}}, {"IPAM": {"Config": [{}, {"Gateway": "fd00::1"}]}}]
)
def test_network_without_a_gateway(network: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match="no IPv4 gateway"):
        container.gateway_of(network)


def test_gateway_beside_one_of_ipv6() -> None:
    both = {"IPAM": {"Config": [{"Gateway": "fd00::1"}, {"Gateway": "172.18.0.1"}]}}
    assert container.gateway_of(both) == "172.18.0.1"


def test_the_engine_that_was_found_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(Client())
    monkeypatch.setattr(docker_daemon, "find", lambda: Found(engine=found, reason="it is there"))
    for wish in ("auto", "a=process"):
        chosen = choice.choose(wish, {name: Peer(name=name, folder=Path()) for name in "ab"})
        runtime = choice.make(chosen, project.scan(), HERE, install=False)["container"]
        assert isinstance(runtime, ContainerRuntime)
        assert runtime._engine is found


def test_an_engine_that_nobody_needs_is_closed() -> None:
    client = Client()
    choice.make(Choice(runtimes={"a": "process"}, why="", engine=made(client)), project.scan(), HERE, install=False)
    assert client.closed
