"""What is left of processes, seen from outside. Only Linux tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 10.0  # seconds; nothing that is asserted takes more than two


def gone(pid: int, patience: float = PATIENCE) -> bool:
    """Whether this process ends in time."""
    return _until(lambda: not _alive(pid), patience)


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def _until(holds: Callable[[], bool], patience: float) -> bool:
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
