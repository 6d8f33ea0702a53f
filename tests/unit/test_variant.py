"""What `compare --with` names, and the copy of a peer in which another library is chosen."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from tests.unit.test_manifest import WHOLE, put
from zmq_interop.agents import variant
from zmq_interop.agents.outside import Outside
from zmq_interop.agents.variant import Other, Variant
from zmq_interop.core.peer import Peer
from zmq_interop.peers import build_folder, manifest
from zmq_interop.system import workspace
from zmq_interop.system.errors import PeerBroken, UsageError
from zmq_interop.system.paths import PEERS
from zmq_interop.system.workspace import Workspace

WRITE = "import sys; open('chosen.txt', 'a').write(sys.argv[1])"
LIBRARY = f"""
[[libraries]]
name = "lib"
version = ["{{python}}", "-c", "{WRITE}", "of {{version}};"]
checkout = ["{{python}}", "-c", "{WRITE}", "in {{checkout}};"]
"""
NUMBERED = f"""
[[libraries]]
name = "a.org/other"
version = ["{{python}}", "-c", "{WRITE}", "other {{version}};"]
"""
MANIFEST = """
contract = 2
name = "mine"
language = "none"
run.command = ["agent"]
claims = { lanes = 1, socket_types = ["PUSH"], transports = ["tcp"] }
"""


def written(folder: Path, libraries: str) -> Peer:
    """A peer of these libraries, whose manifest is in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "peer.toml").write_text(MANIFEST + libraries)
    return msgspec.structs.replace(manifest.load(folder, of_tree=False), joined=3)


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    """A peer with two libraries that can be chosen; copies go below tmp_path."""
    return written(tmp_path / "tree" / "mine", LIBRARY + NUMBERED)


def space_beside(peer: Peer) -> Workspace:
    return workspace.at(peer.folder.parent.parent / "work")


def make(peer: Peer, *texts: str) -> Peer:
    return asyncio.run(variant.make(peer, variant.parse(texts), space_beside(peer), say=lambda _: None, install=False))


@pytest.mark.parametrize(
    ("text", "is_"),
    [
        ("pyomq==0.20.3", Variant(libraries=(Other(name="pyomq", version="0.20.3"),))),
        ("a.org/x/y@v1.2", Variant(libraries=(Other(name="a.org/x/y", version="v1.2"),))),
        ("a.org/x/y==1.2-rc+1", Variant(libraries=(Other(name="a.org/x/y", version="1.2-rc+1"),))),
        ("image:here.org:5000/a:1", Variant(place=Outside(image="here.org:5000/a:1"))),
        ("image:a@sha256:00ff", Variant(place=Outside(image="a@sha256:00ff"))),
    ],
)
def test_what_is_typed_is_understood_and_can_be_typed_again(text: str, is_: Variant) -> None:
    assert variant.parse([text]) == is_
    option, word = is_.words()
    assert option == "--with"
    assert variant.parse([word]) == is_


@pytest.mark.parametrize(
    ("version", "told", "same"),
    [
        ("0.20.3", "0.20.3", True),
        ("v1.4.0", "1.4.0", True),
        ("7.36", "7.36.0 (upb)", True),
        ("0.20.3", "0.21.0", False),
        ("1.2.3-0.20260101-00ff", "v1.2.3-0.20260101-00ff", True),
        ("1.2.3-x", "1.2.3-y", False),
        ("main", "0.17.1-0.20260101-00ff", True),
        ("1a2b3c", "0.17.1", True),
        ("main", "", False),
        ("1.0", "", False),
    ],
)
def test_the_version_of_an_agent_is_held_against_the_one_that_was_asked_for(
    version: str, told: str, *, same: bool
) -> None:
    assert Other(name="x", version=version).is_there(told) is same


