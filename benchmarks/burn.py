"""Keeps the machine busy. Run as a program it keeps one core busy until its stdin ends.

The pipe is its leash: however its owner ends, by SIGKILL too, the pipe ends with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from zmq_interop.system.paths import ROOT


@contextmanager
def every_core() -> Iterator[int]:
    """As many burners as there are cores, at our own priority, while the body runs. Gives their number."""
    cores = os.cpu_count() or 1
    # Sessions of their own: Ctrl-C is for the harness.
    burners = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.burn"], stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True
        )
        for _ in range(cores)
    ]
    try:
        yield cores
    finally:
        for burner in burners:
            burner.communicate()  # closes the pipe, and waits


def _burn() -> None:
    while True:
        pass


if __name__ == "__main__":
    threading.Thread(target=_burn, daemon=True).start()
    sys.stdin.read()
