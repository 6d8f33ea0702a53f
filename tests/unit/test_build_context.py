"""The build context has what an image is made from, and the builder's output tells which layers have a CA bundle."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from zmq_interop.agents.runtimes import build_context
from zmq_interop.agents.runtimes.layers import Step, Steps
from zmq_interop.core.peer import Peer
from zmq_interop.schemas import project
from zmq_interop.system.errors import PeerBroken


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Peer:
    for variable in build_context.CA_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "zig"
    for name in ("gen", "build", "sub/build", "__pycache__"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text(name)
    (folder / "Dockerfile").write_text(
        "FROM --platform=linux/amd64 debian:x AS Build\nFROM build\nFROM $BASE\nfrom scratch\n"
    )
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o700)
    os.mkfifo(folder / "pipe")
    (folder / ".#run.sh").symlink_to("somebody@edits.it")
    return Peer(name="zig", folder=folder)


def collect(peer: Peer) -> build_context.BuildContext:
    return build_context.collect(peer, project.scan(), "peers/zig/Dockerfile")


def test_what_is_in(peer: Peer) -> None:
    made = collect(peer)
    with tarfile.open(fileobj=io.BytesIO(made.tar)) as tar:
        members = {member.name: member for member in tar.getmembers()}
    ours = {name for name in members if name.startswith("peers/")}
    assert ours == {"peers/zig/Dockerfile", "peers/zig/run.sh", "peers/zig/sub/build/file"}
    assert {name for name in members if not name.startswith("peers/")} == {f"proto/{n}" for n in project.scan().files}
    assert members["peers/zig/run.sh"].mode == 0o755
    assert {(member.mtime, member.uid, member.gid) for member in members.values()} == {(0, 0, 0)}
    assert made.bases == ("debian:x",)


def test_a_dead_link_is_told_of(peer: Peer) -> None:
    (peer.folder / "shared.c").symlink_to("../c/shared.c")
    with pytest.raises(PeerBroken, match=r"shared\.c is a link to ../c/shared\.c, which does not exist") as raised:
        collect(peer)
    assert "cp -rL" in raised.value.hint


def test_same_inputs_same_bytes(peer: Peer) -> None:
    first = collect(peer)
    os.utime(peer.folder / "run.sh", (1, 1))
    assert collect(peer) == first
    (peer.folder / "run.sh").write_text("#!/bin/bash\n")
    assert collect(peer).content != first.content


@pytest.mark.parametrize("variable", build_context.CA_VARIABLES)
def test_bundle(peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    plain = collect(peer)
    monkeypatch.setenv(variable, str(tmp_path / "is-not-there"))
    assert collect(peer) == plain
    (tmp_path / "bundle").write_bytes(b"certificates")
    monkeypatch.setenv(variable, str(tmp_path / "bundle"))
    made = collect(peer)
    assert made.bundled
    assert made.content == plain.content, "the digest does not know it"
    with tarfile.open(fileobj=io.BytesIO(made.tar)) as tar:
        found = tar.extractfile("ca-bundle.crt")
        assert found is not None
        assert found.read() == b"certificates"


def test_too_much(peer: Peer) -> None:
    with (peer.folder / "video").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PeerBroken, match="MiB of files"):
        collect(peer)


@pytest.mark.parametrize(
    ("instruction", "takes"),
    [
        ("COPY ca-bundle.cr[t] /src/", True),
        ("COPY go.mod ca-bundle.cr[t] ./", True),
        ("COPY ./ca-bundle.crt /", True),
        ("copy --chown=1:1 ca-bundle.crt /", True),
        ('COPY ["ca-bundle.crt", "/a b"]', True),
        ("ADD * /src/", True),
        ("COPY . /src", True),
        ("COPY / /src", True),
        ("COPY proto/ proto/", False),
        ("COPY --from=build /ca-bundle.crt /", False),
        ("RUN use ca-bundle.crt", False),
        ("COPY peers/zig ca-bundle.crt", False),
    ],
)
def test_which_steps_take_the_bundle(instruction: str, takes: bool) -> None:
    assert Step(instruction).takes_bundle is takes


OUTPUT = """\
Step 1/8 : FROM debian:x AS build
 ---> 000000000000
Step 2/8 : RUN apt
 ---> Running in aaaaaaaaaaaa
 ---> 111111111111
Step 3/8 : COPY ca-bundle.cr[t] /
 ---> Using cache
 ---> 222222222222
Step 4/8 : RUN make
 ---> Running in bbbbbbbbbbbb
 ---> cccccccccccc is what a program may print
Removing intermediate container bbbbbbbbbbbb
 ---> 333333333333
Step 5/8 : FROM debian:x
 ---> 000000000000
Step 6/8 : COPY --from=build /agent /
 ---> 444444444444
"""


@pytest.mark.parametrize("cut", [1, 7, 10_000])
def test_layers_with_the_bundle(cut: int) -> None:
    steps = Steps()
    for at in range(0, len(OUTPUT), cut):
        steps.feed(OUTPUT[at : at + cut])
    assert steps.images() == ["1" * 12, "2" * 12, "3" * 12, "4" * 12]
    assert steps.bundled(finished=True) == ["2" * 12, "3" * 12]
    assert not steps.bundle_in_result()
    steps.feed("Step 7/8 : COPY ca-bundle.crt /\n ---> 555555555555\n")
    assert steps.bundle_in_result()


def test_layers_of_a_build_that_broke_off() -> None:
    steps = Steps()
    steps.feed(OUTPUT[: OUTPUT.index("Removing")])
    assert steps.bundled(finished=False) == ["2" * 12]
    assert Steps().bundled(finished=False) == []
