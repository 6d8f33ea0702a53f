"""The folder where the harness makes things: which one it is, that it is ours, and what stays out of it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from zmq_interop.cli import clean
from zmq_interop.core.peer import Peer
from zmq_interop.peers import build_folder
from zmq_interop.system import home, workspace
from zmq_interop.system.errors import PeerBroken, UsageError
from zmq_interop.system.paths import PEERS


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The tree of a wheel."""
    for name in ("peers/c/agent.c", "proto/interop/a.proto", "zmq_interop/run/session.py"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True)
        (tmp_path / "tree" / name).write_text(name)
    return tmp_path / "tree"


def test_the_user_may_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default = workspace.here({})
    assert (default.folder, default.named, default.in_place) == (home.ROOT / ".interop", None, True)
    monkeypatch.chdir(tmp_path)
    chosen = workspace.here({home.VARIABLE: "work"})
    assert (chosen.folder, chosen.named, chosen.in_place) == (tmp_path / "work", tmp_path / "work", False)
    assert chosen.runs == tmp_path / "work/runs"


def test_it_is_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home.caches({}) == tmp_path / ".cache" / "interop"
    assert home.caches({"XDG_CACHE_HOME": str(tmp_path / "caches")}) == tmp_path / "caches" / "interop"
    assert home.caches({"XDG_CACHE_HOME": "relative"}) == tmp_path / ".cache" / "interop"


def test_a_user_without_a_home_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("no home directory")

    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(UsageError, match="no home directory") as refused:
        home.caches({})
    assert "--work-dir" in refused.value.hint


def test_what_builds_depend_on_makes_another_one(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    among = Path("/caches")
    first = home.cache(among, tree)
    assert first.parent == among
    (tree / "zmq_interop/run/session.py").write_text("changed")
    (tree / "peers/c/__pycache__").mkdir()
    (tree / "peers/c/__pycache__/agent.pyc").write_text("what pip makes")
    assert home.cache(among, tree) == first
    monkeypatch.setattr(home, "compiler", lambda: "another protoc")
    assert home.cache(among, tree) != first
    monkeypatch.undo()
    (tree / "peers/c/agent.c").write_text("changed")
    assert home.cache(among, tree) != first


def test_a_folder_is_claimed_once_and_never_somebody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "work"
    assert not home.is_ours(folder)
    home.claim(folder)
    (folder / "runs").mkdir()
    home.claim(folder)
    assert home.is_ours(folder)
    (tmp_path / "letters.txt").touch()
    with pytest.raises(UsageError, match="files that the harness did not create"):
        home.claim(tmp_path)
    with pytest.raises(UsageError, match="Not a directory"):
        home.claim(tmp_path / "letters.txt" / "work")


def test_clean_removes_a_work_folder_and_leaves_the_checkout(tmp_path: Path) -> None:
    space = dataclasses.replace(workspace.at(tmp_path, named=tmp_path), sockets=tmp_path)
    assert list(clean.made(space)) == []
    home.claim(tmp_path)
    assert list(clean.made(space)) == [tmp_path]


def test_clean_removes_what_former_versions_made(tmp_path: Path) -> None:
    (tmp_path / "not ours").mkdir()
    for name in ("0.1.0-a", "0.2.0-b"):
        home.claim(tmp_path / name)
    assert list(clean.made(dataclasses.replace(workspace.at(tmp_path / "0.2.0-b"), sockets=tmp_path))) == [
        tmp_path / "0.1.0-a",
        tmp_path / "0.2.0-b",
    ]


def test_a_peer_is_copied_without_what_was_built_and_with_files_for_links(tree: Path, tmp_path: Path) -> None:
    peer = Peer(name="c", folder=tree / "peers/c")
    (tree / "common.h").write_text("shared")
    (peer.folder / "common.h").symlink_to("../../common.h")
    (peer.folder / "generate.sh").touch(mode=0o555)
    (peer.folder / "build").mkdir()
    (peer.folder / "build/agent").write_text("of the checkout")

    there = build_folder.copy(peer, tmp_path / "work").folder

    assert sorted(path.name for path in there.iterdir()) == ["agent.c", "common.h", "generate.sh"]
    assert not (there / "common.h").is_symlink()
    assert (there / "common.h").read_text() == "shared"
    assert os.access(there / "generate.sh", os.X_OK)
    assert (there / "generate.sh").stat().st_mode & 0o200, "what was read-only can be replaced"


def test_a_copy_follows_its_peer_and_keeps_what_was_built_there(tree: Path, tmp_path: Path) -> None:
    peer = Peer(name="c", folder=tree / "peers/c")
    (peer.folder / "old.c").write_text("old")
    there = build_folder.copy(peer, tmp_path / "work").folder
    (there / "build").mkdir()
    (there / "build/agent").write_text("built")
    unchanged = (there / "agent.c").stat().st_mtime_ns

    (peer.folder / "old.c").unlink()
    (peer.folder / "sub").mkdir()
    (peer.folder / "sub/new.c").write_text("new")
    assert build_folder.copy(peer, tmp_path / "work").folder == there

    assert {name for name, _ in build_folder.sources(there)} == {"agent.c", "sub/new.c"}
    assert (there / "build/agent").read_text() == "built"
    assert (there / "agent.c").stat().st_mtime_ns == unchanged


def test_a_peer_that_cannot_be_copied_is_broken(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a file")
    with pytest.raises(PeerBroken, match="Not a directory"):
        build_folder.copy(Peer(name="c", folder=tree / "peers/c"), tmp_path / "work")


def test_a_link_that_leads_nowhere_is_told_of_but_for_an_editors(tree: Path) -> None:
    peer = Peer(name="c", folder=tree / "peers/c")
    (peer.folder / ".#agent.c").symlink_to("somebody@edits.it")
    space = workspace.at(tree / "work")
    assert build_folder.of(peer, space) is peer
    (peer.folder / "shared.c").symlink_to("../d/shared.c")
    with pytest.raises(PeerBroken, match=r"shared\.c is a link to \.\./d/shared\.c, which does not exist") as raised:
        build_folder.of(peer, space)
    assert "cp -rL" in raised.value.hint


def test_only_the_projects_own_peers_are_copied(tmp_path: Path) -> None:
    ours, theirs = Peer(name="c", folder=PEERS / "c"), Peer(name="mine", folder=tmp_path / "mine")
    space = workspace.at(tmp_path)
    assert build_folder.of(ours, space).folder == tmp_path / "peers/c"
    assert build_folder.of(theirs, space) is theirs
    assert build_folder.of(ours, workspace.at(tmp_path, in_place=True)) is ours


@pytest.mark.parametrize(
    ("command", "quoted"),
    [
        ("./interop", "./interop"),
        ("../x y/interop", "'../x y/interop'"),
        ("interop", "./interop"),  # sh interop
        ("{bin}/interop", "interop"),
        ("{bin}/../bin/interop", "{bin}/../bin/interop"),
        ("/links/zmq", "/links/zmq"),
        ("", home.COMMAND),
    ],
)
def test_messages_quote_what_was_typed(command: str, quoted: str, tmp_path: Path) -> None:
    program = tmp_path / "interop"
    program.touch(mode=0o755)
    path = {"PATH": str(tmp_path)}
    made = home.typed(command.format(bin=tmp_path), Path("/elsewhere"), path)
    assert made[0] == quoted.format(bin=tmp_path)
    assert home.typed(command, Path("/elsewhere"), {"CI": "true"}) == (home.COMMAND, home.WITH_ENGINE)
    assert home.typed(command, home.ROOT, path) == (home.COMMAND, home.WITH_ENGINE)
