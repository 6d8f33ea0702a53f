"""The files of a peer's folder: nothing in it leads out of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zmq_interop.core.peer import Peer
from zmq_interop.peers import manifest, peer_files
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.paths import PEERS


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    folder = tmp_path / "zig"
    for name in ("agent.zig", "sub/more.zig", "sub/deep/er.zig", "build/made.zig", "gen/made.zig", ".hidden.zig"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return Peer(name="zig", folder=folder)


def names(peer: Peer, *patterns: str) -> list[str]:
    return [path.relative_to(peer.folder).as_posix() for path in peer_files.matching(peer, patterns)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.zig", [".hidden.zig", "agent.zig"]),
        ("agent.zi?", ["agent.zig"]),
        ("[a-b]*", ["agent.zig"]),
        ("sub/*", ["sub/more.zig"]),
        ("sub/**/*.zig", ["sub/more.zig", "sub/deep/er.zig"]),
        ("**/*.zig", [".hidden.zig", "agent.zig", "sub/more.zig", "sub/deep/er.zig"]),
        ("**/**/er.zig", ["sub/deep/er.zig"]),
        ("*/deep/*", ["sub/deep/er.zig"]),
        ("sub", []),
        ("**", []),
        ("build/*", []),
        ("*.c", []),
    ],
)
def test_globs(peer: Peer, pattern: str, found: list[str]) -> None:
    assert names(peer, pattern) == found


def test_a_file_that_two_globs_name_comes_once(peer: Peer) -> None:
    assert names(peer, "agent.zig", "*.zig") == [".hidden.zig", "agent.zig"]


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "sub/../../*", "", "a//b", "**/" * 21 + "*"])
def test_globs_that_lead_out(peer: Peer, pattern: str) -> None:
    with pytest.raises(PeerBroken, match=r"build\.inputs"):
        names(peer, pattern)


def test_a_glob_of_many_stars_takes_no_time(peer: Peer) -> None:
    deep = peer.folder.joinpath(*["a"] * 100)
    deep.mkdir(parents=True)
    (deep / "x").touch()
    assert names(peer, "**/a/" * 9 + "**/y") == []


def test_links(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the user")
    (peer.folder / "inner.zig").symlink_to("agent.zig")
    (peer.folder / "shared.py").symlink_to(PEERS / "python" / "agent.py")
    (peer.folder / "round").symlink_to(".")
    os.mkfifo(peer.folder / "pipe.zig")
    assert names(peer, "*") == [".hidden.zig", "agent.zig", "inner.zig", "shared.py"]
    assert len(list(peer_files.shut_in(peer))) == 6
    (peer.folder / "x.zig").symlink_to("../secret")
    assert "x.zig" in names(peer, "*.zig"), "a local build may read what its user may"
    with pytest.raises(PeerBroken, match=r"x\.zig is a link to .*secret"):
        list(peer_files.shut_in(peer))


def test_no_end_of_files(peer: Peer) -> None:
    with pytest.raises(PeerBroken, match="more than 3 files"):
        list(peer_files.walk(peer, most=3))


def test_no_end_of_bytes(peer: Peer) -> None:
    with (peer.folder / "sparse.zig").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PeerBroken, match="more than 1 MiB"):
        dict(peer_files.read(peer, peer_files.walk(peer), most=1 << 20))


def test_the_peers_of_the_tree_have_all_their_files() -> None:
    for peer in manifest.discover().values():
        found = list(peer_files.shut_in(peer))
        assert peer.folder / "Dockerfile" in found
