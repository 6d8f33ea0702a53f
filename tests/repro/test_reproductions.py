"""`interop repro` with real peers: what it writes shows a fault that is there, and none that is not. Needs an
index, a module proxy and the toolchains."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT

RED = "req_rep/tcp/python:python-omq"  # REP of pyomq takes the last empty frame for the end of the envelope


def repro(cell: str, folder: Path) -> tuple[int, str]:
    """Exit code and all that is said."""
    command: list[str | Path] = [ROOT / "interop", "repro", cell, "-o", folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def run(folder: Path) -> tuple[int, str]:
    """The same of run.sh, which knows nothing of this project."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command: list[str | Path] = ["sh", folder / "run.sh"]
    env["PYTHON"] = sys.executable
    done = subprocess.run(
        command, env=env, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("red")
    code, said = repro(RED, folder)
    assert code == Exit.OK, said
    return folder


def test_a_fault_is_shown_and_its_mending_too(red: Path) -> None:
    code, said = run(red)
    assert code == 1, said
    assert "is wrong: receive a message" in said
    assert (
        "expected [b'one', b'', b'\\x00two\\xff']\n  got      [b'\\x00two\\xff']\n  this is what was recorded" in said
    )
    # The same programs, with the library in which the fault is not: nothing in them says that there is one.
    program = red / "replier.py"
    program.write_text(program.read_text().replace("import pyomq as zmq", "import zmq"))
    shutil.copy(red / "requester.requirements.txt", red / "replier.requirements.txt")
    code, said = run(red)
    assert code == 0, said
    assert said.endswith("every answer is as expected: the fault is not there\n")


def test_what_was_expected_and_what_came_is_in_the_readme(red: Path) -> None:
    told = (red / "README.md").read_text()
    assert (
        "the replier should receive a message. The answer should be\n\n    b'one'\n    b''\n    b'\\x00two\\xff'"
        in told
    )
    assert "RFC 28/REQREP" in told
    assert "pyomq 0." in told
    assert "interop" not in (red / "replier.py").read_text()


def test_a_cell_that_passes_is_written_too_with_its_messages(tmp_path: Path) -> None:
    code, said = repro("data_message/ipc/plain/dealer-router/python:python", tmp_path / "new")
    assert code == Exit.OK, said
    assert (tmp_path / "new/proto/interop/payload/v1").is_dir()
    code, said = run(tmp_path / "new")
    assert code == 0, said


def test_run_sh_says_when_it_cannot_run(red: Path, tmp_path: Path) -> None:
    shutil.copytree(red, tmp_path / "there", ignore=shutil.ignore_patterns("build"))
    (tmp_path / "there/replier.requirements.txt").write_text("./there-is-no-such-package\n")
    code, said = run(tmp_path / "there")
    assert code == 2, said


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("req_rep/tcp/python", "this selects "),
        ("pub_sub/tcp/python:python", "not supported yet: a message that is sent again until it arrives (join)"),
    ],
)
def test_a_cell_for_which_no_programs_can_be_written_is_refused(cell: str, why: str, tmp_path: Path) -> None:
    code, said = repro(cell, tmp_path / "new")
    assert code == Exit.USAGE, said
    assert why in said
    assert not (tmp_path / "new").exists()


def test_a_cell_that_is_not_there_is_none(tmp_path: Path) -> None:
    code, said = repro("pigeon", tmp_path / "new")
    assert code == Exit.NOTHING_SELECTED, said
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    code, said = repro(RED, tmp_path)
    assert code == Exit.USAGE, said
    assert "the folder is not empty" in said
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_fault_of_a_library_in_go_is_shown(tmp_path: Path) -> None:
    code, said = repro("req_rep/tcp/python:go-pure", tmp_path / "new")
    assert code == Exit.OK, said
    assert (tmp_path / "new/replier/go.mod").is_file()
    code, said = run(tmp_path / "new")
    assert code == 1, said
    assert "is wrong: receive a message" in said
    assert "got      [b'\\x00two\\xff']\n  this is what was recorded" in said


def test_a_cell_that_passes_between_c_and_go_is_not_taken_for_a_fault(tmp_path: Path) -> None:
    """The routing id that go-zeromq/zmq4 gets differs each time, and messages go back to it from there."""
    code, said = repro("dealer_router/tcp/c:go-pure", tmp_path / "new")
    assert code == Exit.OK, said
    code, said = run(tmp_path / "new")
    assert code == 0, said


def test_an_error_that_is_expected_is_no_fault_in_cpp(tmp_path: Path) -> None:
    code, said = repro("req_lockstep/tcp/cpp:cpp", tmp_path / "new")
    assert code == Exit.OK, said
    code, said = run(tmp_path / "new")
    assert code == 0, said
    assert "receive a message: error EFSM" in said
