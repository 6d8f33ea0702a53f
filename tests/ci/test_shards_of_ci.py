"""The examples that plan shards: `plan` prints the matrix of the jobs, whose merged report is that of one run."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.runner import Runner, load
from zmq_interop.run.shards import VARIABLE
from zmq_interop.system.paths import ROOT

EXAMPLES = ROOT / "examples/ci"
FEW = ("own_schemas/tcp", "c,python")
# A tenth of a second remains for cells, so that even these need more than one shard.
TARGET, SETUP = "2s", "1.9s"


def summary(folder: Path) -> dict[str, Any]:
    """What a report's summary.json says."""
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return told


def test_github_plays_the_planned_shards_and_merges_them(
    machines: Callable[[Path], Runner], users: Path, tmp_path: Path
) -> None:
    jobs = load(EXAMPLES / "github-shards.yml")["jobs"]
    planning, playing = (job["steps"][-1]["with"] for job in (jobs["plan"], jobs["play"]))
    same = ("pattern", "peers", "proto")
    assert [planning[name] for name in same] == [playing[name] for name in same]
    for given in (planning, playing):
        given["pattern"], given["peers"] = FEW
    planning |= {"target": TARGET, "setup": SETUP}
    planned = machines(users).job(jobs["plan"])
    assert not planned.failed, planned.log
    assert jobs["play"]["strategy"]["matrix"] == "${{ fromJSON(needs.plan.outputs.matrix) }}"
    matrix = json.loads(planned.outputs["matrix"])["include"]
    assert len(matrix) > 1
    for index, one in enumerate(matrix):
        played = machines(users).job(jobs["play"], matrix=one, strategy={"job-index": index})
        assert not played.failed, played.log
        assert summary(tmp_path / f"artifacts/shard-{index}")["account"]["planned"] == one["cells"]
    merged = machines(users).job(jobs["report"])
    assert not merged.failed, merged.log
    whole = machines(users).action(ROOT, {name: playing[name] for name in same})
    assert not whole.failed, whole.log
    told, expected = summary(tmp_path / "artifacts/report"), summary(tmp_path / "artifacts/interop")
    assert told["account"] == expected["account"]
    assert [cell["id"] for cell in told["cells"]] == [cell["id"] for cell in expected["cells"]]

    (tmp_path / "artifacts/shard-1/events.jsonl").unlink()
    report = jobs["report"]["steps"][0]
    lacking = machines(users).action(ROOT / "action/merge", {**report.get("with", {}), "artifact": "lacking"})
    assert lacking.failed
    assert f"shard 2/{len(matrix)} is missing" in lacking.log


@pytest.mark.parametrize(
    ("given", "told"),
    [({"target": "soon"}, "--target soon"), ({"target": "1m", "setup": "1m"}, "nothing of --target 1m is left")],
)
def test_a_plan_that_cannot_be_made_is_red(
    given: dict[str, str], told: str, machines: Callable[[Path], Runner], users: Path
) -> None:
    done = machines(users).action(ROOT / "action/plan", {"pattern": "own_schemas", "proto": "messages", **given})
    assert done.failed
    assert told in done.log
    assert done.outputs == {"matrix": ""}


def test_gitlab_plays_the_planned_shards_and_merges_them(users: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "interop").symlink_to(ROOT / "interop")
    parent, child = (yaml.safe_load((EXAMPLES / f"gitlab-shards{name}.yml").read_text()) for name in ("", "-child"))

    def play(line: str, **variables: str) -> str:
        env = {**os.environ, **variables, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        command = ["bash", "-eo", "pipefail", "-c", line]
        done = subprocess.run(command, cwd=users, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    plan = parent["plan"]["script"][-1]
    selected = "own_schemas --peers c,go,python --proto messages "
    (run,) = child["messages"]["script"]
    assert plan.startswith(f"interop plan {selected}")
    assert run.startswith(f"interop run {selected}")
    few = "{} --peers {} --proto messages ".format(*FEW)
    play(plan.replace(selected, few).replace("5m", TARGET).replace("2m", SETUP))
    (file,) = parent["plan"]["artifacts"]["paths"]
    includes = parent["shards"]["trigger"]["include"]
    assert includes == [{"local": "gitlab-shards-child.yml"}, {"artifact": file, "job": "plan"}]
    made = yaml.safe_load((users / file).read_text())
    (one,) = made[child["messages"]["extends"]]["parallel"]["matrix"]
    (name, shards), *others = one.items()
    assert (name, others) == (VARIABLE, [])
    assert len(shards) > 1
    for shard in shards:
        play(run.replace(selected, few), **{VARIABLE: shard})
    told = play(child["report"]["script"][0].replace("--html", "--json"))
    assert "incomplete" not in told
    planned = [summary(folder)["account"]["planned"] for folder in (users / "shards").iterdir()]
    assert summary(users / "report")["account"]["planned"] == sum(planned)
