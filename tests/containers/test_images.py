"""Images are built when their inputs changed and at no other time, and no CA bundle stays in any of them."""

from __future__ import annotations

import asyncio
import datetime
import io
import shutil
import tarfile
from pathlib import Path

import msgspec
import pytest

from tests.containers.conftest import DOCKERFILE, every_image
from zmq_interop.agents import compose
from zmq_interop.agents.runtimes import images
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.agents.runtimes.images import Images
from zmq_interop.core.peer import Peer
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system.errors import PeerBroken

SECRET = b"-----BEGIN CERTIFICATE-----\nnobody-may-find-this-in-a-layer\n-----END CERTIFICATE-----\n"


def ensure(docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, peer: Peer) -> tuple[str, list[str]]:
    """Ensures the peer's image in a run of its own; returns its id and what was said."""
    said: list[str] = []

    async def run() -> str:
        return await Images(docker, shared, run_place.folder, run_place.folder.parent).ensure(
            peer, compose.load().service(peer), said.append
        )

    return asyncio.run(run()), said


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine names a CA bundle."""
    path = tmp_path / "bundle.pem"
    path.write_bytes(SECRET)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.fixture
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine names no CA bundle."""
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.usefixtures("no_bundle")
def test_built_only_on_change(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer, earlier: set[str]
) -> None:
    first, said = ensure(docker, shared, run_place, probe)
    assert said == [f"building image interop-probe (output in {run_place.folder / 'build-probe-container.log'})"]
    assert ensure(docker, shared, run_place, probe) == (first, [])

    (probe.folder / "gen").mkdir()
    (probe.folder / "gen" / "made.py").write_text("of a local build")
    assert ensure(docker, shared, run_place, probe) == (first, [])

    (probe.folder / "word").write_text("second")
    second, said = ensure(docker, shared, run_place, probe)
    assert second != first
    assert len(said) == 1
    assert (docker.image("interop-probe:local") or {})["Id"] == second

    (probe.folder / "word").write_text("first")
    assert ensure(docker, shared, run_place, probe) == (first, []), "it was kept for whoever looked it up"
    assert (docker.image("interop-probe:local") or {})["Id"] == first

    labels = (docker.image(second) or {})["Config"]["Labels"]
    assert (labels["interop"], labels["interop.peer"]) == ("1", "probe")


@pytest.mark.usefixtures("no_bundle", "earlier")
def test_images_that_nobody_looks_up_are_removed(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "KEPT", datetime.timedelta(0))
    first, _ = ensure(docker, shared, run_place, probe)
    needed = docker.api.create_container(first, labels={"interop": "1"})["Id"]
    (probe.folder / "word").write_text("second")
    second, _ = ensure(docker, shared, run_place, probe)
    assert docker.image(first), "a container needs it"
    docker.api.remove_container(needed)

    before = every_image(docker)
    (probe.folder / "word").write_text("third")
    third, _ = ensure(docker, shared, run_place, probe)
    after = every_image(docker)
    assert {first, second}.isdisjoint(after)
    assert third in after
    assert len(after) < len(before), "what only their build stages stood on goes too"


@pytest.mark.usefixtures("no_bundle", "earlier")
def test_failing_build(docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer) -> None:
    steps = "RUN for i in $(seq 1 50); do echo line $i; done; echo the compiler says no >&2; exit 7\nENTRYPOINT"
    (probe.folder / "Dockerfile").write_text(DOCKERFILE.replace("ENTRYPOINT", steps))
    with pytest.raises(PeerBroken) as raised:
        ensure(docker, shared, run_place, probe)
    log = run_place.folder / "build-probe-container.log"
    assert raised.value.peer == "probe"
    assert "returned a non-zero code: 7" in raised.value.message
    assert str(log) in raised.value.hint
    assert "the compiler says no" in raised.value.detail
    assert "line 50\n" in raised.value.detail
    assert "line 2\n" not in raised.value.detail
    assert "line 2\n" in log.read_text()


@pytest.mark.usefixtures("no_bundle", "earlier")
def test_base_that_is_nowhere(docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer) -> None:
    (probe.folder / "Dockerfile").write_text("FROM interop-there-is-no-such-image:0\n")
    with pytest.raises(PeerBroken, match="base image interop-there-is-no-such-image:0 is not present") as raised:
        ensure(docker, shared, run_place, probe)
    assert "tools/with-docker" in raised.value.hint


def test_peer_without_dockerfile(docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer) -> None:
    (probe.folder / "Dockerfile").unlink()
    with pytest.raises(PeerBroken, match="has no Dockerfile"):
        ensure(docker, shared, run_place, probe)


