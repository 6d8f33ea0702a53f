"""The example for GitLab: its very scripts, in the environment that GitLab documents, in a user's repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.git import git
from tests.wheel.made import Made
from zmq_interop import __version__
from zmq_interop.system.paths import ROOT

FILE = ROOT / "examples/ci/gitlab.yml"
Play = Callable[..., tuple[int, str]]


def holds(condition: str, variables: dict[str, str]) -> bool:
    """Whether an `if` of the example is true: `$NAME == "text"` or `$NAME == $OTHER`; unset is null."""
    left, right = condition.split(" == ")
    value = right.strip('"') if right.startswith('"') else variables.get(right.removeprefix("$"))
    return variables.get(left.removeprefix("$")) == value


def pipeline(variables: dict[str, str]) -> set[str]:
    """The jobs of the pipeline that GitLab makes of the example, none if it makes no pipeline.

    GitLab's CI/CD YAML reference, `workflow: rules` and `rules`: a rule that is true adds the pipeline, or the job.
    Jobs without rules have `only: [branches, tags]`, except where `workflow: rules` is there.
    """
    example = yaml.safe_load(FILE.read_text())
    jobs = {name: job for name, job in example.items() if isinstance(job, dict) and "script" in job}
    workflow = example.get("workflow", {}).get("rules")

    def included(job: dict[str, Any]) -> bool:
        if "rules" in job:
            return any(holds(rule["if"], variables) for rule in job["rules"])
        return workflow is not None or "CI_COMMIT_BRANCH" in variables

    if workflow is not None and not any(holds(rule["if"], variables) for rule in workflow):
        return set()
    return {name for name, job in jobs.items() if included(job)}


@pytest.fixture
def play(users: Path, tmp_path: Path) -> Play:
    """Plays the script of a job; gives back its exit status and what it wrote. `interop` is the one of the checkout."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "interop").symlink_to(ROOT / "interop")
    jobs = yaml.safe_load(FILE.read_text())

    def run(job: str, **variables: str) -> tuple[int, str]:
        documented = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": str(users), **variables}
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(jobs[job]["script"])],
            cwd=users,
            env={**os.environ, **documented, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize(
    ("variables", "jobs"),
    [
        ({"CI_PIPELINE_SOURCE": "merge_request_event"}, {"messages", "report", "schema"}),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}, {"messages", "report"}),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "topic"}, set()),
    ],
    ids=["merge-request", "default-branch", "other-branch"],
)
def test_one_pipeline_of_a_merge_request_has_all_jobs(variables: dict[str, str], jobs: set[str]) -> None:
    assert pipeline({"CI_DEFAULT_BRANCH": "main", **variables}) == jobs


def test_each_of_the_parallel_jobs_plays_a_part_and_the_last_one_reports_them_together(play: Play, users: Path) -> None:
    jobs = yaml.safe_load(FILE.read_text())
    total = jobs["messages"]["parallel"]
    for index in range(1, total + 1):
        status, said = play("messages", CI_NODE_INDEX=str(index), CI_NODE_TOTAL=str(total))
        assert status == 0, said
    kept = [users / path for path in jobs["messages"]["artifacts"]["paths"]]
    junit = list(users.glob(jobs["messages"]["artifacts"]["reports"]["junit"]))
    assert len(junit) == total
    assert all(any(path.is_relative_to(folder) for folder in kept) for path in junit)
    status, said = play("report")
    assert status == 0, said
    assert {path.name for path in (users / "report").iterdir()} == {"report.html", "summary.md"}
    (users / "shards/1/events.jsonl").unlink()
    status, said = play("report")
    assert status == 2, said
    assert f"shard 1/{total} is missing" in said


def test_the_schema_gate_compares_with_the_base_of_the_merge_request(play: Play, users: Path) -> None:
    git(users, "remote", "add", "origin", users.as_uri())
    base = git(users, "rev-parse", "HEAD")
    proto = users / "messages/shop/v1/article.proto"
    proto.write_text(proto.read_text().replace("string", "bytes", 1))
    status, said = play("schema", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert status == 1, said
    assert "messages/shop/v1/article.proto:" in said
    assert "schema_skew/tcp/string-bytes" in said


def test_what_comes_before_installs_the_wheel(made: Made, tmp_path: Path) -> None:
    lines = [*yaml.safe_load(FILE.read_text())["default"]["before_script"], "cd /", "interop --version"]
    env = {**os.environ, "CI_PROJECT_DIR": str(tmp_path), "INTEROP_WHEEL": str(made.wheel)}
    command = ("bash", "-eo", "pipefail", "-c", "\n".join(lines))
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert __version__ in done.stdout, done.stderr


def test_without_a_wheel_nothing_is_installed(tmp_path: Path) -> None:
    example = yaml.safe_load(FILE.read_text())
    lines = example["default"]["before_script"]
    assert "variables" not in example, "no default: it would be a stranger's code"
    env = {name: value for name, value in os.environ.items() if name != "INTEROP_WHEEL"}
    command = ("bash", "-eo", "pipefail", "-c", "\n".join(lines))
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "INTEROP_WHEEL: set it to the wheel of zmq-interop" in done.stderr
    assert list(tmp_path.iterdir()) == [], "it stops before an environment is made"
