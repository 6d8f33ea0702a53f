"""Ctrl-C at any phase: the last line says what became of the run, and nothing is left of it."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.hostile import peers
from tests.hostile.commands import HONEST, PATIENCE, TRACEBACK, Harness
from zmq_interop.system.errors import Exit

AT = """
import importlib, os, signal, sys

number, module, name, *arguments = sys.argv[1:]
owner = importlib.import_module(module)
whole = getattr(owner, name)

def interrupted(*given, **named):
    os.kill(os.getpid(), signal.Signals[number])
    return whole(*given, **named)

setattr(owner, name, interrupted)
sys.argv = ["interop", *arguments]
from zmq_interop.cli import main
main.main()
"""
PLAY = ("run", HONEST, "--runtime", "process")
GATED = ("run", "push_pull/tcp/python:gate", HONEST, "--runtime", "process", "--jobs", "1", "--peer")
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def end(process: subprocess.Popen[str]) -> tuple[list[str], list[str]]:
    """The lines on stdout and on stderr of a command that was interrupted."""
    out, err = process.communicate()
    assert process.returncode == Exit.INTERRUPTED, out + err
    assert TRACEBACK not in out + err
    return out.splitlines(), err.splitlines()


def interrupt(interop: Harness, process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> str:
    """Interrupts it; returns what it says about that."""
    process.send_signal(number)
    assert process.stderr
    return next(line for line in process.stderr if number.name in line)


@pytest.mark.parametrize("number", SIGNALS)
def test_while_the_program_is_read(number: str, interop: Harness) -> None:
    out, err = end(interop.start(number, "zmq_interop.system.home", "chosen", *PLAY, code=AT))
    assert (out, err[-1]) == ([], "interop: interrupted")


@pytest.mark.parametrize("number", SIGNALS)
def test_while_it_is_planned(number: str, interop: Harness) -> None:
    out, err = end(interop.start(number, "zmq_interop.core.plan", "plan", *PLAY, code=AT))
    assert (out, err[-1]) == ([], "interop: interrupted")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("module", "name"), [("zmq_interop.run.run_folder", "make"), ("zmq_interop.run.choice", "choose")]
)
def test_while_its_place_is_made(number: str, module: str, name: str, interop: Harness) -> None:
    out, err = end(interop.start(number, module, name, *PLAY, code=AT))
    assert f"{number}: stopping: 0 cells in flight" in "\n".join(err)
    assert f"incomplete: interrupted by {number}; 1 of 1 planned cells were not played" in out
    assert out[-1].startswith("planned 0 = ")


def test_while_a_peer_is_built(interop: Harness, tmp_path: Path) -> None:
    build = '\n[build]\ncommand = ["sh", "-c", "echo ! >asked; exec sleep 1000"]\ninputs = ["*.toml"]\n'
    folder = peers.gate(tmp_path, change=lambda text: text + build)
    process = interop.start(*GATED, folder)
    (folder / "asked").read_text()
    assert "stopping: 0 cells in flight" in interrupt(interop, process)
    out, _ = end(process)
    assert "were not played" in "\n".join(out)
    assert out[-1].startswith("planned ")


def test_while_an_agent_starts(interop: Harness, tmp_path: Path) -> None:
    folder = peers.gate(tmp_path, be="mute")
    process = interop.start(*GATED, folder)
    (folder / "asked").read_text()
    interrupt(interop, process)
    out, _ = end(process)
    assert "were not played" in "\n".join(out)
    assert out[-1].startswith("planned ")


WAITING = """
from zmq_interop.schemas import project
from zmq_interop.system import workspace

project.generate(workspace.here())
from zmq_interop.cli import main
from zmq_interop.run.engine import engine

engine.CUT = 3600.0
main.main()
"""


def test_once_while_a_cell_waits(interop: Harness, gate: Path) -> None:
    """The gate never answers, and its cell gets no verdict; the account has the cells that ended."""
    process = interop.start(*GATED, gate, "--limit", "3600")
    (gate / "asked").read_text()
    assert "stopping: 1 cell in flight" in interrupt(interop, process)
    out, _ = end(process)
    assert "were not played" in "\n".join(out)
    assert re.fullmatch(r"planned ([01]) = pass \1 .*", out[-1])
    assert interop.settled(PATIENCE)


def test_twice_while_a_cell_is_played(interop: Harness, gate: Path) -> None:
    process = interop.start(*GATED, gate, code=WAITING)
    (gate / "asked").read_text()
    interrupt(interop, process)
    process.send_signal(signal.SIGINT)
    _, err = end(process)
    assert err[-1] == "second SIGINT: stopping at once; the next run cleans up"
    assert interop.settled(PATIENCE)
    interop.play()


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("module", "name"),
    [("zmq_interop.results.report.terminal", "print_report"), ("zmq_interop.results.report.files", "keep")],
)
def test_while_it_is_reported(number: str, module: str, name: str, interop: Harness, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    _, err = end(interop.start(number, module, name, *PLAY, "--report", reports, code=AT))
    said, _, rest = err[-1].partition("`")
    assert said == "interop: interrupted after the last cell; "
    log = rest.split()[2].rstrip("`")
    assert list(reports.iterdir()) == [], "each file is whole or not there"
    assert interop.run("report", log)[0] == Exit.OK


def test_while_another_command_works(interop: Harness, tmp_path: Path) -> None:
    out, err = end(interop.start("SIGINT", "zmq_interop.cli.doctor", "main", "doctor", code=AT))
    assert (out, err[-1]) == ([], "interop: interrupted")
