"""Agents in containers: they start, speak, are shut in, end, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from tests.space import HERE
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.container import ContainerRuntime
from zmq_interop.agents.runtimes.container_instance import ContainerInstance
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.core.peer import Peer
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import owner
from zmq_interop.system.errors import PeerBroken

SECONDS = 15


class Inbox:
    """Takes what the control channel brings."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.over = 0
        self._changed = asyncio.Event()

    def received(self, data: bytes) -> None:
        self.data += data
        self._changed.set()

    def ended(self) -> None:
        self.over += 1
        self._changed.set()

    async def message(self) -> bytes:
        """The first whole message."""
        await self.until(lambda: len(self.data) >= 4 and len(self.data) >= 4 + int.from_bytes(self.data[:4], "big"))
        return bytes(self.data[4:])

    async def until(self, true: Any) -> None:
        async with asyncio.timeout(SECONDS):
            while not true():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def opened(shared: ProtoSet, run_place: RunPlace, peer: Peer, **more: Any) -> AsyncIterator[ContainerRuntime]:
    """A runtime that is open and has the peer's image."""
    runtime = ContainerRuntime(shared, HERE, **more)
    try:
        await runtime.open(run_place)
        await runtime.prepare(peer, lambda _: None)
        yield runtime
    finally:
        await runtime.close()
        await runtime.close()


def of_run(docker: DockerDaemon, run: str) -> list[str]:
    """What the engine has of a run."""
    ours = {"label": f"interop.run={run}"}
    return [
        *(container["Id"] for container in docker.api.containers(all=True, filters=ours)),
        *(network["Name"] for network in docker.api.networks(filters=ours)),
        *(volume["Name"] for volume in docker.api.volumes(filters=ours)["Volumes"] or []),
    ]


@pytest.mark.parametrize("control", ["stdio", "socket"])
@pytest.mark.parametrize("name", ["c", "cpp", "go", "go-pure", "python", "python-omq", "python-system"])
def test_hello(
    name: str, control: str, docker: DockerDaemon, shared: ProtoSet, peers: dict[str, Peer], run_place: RunPlace
) -> None:
    from interop.control.v1 import control_pb2

    place = msgspec.structs.replace(run_place, control=control)

    async def run() -> None:
        async with opened(shared, place, peers[name]) as runtime:
            inbox = Inbox()
            instance = await runtime.start(peers[name], f"{name}-0", inbox)
            hello = control_pb2.Response.FromString(await inbox.message()).hello
            assert hello.peer == name
            assert hello.proto_digest == shared.digest
            assert instance.host.count(".") == 3
            assert instance.ipc == "/ipc"
            assert isinstance(instance, ContainerInstance)
            assert (control == "socket") == (instance.control is not None and instance.control.called)
            ended = await instance.stop(SECONDS)
            assert (ended.status, ended.signal) == (0, ""), instance.stderr.tail()
            assert inbox.over == 1
            assert list(place.ctl.iterdir()) == []

    asyncio.run(run())
    assert of_run(docker, place.run_id) == []


@pytest.mark.usefixtures("earlier")
def test_bytes_go_both_ways(docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    sent = os.urandom(1 << 20)

    async def run() -> None:
        async with opened(shared, run_place, probe) as runtime:
            inbox = Inbox()
            instance = await runtime.start(probe, "probe-0", inbox)
            for at in range(0, len(sent), 70_001):
                instance.write(sent[at : at + 70_001])
            await inbox.until(lambda: len(inbox.data) == len(sent))
            assert inbox.data == sent
            ended = await instance.stop(SECONDS)
            assert ended.status == 0
            assert instance.stderr.tail() == "first"
            assert (run_place.folder / "agents" / "probe-0.stderr").read_text() == "first"
            instance.write(b"into the void")
            instance.kill()

    asyncio.run(run())


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("echo last words >&2; exit 3", "exited with 3"),
        ("kill -SEGV $$", "killed by SIGSEGV"),
        ("kill -ABRT $$", "killed by SIGABRT"),
        ("exit 0", "exited with 0"),
    ],
)
def test_how_it_ended(agent: str, shown: str, shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    dockerfile = probe.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("cat /word >&2; cat", agent))

    async def run() -> None:
        async with opened(shared, run_place, probe) as runtime:
            inbox = Inbox()
            instance = await runtime.start(probe, "probe-0", inbox)
            async with asyncio.timeout(SECONDS):
                assert str(await instance.wait()) == shown
            assert instance.stderr.tail() == ("last words\n" if "last" in agent else "")
            await inbox.until(lambda: inbox.over == 1)
            assert str(await instance.stop(0)) == shown

    asyncio.run(run())


