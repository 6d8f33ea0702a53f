"""A run of one cell cannot tell who is to blame; with --explain it plays those that do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.liars import play
from tests.space import HERE
from zmq_interop.schemas import project
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT


def test_the_liar_is_named_after_a_few_more_cells(tmp_path: Path) -> None:
    play.build_honest(project.scan(), tmp_path)
    liar = play.make_peer(tmp_path, "liar-truncate", "--lie", "truncate")
    cell = ["push_pull/tcp/python:liar-truncate", "push_pull/tcp/liar-truncate:python"]
    words = ["run", *cell, "--peers", "python,liar-truncate", "--peer", str(liar), "--runtime", "process", "--explain"]
    command = [sys.executable, "-m", "zmq_interop", *words, "--work-dir", str(HERE.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    before, _, after = done.stdout.partition("explain: playing 2 more cells to tell which peer it is\n")
    assert done.returncode == Exit.FAILED, done.stderr
    assert ("liar-truncate or python" in before) or ("python or liar-truncate" in before)
    assert "  blame     liar-truncate: with it " in after
    assert (HERE.folder / "latest").resolve().name in before, "what comes next is about the run itself"
    assert "planned 2 = pass 0 + fail 2" in before, "its account is without the other cells"
