"""One line of one agent is wrong: every face names the same cells, and the line that it shows repeats the failure."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import PEERS, ROOT

SCREEN = 24  # lines of a terminal
LINE = "frames = [self._outgoing(frame) for frame in operation.frames]"
WRONG = "frames = [self._outgoing(frame)[:-1] for frame in operation.frames]"


def interop(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zmq_interop", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The folder of a peer that is the Python one but for one line: what it sends lacks its last byte."""
    folder = tmp_path / "changed"
    shutil.copytree(PEERS / "python", folder, ignore=shutil.ignore_patterns("build", "gen", "__pycache__"))
    for name, was, now in (("peer.toml", 'name = "python"', 'name = "changed"'), ("lane.py", LINE, WRONG)):
        text = (folder / name).read_text()
        assert text.count(was) == 1
        (folder / name).write_text(text.replace(was, now))
    return folder


def test_all_faces_name_the_same_cells_and_the_line_that_repeats_the_failure(changed: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    done = interop(
        "run", "push_pull/tcp", "--peers", "python,changed", "--peer", changed, "--runtime", "process",
        "--report", reports,
    )  # fmt: skip
    assert done.returncode == Exit.FAILED, done.stderr
    suites = ElementTree.parse(reports / "junit.xml").getroot()
    failed = {case.attrib["name"]: case for case in suites.iter("testcase") if case.find("failure") is not None}
    assert failed
    assert all(id.rpartition("/")[2].startswith("changed:") for id in failed), "who sends is to blame"

    again = {id: f"./interop run {id} --peer {shlex.quote(str(changed))} --runtime process" for id in failed}
    screen = done.stdout.splitlines()[-SCREEN:]
    assert {line.split()[3] for line in screen if "./interop run" in line} == {*failed}
    for id, command in again.items():
        assert any(line.endswith(command) for line in screen), id
        assert command in (failed[id].findtext("failure") or "")
    markdown = (reports / "summary.md").read_text()
    assert {*re.findall(r"^- `(\./interop run .*)`$", markdown, re.MULTILINE)} == {*again.values()}
    assert "FAIL every cell with changed as PUSH" in done.stdout
    assert "FAIL every cell with changed as PUSH" in markdown

    first = next(iter(failed))
    repeated = interop(*shlex.split(again[first])[1:])
    assert repeated.returncode == Exit.FAILED
    kind = failed[first][0].attrib["type"]
    assert f"FAIL {first}: {kind}" in repeated.stdout.splitlines()
