"""Peers outside the tree: how they are named, which names they get, and what is said of those that cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit import world
from tests.unit.test_manifest import WHOLE, put
from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.core.peer import Peer
from zmq_interop.peers import manifest
from zmq_interop.run import choice
from zmq_interop.system.errors import PeerBroken, UsageError


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Docker engine, whatever this machine has."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


def named(name: str) -> str:
    """A manifest with this name."""
    return WHOLE.replace('name = "c"', f'name = "{name}"')


@pytest.mark.parametrize(
    ("text", "is_"),
    [
        ("a/b", Outside(folder=Path("a/b"))),
        ("/a", Outside(folder=Path("/a"))),
        ("mine=a/b", Outside(name="mine", folder=Path("a/b"))),
        ("mine=/a=b", Outside(name="mine", folder=Path("/a=b"))),
        ("mine=a=b", Outside(name="mine", folder=Path("a=b"))),
        ("a/b=c", Outside(folder=Path("a/b=c"))),
        ("./a=b", Outside(folder=Path("a=b"))),
        ("./image:a", Outside(folder=Path("image:a"))),
        ("image:a", Outside(image="a")),
        ("image:here.org:5000/a/b:1.2", Outside(image="here.org:5000/a/b:1.2")),
        ("old=image:a@sha256:00ff", Outside(name="old", image="a@sha256:00ff")),
        ("old=./image:a", Outside(name="old", folder=Path("image:a"))),
    ],
)
def test_what_is_typed_is_understood_and_can_be_typed_again(text: str, is_: Outside) -> None:
    assert outside.parse(text) == is_
    assert outside.parse(str(is_)) == is_


def test_a_path_is_relative_to_where_it_is_written() -> None:
    assert outside.parse("mine=a", Path("/project")) == Outside(name="mine", folder=Path("/project/a"))
    assert outside.parse("/a", Path("/project")) == Outside(folder=Path("/a"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no peer"),
        ("mine=", "names no peer"),
        ("=a", "'' cannot be a peer's name"),
        ("Mine=a", "'Mine' cannot be a peer's name"),
        ("mine-=a", "does not end with a dash"),
        ("a:b=c", "'a:b' cannot be a peer's name"),
        ("image:", "'' is not a valid image name"),
        ("image:../x", "'../x' is not a valid image name"),
        ("image:-x", "'-x' is not a valid image name"),
        ("image:a b", "'a b' is not a valid image name"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_forms_that_can(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        outside.parse(text)
    assert f"--peer {text}: " in caught.value.message
    assert "NAME=image:IMAGE" in caught.value.hint


def test_a_folder_of_any_name_has_the_peer_that_its_manifest_names(tmp_path: Path) -> None:
    folder = put(tmp_path / "Work in progress", named("zig"))
    peers = outside.join(world.peers("b", "zz"), [Outside(folder=folder)])
    assert list(peers) == ["b", "zig", "zz"]
    assert peers["zig"].folder == folder


def test_two_versions_of_one_peer_have_the_names_that_they_are_given(tmp_path: Path) -> None:
    new, old = put(tmp_path / "new"), put(tmp_path / "old")
    peers = outside.join({}, [Outside(name="mine", folder=new), Outside(name="mine-old", folder=old)])
    assert {name: (peer.folder, peer.own_name) for name, peer in peers.items()} == {
        "mine": (new, "c"),
        "mine-old": (old, "c"),
    }


def test_a_relative_folder_is_the_same_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "c")
    monkeypatch.chdir(tmp_path)
    assert outside.join({}, [outside.parse("c")])["c"].folder == tmp_path / "c"


def test_a_name_that_the_tree_has_is_refused_and_both_are_named(tmp_path: Path) -> None:
    folder = put(tmp_path / "copy")
    for one in (Outside(folder=folder), Outside(name="c", folder=folder)):
        with pytest.raises(UsageError) as caught:
            outside.join(world.peers("c"), [one])
        assert "two peers are named 'c'" in str(caught.value)
        assert "/peers/c" in str(caught.value)
        assert f"--peer NAME={folder}" in str(caught.value)


def test_two_outside_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two peers are named 'c'"):
        outside.join({}, [Outside(folder=put(tmp_path / "one")), Outside(folder=put(tmp_path / "other"))])


def test_a_folder_that_is_no_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"has no peer\.toml"):
        outside.join({}, [Outside(folder=tmp_path)])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="c is a peer in this project: select it with --peers"):
        outside.join(world.peers("c"), [outside.parse("c")])


def test_a_broken_manifest_is_a_peer_with_a_problem(tmp_path: Path) -> None:
    peers = outside.join({}, [Outside(folder=put(tmp_path / "mine", "contract = 7"))])
    with pytest.raises(PeerBroken) as caught:
        peers["mine"].require()
    assert str(tmp_path / "mine" / "peer.toml") in str(caught.value)


def test_a_manifest_that_would_block(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    os.mkfifo(tmp_path / "c" / "peer.toml")
    with pytest.raises(UsageError, match=r"has no peer\.toml"):
        outside.join({}, [Outside(folder=tmp_path / "c")])


def test_a_broken_manifest_in_a_folder_whose_name_is_none_wants_a_name(tmp_path: Path) -> None:
    folder = put(tmp_path / "C Sharp", "contract = 7")
    with pytest.raises(UsageError, match="does not name its peer") as caught:
        outside.join({}, [Outside(folder=folder)])
    assert f"--peer NAME={folder}" in caught.value.hint
    assert outside.join({}, [Outside(name="sharp", folder=folder)])["sharp"].problem


def test_an_image_without_an_engine_is_a_peer_with_a_problem() -> None:
    peers = outside.join({}, [outside.parse("image:here.org/me/zig:1.2"), outside.parse("old=image:C")])
    assert list(peers) == ["old", "zig"]
    for peer in peers.values():
        with pytest.raises(PeerBroken, match="no Docker engine answers") as caught:
            peer.require()
        assert "with-docker" in caught.value.hint


def test_one_peer_is_found_by_name_or_as_an_option_names_it(tmp_path: Path) -> None:
    tree = world.peers("c")
    assert outside.find("c", tree) is tree["c"]
    assert outside.find(f"mine={put(tmp_path / 'x')}", tree).name == "mine"
    with pytest.raises(UsageError, match="the folder pigeon does not exist"):
        outside.find("pigeon", tree)


def image(name: str) -> Peer:
    return Peer(name=name, folder=Path("/interop"), image=f"{name}:1", manifest=manifest.parse(WHOLE.encode()))


@pytest.mark.parametrize(
    ("wish", "c", "mine"),
    [
        ("auto", "process", "container"),
        ("c=process", "process", "container"),
        ("mine=process", "process", "process"),
        ("process", "process", "process"),
        ("container", "container", "container"),
    ],
)
def test_an_image_plays_in_a_container_unless_it_is_said_otherwise(wish: str, c: str, mine: str) -> None:
    chosen = choice.choose(wish, {**world.peers("c"), "mine": image("mine")})
    assert chosen.runtimes == {"c": c, "mine": mine}
    assert ("mine: an image" in chosen.why) == (wish == "auto")
