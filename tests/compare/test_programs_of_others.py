"""Programs that nobody here wrote, as the index has them, are under test by a declaration alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT

# The example -> what it is installed from, and the dialogues that are played.
OTHERS = {
    "robot-bus": (("robot-bus==2.3.0",), "bus:*"),
    "veins-gym": (("veins-gym==0.3.0", "gym==0.26.2", "protobuf==3.20.3", "numpy==1.26.4"), "gym:*"),
}


@pytest.mark.parametrize("example", OTHERS)
def test_it_does_what_is_declared(example: str, tmp_path: Path) -> None:
    requirements, dialogues = OTHERS[example]
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", *requirements], check=True)
    config = ROOT / "examples/programs" / example / "interop.toml"
    command: list[str | Path] = [
        ROOT / "interop",
        "run",
        dialogues,
        "--peers",
        "python",
        "--config",
        config,
        "--work-dir",
        tmp_path / "work",
    ]
    found = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "VEINS_GYM": str(folder)}
    done = subprocess.run(
        command, env={**os.environ, **found}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == Exit.OK, done.stdout
    assert "planned 1 = pass 1" in done.stdout
