"""Compose itself takes compose.yaml as it is, and understands by it what the harness does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from zmq_interop.agents import compose
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.peers import manifest
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system.paths import COMPOSE, ROOT


def run(shared: ProtoSet, *arguments: str, empty: Path) -> str:
    """Runs Compose, which needs neither the docker CLI nor its configuration; returns what it printed."""
    program = shutil.which("docker-compose", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    command = [program] if program else ["docker", "compose"]
    environment = {
        **os.environ,
        **shared.environment(),
        "DOCKER_CONFIG": str(empty),
        "DOCKER_BUILDKIT": "0",  # its layers are the harness's own: nothing is built twice, `interop clean` finds all
    }
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_config(shared: ProtoSet, tmp_path: Path) -> None:
    theirs: dict[str, Any] = json.loads(run(shared, "config", "--format", "json", empty=tmp_path))
    ours = compose.load()
    peers = manifest.discover()
    assert sorted(theirs["services"]) == sorted(peers)
    for name, service in theirs["services"].items():
        mine = ours.service(peers[name])
        assert service["image"] == mine.image
        assert service["build"]["context"] == str(ROOT)
        assert service["build"]["dockerfile"] == mine.build.dockerfile
        assert service["build"]["args"] == {key: shared.environment()[key] for key in mine.build.args}
        assert service["user"] == mine.user
        assert service["pids_limit"] == mine.pids_limit
        assert service["cap_drop"] == list(mine.cap_drop)
        assert service["security_opt"] == list(mine.security_opt)
        assert (service["init"], service["read_only"], service["stdin_open"]) == (True, True, True)
        assert int(service["mem_limit"]) == 1 << 30
    assert theirs["volumes"]["ipc"]["driver_opts"] == ours.volume.driver_opts


@pytest.mark.usefixtures("earlier")
def test_build(docker: DockerDaemon, shared: ProtoSet, tmp_path: Path) -> None:
    other = tmp_path / "other-name.yaml"  # the image that the harness has built stays as it is
    other.write_text("services: {c: {image: 'interop-built-by-compose:local'}}")
    run(shared, "-f", str(COMPOSE), "-f", str(other), "build", "c", empty=tmp_path)
    image = docker.image("interop-built-by-compose:local")
    assert image is not None
    assert image["Config"]["Entrypoint"] == ["/usr/local/bin/agent"]
