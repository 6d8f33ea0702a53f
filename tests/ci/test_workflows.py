"""Rules for the files that a CI reads: what they call is the project's own or pinned, and no text becomes a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.runner import OWN, PINNED, Yaml, load
from zmq_interop import __version__
from zmq_interop.system.paths import ROOT

WORKFLOWS = [*sorted(ROOT.glob(".github/workflows/*.yml")), *sorted(ROOT.glob("examples/ci/github*.yml"))]
ACTIONS = [ROOT / "action.yml", *sorted(ROOT.glob("action/*/action.yml"))]
GITHUB_S = {"checkout", "setup-python", "upload-artifact", "download-artifact"}


def steps(path: Path) -> Iterator[Yaml]:
    """All steps of a workflow or an action."""
    file = load(path)
    for part in (file["runs"],) if "runs" in file else file["jobs"].values():
        yield from part["steps"]


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_steps_are_plain_shell_or_pinned_code_of_github_s(path: Path) -> None:
    for step in steps(path):
        assert ("run" in step) != ("uses" in step)
        assert "${{" not in step.get("run", ""), "an input would become a part of a command"
        if own := OWN.fullmatch(step.get("uses", "./")):
            assert (ROOT / own[1].strip("/") / "action.yml").is_file() or "run" in step
        else:
            name, _, version = step["uses"].partition("@")
            assert name.partition("/")[0] == "actions"
            assert name.partition("/")[2] in GITHUB_S
            assert PINNED.fullmatch(version)


def test_every_file_names_the_same_version_of_an_action() -> None:
    told = {step["uses"] for path in (*WORKFLOWS, *ACTIONS) for step in steps(path) if "uses" in step}
    told |= set(re.findall(r"actions/[a-z-]+@v[\d.]+", (ROOT / "docs/ci.md").read_text()))
    others = {uses for uses in told if uses.startswith("actions/")}
    assert len(others) == len({uses.partition("@")[0] for uses in others}) == len(GITHUB_S)
    assert {uses.partition("@")[2] for uses in told if uses.startswith("OWNER/")} == {f"v{__version__}"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_read_and_nothing_else(path: Path) -> None:
    file = load(path)
    assert file["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in file["on"]
    assert not any("permissions" in job for job in file["jobs"].values())


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_input_is_described_and_reaches_the_script(path: Path) -> None:
    action = load(path)
    assert all(one["description"] and "default" in one for one in action["inputs"].values())
    told = str([*steps(path)])
    assert [name for name in action["inputs"] if f"inputs.{name} " not in told] == []


def test_the_site_is_published_by_the_one_job_that_may() -> None:
    file = load(ROOT / "examples/ci/pages.yml")
    assert file["permissions"] == {"contents": "read"}
    assert file["on"] == {"push": {"branches": ["main"]}}
    allowed = {name: job["permissions"] for name, job in file["jobs"].items() if "permissions" in job}
    assert allowed == {"site": {"contents": "read", "pages": "write", "id-token": "write"}}
    known = {step["uses"] for path in (*WORKFLOWS, *ACTIONS) for step in steps(path) if "uses" in step}
    for step in steps(ROOT / "examples/ci/pages.yml"):
        assert ("run" in step) != ("uses" in step)
        assert "${{" not in step.get("run", "")
        uses = step.get("uses", "")
        if uses.startswith("actions/"):
            name, _, version = uses.partition("@")
            assert PINNED.fullmatch(version)
            assert uses in known or name.partition("/")[2] in {
                "configure-pages",
                "upload-pages-artifact",
                "deploy-pages",
            }
