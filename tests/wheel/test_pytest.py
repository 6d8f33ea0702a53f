"""The plug-in as the wheel brings it: in other people's repositories, with pytest-xdist, with real agents."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.wheel.made import Installed

ASK = ("--interop-run", "push_pull", "--interop-peers", "python", "--interop-runtime", "process")
ACCOUNT = "planned 6 = pass 6 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 0"
THEIRS = """
import sys

import pytest
from harness import answer

@pytest.mark.parametrize("number", range(4))
def test_theirs(number):
    assert answer() == 42
    assert not {"msgspec", "zmq", "zmq_interop.system.errors", "click"}.intersection(sys.modules)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A user's own, with a package of a name that ours once had."""
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness/__init__.py").write_text("def answer(): return 42\n")
    (tmp_path / "conftest.py").touch()  # by which pytest finds that package
    (tmp_path / "test_theirs.py").write_text(THEIRS)
    return tmp_path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder of these tests' own, named by the environment."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture
def without(repository: Path) -> Path:
    """One that has no such package."""
    (repository / "harness/__init__.py").unlink()
    (repository / "harness").rmdir()
    (repository / "test_theirs.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    return repository


def shown(installed: Installed, repository: Path, *arguments: str) -> str:
    """What a pytest prints, without how long it took and which plug-ins there are."""
    done = installed.run("pytest", "-W", "error", "-v", *arguments, cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"(?m)^plugins: .*$| in \d.*s =*$", "", done.stdout) + done.stderr


def test_a_repository_that_asks_for_nothing_sees_no_change(installed: Installed, repository: Path) -> None:
    with_it = shown(installed, repository)
    assert with_it == shown(installed, repository, "-p", "no:interop")
    assert "4 passed" in with_it


def test_cells_stand_beside_tests_that_import_their_own_harness(installed: Installed, repository: Path) -> None:
    (repository / "test_theirs.py").write_text("from harness import answer\ndef test_it(): assert answer() == 42\n")
    done = installed.run("pytest", "-W", "error", *ASK, cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ACCOUNT in done.stdout
    assert "7 passed" in done.stdout


def test_cells_are_items_of_their_run(installed: Installed, without: Path) -> None:
    done = installed.run("pytest", "-W", "error", "--strict-markers", *ASK, cwd=without)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ACCOUNT in done.stdout
    assert "8 passed" in done.stdout


@pytest.mark.parametrize("dist", ["load", "loadscope", "loadfile", "loadgroup", "worksteal"])
def test_workers_of_xdist_play_the_cells_once_in_all(
    dist: str, installed: Installed, without: Path, work: Path
) -> None:
    junit = without / "junit.xml"
    done = installed.run("pytest", "-n2", f"--dist={dist}", f"--junitxml={junit}", *ASK, cwd=without, work=work)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
    assert done.stdout.count(ACCOUNT) == 1
    (log,) = re.findall(r"event log: (.*)", done.stdout)
    judged = [line for line in Path(log).read_text().splitlines() if line.startswith('{"type":"cell"')]
    assert len(judged) == 6
    assert len(ElementTree.parse(junit).findall(".//testcase[@classname='interop']")) == 6


def test_the_first_failure_ends_a_session_with_workers_in_order(
    installed: Installed, without: Path, work: Path
) -> None:
    (without / "known-failures.toml").write_text(
        '[[failure]]\ncells = ["push_pull/tcp/python:python"]\nkind = "lost"\nreason = "it never fails"\n'
    )
    done = installed.run("pytest", "-n2", "-x", *ASK, cwd=without, work=work)
    assert done.returncode == pytest.ExitCode.INTERRUPTED, done.stdout + done.stderr
    assert "FIXED push_pull/tcp/python:python" in done.stdout
    assert len(re.findall(r"^planned \d+ = .* fixed 1 ", done.stdout, re.MULTILINE)) == 1
    assert list(work.glob("runs/*/owner")) == [], "the run has ended in order"
