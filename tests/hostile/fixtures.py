"""What several folders of tests ask for: commands of which nothing may be left, and a peer that waits for leave."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import peers
from tests.hostile.commands import Harness


@pytest.fixture
def interop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """Starts commands; when the test ends, nothing may be left of them."""
    harness = Harness(tmp_path_factory.mktemp("temp"))
    yield harness
    left = harness.left()
    for pid in harness.processes():
        os.kill(pid, signal.SIGKILL)
    assert left == [], "this was left behind"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The folder of a peer that says when it is asked something, and waits for leave to answer."""
    return peers.gate(tmp_path)
