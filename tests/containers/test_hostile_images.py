"""Agents that mean harm, in containers: what they may do costs them their own cells, and nobody anything else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import subprocess
from collections.abc import Awaitable, Callable

import msgspec
import pytest
import requests

from tests.containers.test_agents import SECONDS, Inbox, of_run, opened
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.runtimes import images, stderr
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.container import ContainerRuntime
from zmq_interop.agents.runtimes.container_instance import ContainerInstance
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.core.peer import Peer
from zmq_interop.run.engine.instance import Slot, begin
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system.errors import PeerBroken

pytestmark = pytest.mark.usefixtures("earlier")
HONEST = "cat /word >&2; cat"
PIDS = 1024
MiB = 1 << 20


def becomes(probe: Peer, script: str, *, control: bool = False) -> Peer:
    """The probe with another agent: what `sh` makes of this. control: it claims that it calls at a control socket."""
    dockerfile = probe.folder / "Dockerfile"
    text = dockerfile.read_text()
    assert json.dumps(HONEST) in text
    dockerfile.write_text(text.replace(json.dumps(HONEST), json.dumps(script)))
    assert probe.manifest
    claims = msgspec.structs.replace(probe.manifest.claims, abilities=("control_socket",) if control else ())
    return msgspec.structs.replace(probe, manifest=msgspec.structs.replace(probe.manifest, claims=claims))


async def says(instance: ContainerInstance, word: str) -> str:
    """All that the agent has written on stderr, once this word is in it."""
    clock = asyncio.get_running_loop().time
    end = clock() + 4 * SECONDS
    while word not in (told := instance.stderr.tail(1 << 16)):
        assert clock() < end, f"no {word!r} in {told!r}"
        await asyncio.sleep(0.05)
    return told


def play(
    shared: ProtoSet,
    run_place: RunPlace,
    peer: Peer,
    docker: DockerDaemon,
    body: Callable[[ContainerRuntime], Awaitable[None]],
) -> None:
    """Has the body do with an open runtime what it will; nothing of the run is left at the engine then."""

    async def run() -> None:
        async with opened(shared, run_place, peer) as runtime:
            await body(runtime)

    asyncio.run(run())
    assert of_run(docker, run_place.run_id) == []


def processes(docker: DockerDaemon, container: str) -> int:
    """How many there are in a container; an engine that they keep busy may answer with nothing at first."""
    for _ in range(20):
        with contextlib.suppress(requests.exceptions.JSONDecodeError):
            counted: int = docker.api.stats(container, stream=False)["pids_stats"].get("current", 0)
            return counted
    pytest.fail("the engine tells nothing of the container")


def test_a_fork_bomb_ends_at_the_limit_of_processes(
    docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace
) -> None:
    bomb = becomes(probe, "b() { b | b & }; b; while :; do b; done")

    async def body(runtime: ContainerRuntime) -> None:
        instance = await runtime.start(bomb, "probe-0", Inbox())
        assert isinstance(instance, ContainerInstance)
        await says(instance, "fork")  # "Cannot fork": the kernel said no
        await asyncio.to_thread(subprocess.run, ["true"], check=True)  # and not to us
        assert processes(docker, instance.container) <= PIDS
        await instance.stop(0.2)

    play(shared, run_place, bomb, docker, body)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_ten_gigabytes_of_output_are_not_kept(
    stream: str,
    docker: DockerDaemon,
    shared: ProtoSet,
    probe: Peer,
    run_place: RunPlace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stderr, "MOST_BYTES", 64 * MiB)
    flood = becomes(probe, "exec head -c 10G /dev/zero" + (" >&2" if stream == "stderr" else ""))

    async def body(runtime: ContainerRuntime) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(PeerBroken, match="before its Hello"):
            await begin(runtime, flood, "probe-0", Slot("probe", 0), shared.digest, grace=60)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 512 << 10, "KiB: ten GiB would show, and what the allocator keeps of pieces does not"

    play(shared, run_place, flood, docker, body)
    assert (run_place.folder / "agents" / "probe-0.stderr").stat().st_size < 2 * MiB


# Tries each folder that a program might write in, and the files by which a container has been left before.
WRITES = """
for place in / /bin /etc /usr /usr/lib /tmp /var/tmp /var/run /run /root /home /dev /dev/shm /ipc /ctl /proc /sys \\
    /sys/fs/cgroup /sys/kernel; do
  if (echo x > $place/interop-was-here) 2>/dev/null; then echo wrote $place >&2; fi
done
for file in /etc/passwd /etc/resolv.conf /etc/hosts /proc/sysrq-trigger /proc/sys/kernel/core_pattern \\
    /proc/sys/vm/overcommit_memory /proc/1/mem /dev/mem /dev/kmsg; do
  if [ -e $file ] && (echo x > $file) 2>/dev/null; then echo wrote $file >&2; fi
