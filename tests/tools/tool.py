"""Runs one of the tools that check the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from zmq_interop.system.paths import ROOT

_OURS = Path(sys.executable).parent  # the tools of requirements/dev.txt, whether or not the venv is active


def find(name: str) -> str:
    """The path of a tool; it fails the test where there is none."""
    path = shutil.which(name, path=os.pathsep.join([str(_OURS), os.environ.get("PATH", os.defpath)]))
    if path is None:
        pytest.fail(
            f"there is no {name}\n  ./interop test installs it; without that: pip install -r requirements/dev.txt"
        )
    return path


def check(*command: str, mend: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """Runs a check and gives back what it printed; where it finds something, the test fails with that and `mend`."""
    env = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        name = " ".join([Path(command[0]).name, *command[1:]])
        complain(name, (done.stdout + done.stderr).splitlines(), mend)
    return done.stdout


def complain(what: str, found: Iterable[str], mend: str) -> None:
    """Fails the test with what was found, if anything, and how to mend it."""
    lines = list(found)
    if lines:
        shown = [*lines[:100], *([f"... and {len(lines) - 100} lines more"] if len(lines) > 100 else [])]
        pytest.fail("\n".join([what, *shown, f"mend it: {mend}"]), pytrace=False)


def tracked(*folders: str) -> list[Path]:
    """The files that git has or would have below these folders, or in the whole checkout."""
    git = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *folders)
    done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]
