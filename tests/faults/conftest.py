"""What all tests of faults need."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tools.tool import tracked
from zmq_interop.system.paths import ROOT


@pytest.fixture(autouse=True)
def hang_up_is_heard() -> Iterator[None]:
    """Tests that are run under nohup(1) ignore SIGHUP, and so would all that they start."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def public() -> Iterator[Path]:
    """A new folder that every user may enter: those that pytest makes are for its user alone."""
    with tempfile.TemporaryDirectory(prefix="interop-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def checkout(public: Path) -> Callable[[str], Path]:
    """Makes a checkout of this name: what git has or would have of this one, and nothing that was built."""

    def make(name: str) -> Path:
        for path in tracked():
            copy = public / name / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy, follow_symlinks=False)
        return public / name

    return make
