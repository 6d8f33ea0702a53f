"""Shared libraries out of wheels: what is unpacked, what is said where that fails, and how an agent is given one."""

from __future__ import annotations

import asyncio
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from tests.unit import test_variant
from zmq_interop.agents import variant
from zmq_interop.peers import shared_libraries
from zmq_interop.system import workspace
from zmq_interop.system.errors import PeerBroken, UsageError
from zmq_interop.system.workspace import Workspace

FILE = "libzmq.so.5"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp35-cp35m-manylinux1_x86_64\n"
MINE = '\n[[libraries]]\nname = "libzmq"\nshared = "libzmq.so.5"\nvariants = ["4.1.5"]\n'
FILES = {"zmq/.libs/libzmq-00ff.so.5.0.1": b"zmq", "zmq/.libs/libsodium-1.so.23": b"sodium", "zmq/backend.so": b"no"}


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return workspace.at(tmp_path / "work")


def bring(space: Workspace, version: str = "4.1.5", *, install: bool = True) -> Path:
    told: list[str] = []
    return asyncio.run(shared_libraries.bring("mine", "libzmq", version, FILE, space, say=told.append, install=install))


def index(folder: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Has pip find one wheel in a folder and look nowhere else, and the harness take that wheel for 4.1.5's."""
    folder.mkdir()
    wheel = folder / "pyzmq-15.3.0-cp35-cp35m-manylinux1_x86_64.whl"
    about = "pyzmq-15.3.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: pyzmq\nVersion: 15.3.0\n")
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp35-cp35m-manylinux1_x86_64"
        )
        archive.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(shared_libraries, "_MACHINE", (os.uname().sysname, os.uname().machine))
    known = shared_libraries._WHEELS["libzmq"]["4.1.5"]
    mine = known._replace(sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(shared_libraries, "_WHEELS", {"libzmq": {"4.1.5": mine}})


def test_a_library_is_unpacked_once_with_what_it_needs(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path / "index", FILES, monkeypatch)
    folder = bring(space)
    assert sorted(path.name for path in folder.iterdir()) == ["libsodium-1.so.23", "libzmq-00ff.so.5.0.1", FILE]
    assert (folder / FILE).read_bytes() == b"zmq"
    assert [path.name for path in space.libraries.iterdir()] == ["libzmq-4.1.5"], "nothing else is left"
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "gone"))
    assert bring(space, install=False) == folder


def test_a_wheel_cannot_write_elsewhere(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = {"../../../libs/../libs/out.so": b"evil", "/libs/root.so": b"evil"}
    index(tmp_path / "index", FILES | evil, monkeypatch)
    folder = bring(space)
    written = {path.name for path in tmp_path.rglob("*.so") if path.read_bytes() == b"evil"}
    assert written == {path.name for path in folder.glob("*.so") if path.read_bytes() == b"evil"}
    assert not Path("/libs/root.so").exists()


def test_a_wheel_with_another_hash_is_refused(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path / "index", FILES, monkeypatch)
    wrong = shared_libraries._WHEELS["libzmq"]["4.1.5"]._replace(sha256="0" * 64)
    monkeypatch.setattr(shared_libraries, "_WHEELS", {"libzmq": {"4.1.5": wrong}})
    with pytest.raises(PeerBroken, match="could not be brought") as caught:
        bring(space)
    assert "altered in transit" in caught.value.hint
    assert "Expected sha256" in caught.value.detail
    assert not list(space.libraries.iterdir())


def test_a_wheel_that_no_index_has_is_said_with_what_pip_says(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path / "index", FILES, monkeypatch)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(PeerBroken, match=r"libzmq==4\.1\.5 could not be brought") as caught:
        bring(space)
    assert "No matching distribution found for pyzmq==15.3.0" in caught.value.detail


def test_a_wheel_without_the_library_is_refused(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path / "index", {"zmq/backend.so": b"no"}, monkeypatch)
    with pytest.raises(PeerBroken, match="should have one shared libzmq, but has none"):
        bring(space)


def test_nothing_is_downloaded_where_that_is_forbidden_or_of_no_use(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_libraries, "_MACHINE", (os.uname().sysname, os.uname().machine))
    with pytest.raises(PeerBroken, match="--no-install forbids"):
        bring(space, install=False)
    monkeypatch.setattr(shared_libraries, "_MACHINE", ("Linux", "abacus"))
    with pytest.raises(PeerBroken, match="is for Linux abacus, and this machine is"):
        bring(space)
    with pytest.raises(PeerBroken, match=r"libzmq==1\.0: no wheel"):
        bring(space, "1.0")


def test_the_versions_are_ordered_by_age() -> None:
    assert shared_libraries.versions("libzmq") == ("4.1.5", "4.2.5", "4.3.1", "4.3.2", "4.3.4", "4.3.5")
    assert shared_libraries.versions("libother") == ()


def test_compare_gives_the_peer_as_it_is_another_library(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path / "index", FILES, monkeypatch)
    peer = test_variant.written(tmp_path / "tree" / "mine", MINE)
    chosen = variant.parse(["libzmq==4.1.5"])
    assert variant.is_process(peer, chosen)
    made = asyncio.run(variant.make(peer, chosen, space, say=lambda _: None, install=True))
    assert (made.folder, made.libraries) == (peer.folder, space.libraries / "libzmq-4.1.5")
    with pytest.raises(UsageError, match="it can use libzmq==VERSION") as caught:
        asyncio.run(variant.make(peer, variant.parse(["other==1"]), space, say=lambda _: None, install=True))
    assert "libzmq==VERSION" in caught.value.hint
