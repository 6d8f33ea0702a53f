"""Peers that are images: what is read of them, what is said of those that are none, and what they play."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.containers.test_agents import opened
from tests.space import HERE
from tests.unit.test_manifest import WHOLE
from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.agents.runtimes import orphans
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.core.events import CellJudged, Event, PeerLost
from zmq_interop.core.peer import Peer
from zmq_interop.core.verdicts import Verdict
from zmq_interop.peers.manifest import MAX_BYTES
from zmq_interop.run import session
from zmq_interop.run.engine import instance
from zmq_interop.run.engine.instance import Slot
from zmq_interop.run.options import Options
from zmq_interop.run.session import Run
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import owner
from zmq_interop.system.errors import Exit, PeerBroken
from zmq_interop.system.paths import ROOT

IMAGE = "interop-test-peer:1"
AGENT = b"\x7fELF\x02\x01\x01".ljust(64, b"\0")  # a program for no machine
Maker = Callable[..., str]


def entry(name: str, content: bytes | None = b"", link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """A file of an image, a folder where there is no content, or a link."""
    info = tarfile.TarInfo(name)
    info.type = tarfile.SYMTYPE if link else tarfile.DIRTYPE if content is None else tarfile.REGTYPE
    info.linkname = link
    info.mode = 0o755
    info.size = len(content or b"")
    return info, content or b""


def pack(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return target.getvalue()


@pytest.fixture
def make(docker: DockerDaemon) -> Iterator[Maker]:
    """Loads an image with these entries, which builds on nothing; at the end it goes, and nothing else is there."""
    before = left(docker)

    def load(*entries: tuple[tarfile.TarInfo, bytes], machine: str = "", **config: object) -> str:
        layer = pack(*entries)
        about = {
            "architecture": machine or docker.api.version()["Arch"],
            "os": "linux",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        }
        listed = [{"Config": "config.json", "RepoTags": [IMAGE], "Layers": ["layer.tar"]}]
        files = {"config.json": json.dumps(about), "manifest.json": json.dumps(listed)}
        parts = [entry(name, text.encode()) for name, text in files.items()]
        for _ in docker.api.load_image(pack(*parts, entry("layer.tar", layer))):  # type: ignore[no-untyped-call]
            pass
        return IMAGE

    yield load
    if docker.image(IMAGE):
        docker.api.remove_image(IMAGE, force=True)
    assert left(docker) == before


def left(docker: DockerDaemon) -> list[str]:
    """What readings may leave at the engine: their containers, and volumes without a name."""
    containers = docker.api.containers(all=True, filters={"label": f"{orphans.RUN}=manifest"})
    volumes = docker.api.volumes()["Volumes"] or []
    return [*(one["Id"] for one in containers), *(one["Name"] for one in volumes if len(one["Name"]) == 64)]


def load(image: str, name: str = "") -> Peer:
    (peer,) = outside.join({}, [Outside(name=name, image=image)]).values()
    return peer


def test_the_manifest_is_read_from_an_image_that_names_no_program(make: Maker) -> None:
    image = make(entry("interop/peer.toml", WHOLE.encode()), Volumes={"/data": {}})
    peer = load(image)
    assert (peer.name, peer.image, peer.problem) == ("c", image, "")
    assert peer.require().claims.lanes == 4
    assert load(image, "mine").name == "mine"


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([entry("agent")], "has no /interop/peer.toml"),
        ([entry("interop/peer.toml", None), entry("interop/peer.toml/x")], "not a regular file"),
        ([entry("interop/peer.toml", link="/etc/passwd"), entry("etc/passwd", b"root")], "not a regular file"),
        ([entry("interop/peer.toml", b"#" * (64 * MAX_BYTES))], f"more than {MAX_BYTES} bytes"),
        ([entry("interop/peer.toml", b"peer: {yaml: yes}")], "line 1"),
        ([entry("interop/peer.toml", b"contract = 2")], "`name` is missing"),
    ],
    ids=["none", "folder", "link", "long", "yaml", "half"],
)
def test_an_image_without_a_manifest_is_a_broken_peer(
    entries: list[tuple[tarfile.TarInfo, bytes]], says: str, make: Maker
) -> None:
    peer = load(make(*entries))
    assert peer.name == "interop-test-peer"
    with pytest.raises(PeerBroken, match=says) as caught:
        peer.require()
    assert IMAGE in caught.value.message
    assert caught.value.hint


@pytest.mark.usefixtures("docker")
def test_an_image_that_is_not_there_and_cannot_be_pulled(capsys: pytest.CaptureFixture[str]) -> None:
    peer = load("localhost:1/me/agent:3")
    with pytest.raises(PeerBroken, match="has no image localhost:1/me/agent:3, and it could not be pulled: ") as caught:
        peer.require()
    assert peer.name == "agent"
    assert "build it on that engine" in caught.value.hint
    assert "pulling localhost:1/me/agent:3" in capsys.readouterr().err


def test_an_agent_for_another_machine_is_told_with_both(
    make: Maker, docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace
) -> None:
    here = docker.api.version()["Arch"]
    other = "arm64" if here != "arm64" else "amd64"
    image = make(
        entry("interop/peer.toml", WHOLE.encode()), entry("agent", AGENT), machine=other, Entrypoint=["/agent"]
    )
    peer = load(image)

    async def body() -> None:
        async with opened(shared, run_place, peer) as runtime:
            with pytest.raises(PeerBroken) as caught:
                await instance.begin(runtime, peer, "c-0", Slot("c", 0), shared.digest, grace=10)
            assert f"the image {image} is for {other}, and the engine's machine is {here}" in caught.value.hint

    asyncio.run(body())


def test_an_image_without_a_program_does_not_start(make: Maker, shared: ProtoSet, run_place: RunPlace) -> None:
    peer = load(make(entry("interop/peer.toml", WHOLE.encode())))

    async def body() -> None:
        async with opened(shared, run_place, peer) as runtime:
            with pytest.raises(PeerBroken, match=f"did not start {IMAGE}: .*[Nn]o command"):
                await instance.begin(runtime, peer, "c-0", Slot("c", 0), shared.digest, grace=10)

    asyncio.run(body())


def play(**options: Any) -> tuple[Exit, dict[str, CellJudged], list[PeerLost]]:
    """A run's exit code, its verdicts, and the peers that were lost."""
    chosen = Options(install=False, **options)
    seen: list[Event] = []
    one = Run(chosen, session.prepare(chosen, HERE), [seen.append], print)
    ended = asyncio.run(one.play())
    judged = {event.id: event for event in seen if isinstance(event, CellJudged)}
    return Exit(ended.exit_code), judged, [event for event in seen if isinstance(event, PeerLost)]


