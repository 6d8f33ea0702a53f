"""Engines over ssh: which command reaches them, and streams that go both ways and end on either side.

`ssh` is a program of the test's own, which runs the command on this machine.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from zmq_interop.agents.runtimes import docker_daemon, ssh_tunnel

_SSH = ("ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")


@pytest.mark.parametrize(
    ("host", "rest"),
    [
        ("ssh://box", ["--", "box", "docker system dial-stdio"]),
        ("ssh://me@box:2222", ["-l", "me", "-p", "2222", "--", "box", "docker system dial-stdio"]),
        ("ssh://box/run/my docker.sock", ["--", "box", "docker --host 'unix:///run/my docker.sock' system dial-stdio"]),
    ],
)
def test_the_command_is_that_of_docker_s_own_command_line(host: str, rest: list[str]) -> None:
    assert ssh_tunnel.command(host) == [*_SSH, *rest]


@pytest.mark.parametrize("host", ["ssh://", "ssh://me:secret@box", "tcp://box", "ssh://box:99999", "ssh://box?x"])
def test_what_names_no_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ssh_tunnel.command(host)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which programs are looked for first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    yield folder
    ssh_tunnel.to.cache_clear()


def program(path: Path, text: str) -> None:
    """Writes a shell script that can be run."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def connect(host: str) -> socket.socket:
    """A connection through the tunnel."""
    link = socket.socket(socket.AF_UNIX)
    link.connect(ssh_tunnel.to(host).endpoint.removeprefix("unix://"))
    return link


def test_bytes_go_both_ways_and_an_end_of_one_side_is_seen_by_the_other(programs: Path) -> None:
    program(programs / "ssh", "echo hello; cat; echo bye")
    with connect("ssh://box") as link, connect("ssh://box") as other:
        link.sendall(b"one\n")
        link.shutdown(socket.SHUT_WR)
        assert link.makefile("rb").read() == b"hello\none\nbye\n"
        other.shutdown(socket.SHUT_WR)
        assert other.makefile("rb").read() == b"hello\nbye\n", "each connection is one ssh"


def test_why_ssh_failed_is_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs / "ssh", "echo 'me@box: Permission denied (publickey).' >&2; exit 255")
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@box")
    found = docker_daemon.find()
    assert found.engine is None
    said = "ssh says: me@box: Permission denied (publickey)."
    assert found.reason == f"no Docker engine answers at ssh://me@box: {said}"


def test_that_there_is_no_ssh_is_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@box")
    assert docker_daemon.find().reason.endswith("ssh says: ssh: No such file or directory")


def test_a_host_that_cannot_be_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me:secret@box")
    assert "not ssh://[USER@]HOST[:PORT][/SOCKET]" in docker_daemon.find().reason
