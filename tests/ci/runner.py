"""Plays jobs of GitHub Actions: the very steps of the files, in the environment that GitHub documents for them.

What is GitHub's own (checkout, setup-python, artefacts) is played by a few lines of ours; what is the project's is what
its files say. An expression or a key that this does not know is an error: nothing is passed over.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from zmq_interop.system.paths import ROOT

Yaml = dict[str, Any]

PINNED = re.compile(r"v\d+\.\d+\.\d+")
SHELLS = {None: ("bash", "-e"), "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail")}
STEP = {"id", "name", "if", "uses", "with", "env", "run", "shell"}
OWN = re.compile(r"(?:\.|OWNER/zmq-interop)((?:/[^@]*)?)(?:@v\d+\.\d+\.\d+)?")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMMAND = re.compile(r"\s*::([^\s:]+)(?: ([^:]*))?::(.*)")
_UNESCAPED = (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one step, or of several. log: what they wrote. outputs: of one step. summary: Markdown."""

    failed: bool = False
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = {}

    @property
    def commands(self) -> list[tuple[str, str, str]]:
        """The commands in the log as GitHub's runner takes them: name, properties, text."""
        found = []
        stopped = ""
        for line in self.log.splitlines():
            one = _COMMAND.fullmatch(line)
            if stopped:
                stopped = "" if one and one[1] == stopped else stopped
            elif one and one[1] == "stop-commands":
                stopped = one[3]
            elif one and one[1]:
                found.append((one[1], _unescape(one[2] or ""), _unescape(one[3])))
        return found


def _unescape(text: str) -> str:
    for escaped, meant in _UNESCAPED:
        text = text.replace(escaped, meant)
    return text


def load(path: Path) -> Yaml:
    """A file of GitHub's, where `on` is no boolean."""
    text: Yaml = yaml.load(path.read_text(), _Loader)
    return text


class _Loader(yaml.SafeLoader):
    pass


_Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:bool" or first not in "oO"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Runner:
    """A machine of GitHub's. workspace: where it works. artifacts: a folder for those of one workflow, which it shares
    with the other machines of that."""

    def __init__(self, workspace: Path, home: Path, artifacts: Path) -> None:
        self._workspace = workspace
        self._home = home
        self._artifacts = artifacts
        for folder in (home / "temp", artifacts):
            folder.mkdir(parents=True, exist_ok=True)

    def job(self, job: Yaml, **contexts: Mapping[str, object]) -> Done:
        """Plays a job's steps. contexts: what its expressions name, such as `inputs`, `matrix`, `strategy`."""
        done, known = self._steps(job["steps"], contexts, {})
        outputs = {name: evaluate(value, known) for name, value in job.get("outputs", {}).items()}
        return msgspec.structs.replace(done, outputs=outputs)

    def action(self, folder: Path, given: Mapping[str, str]) -> Done:
        """Plays the steps of the action in `folder` with these inputs."""
        action = load(folder / "action.yml")
        assert action["runs"]["using"] == "composite"
        assert set(given) <= set(action["inputs"]), f"inputs that {folder} does not have"
        inputs = {name: given.get(name, one.get("default", "")) for name, one in action["inputs"].items()}
        done, outputs = self._steps(action["runs"]["steps"], {"inputs": inputs}, {"GITHUB_ACTION_PATH": str(folder)})
        told = {name: evaluate(one["value"], outputs) for name, one in action.get("outputs", {}).items()}
        return msgspec.structs.replace(done, outputs=told)

    def _steps(
        self, steps: list[Yaml], contexts: Mapping[str, Any], env: Mapping[str, str]
    ) -> tuple[Done, dict[str, Any]]:
        """Plays steps one after the other; gives back what became of them and the context `steps`."""
        ended: list[Done] = []
        known: dict[str, Any] = {**contexts, "steps": {}}
        for step in steps:
            assert set(step) <= STEP, f"a key that this test does not know: {step}"
            assert step.get("if") in (None, "always()"), step
            if any(one.failed for one in ended) and step.get("if") is None:
                continue
            values = {
                name: evaluate(value, known) for name, value in (step.get("with") or step.get("env") or {}).items()
            }
            one = self._run(step, {**env, **values}) if "run" in step else self._use(step["uses"], values)
            known["steps"][step.get("id")] = {"outputs": one.outputs}
            ended.append(one)
        done = Done(
            failed=any(one.failed for one in ended),
            log="".join(one.log for one in ended),
            summary="".join(one.summary for one in ended),
        )
        return done, known

    def _run(self, step: Yaml, env: Mapping[str, str]) -> Done:
        files = {name: self._home / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        script = self._home / "step.sh"
        script.write_text(step["run"])
        documented = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self._workspace),
            "RUNNER_TEMP": str(self._home / "temp"),
            **{name: str(path) for name, path in files.items()},
        }
        ended = subprocess.run(
            [*SHELLS[step.get("shell")], str(script)],
            cwd=self._workspace,
            env={**os.environ, **documented, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Done(
            failed=ended.returncode != 0,
            log=ended.stdout,
            summary=files["GITHUB_STEP_SUMMARY"].read_text(),
            outputs=dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines()),
        )

    def _use(self, uses: str, given: dict[str, str]) -> Done:
        name, _, version = uses.partition("@")
        if own := OWN.fullmatch(uses):
            return self.action(ROOT / own[1].strip("/"), given)
        assert PINNED.fullmatch(version), f"{uses} is not pinned by its full version"
        match name:
            case "actions/checkout":
                assert not given, "the workspace is a checkout already"
            case "actions/setup-python":
                # The Python that the project's .venv is made with: another one would make it anew, below the tests.
                return Done(outputs={"python-path": os.environ.get("INTEROP_PYTHON", "")})
            case "actions/upload-artifact":
                shutil.copytree(self._workspace / given["path"], self._artifacts / given["name"])
            case "actions/download-artifact":
                for folder in sorted(self._artifacts.glob(given["pattern"])):
                    shutil.copytree(folder, self._workspace / given["path"] / folder.name)
            case _:
                raise AssertionError(f"{uses} is code of others")
        return Done()


def evaluate(text: object, contexts: Mapping[str, Any]) -> str:
    """The text with each ${{ path.of.names }} replaced; a name that is not there is empty, as GitHub has it."""

    def look_up(found: re.Match[str]) -> str:
        path = found[1].split(".")
        assert path[0] in contexts, f"this test does not know what {found[1]} is"
        value: Any = contexts[path[0]]
        for name in path[1:]:
            value = value.get(name, "") if isinstance(value, Mapping) else ""
        return str(value)

    return _EXPRESSION.sub(look_up, str(text))
