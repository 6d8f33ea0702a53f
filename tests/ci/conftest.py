"""Machines of GitHub, and a user's repository."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci.git import git
from tests.ci.runner import Runner
from zmq_interop.system.paths import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a job of the project's own has after its checkout, as far as jobs touch it; what they make lies beside."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "interop").symlink_to(ROOT / "interop")
    return folder


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A user's repository with protos in messages/, of two commits."""
    folder = tmp_path / "users"
    shutil.copytree(ROOT / "examples/shop", folder / "messages")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for message in ("first", "second"):
        (folder / "README").write_text(message)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", message)
    return folder


@pytest.fixture
def machines(tmp_path: Path) -> Callable[[Path], Runner]:
    """Makes machines for the jobs of one workflow."""
    numbers = itertools.count(1)
    return lambda workspace: Runner(workspace, tmp_path / f"machine-{next(numbers)}", tmp_path / "artifacts")
