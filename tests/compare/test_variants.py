"""Variants as an index has them, in a run: needs the index and a C compiler, and plays a few cells only."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder of their own: nothing is in it that others have brought."""
    return tmp_path_factory.mktemp("work")


def interop(work: Path, *words: str, **variables: str) -> tuple[int, str]:
    """Exit code and all that is said."""
    command: list[str | Path] = [ROOT / "interop", *words, "--runtime", "process", "--work-dir", work]
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | variables
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def test_an_old_libzmq_plays_against_the_one_that_is_here(work: Path) -> None:
    code, said = interop(work, "run", "push_pull/tcp", "--peers", "c", "--variants", "c:libzmq-4.1.5")
    assert code == Exit.OK, said
    assert "c@libzmq-4.1.5 (process): C 201112, libzmq 4.1.5," in said
    assert "planned 8 = pass 8" in said
    code, said = interop(work, "run", "push_pull/tcp/c@libzmq-4.1.5:c")
    assert code == Exit.OK, said
    assert "planned 1 = pass 1" in said


def test_one_that_no_index_has_is_broken_and_the_others_play(work: Path, tmp_path: Path) -> None:
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    code, said = interop(work, "run", "push_pull/tcp", "--peers", "c", "--variants", "c:libzmq-4.3.5", **nowhere)
    assert code == Exit.BROKEN
    assert "BROKEN peer c@libzmq-4.3.5: libzmq==4.3.5 could not be brought from the wheel of pyzmq==26.4.0" in said
    assert "No matching distribution found for pyzmq==26.4.0" in said
    assert "planned 8 = pass 2 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 6" in said


def test_bisect_says_since_when(work: Path) -> None:
    code, said = interop(work, "bisect", "odd_command/tcp/unknown/c", "--variants", "c:libzmq-4.1.5")
    assert code == Exit.OK, said
    assert "4.1.5" in said
    assert "fail (unexpected): odd_command/tcp/unknown/c@libzmq-4.1.5" in said
    assert "\n  red 4.1.5, green 4." in said


def test_an_upgrade_that_breaks_something_is_1_and_names_it(work: Path) -> None:
    code, said = interop(work, "upgrade", "c", "libzmq==4.1.5", "odd_command/tcp/unknown", "--peers", "c")
    assert code == Exit.FAILED, said
    assert "newly red: FAIL odd_command/tcp/unknown/c" in said
    assert "interop compare c --with libzmq==4.1.5" in said