def test_a_folder_is_a_peer_where_it_has_a_manifest_and_else_a_checkout(tmp_path: Path) -> None:
    there, checkout = put(tmp_path / "peer"), tmp_path / "checkout"
    checkout.mkdir()
    assert variant.parse([str(there)]) == Variant(place=Outside(folder=there))
    assert variant.parse([str(checkout)]) == Variant(libraries=(Other(checkout=checkout),))
    named = variant.parse([f"lib={checkout}"])
    assert named == Variant(libraries=(Other(name="lib", checkout=checkout),))
    assert named.words() == ["--with", f"lib={checkout}"]
    assert named.has_checkout
    assert variant.parse([str(there), "lib==1"]).words() == ["--with", str(there), "--with", "lib==1"]


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["nowhere"], "there is no folder nowhere"),
        (["lib=nowhere"], "there is no folder nowhere"),
        (["lib==--upgrade"], "there is no folder =--upgrade|there is no folder lib==--upgrade"),
        (["lib==1", "lib==2"], "given twice"),
        (["image:a", "image:b"], "given twice"),
        (["image:a", "lib==1"], "the library of an image cannot be replaced"),
    ],
)
def test_what_cannot_be_understood_is_wrong_usage(texts: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        variant.parse(texts)


def test_a_library_is_chosen_in_a_copy_and_the_peer_stays_as_it_is(peer: Peer) -> None:
    made = make(peer, "lib==1.2", "a.org/other@v3")
    assert (made.folder / "chosen.txt").read_text() == "of 1.2;other v3;"
    assert (made.name, made.joined, made.own_name) == ("mine", 3, "mine")
    assert made.folder.parent == space_beside(peer).workplaces
    assert not made.of_tree
    assert [path.name for path in peer.folder.iterdir()] == ["peer.toml"]
    assert build_folder.of(made, space_beside(peer)) == made, "it is built where it is"


def test_the_same_again_keeps_what_was_built_and_another_has_a_folder_of_its_own(peer: Peer) -> None:
    made = make(peer, "lib==1")
    (made.folder / "build").mkdir()
    (made.folder / "build" / "agent").touch()
    assert make(peer, "lib==1").folder == made.folder
    assert (made.folder / "build" / "agent").exists()
    assert (made.folder / "chosen.txt").read_text() == "of 1;"
    assert make(peer, "lib==2").folder != made.folder


def test_what_comes_from_a_checkout_is_built_anew_since_it_may_have_changed(peer: Peer, tmp_path: Path) -> None:
    made = make(peer, f"lib={tmp_path}")
    assert (made.folder / "chosen.txt").read_text() == f"in {tmp_path};"
    (made.folder / "build").mkdir()
    assert not (make(peer, f"lib={tmp_path}").folder / "build").exists()
    assert make(peer, str(tmp_path)).folder != peer.folder, "one library alone takes a checkout"


def test_a_command_may_change_how_the_copy_is_started(peer: Peer) -> None:
    write = (
        "import sys; text = open('peer.toml').read(); open('peer.toml', 'w').write(text.replace('agent', sys.argv[1]))"
    )
    made = make(written(peer.folder, LIBRARY.replace(WRITE, write)), "lib==1")
    assert made.require().run.command == ("of 1;",)
    assert (made.name, made.joined) == ("mine", 3)


def test_what_fails_leaves_the_copy_that_was_there(peer: Peer) -> None:
    made = make(peer, "lib==1")
    failing = LIBRARY.replace(WRITE, "import sys; sys.exit('none of ' + sys.argv[1])")
    with pytest.raises(PeerBroken, match="could not switch to lib==1") as caught:
        make(written(peer.folder, failing), "lib==1")
    assert caught.value.detail == "none of of 1;"
    assert (made.folder / "chosen.txt").read_text() == "of 1;"


@pytest.mark.parametrize(
    ("texts", "says", "hint"),
    [
        (["zlib==1"], "cannot use another version of zlib", "it can use lib==VERSION, a.org/other==VERSION"),
        (["a.org/other={tmp}"], "cannot use a checkout of a.org/other", "lib=CHECKOUT"),
        (["zlib==1"], "cannot use another version of zlib", "make the copy build"),
    ],
)
def test_what_the_manifest_cannot_choose_is_refused_with_what_it_can(
    peer: Peer, tmp_path: Path, texts: list[str], says: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        make(peer, *(text.format(tmp=tmp_path) for text in texts))
    assert hint in caught.value.hint


def test_a_peer_that_can_choose_nothing_says_so(peer: Peer, tmp_path: Path) -> None:
    bare = written(peer.folder, "")
    with pytest.raises(UsageError, match="cannot use another version of lib") as caught:
        make(bare, "lib==1")
    assert "has no [[libraries]]; copy " in caught.value.hint
    with pytest.raises(UsageError, match=r"the folder has no peer\.toml, and peer mine cannot use a checkout"):
        make(bare, str(tmp_path))
    able = written(peer.folder, LIBRARY + LIBRARY.replace('"lib"', '"more"'))
    with pytest.raises(UsageError, match="say which library this is a checkout of"):
        make(able, str(tmp_path))


def test_another_folder_takes_the_name_and_the_place_of_the_peer(peer: Peer, tmp_path: Path) -> None:
    folder = put(tmp_path / "released", WHOLE.replace('name = "c"', 'name = "zig"'))
    made = make(peer, str(folder))
    assert (made.name, made.joined, made.own_name, made.folder) == ("mine", 3, "zig", folder)


@functools.cache
def choose() -> ModuleType:
    """peers/python-system/choose.py, which peers with requirements share."""
    spec = importlib.util.spec_from_file_location("choose", PEERS / "python-system/choose.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["python-omq", "python-system"])
def test_of_requirements_with_hashes_the_one_that_is_chosen_loses_its_own(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = manifest.load(PEERS / name).require()
    for library in (one for one in peer.libraries if one.version):
        folder = tmp_path / library.name
        folder.mkdir()
        requirements, chosen = folder / "requirements.txt", folder / "chosen.txt"
        requirements.write_text((PEERS / name / "requirements.txt").read_text())
        pinned = requirements.read_text().count("==")
        monkeypatch.setattr(choose(), "REQUIREMENTS", requirements)
        monkeypatch.setattr(choose(), "CHOSEN", chosen)
        choose().main(f"{library.name}==1.2.3")
        assert chosen.read_text() == f"{library.name}==1.2.3\n"
        assert requirements.read_text().count("==") == pinned - 1
        assert f"\n{library.name}==" not in requirements.read_text()
        assert all(line[:1] in "# \n" or "==" in line for line in requirements.read_text().splitlines(keepends=True))
        with pytest.raises(SystemExit, match=f"has no {library.name}"):
            choose().main(f"{library.name}==1.2.3")


def test_a_checkout_is_a_requirement_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("a==1 \\\n    --hash=x\n    # via b\nb==2\n")
    monkeypatch.setattr(choose(), "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(choose(), "CHOSEN", tmp_path / "chosen.txt")
    choose().main("a", "/a folder")
    assert (tmp_path / "chosen.txt").read_text() == "a @ file:///a%20folder\n"
    assert (tmp_path / "requirements.txt").read_text() == "b==2\n"


def test_what_the_trees_manifests_choose_with_is_there_and_is_an_input_of_the_build() -> None:
    for peer in manifest.discover().values():
        for library in peer.require().libraries:
            for command in filter(None, (library.version, library.checkout)):
                assert (peer.folder / command[1]).is_file()
                assert library.name in command[2]


def test_a_copy_of_the_peer_in_the_harnesss_python_gets_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = build_folder.copy(manifest.load(PEERS / "python"), tmp_path)
    monkeypatch.syspath_prepend(copied.folder)
    spec = importlib.util.spec_from_file_location("apart", copied.folder / "apart.py")
    assert spec is not None
    assert spec.loader is not None
    apart = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(apart)
    apart.choose("pyzmq==1.2.3")
    assert "pyzmq==1.2.3" in (copied.folder / "requirements.txt").read_text().splitlines()
    changed = manifest.load(copied.folder, of_tree=False).require()
    assert changed.run.command == ("build/venv/bin/python", "agent.py")
    assert changed.build is not None
    assert changed.build.command == ("{python}", "apart.py")
    assert {"*.py", "*.txt"} == set(changed.build.inputs)
    with pytest.raises(SystemExit, match="has no zlib"):
        apart.choose("zlib==1")
