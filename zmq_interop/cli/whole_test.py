"""The pytest processes of a whole `interop test`: what runs one after the other, and what beside each other."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence

INTERRUPTED = 2  # pytest.ExitCode.INTERRUPTED
Arguments = tuple[str, ...]  # of one pytest
Stage = tuple[Arguments, ...]  # those that run beside each other

# Their tests start containers and kill processes, and look at what is left: nothing else may run beside them.
_BY_THEMSELVES = ("tests/ci", "tests/containers", "tests/faults", "tests/wheel")
# A run of cells waits for half of its time, so two run beside each other. These files take about as long as the others.
_CELLS = "tests/interop"
_HALF_OF_THE_CELLS = tuple(f"{_CELLS}/test_{name}.py" for name in ("process", "each_pair", "examples", "stdio"))


def stages(processors: int) -> list[Stage]:
    """What a whole `interop test` runs on so many processors, stage after stage (decision 40)."""
    if processors == 1:
        return [((),)]
    others = (f"--ignore={folder}" for folder in (*_BY_THEMSELVES, _CELLS))
    workers = min(processors, 4) + 1  # a test waits for a quarter of its time; tests/images waits for downloads
    other_cells = (_CELLS, *(f"--ignore={file}" for file in _HALF_OF_THE_CELLS))
    return [(("-n", str(workers), *others),), (_BY_THEMSELVES,), (_HALF_OF_THE_CELLS, other_cells)]


def run(chosen: Iterable[Stage]) -> int:
    """Runs pytest with all of these arguments. Returns the first exit code that is not 0.

    Ends after a stage that was interrupted.
    """
    code = 0
    for stage in chosen:
        codes = beside_each_other([[sys.executable, "-P", "-m", "pytest", *arguments] for arguments in stage])
        code = next((one for one in (code, *codes) if one), 0)
        if INTERRUPTED in codes:
            break
    return code


def beside_each_other(commands: Sequence[Sequence[str]]) -> list[int]:
    """Runs these commands at the same time. Returns their exit codes, in order.

    The first one writes to the terminal; the others' output follows when they end. Ctrl-C reaches them as it reaches
    this process, which waits until they have cleaned up.
    """
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        with contextlib.ExitStack() as stack:
            outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in commands[1:]]
            started = [subprocess.Popen(commands[0])]
            for command, output in zip(commands[1:], outputs, strict=True):
                started.append(subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT))
            codes = [started[0].wait()]
            for process, output in zip(started[1:], outputs, strict=True):
                codes.append(process.wait())
                output.seek(0)
                sys.stdout.flush()
                shutil.copyfileobj(output, sys.stdout.buffer)
                sys.stdout.flush()
            return codes
    finally:
        signal.signal(signal.SIGINT, before)
