"""What runs left at an engine is removed when their makers are gone; what users have there never is."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.test_agents import of_run, opened
from zmq_interop.agents.runtimes import orphans
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.core.peer import Peer
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import owner
from zmq_interop.system.paths import ROOT

ORPHAN_MAKER = """
import asyncio, sys
from pathlib import Path
from zmq_interop.run import run_folder
from zmq_interop.schemas import project
from zmq_interop.system import workspace
from zmq_interop.agents.runtimes.container import ContainerRuntime

async def main():
    space = workspace.at(Path(sys.argv[1]))
    made = run_folder.make(space)
    runtime = ContainerRuntime(project.scan(), space)
    await runtime.open(made)
    print(made.run_id, flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another harness with an open run: its process and the run's id."""
    command = [sys.executable, "-c", ORPHAN_MAKER, str(tmp_path / "other")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


@pytest.mark.usefixtures("earlier")
def test_sweeps_what_the_dead_left(
    other: tuple[subprocess.Popen[str], str], docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace
) -> None:
    process, run_id = other

    async def run() -> None:
        async with opened(shared, run_place, probe):
            pass

    asyncio.run(run())
    assert len(of_run(docker, run_id)) == 2, "a run that lives keeps its network and volume"
    process.send_signal(signal.SIGKILL)
    process.wait()
    asyncio.run(run())
    assert of_run(docker, run_id) == []


@pytest.mark.usefixtures("earlier")
def test_clean(
    other: tuple[subprocess.Popen[str], str],
    docker: DockerDaemon,
    shared: ProtoSet,
    probe: Peer,
    run_place: RunPlace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process, run_id = other

    async def run() -> None:
        async with opened(shared, run_place, probe):
            pass

    asyncio.run(run())
    assert docker.image("interop-probe:local")
    # The images of the real peers took minutes to build: only the probe's are ours to remove here.
    monkeypatch.setattr(orphans, "IMAGES", ([f"{orphans.PEER}=probe"],))
    said: list[str] = []
    orphans.clean(said.append)
    assert said[-1].startswith("removed 1 images from Docker")
    assert docker.image("interop-probe:local") is None
    assert len(of_run(docker, run_id)) == 2, "what another live process made stays"
    process.kill()
    process.wait()
    orphans.clean(said.append)
    assert of_run(docker, run_id) == []


def test_clean_spares_only_what_may_live(docker: DockerDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, boot, namespace, pid, start = owner.current().split("/")
    makers = {
        "interop-before-boot": f"{machine}/another-boot/{namespace}/{pid}/{start}",
        "interop-other-machine": f"/another-boot/{namespace}/{pid}/{start}",
        "interop-other-container": f"{machine}/{boot}/1/{pid}/{start}",
    }

    def left() -> set[str]:
        return {network["Name"] for network in docker.api.networks(list(makers))}

    monkeypatch.setattr(orphans, "IMAGES", ())
    try:
        for name, maker in makers.items():
            docker.api.create_network(name, labels=orphans.labels(run=name.removeprefix("interop-"), owner=maker))
        orphans.sweep(docker)
        assert "interop-other-machine" in left()
        assert ("interop-before-boot" in left()) == (not machine), "where the machine has no name, nobody can tell"
        orphans.clean(lambda _: None)
        assert left() == {"interop-other-container"}
    finally:
        for name in left():
            docker.api.remove_network(name)


@pytest.mark.usefixtures("earlier")
def test_what_users_have_is_told_from_ours(
    docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alike names, some of our labels, and all of them on what was made of one of our images or containers."""
    gone = "/".join([*owner.current().split("/")[:3], "999999999", "1"])
    ours = orphans.labels(run="gone", owner=gone)
    partial = {"interop": "1", "interop.owner": gone}

    async def run() -> None:
        async with opened(shared, run_place, probe):
            pass

    asyncio.run(run())
    image = (docker.image("interop-probe:local") or {})["Id"]
    built = docker.api.create_container(image, labels=ours, name="derived-from-interop")["Id"]
    docker.api.commit(built, repository="a-users-image", tag="1")
    docker.api.tag(image, "a-users-name", tag="1")
    networks = [docker.api.create_network("interop-gone-too", labels=partial)["Id"]]
    volume = docker.api.create_volume("interopgone", labels=ours)["Name"]
    monkeypatch.setattr(orphans, "IMAGES", ([f"{orphans.MADE}=1", f"{orphans.PEER}=probe", orphans.DIGEST],))
    try:
        for clean in (orphans.sweep, lambda _: orphans.clean(lambda _: None)):
            clean(docker)
            assert docker.api.inspect_container(built)
            assert docker.api.networks(ids=networks)
            assert docker.api.inspect_volume(volume)
            assert docker.image("a-users-image:1")
            assert docker.image("a-users-name:1")
        assert docker.image("interop-probe:local") is None, "our own names of the image are gone"
    finally:
        docker.api.remove_container(built)
        docker.api.remove_network(networks[0])
        docker.api.remove_volume(volume)
        for name in ("a-users-image:1", "a-users-name:1"):
            docker.api.remove_image(name, force=True)
