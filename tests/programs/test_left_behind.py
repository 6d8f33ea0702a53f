"""Nothing of a program stays, whatever happens to it, to the harness, or to the guard between them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hostile.processes import gone
from tests.space import HERE
from zmq_interop.system.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc")
GUARD = ROOT / "zmq_interop/programs/guard.py"
PATIENCE = 120.0  # seconds for a start on a busy machine, on which the peer may have to be built first
# Ignores SIGTERM, and has a child in its own session and one in another; it tells the ids of all three.
FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleep = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
children = [subprocess.Popen(sleep, start_new_session=own).pid for own in (False, True)]
with open(sys.argv[1] + ".new", "w") as file:
    print(os.getpid(), *children, file=file)
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def written(path: Path, process: subprocess.Popen[bytes]) -> list[int]:
    """The process ids in a file, once it is there. process: what leads to it."""
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert process.poll() is None, "it ended before the program started"
        assert time.monotonic() < end, "the program did not start"
        time.sleep(0.02)
    return [int(word) for word in path.read_text().split()]


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], list[int]]]]:
    """Starts a guard with a program that has children; gives it with the ids of all three."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[subprocess.Popen[bytes], list[int]]:
        program = [sys.executable, "-S", "-c", FAMILY, str(tmp_path / "pids")]
        command = [sys.executable, "-I", "-S", str(GUARD), "1", *program]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return started[-1], written(tmp_path / "pids", started[-1])

    yield start
    for one in started:
        one.kill()
        one.communicate()


def test_the_guard_stops_a_program_that_does_not_hear(
    guard: Callable[..., tuple[subprocess.Popen[bytes], list[int]]],
) -> None:
    process, pids = guard()
    out, _ = process.communicate(f"stop {int(signal.SIGTERM)} 0.2\n".encode())
    assert out.decode().splitlines() == [f"started {pids[0]}", "stubborn", "killed 9", "over"]
    assert all(map(gone, pids))


def test_the_guard_ends_a_program_when_the_harness_goes(
    guard: Callable[..., tuple[subprocess.Popen[bytes], list[int]]],
) -> None:
    process, pids = guard()
    out, _ = process.communicate()  # closes its stdin, as the kernel does for a harness that is killed
    assert out.decode().splitlines() == [f"started {pids[0]}", "killed 9", "over"]
    assert all(map(gone, pids))


def test_the_program_dies_with_its_guard(guard: Callable[..., tuple[subprocess.Popen[bytes], list[int]]]) -> None:
    process, pids = guard()
    process.kill()
    assert gone(pids[0])
    for pid in pids[1:]:  # a guard that somebody kills cannot end them
        os.kill(pid, signal.SIGKILL)


def test_a_program_can_be_sent_the_signals_that_its_guard_ignores(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(GUARD), "1", "sleep", "600"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"stop {int(signal.SIGINT)} 60\n".encode())
    process.stdin.flush()
    assert process.stdout.read().decode().splitlines()[1:] == ["killed 2", "over"]
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "family.py").write_text(FAMILY)
    (tmp_path / "interop.toml").write_text(
        f"""
[program.parents]
run = ["{sys.executable}", "-S", "family.py", "{tmp_path / "pids"}"]
ready = {{ stdout = "never", within = "10m" }}
stop = {{ within = "100ms" }}
sockets.in = {{ type = "PULL", bind = "tcp" }}
[[program.parents.dialogue]]
name = "waits"
steps = [{{ send = "in", frames = ["x"] }}, {{ silent = "in" }}]
""".replace('"PULL"', '"REP"')
    )
    command = [sys.executable, "-m", "zmq_interop", "run", "--peers", "python", "--runtime", "process", "--config"]
    process = subprocess.Popen(
        [*command, tmp_path / "interop.toml"],
        cwd=ROOT,
        env={**os.environ, "INTEROP_HOME": str(HERE.folder)} if HERE.named else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        pids = written(tmp_path / "pids", process)
        process.send_signal(number)
        while number == signal.SIGINT and process.poll() is None:  # the first stops the run after its cells in flight
            time.sleep(0.1)
            process.send_signal(number)
        assert all(map(gone, pids))
    finally:
        process.kill()
        process.wait()


def test_the_run_of_this_folder_left_nothing(cells: object) -> None:
    mine = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _is_ours(path)]
    assert mine == []


def _is_ours(path: Path) -> bool:
    try:
        words = path.read_bytes().split(b"\0")
    except OSError:
        return False
    return b"fake.py" in words
