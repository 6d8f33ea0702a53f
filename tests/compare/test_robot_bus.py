"""A program that nobody here wrote, as the index has it, is under test by a declaration alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT


def test_robot_bus_passes_on_what_is_published(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    install: list[str | Path] = [tmp_path / "venv/bin/python", "-m", "pip", "install", "--quiet", "robot-bus==2.3.0"]
    subprocess.run(install, check=True)
    config = ROOT / "examples/programs/robot-bus/interop.toml"
    command: list[str | Path] = [
        ROOT / "interop",
        "run",
        "bus:*",
        "--peers",
        "python",
        "--config",
        config,
        "--work-dir",
        tmp_path / "work",
    ]
    env = {**os.environ, "PATH": f"{tmp_path / 'venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == Exit.OK, done.stdout
    assert "planned 1 = pass 1" in done.stdout
