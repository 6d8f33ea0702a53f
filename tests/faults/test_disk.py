"""A disk that is full, and streams that are closed or full: told in one line, with what was played until then."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest

from benchmarks.traces import home_of
from tests.hostile.commands import TRACEBACK, Harness
from zmq_interop.system.errors import Exit

PLAYED = ("run", "push_pull", "--peers", "python", "--all", "--runtime", "process", "--jobs", "1")
BYTES = 6 << 10  # the plan and some of the cells


def limit() -> None:
    """No file of this process may become longer."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))


def test_the_event_log_finds_no_room(interop: Harness) -> None:
    interop.play()  # what is made once is made
    process = interop.start(*PLAYED, preexec_fn=limit)
    out, err = process.communicate()
    assert process.returncode == Exit.INTERRUPTED, err
    assert TRACEBACK not in out + err
    told, hint = err.splitlines()[-2:]
    log = told.removeprefix("interop: ").removesuffix(" cannot be written: File too large")
    assert "free space" in hint
    lines = out.splitlines()
    assert lines[1].startswith("incomplete: the log ends in the middle of line ")
    assert lines[-1].startswith("planned ")

    assert Path(log).stat().st_size == BYTES
    code, again, _ = interop.run("report", log)
    assert code == Exit.INTERRUPTED
    assert again[0] == lines[1]


def test_the_disk_of_the_runs_is_full(interop: Harness, tmp_path: Path) -> None:
    work = tmp_path / "work"
    interop.play(env=home_of(work))
    mounted = 'mount -t tmpfs -o size=$1k tmpfs "$2" && shift 2 && exec "$@"'
    enter = ("unshare", "--mount", "sh", "-c", mounted, "sh")  # what is mounted there is gone with the process
    may = subprocess.run([*enter, "64", work / "runs", "true"], capture_output=True, check=False)
    if may.returncode:
        pytest.skip("only root may mount a small disk")
    for size in ("8", "12"):  # KiB: not even the plan, and some of the cells; 4 each hold the names of owner and sort
        code, out, err = interop.run(*PLAYED, before=[*enter, size, str(work / "runs")], env=home_of(work))
        assert code == Exit.INTERRUPTED, err
        assert "No space left on device" in err.splitlines()[-2]
        assert any(line.startswith("incomplete: the log ") for line in out)
