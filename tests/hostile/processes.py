"""What is left of processes, seen from outside. Only Linux tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 10.0  # seconds; nothing that is asserted takes more than two


def gone(pid: int, patience: float = PATIENCE) -> bool:
    """Whether this process ends in time."""
    return _until(lambda: not _alive(pid), patience)


def none_marked(mark: str, patience: float = PATIENCE) -> bool:
    """Whether all processes end in time that have `mark` in their environment."""
    return _until(lambda: not marked(mark), patience)


def marked(mark: str) -> list[int]:
    """The processes with `mark` in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it ended just now
            continue
    return found


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