done
if mount -t tmpfs none /mnt 2>/dev/null; then echo mounted >&2; fi
if mknod /ipc/disk b 8 0 2>/dev/null; then echo made a device >&2; fi
if chroot / true 2>/dev/null; then echo changed its root >&2; fi
dd if=/dev/zero of=/ipc/fill bs=1M count=1000 2>/dev/null
echo filled $(($(stat -c %s /ipc/fill) / 1048576)) >&2
rm /ipc/fill
i=0; while [ $i -lt 20000 ] && true > /ipc/$i; do i=$((i+1)); done 2>/dev/null
echo files $i >&2
grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status >&2
echo cores $(ulimit -c) >&2
echo done >&2; cat
"""


@pytest.mark.parametrize("raw", [False, True], ids=["user", "root with NET_RAW"])
def test_it_writes_nowhere_but_in_memory_of_its_own(
    raw: bool, docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace
) -> None:
    vandal = becomes(probe, WRITES, control=True)

    async def body(runtime: ContainerRuntime) -> None:
        instance = await runtime.start(vandal, "probe-0", Inbox(), raw=raw)
        assert isinstance(instance, ContainerInstance)
        told = (await says(instance, "done")).splitlines()
        memory = {"wrote /dev/shm", "wrote /ipc", *(("wrote /dev",) if raw else ())}
        assert {line for line in told if line.startswith("wrote")} <= memory
        assert not {"mounted", "made a device", "changed its root"} & set(told)
        facts = dict(line.split(None, 1) for line in told if " " in line or "\t" in line)
        assert int(facts["filled"]) <= 64
        assert int(facts["files"]) < 17_000
        assert int(facts["CapEff:"], 16) == (1 << 13 if raw else 0), "CAP_NET_RAW is number 13"
        assert facts["NoNewPrivs:"] == "1"
        assert facts["cores"] == "0"
        await instance.stop(SECONDS)

    play(shared, run_place, vandal, docker, body)


def test_it_signals_nobody_else(docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace) -> None:
    every = "i=2; while [ $i -lt 40000 ]; do kill -9 $i; i=$((i+1)); done 2>/dev/null"
    killer = becomes(probe, f"read x; {every}; kill -9 -1")

    async def body(runtime: ContainerRuntime) -> None:
        inbox = Inbox()
        others = [await runtime.start(killer, f"probe-{number}", inbox) for number in (1, 2)]
        instance = await runtime.start(killer, "probe-0", Inbox())
        instance.write(b"\n")
        async with asyncio.timeout(4 * SECONDS):
            await instance.wait()
        assert inbox.over == 0, "the others live"
        for other in others:
            assert isinstance(other, ContainerInstance)
            assert docker.api.inspect_container(other.container)["State"]["Running"]
            await other.stop(0)

    play(shared, run_place, killer, docker, body)


def test_it_sees_no_control_socket_but_its_own(
    docker: DockerDaemon, shared: ProtoSet, probe: Peer, run_place: RunPlace
) -> None:
    spy = becomes(probe, "ls /ctl | tr '\\n' ' ' >&2; echo $INTEROP_CONTROL >&2; echo done >&2; cat", control=True)

    async def body(runtime: ContainerRuntime) -> None:
        first = await runtime.start(spy, "probe-1", Channel("probe-1"))
        second = await runtime.start(spy, "probe-2", Channel("probe-2"))
        for instance in (first, second):
            assert isinstance(instance, ContainerInstance)
            assert (await says(instance, "done")).split() == ["agent.sock", "/ctl/agent.sock", "done"]

    play(shared, run_place, spy, docker, body)
    assert list(run_place.ctl.iterdir()) == []


@pytest.mark.parametrize(
    ("step", "says", "last"),
    [
        ("RUN yes", "printed more than 1 MiB", "y\ny\n"),
        ("RUN sleep 1000", "building its image took longer than", "RUN sleep 1000"),
    ],
    ids=["output", "time"],
)
def test_a_build_without_end_is_broken_off(
    step: str,
    says: str,
    last: str,
    docker: DockerDaemon,
    shared: ProtoSet,
    probe: Peer,
    run_place: RunPlace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "MOST_OUTPUT", MiB)
    if "sleep" in step:
        monkeypatch.setattr(images, "LIMIT_SECONDS", 5)
    dockerfile = probe.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("RUN echo a layer below", f"{step}\nRUN echo a layer below"))

    error = unbuilt(shared, run_place, probe)
    assert says in error.message
    assert last in error.detail
    assert of_run(docker, run_place.run_id) == []


def test_a_build_that_wants_the_network_where_there_is_none_is_told_so(
    shared: ProtoSet, probe: Peer, run_place: RunPlace
) -> None:
    dockerfile = probe.folder / "Dockerfile"
    step = 'RUN ["bash", "-c", "exec 3<>/dev/tcp/nowhere.invalid/80"]'
    dockerfile.write_text(dockerfile.read_text().replace("RUN echo a layer below", f"{step}\nRUN echo a layer below"))
    error = unbuilt(shared, run_place, probe)
    assert "its image could not be built" in error.message
    assert "nowhere.invalid" in error.detail
    assert error.hint.startswith("the build could not reach a server")


def unbuilt(shared: ProtoSet, run_place: RunPlace, peer: Peer) -> PeerBroken:
    """Why the peer's image cannot be built."""

    async def run() -> None:
        async with opened(shared, run_place, peer):
            pass

    with pytest.raises(PeerBroken) as caught:
        asyncio.run(run())
    return caught.value
