"""The workspaces of tests that build peers or play real runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from zmq_interop.system import workspace
from zmq_interop.system.workspace import Workspace

HERE = workspace.here()  # with what is built already


def logs_in(folder: Path) -> Workspace:
    """HERE, but a run's logs go to this folder."""
    return dataclasses.replace(HERE, runs=folder / "runs", latest=folder / "latest")
