"""Tests against a real engine: `tools/with-docker ./interop test tests/containers`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import space
from zmq_interop.agents import compose
from zmq_interop.agents.runtimes import docker_daemon
from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, refusals
from zmq_interop.agents.runtimes.images import Images
from zmq_interop.core.peer import Claims, Launch, Manifest, Peer
from zmq_interop.peers import manifest
from zmq_interop.run import run_folder
from zmq_interop.schemas import project
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import workspace

HERE = Path(__file__).parent
DOCKERFILE = """\
FROM debian:trixie-slim AS build
LABEL interop.stage=build
RUN echo a layer below the bundle > /below
COPY peers/probe/word ca-bundle.cr[t] /src/
RUN if [ -e /src/ca-bundle.crt ]; then echo the bundle was there; fi; cp /src/word /word
FROM debian:trixie-slim
ARG INTEROP_PROTO_DIGEST
COPY --from=build /word /word
ENTRYPOINT ["sh", "-c", "cat /word >&2; cat"]
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The one rule by which tests of this folder are skipped: no engine answers."""
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    found = docker_daemon.find() if ours else None
    if found and found.engine:
        found.engine.close()
    for item in ours:
        item.add_marker(pytest.mark.container)
        if found and not found.answers:
            item.add_marker(pytest.mark.skip(reason=f"{found.reason}; tools/with-docker brings one"))


@pytest.fixture(scope="session")
def docker() -> Iterator[DockerDaemon]:
    """The engine that answers."""
    found = docker_daemon.find().engine
    assert found is not None
    yield found
    found.close()


@pytest.fixture(scope="session")
def shared() -> ProtoSet:
    """The project's protos, compiled for the harness."""
    found = project.scan()
    project.generate(space.HERE)
    return found


@pytest.fixture(scope="session")
def peers() -> dict[str, Peer]:
    """The peers of the tree."""
    return manifest.discover()


@pytest.fixture(scope="module")  # tests of another module may have removed them
def images_of_c(
    docker: DockerDaemon, shared: ProtoSet, peers: dict[str, Peer], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """The names of what another engine needs to play `c`: the base image and that of the peer."""
    images = Images(docker, shared, tmp_path_factory.mktemp("logs"), space.HERE.builds)
    image = asyncio.run(images.ensure(peers["c"], compose.load().service(peers["c"]), print))
    name = next(name for name in (docker.image(image) or {})["RepoTags"] if not name.endswith(":local"))
    return "debian:trixie-slim", name


@pytest.fixture
def run_place(tmp_path: Path) -> Iterator[RunPlace]:
    """A run's place; its logs are below tmp_path."""
    made = run_folder.make(workspace.at(tmp_path))
    yield made
    run_folder.remove(made)


@pytest.fixture
def probe(tmp_path: Path) -> Peer:
    """A peer outside the tree whose image is built within seconds, and whose agent writes back what it reads."""
    folder = tmp_path / "probe"
    folder.mkdir()
    (folder / "word").write_text("first")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    claims = Claims(lanes=1, socket_types=("PUSH",), transports=("tcp",))
    return Peer(
        name="probe",
        folder=folder,
        manifest=Manifest(contract=2, name="probe", language="sh", run=Launch(command=("sh",)), claims=claims),
    )


@pytest.fixture
def earlier(docker: DockerDaemon) -> Iterator[set[str]]:
    """The ids of all images before the test, with intermediate ones; what the test adds is removed after it."""
    before = every_image(docker)
    yield before
    while added := every_image(docker) - before:
        for image in added:
            with contextlib.suppress(EngineError), refusals():  # one that others stand on goes in the next round
                docker.api.remove_image(image, force=True)


def every_image(docker: DockerDaemon) -> set[str]:
    """The ids of all images, with intermediate ones."""
    return {image["Id"] for image in docker.api.images(all=True)}
