"""A program that already runs, at a fixed endpoint: its cells are played one after the other."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

from tests.programs.conftest import CONFIG, played
from zmq_interop.agents.runtimes import loopback
from zmq_interop.core.verdicts import Verdict
from zmq_interop.programs.running import PORTS

DIALOGUE = """
[[program.router.dialogue]]
name = "{name}"
steps = [{{ send = "in", frames = ["{name}"] }}, {{ expect = "in", frames = ["{name}"] }}]
"""


def test_a_program_that_already_runs_is_neither_started_nor_stopped(tmp_path: Path) -> None:
    endpoint = f"tcp://127.0.0.1:{loopback.free_port(loopback.FIRST, PORTS)}"
    program = subprocess.Popen([sys.executable, CONFIG.with_name("fake.py"), "route", endpoint])
    config = tmp_path / "interop.toml"
    head = f'[program.router]\nattach = true\nsockets.in = {{ type = "ROUTER", bind = "{endpoint}" }}\n'
    config.write_text(head + "".join(DIALOGUE.format(name=name) for name in ("a", "b", "c")))
    try:
        cells = played(tmp_path, config)
        assert program.poll() is None
    finally:
        program.kill()
        program.wait()
    told = {id: (cell.verdict, cell.got, cell.reason) for id, cell in cells.items()}
    assert [verdict for verdict, _, _ in told.values()] == [Verdict.PASS] * 3, told
    spans = []
    for cell in cells.values():
        opened = next(one for one in cell.operations if one.call == "open")
        closed = next(one for one in cell.operations if one.call == "close")
        spans.append((cell.at + opened.at / 1e6, cell.at + (closed.at + closed.took) / 1e6))
    spans.sort()
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans)), "one at a time"
