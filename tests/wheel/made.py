"""The wheel of this checkout, and an environment of its own in which it is installed. Made once, for all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import msgspec
import pytest

from tests.tools.tool import tracked
from zmq_interop.system.paths import ROOT

PYTEST = ("execnet", "iniconfig", "packaging", "pluggy", "pygments", "pytest", "pytest-xdist")


class Made(msgspec.Struct, frozen=True):
    """tree: the clean copy of the checkout that it was made from. sdist, wheel: the files."""

    tree: Path
    sdist: Path
    wheel: Path


class Installed(msgspec.Struct, frozen=True):
    """An environment with the wheel in it. env: what its programs get; its `HOME` is empty and outside the checkout."""

    folder: Path
    env: dict[str, str]

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def run(
        self, program: str, *arguments: str | Path, cwd: Path, work: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs one of its programs to the end. work: its work folder, where that is not the one in `HOME`."""
        env = self.env | ({"INTEROP_HOME": str(work)} if work else {})
        command: list[str | Path] = [self.folder / "bin" / program, *arguments]
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def build(tree: Path, target: Path, *options: str) -> None:
    """Runs `python -m build` with this environment's hatchling, which is the pinned one."""
    command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", target, tree]
    subprocess.run(command, capture_output=True, check=True)


def install(environment: Path, *arguments: str | Path) -> None:
    """Runs this environment's pip for the other one; wheels only."""
    quiet = ("--quiet", "--disable-pip-version-check", "--only-binary", ":all:")
    command: list[str | Path] = [sys.executable, "-m", "pip", "--python", environment, "install", *quiet, *arguments]
    subprocess.run(command, check=True)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """sdist and wheel of what git has or would have; the wheel is made from the sdist."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    for path in tracked():
        copy = tree / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy, follow_symlinks=False)
    build(tree, folder / "dist")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")
    return Made(tree, sdist, wheel)


@pytest.fixture(scope="session")
def installed(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel with the packages that the project has pinned, and with pytest, beside which its plug-in works."""
    folder = tmp_path_factory.mktemp("environment")
    environment = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    install(environment, "--require-hashes", "-r", ROOT / "requirements/run.txt")
    install(environment, "--no-deps", *(f"{name}=={metadata.version(name)}" for name in PYTEST), made.wheel)
    (folder / "home").mkdir()
    ours = ("INTEROP_HOME", "PYTHONPATH", "XDG_CACHE_HOME", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if name not in ours}
    return Installed(environment, {**env, "HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"})