@pytest.mark.usefixtures("bundle")
def test_no_bundle_in_any_image(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer, earlier: set[str]
) -> None:
    image, _ = ensure(docker, shared, run_place, probe)
    log = (run_place.folder / "build-probe-container.log").read_text()
    assert "the bundle was there" in log
    added = every_image(docker) - earlier
    assert image in added
    assert holding(docker, added, SECRET) == set()
    assert holding(docker, added, b"a layer below the bundle"), "what came before the bundle stays as a cache"


@pytest.mark.usefixtures("bundle")
def test_no_bundle_after_a_failing_build(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer, earlier: set[str]
) -> None:
    (probe.folder / "Dockerfile").write_text(DOCKERFILE.replace("cp /src/word", "exit 1; cp /src/word"))
    with pytest.raises(PeerBroken):
        ensure(docker, shared, run_place, probe)
    assert holding(docker, every_image(docker) - earlier, SECRET) == set()


@pytest.mark.usefixtures("bundle")
def test_no_bundle_after_two_builds_at_once(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer, earlier: set[str]
) -> None:
    twin_folder = shutil.copytree(probe.folder, probe.folder.with_name("twin"))
    dockerfile = twin_folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("peers/probe", "peers/twin"))
    manifest = msgspec.structs.replace(probe.require(), name="twin")
    twin = msgspec.structs.replace(probe, name="twin", folder=twin_folder, manifest=manifest)

    async def run() -> list[str]:
        one = Images(docker, shared, run_place.folder, run_place.folder.parent)
        facts = compose.load()
        return await asyncio.gather(*(one.ensure(peer, facts.service(peer), lambda _: None) for peer in (probe, twin)))

    assert len(set(asyncio.run(run()))) == 2
    assert holding(docker, every_image(docker) - earlier, SECRET) == set()


@pytest.mark.usefixtures("bundle")
def test_build_that_is_broken_off(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer, earlier: set[str]
) -> None:
    (probe.folder / "Dockerfile").write_text(DOCKERFILE.replace("cp /src/word", "echo now; sleep 300; cp /src/word"))
    log = run_place.folder / "build-probe-container.log"

    async def run() -> None:
        one = Images(docker, shared, run_place.folder, run_place.folder.parent)
        building = asyncio.ensure_future(one.ensure(probe, compose.load().service(probe), lambda _: None))
        async with asyncio.timeout(60):
            while not (log.exists() and "\nnow" in log.read_text()):  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.05)
        building.cancel()
        async with asyncio.timeout(30):
            with pytest.raises(asyncio.CancelledError):
                await building

    asyncio.run(run())
    assert holding(docker, every_image(docker) - earlier, SECRET) == set()


@pytest.mark.usefixtures("bundle", "earlier")
def test_bundle_in_the_last_stage_is_refused(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer
) -> None:
    (probe.folder / "Dockerfile").write_text(DOCKERFILE.replace("ENTRYPOINT", "COPY ca-bundle.crt /\nENTRYPOINT"))
    with pytest.raises(PeerBroken, match="the last stage"):
        ensure(docker, shared, run_place, probe)
    assert docker.image("interop-probe:local") is None


@pytest.mark.usefixtures("bundle", "earlier")
def test_bundle_changes_no_digest(
    docker: DockerDaemon, shared: ProtoSet, run_place: RunPlace, probe: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = ensure(docker, shared, run_place, probe)
    monkeypatch.setenv("SSL_CERT_FILE", str(probe.folder / "word"))
    assert ensure(docker, shared, run_place, probe) == (first, [])


def holding(docker: DockerDaemon, images: set[str], needle: bytes) -> set[str]:
    """The images with these bytes in a layer; an image has its parents' layers, so only the last are looked at."""
    parents = {(docker.image(image) or {})["Parent"] for image in images}
    return {image for image in images - parents if holds(docker, image, needle)}


def holds(docker: DockerDaemon, image: str, needle: bytes) -> bool:
    """Whether a layer of the image has these bytes; the large ones of the base are left out."""
    base = (docker.image("debian:trixie-slim") or {})["RootFS"]["Layers"]
    saved = io.BytesIO(b"".join(docker.api.get_image(image)))
    with tarfile.open(fileobj=saved) as outer:
        files = [member for member in outer.getmembers() if member.isfile()]
        small = [member for member in files if member.size < 20 << 20]
        assert len(files) - len(small) <= len(base), "a layer is too large to be looked through"
        return any(needle in (outer.extractfile(member) or io.BytesIO()).read() for member in small)
