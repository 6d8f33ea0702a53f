"""Streams that are closed (`>&-`), full, or that nobody reads: the run is what it would have been."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.commands import GREEN, HONEST, TRACEBACK, Harness
from zmq_interop.system.errors import Exit

PLAY = ("run", HONEST, "--runtime", "process")
SHELL = """
import os, sys
closed, *arguments = sys.argv[1:]
for number in closed.split(","):
    os.close(int(number))
os.execv(sys.executable, [sys.executable, "-m", "zmq_interop", *arguments])
"""


@pytest.mark.parametrize("closed", ["0", "1", "2", "1,2", "0,1,2"])
@pytest.mark.parametrize("arguments", [PLAY, ("run", "--list"), ("--help",), ("doctor",)], ids=" ".join)
def test_closed_from_the_start(closed: str, arguments: tuple[str, ...], interop: Harness) -> None:
    code, out, err = interop.run(closed, *arguments, code=SHELL)
    assert code == Exit.OK, err
    if arguments == PLAY and "1" not in closed:
        assert out[-1] == GREEN
    if "1" in closed:
        assert out == []
    if "2" in closed:
        assert err == ""


def test_an_error_without_a_stderr(interop: Harness) -> None:
    assert interop.run("2", "run", "--jobs", "0", code=SHELL)[0] == Exit.USAGE


@pytest.mark.parametrize("arguments", [PLAY, ("run", "--list"), ("report",)], ids=" ".join)
def test_stdout_that_is_full(arguments: tuple[str, ...], interop: Harness) -> None:
    """What was asked for is told nowhere: that must not look green."""
    interop.play()
    with Path("/dev/full").open("w") as full:
        process = interop.start(*arguments, stdout=full)
        _, err = process.communicate()
    assert process.returncode == Exit.INTERRUPTED
    assert TRACEBACK not in err
    assert "interop: cannot write to stdout: No space left on device" in err.splitlines()


def test_stderr_that_is_full(interop: Harness) -> None:
    with Path("/dev/full").open("w") as full:
        process = interop.start(*PLAY, stderr=full)
        out, _ = process.communicate()
    assert (process.returncode, out.splitlines()[-1]) == (Exit.OK, GREEN)
