"""`interop new-peer`: what is refused, and that nothing is ever overwritten or left by halves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from zmq_interop.cli.main import cli
from zmq_interop.core.peer import NAME_HINT
from zmq_interop.peers import manifest, scaffold
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import PEERS, TEMPLATES


def refused(name: str = "new-one", language: str = "c", into: Path | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        scaffold.make(name, language, into)
    return str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "X", "a/b", "..", "a b", "1st", "-a", "a_b", "a.b", "a-", "ä", "a" * 33, "a\n", "$(ls)"]
)
def test_a_name_that_ids_containers_or_folders_cannot_have(name: str, tmp_path: Path) -> None:
    assert NAME_HINT in refused(name, into=tmp_path / "x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["build", "gen"])
def test_a_name_of_folders_that_builds_make(name: str, tmp_path: Path) -> None:
    assert "builds write to" in refused(name, into=tmp_path / "x")


@pytest.mark.parametrize("name", ["c", "python-omq"])
def test_a_name_that_a_peer_has(name: str, tmp_path: Path) -> None:
    assert str(PEERS / name) in refused(name, into=tmp_path / "x")


@pytest.mark.parametrize("language", ["", "C\n", 'C"', "a b", "c" * 33])
def test_a_word_that_is_no_language(language: str, tmp_path: Path) -> None:
    assert "c, c++, go, java, python" in refused(language=language, into=tmp_path / "x")


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")])
def test_what_is_there_is_not_touched(make: object, tmp_path: Path) -> None:
    target = tmp_path / "x"
    assert callable(make)
    make(target)
    assert "already exists" in refused(into=target)
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    assert "No such file" in refused(into=tmp_path / "no" / "x")
    (tmp_path / "file").touch()
    assert "Not a directory" in refused(into=tmp_path / "file" / "x")


def test_a_disk_that_is_full_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_text(path: Path, text: str) -> int:
        raise OSError(28, os.strerror(28), str(path))

    monkeypatch.setattr(Path, "write_text", write_text)
    assert "No space left" in refused(into=tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_in_the_tree_a_folder_has_its_peers_name() -> None:
    assert "must have the peer's name" in refused(into=PEERS / "other")


@pytest.mark.parametrize(
    ("word", "template"),
    [("c", "c"), ("C", "c"), ("Go", "go"), ("golang", "go"), ("Python3", "python"), ("C#", "bare")],
)
def test_words_for_languages(word: str, template: str) -> None:
    assert scaffold.template_of(word) == template


def test_the_help_names_each_language_that_has_a_template() -> None:
    said = " ".join(CliRunner().invoke(cli, ["new-peer", "--help"]).output.split())
    *most, last = scaffold.known()
    assert len(most) > 3
    assert f"{', '.join(most)} and {last} get a skeleton" in said


@pytest.mark.parametrize("template", sorted(path.parent.name for path in TEMPLATES.glob("*/template.toml")))
def test_every_template_makes_a_peer_whose_manifest_is_good(template: str, tmp_path: Path) -> None:
    word = next((word for word in scaffold.known() if scaffold.template_of(word) == template), "Zig")
    done = CliRunner().invoke(cli, ["new-peer", "new-one", "--language", word, "--into", str(tmp_path / "new-one")])
    assert done.exit_code == 0, done.output
    peer = manifest.load(tmp_path / "new-one")
    assert peer.require().name == "new-one"
    assert (tmp_path / "new-one" / "README.md").read_text().count("new-one") > 2
    left = [
        path.name for path in peer.folder.iterdir() if "@name@" in path.read_text() or "@language@" in path.read_text()
    ]
    assert left == []
