"""What `pip install dist/*.whl` gives: the whole suite, in any folder, with nothing written beside the packages."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.tools.tool import tracked
from tests.wheel.made import Installed, Made, build
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT

INSIDE = "zmq_interop/"
PLAYED = ("run", "push_pull", "--peers", "c,python", "--runtime", "process")
ACCOUNT = "planned 20 = pass 20 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 0"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with its size and when it was changed."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def test_it_has_the_tree_of_a_run_and_nothing_that_was_built(made: Made) -> None:
    with zipfile.ZipFile(made.wheel) as wheel:
        names = {name.removeprefix(INSIDE) for name in wheel.namelist() if name.startswith(INSIDE)}
    package = {str(path.relative_to(ROOT / "zmq_interop")) for path in tracked("zmq_interop")}
    tree = {str(path.relative_to(ROOT)) for path in tracked("docs", "peers", "proto", "templates")}
    tree |= {"compose.yaml", "known-failures.toml", "tools/with-docker"}
    wanted = package | {f"tree/{name}" for name in tree}
    assert names == wanted


def test_an_index_page_says_whose_it_is_and_its_links_lead_somewhere(made: Made) -> None:
    with zipfile.ZipFile(made.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = wheel.read(name).decode()
        assert f"{INSIDE}py.typed" in wheel.namelist()
    head, text = metadata.split("\n\n", 1)
    assert "Name: zmq-interop\n" in head
    assert "Author: The zmq-interop authors" in head
    assert "Project-URL: Homepage, https://" in head
    assert "License" not in head, "it is the owner's to choose; README.md says so"
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert len(links) > 10
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_links_between_peers_are_files_in_the_wheel_and_links_in_the_sdist(made: Made) -> None:
    with zipfile.ZipFile(made.wheel) as wheel:
        assert wheel.read(f"{INSIDE}tree/peers/python-omq/agent.py") == wheel.read(
            f"{INSIDE}tree/peers/python/agent.py"
        )
    with tarfile.open(made.sdist) as sdist:
        (found,) = (member for member in sdist if member.name.endswith("peers/python-omq/agent.py"))
        assert found.issym()


def test_two_builds_are_the_same_bytes(made: Made, tmp_path: Path) -> None:
    (made.tree / "pyproject.toml").touch()
    (made.tree / "peers/c/build").mkdir(exist_ok=True)
    (made.tree / "peers/c/build/agent").write_text("what a build has left is no part of it")
    build(made.tree, tmp_path, "--sdist")
    build(made.tree, tmp_path, "--wheel")
    for first in (made.sdist, made.wheel):
        assert (tmp_path / first.name).read_bytes() == first.read_bytes()


def test_what_it_needs_is_what_is_pinned(installed: Installed) -> None:
    command: list[str | Path] = [sys.executable, "-m", "pip", "--python", installed.folder, "check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_run_in_an_empty_folder_and_another_that_builds_nothing(installed: Installed, empty: Path) -> None:
    before = files(installed.folder)
    for folder in installed.packages.rglob("*/"):
        folder.chmod(0o555)

    first = installed.run("interop", *PLAYED, cwd=empty)
    assert first.returncode == Exit.OK, first.stdout + first.stderr
    assert first.stdout.splitlines()[-1] == ACCOUNT
    assert "c: building" in first.stderr

    second = installed.run("interop", *PLAYED, cwd=empty)
    assert second.stdout.splitlines()[-1] == ACCOUNT
    assert "building" not in second.stderr

    assert files(installed.folder) == before
    assert list(empty.iterdir()) == []
    (cache,) = (Path(installed.env["HOME"]) / ".cache/interop").iterdir()
    assert f"event log: {cache}/runs/" in second.stdout


def test_it_says_which_version_it_is(installed: Installed, made: Made, empty: Path) -> None:
    version = installed.run("interop", "--version", cwd=empty).stdout.split()[-1]
    assert made.wheel.name.startswith(f"zmq_interop-{version}-")


def test_every_peer_can_be_played(installed: Installed, empty: Path) -> None:
    done = installed.run("interop", "doctor", cwd=empty)
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "every peer can be played here"


def test_a_failure_names_a_command_that_is_there(installed: Installed, empty: Path) -> None:
    done = installed.run("interop", "run", "no_such_scenario", "--runtime", "process", cwd=empty)
    assert done.returncode == Exit.NOTHING_SELECTED
    assert f"`{installed.folder}/bin/interop run --list`" in done.stderr, "it is not on the PATH"
    assert "./interop" not in done.stderr


@pytest.mark.parametrize("command", ["test", "check", "bench"])
def test_what_is_about_the_sources_says_so(command: str, installed: Installed, empty: Path) -> None:
    done = installed.run("interop", command, cwd=empty)
    assert done.returncode == Exit.USAGE
    assert f"run it in a checkout: ./interop {command}" in done.stderr


def test_all_it_made_goes_to_the_work_folder_and_is_removed(installed: Installed, tmp_path: Path, empty: Path) -> None:
    work = tmp_path / "work"
    done = installed.run("interop", *PLAYED, "--work-dir", work, cwd=empty)
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    assert (work / "latest/events.jsonl").is_file()
    assert (work / "peers/c/build/agent").is_file()
    assert installed.run("interop", "clean", "--work-dir", work, cwd=empty).returncode == Exit.OK
    assert not work.exists()


def test_a_work_folder_with_other_files_is_refused(installed: Installed, empty: Path) -> None:
    (empty / "letters.txt").touch()
    done = installed.run("interop", *PLAYED, "--work-dir", ".", cwd=empty)
    assert done.returncode == Exit.USAGE
    assert "contains files that the harness did not create" in done.stderr
    assert [path.name for path in empty.iterdir()] == ["letters.txt"]


def test_protos_of_the_folder_take_part(installed: Installed, empty: Path) -> None:
    (empty / "proto").mkdir()
    (empty / "proto/shop.proto").write_text('syntax = "proto3"; package shop; message Item { string name = 1; }\n')
    play = ("run", "own_schemas", "--peers", "python", "--runtime", "process")
    done = installed.run("interop", *play, cwd=empty)
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    assert "using your protos in ./proto" in done.stderr
    listed = installed.run("interop", *play, "--list", cwd=empty)
    assert "shop.Item" in listed.stdout
    asked = installed.run(
        "pytest", "--interop-run", "own_schemas", "--interop-peers", "python", "-q", "--co", cwd=empty
    )
    assert "shop.Item" in asked.stdout


def test_it_checks_schemas(installed: Installed, empty: Path) -> None:
    text = 'syntax = "proto3"; package shop; message Item { %s name = 1; }\n'
    for folder, kind in (("old", "string"), ("new", "int32")):
        (empty / folder).mkdir()
        (empty / folder / "shop.proto").write_text(text % kind)
    done = installed.run("interop", "schema", "check", "--proto", "new", "--against", "old", cwd=empty)
    assert done.returncode == Exit.FAILED, done.stdout + done.stderr
    assert "new/shop.proto:1" in done.stdout
    assert "interop run " in done.stdout, "which cells show it"
    assert (
        installed.run("interop", "schema", "check", "--proto", "old", "--against", "old", cwd=empty).returncode
        == Exit.OK
    )


def test_the_ledger_and_the_baseline_of_the_folder_count(installed: Installed, empty: Path) -> None:
    (empty / "known-failures.toml").write_text(
        '# ours\n[[failure]]\ncells = ["push_pull/tcp/python:python"]\nkind = "lost"\nreason = "it never fails"\n'
    )
    play = ("run", "push_pull/tcp", "scalar", "--peers", "c,python", "--runtime", "process")
    done = installed.run("interop", *play, cwd=empty)
    assert done.returncode == Exit.FAILED, done.stdout + done.stderr
    assert "FIXED push_pull/tcp/python:python" in done.stdout
    assert "known-failures.toml:2" in done.stdout
    assert re.search(r"known [1-9]", done.stdout), "what the wheel's own ledger knows is known beside it"

    assert installed.run("interop", "baseline", cwd=empty).returncode == Exit.OK
    assert "scenarios = " in (empty / "interop-baseline.toml").read_text()
