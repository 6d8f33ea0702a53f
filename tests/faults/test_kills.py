"""kill -9, of the harness and of an agent."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from benchmarks import kills
from tests.faults.test_interrupts import AT
from tests.hostile.commands import HONEST, Harness, account
from zmq_interop.system.errors import Exit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc")


@pytest.mark.parametrize(("number", "options"), [(12, ()), (4, ("--wire",))])
def test_harness_at_random_moments_leaves_nothing(number: int, options: tuple[str, ...], tmp_path: Path) -> None:
    """The hundred of them: `./interop bench kill 100`."""
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"the same moments again: ./interop bench kill {number} --seed {seed}")
    assert kills.kill(number, seed, tmp_path, (*kills.RUN, *options, "--runtime", "process")) == []


def waits_at(pid: int, fifo: Path) -> bool:
    """Whether the process is a gate's agent that has opened this FIFO."""
    with contextlib.suppress(OSError):  # the process has ended, or closed a descriptor, meanwhile
        gate = b"--be\0gate" in Path(f"/proc/{pid}/cmdline").read_bytes()
        return gate and any(link.readlink() == fifo for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink())
    return False


def test_agent_in_the_middle_of_a_cell(interop: Harness, gate: Path) -> None:
    process = interop.start("run", "push_pull/tcp/python:gate", HONEST, "--runtime", "process", "--peer", gate)
    (gate / "asked").read_text()
    while not (waiting := [pid for pid in interop.processes() if waits_at(pid, gate / "answer")]):
        assert process.poll() is None, "the run ended before its agent waited"
    for pid in waiting:
        os.kill(pid, signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == Exit.FAILED, out + err
    assert "FAIL push_pull/tcp/python:gate: crashed" in out
    assert "killed by SIGKILL" in out
    assert out.splitlines()[-1] == account(2, **{"pass": 1, "fail": 1})


def test_schema_check(interop: Harness, tmp_path: Path) -> None:
    (tmp_path / "a.proto").write_text('syntax = "proto3";\nmessage A {}\n')
    arguments = ("schema", "check", "--proto", tmp_path, "--against", tmp_path)
    interop.start("SIGKILL", "zmq_interop.schemas.buf", "lint", *arguments, code=AT).communicate()
    assert interop.scratch() != []
    assert interop.run(*arguments)[0] == Exit.OK
    assert interop.scratch() == [], "the next command has removed it"
