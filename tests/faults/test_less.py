"""A suite that has become less, or a run that was cut off, is never green: it says what is missing."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.commands import Harness
from zmq_interop.system.errors import Exit

RUN = ("run", "--runtime", "process")
FAMILIES = re.compile(r"FAMILIES = \(.*?\n\)", re.DOTALL)


@pytest.fixture
def small(checkout: Callable[[str], Path]) -> Path:
    """A checkout whose suite is one family of scenarios and two peers, so that the whole of it is played in seconds."""
    folder = checkout("small")
    scenarios = folder / "zmq_interop/scenarios/__init__.py"
    scenarios.write_text(FAMILIES.sub('FAMILIES = ("multipart", "own_schemas")', scenarios.read_text()))
    twin, python = folder / "peers/twin", folder / "whole"
    for copy in (twin, python):
        shutil.copytree(folder / "peers/python", copy)  # files for its links to what peers share
    for peer in (folder / "peers").glob("*/"):
        if peer != twin:
            shutil.rmtree(peer)
    python.rename(folder / "peers/python")
    manifest = (twin / "peer.toml").read_text()
    (twin / "peer.toml").write_text(manifest.replace('name = "python"', 'name = "twin"'))
    (folder / "known-failures.toml").write_text("")
    return folder


def at(folder: Path) -> dict[str, Any]:
    """Settings for a command of the harness in that checkout."""
    return {"cwd": folder, "env": {"PYTHONPATH": str(folder)}}


def test_a_peer_that_is_deleted_or_claims_less(small: Path, interop: Harness) -> None:
    assert interop.run("baseline", **at(small))[0] == Exit.OK
    code, out, err = interop.run(*RUN, **at(small))
    assert code == Exit.OK, err

    manifest = small / "peers/twin/peer.toml"
    whole = manifest.read_text()
    manifest.write_text(whole.replace('"REQ", ', ""))
    code, out, _ = interop.run(*RUN, **at(small))
    assert code == Exit.FAILED
    assert "the run tests less than interop-baseline.toml requires" in "\n".join(out)
    assert "socket_types in Hello but not claimed in peer.toml: REQ" in "\n".join(out)

    manifest.write_text(re.sub(r"socket_types = .*", "socket_types = []", whole))
    code, out, _ = interop.run(*RUN, **at(small))
    assert code == Exit.BROKEN
    assert "`claims.socket_types` is empty" in "\n".join(out)

    shutil.rmtree(small / "peers/twin")
    code, out, _ = interop.run(*RUN, **at(small))
    assert code == Exit.FAILED
    assert "the peer twin is gone" in "\n".join(out)


def test_a_run_that_is_killed(gate: Path, interop: Harness) -> None:
    process = interop.start("run", "push_pull/tcp/python:gate", "--runtime", "process", "--peer", gate)
    (gate / "asked").read_text()
    (scratch,) = {path.with_suffix("") for path in interop.scratch()}
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    code, out, _ = interop.run("report")
    assert code == Exit.INTERRUPTED
    assert out[0] == "incomplete: the log has no end: the run was cut short; 1 of 1 planned cells have no verdict"
    assert interop.settled()
    interop.play()
    assert not scratch.exists()
