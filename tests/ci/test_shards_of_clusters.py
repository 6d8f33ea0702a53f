"""The commands that a cluster runs, played on this machine: their event logs are those of one run."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from zmq_interop.run import indexed_job
from zmq_interop.run.indexed_job import MARK, REPORT, Job
from zmq_interop.system.paths import ROOT

WORDS = ("push_pull/tcp", "--peers", "c,python", "--runtime", "process")
SHARDS = 2


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment in which `interop` is that of the checkout."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/interop").symlink_to(ROOT / "interop")
    return {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def play(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Runs a command that must succeed; gives back what it printed."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def account(logs: Sequence[Path], folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """The account of a report of these logs."""
    play(["interop", "report", *map(str, logs), "--json", "--output", str(folder)], env)
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text())["account"]
    return told


def test_the_pods_of_an_indexed_job_are_one_run(programs: dict[str, str], tmp_path: Path) -> None:
    _, made = indexed_job.render(Job(image="i", shards=SHARDS, words=WORDS))
    command = made["spec"]["template"]["spec"]["containers"][0]["command"]
    logs = []
    for index in range(SHARDS):
        report = str(tmp_path / f"report-{index}")
        words = [report if word == REPORT else word.replace("$$", "$") for word in command]
        said = play(words, {**programs, "JOB_COMPLETION_INDEX": str(index)})
        packed = "".join(line.removeprefix(MARK) for line in said.splitlines() if line.startswith(MARK))
        logs.append(tmp_path / f"{index}.jsonl")
        logs[-1].write_bytes(gzip.decompress(base64.b64decode(packed)))
    whole = account(logs, tmp_path / "merged", programs)
    assert whole["planned"] == whole["passed"] == 8


def test_the_tasks_of_a_slurm_array_each_play_a_shard_in_a_folder_of_their_own(tmp_path: Path) -> None:
    program = tmp_path / "interop"
    program.write_text('#!/bin/sh\n[ -d "$INTEROP_HOME" ] || exit 9\nprintf "%s\\n" "$INTEROP_HOME" "$@"\nexit 3\n')
    program.chmod(0o755)
    given = {
        "INTEROP": str(program),
        "TMPDIR": str(tmp_path),
        "SLURM_ARRAY_TASK_ID": "2",
        "SLURM_ARRAY_TASK_COUNT": "4",
    }
    script = ROOT / "examples/clusters/interop.sbatch"
    command = ["sh", str(script), "push_pull", "--peers", "c"]
    done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False)
    home, *words = done.stdout.splitlines()
    assert words == ["run", "--shard", "job/4", "--report", "shards/2", "push_pull", "--peers", "c"]
    assert done.returncode == 3, "that of the run"
    assert not Path(home).exists()
