"""Looking for a Docker engine costs nothing where there is none, and always ends in words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zmq_interop.agents.runtimes import docker_daemon
from zmq_interop.system.paths import ROOT


@pytest.fixture(autouse=True)
def nothing_names_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(docker_daemon, "SOCKET", tmp_path / "docker.sock")


def test_nothing_names_an_engine(tmp_path: Path) -> None:
    found = docker_daemon.find()
    assert not found.answers
    assert found.reason == f"no Docker engine answers: there is no {tmp_path / 'docker.sock'}, DOCKER_HOST is not set"


@pytest.mark.parametrize("config", [b"", b"[]", b"\xff", b"{}", b'{"currentContext": "default"}'])
def test_configuration_that_names_none(tmp_path: Path, config: bytes) -> None:
    (tmp_path / "config.json").write_bytes(config)
    assert "DOCKER_HOST is not set" in docker_daemon.find().reason


def test_nothing_is_imported_for_it() -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom zmq_interop.agents.runtimes import container, docker_daemon\n"
        "docker_daemon.SOCKET = Path('/nowhere')\nassert not docker_daemon.find().answers\n"
        "sys.exit(bool({'docker', 'requests', 'urllib3'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_host_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/gone.sock")
    assert (
        docker_daemon.find().reason == f"no Docker engine answers at unix://{tmp_path}/gone.sock: nothing listens there"
    )


@pytest.mark.parametrize("host", ["nonsense", "http://", "tcp://127.0.0.1:1", "ssh://nobody@127.0.0.1:1", "unix://"])
def test_host_that_cannot_be(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    found = docker_daemon.find()
    assert not found.answers
    assert found.reason.startswith(f"no Docker engine answers at {host}: ")


def test_context_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far-away"}))
    found = docker_daemon.find()
    assert not found.answers
    assert found.reason.startswith("no Docker engine answers at the context 'far-away': ")
