"""Engines elsewhere: two shards on two of them are one run, and one is reached over ssh."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.containers.apart import EngineApart, engines
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.system.paths import ROOT

PLAY = ("push_pull", "req_rep", "peer_killed/tcp", "--peers", "c", "--runtime", "container")


@pytest.fixture(scope="module")
def two(
    docker: DockerDaemon, images_of_c: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[EngineApart]]:
    """Two engines that have the image of `c`."""
    if os.geteuid() != 0:
        pytest.skip("only root may start engines of its own")
    with engines(tmp_path_factory.mktemp("apart"), 2) as made:
        for one in made:
            for taken in images_of_c:
                one.load(docker.api.get_image(taken))
        yield made


def interop(*words: str, host: str = "", **env: str) -> None:
    """Runs a command that must succeed. host: the engine, as DOCKER_HOST; by default that of the other tests."""
    given = {**os.environ, **env, **({"DOCKER_HOST": host} if host else {})}
    done = subprocess.run([str(ROOT / "interop"), *words], env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def summary(folder: Path) -> dict[str, Any]:
    """What a report's summary.json says."""
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return told


def test_two_shards_on_two_engines_are_one_run(two: list[EngineApart], tmp_path: Path) -> None:
    interop("run", *PLAY, "--report", str(tmp_path / "whole"))
    for number, one in enumerate(two, 1):
        folder = tmp_path / f"shard-{number}"
        interop("run", *PLAY, "--shard", f"{number}/{len(two)}", "--report", str(folder), host=one.host)
        opening = json.loads((folder / "events.jsonl").read_text().splitlines()[0])
        assert opening["runtimes"] == {"c": "container"}
    logs = [str(tmp_path / f"shard-{number}/events.jsonl") for number, _ in enumerate(two, 1)]
    interop("report", *logs, "--json", "--output", str(tmp_path / "merged"))
    whole, merged = summary(tmp_path / "whole"), summary(tmp_path / "merged")
    assert merged["account"] == whole["account"]
    assert merged["account"]["passed"] > 20
    assert [(one["id"], one["verdict"]) for one in merged["cells"]] == [
        (one["id"], one["verdict"]) for one in whole["cells"]
    ]
    for one in two:
        assert one.api.containers(all=True) == [], "nothing is left there"
        assert [net for net in one.api.networks() if net["Name"].startswith("interop")] == []


def test_an_engine_over_ssh(two: list[EngineApart], tmp_path: Path) -> None:
    """`ssh` is a program that runs the command on this machine, for the engine that is elsewhere."""
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\nfor last; do :; done\nDOCKER_HOST={two[0].host} exec sh -c "$last"\n')
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    interop("run", *PLAY, "--report", str(tmp_path / "run"), host="ssh://me@elsewhere", PATH=path)
    told = summary(tmp_path / "run")
    assert told["account"]["passed"] > 20
    assert two[0].api.containers(all=True) == []
