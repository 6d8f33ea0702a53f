"""tools/with-docker where an engine answers: it adds the base image and is not noticed otherwise."""

from __future__ import annotations

import os
import subprocess

import pytest

from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.system.paths import ROOT

PROGRAM = ROOT / "tools" / "with-docker"


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, check=False)


def test_command_runs_as_if_called_directly(docker: DockerDaemon) -> None:
    done = run("sh", "-c", 'cat; echo "[$1] $DOCKER_HOST"; exit 7', "sh", "a  b", stdin="in ")
    assert (done.returncode, done.stdout) == (7, f"in [a  b] {os.environ.get('DOCKER_HOST', '')}\n")
    assert docker.image("debian:trixie-slim") is not None


@pytest.mark.parametrize(("arguments", "code"), [((), 125), (("--nonsense",), 125), (("--help",), 0)])
def test_usage(arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert "with-docker" in done.stdout + done.stderr