@pytest.fixture(scope="module")
def built(docker: DockerDaemon) -> str:
    """The image of the peer `c`, as any run in containers leaves it."""
    play(patterns=("push_pull/tcp/c:c",), peers=("c",), runtime="container")
    assert docker.image("interop-c:local")
    return "interop-c:local"


@pytest.mark.parametrize("runtime", ["container", "auto", "c=process"])
def test_the_image_of_a_peer_of_the_tree_plays_beside_it_under_another_name(runtime: str, built: str) -> None:
    mine = Outside(name="mine", image=built)
    code, judged, lost = play(
        patterns=("push_pull", "req_rep/tcp"), peers=("c", "mine"), outside=(mine,), runtime=runtime
    )
    assert (code, lost) == (Exit.OK, [])
    assert judged["push_pull/tcp/mine:c"].verdict is Verdict.PASS
    assert {one.verdict for one in judged.values()} <= {Verdict.PASS, Verdict.UNSUPPORTED}


def test_a_copy_of_a_peer_of_the_tree_plays_beside_its_image(built: str, tmp_path: Path) -> None:
    for name in ("Dockerfile", "Makefile", "peer.toml", "generate.sh"):
        (tmp_path / name).write_bytes((ROOT / "peers/c" / name).read_bytes())
        (tmp_path / name).chmod((ROOT / "peers/c" / name).stat().st_mode)
    for path in (ROOT / "peers/c").glob("*.[ch]"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    both = (Outside(name="copy", folder=tmp_path), Outside(name="mine", image=built))
    code, judged, lost = play(
        patterns=("push_pull/tcp",), peers=("copy", "mine"), outside=both, runtime="copy=container"
    )
    assert (code, lost) == (Exit.OK, [])
    assert {one.verdict for one in judged.values()} == {Verdict.PASS}


def test_messages_of_a_user_are_unsupported_with_an_image_built_without_them(built: str) -> None:
    mine = Outside(name="mine", image=built)
    shop = ROOT / "examples/shop"
    code, judged, lost = play(
        patterns=("own_schemas",), peers=("c", "mine"), outside=(mine,), proto_dirs=(shop,), runtime="container"
    )
    assert (code, lost) == (Exit.OK, [])
    for id, one in judged.items():
        assert one.verdict is (Verdict.UNSUPPORTED if "mine" in id else Verdict.PASS), id
        assert not one.reason or one.reason.startswith("mine was built without the message type ")


def test_an_image_where_only_processes_play_is_broken(built: str) -> None:
    mine = Outside(name="mine", image=built)
    code, judged, lost = play(patterns=("push_pull/tcp",), peers=("mine", "python"), outside=(mine,), runtime="process")
    assert code is Exit.BROKEN
    assert judged["push_pull/tcp/python:python"].verdict is Verdict.PASS
    assert judged["push_pull/tcp/mine:python"].verdict is Verdict.BROKEN
    assert [one.reason for one in lost] == [f"this run starts it as a process, but it is the image {built}"]


def test_what_a_killed_reader_left_is_swept(docker: DockerDaemon, make: Maker) -> None:
    image = make(entry("interop/peer.toml", WHOLE.encode()))
    dead = owner.current().rpartition("/")[0] + "/1"  # of our process id, begun at another time
    labels = orphans.labels(run="manifest", owner=dead)
    left = docker.api.create_container(image, command=["x"], name="interop-manifest-1", labels=labels)["Id"]
    orphans.sweep(docker)
    assert left not in [one["Id"] for one in docker.api.containers(all=True)]