@pytest.mark.usefixtures("earlier")
def test_out_of_memory_is_said(shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    dockerfile = probe.folder / "Dockerfile"
    hog = "exec head -c 3G /dev/zero | tail -n 1"
    dockerfile.write_text(dockerfile.read_text().replace("cat /word >&2; cat", hog))

    async def run() -> None:
        async with opened(shared, run_place, probe) as runtime:
            instance = await runtime.start(probe, "probe-0", Inbox())
            async with asyncio.timeout(60):
                ended = await instance.wait()
            assert "out of memory" in str(ended)

    asyncio.run(run())


@pytest.mark.usefixtures("earlier")
def test_kill(docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    async def run() -> None:
        async with opened(shared, run_place, probe) as runtime:
            inbox = Inbox()
            instance = await runtime.start(probe, "probe-0", inbox)
            instance.kill()
            async with asyncio.timeout(SECONDS):
                assert str(await instance.wait()) == "killed by SIGKILL"
            await inbox.until(lambda: inbox.over == 1)

    asyncio.run(run())


@pytest.mark.usefixtures("earlier")
def test_one_that_does_not_stop_is_killed(shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    dockerfile = probe.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("cat /word >&2; cat", "sleep 1000"))

    async def run() -> None:
        async with opened(shared, run_place, probe) as runtime:
            instance = await runtime.start(probe, "probe-0", Inbox())
            async with asyncio.timeout(SECONDS):
                assert str(await instance.stop(0.2)) == "killed by SIGKILL"

    asyncio.run(run())


@pytest.mark.usefixtures("earlier")
def test_one_that_cannot_start(docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    async def run() -> None:
        async with opened(shared, run_place, probe) as runtime:
            docker.api.remove_image((docker.image("interop-probe:local") or {})["Id"], force=True)
            inbox = Inbox()
            with pytest.raises(PeerBroken, match="did not start"):
                await runtime.start(probe, "probe-0", inbox)
            assert inbox.over == 1

    asyncio.run(run())
    assert of_run(docker, run_place.run_id) == []


@pytest.mark.usefixtures("earlier")
def test_one_whose_start_is_cancelled(
    docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()
    create = ContainerRuntime._create

    def slowly(*arguments: Any) -> Any:
        begun.set()
        time.sleep(0.5)
        return create(*arguments)

    monkeypatch.setattr(ContainerRuntime, "_create", slowly)

    async def run() -> None:
        async with opened(shared, run_place, probe) as runtime:
            starting = asyncio.ensure_future(runtime.start(probe, "probe-0", Inbox()))
            await asyncio.to_thread(begun.wait)
            starting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await starting

    asyncio.run(run())
    assert of_run(docker, run_place.run_id) == []


@pytest.mark.usefixtures("earlier")
def test_shut_in(docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    async def run() -> dict[str, Any]:
        async with opened(shared, run_place, probe) as runtime:
            await runtime.start(probe, "probe-0", Inbox())
            found: dict[str, Any] = docker.api.inspect_container(f"interop-{run_place.run_id}-probe-0")
            return found

    found = asyncio.run(run())
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PidsLimit"] == 1024
    assert host["Memory"] == 1 << 30
    assert host["Init"] is True
    assert host["AutoRemove"] is True
    assert host["LogConfig"]["Type"] == "none"
    assert found["Config"]["User"] == "65532:65532"
    assert [(mount["Type"], mount["Destination"]) for mount in found["Mounts"]] == [("volume", "/ipc")]
    assert found["Config"]["Labels"]["interop.owner"] == owner.current()


@pytest.mark.usefixtures("earlier")
def test_folder_shared_with_this_machine(
    docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace
) -> None:
    dockerfile = probe.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("cat /word >&2; cat", "echo here > /ipc/made; cat"))

    async def run() -> None:
        async with opened(shared, run_place, probe, share_with_host=True) as runtime:
            assert runtime.gateway.count(".") == 3
            instance = await runtime.start(probe, "probe-0", Inbox())
            assert instance.host.rpartition(".")[0] == runtime.gateway.rpartition(".")[0]
            await instance.stop(SECONDS)
        assert (run_place.ipc / "made").read_text() == "here\n"

    asyncio.run(run())


def test_close_after_a_failed_open(docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    impossible = msgspec.structs.replace(run_place, run_id="no name for a volume")

    async def run() -> None:
        runtime = ContainerRuntime(shared, HERE)
        await runtime.close()
        await runtime.open(impossible)
        with pytest.raises(PeerBroken, match="refused a request of this run"):
            await runtime.prepare(probe, lambda _: None)
        await runtime.close()
        await runtime.close()

    asyncio.run(run())
    assert of_run(docker, impossible.run_id) == []
