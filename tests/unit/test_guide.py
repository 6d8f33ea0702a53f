"""Guides and READMEs: the commands that they show are there, and their figures are right."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
import pytest

from zmq_interop import scenarios
from zmq_interop.cli.main import cli
from zmq_interop.core import lacks, plan
from zmq_interop.core.peer import OPERATIONS, Claims, Peer
from zmq_interop.peers import manifest
from zmq_interop.system.paths import PEERS, ROOT, TEMPLATES

GUIDE = PEERS / "README.md"
PAGES = [
    GUIDE,
    ROOT / "README.md",
    ROOT / "docs/peer-contract.md",
    ROOT / "docs/first-run.md",
    *sorted(TEMPLATES.glob("*/README.md")),
]
COMMAND = re.compile(r"(?m)^ *\./interop (.+?)(?:  .*)?$|`\./interop ([^`]+)`")
ROW = re.compile(r"(?m)^\| (`.+`) \| (\d+)[^|]* \| (.+) \|$")
FIRST = ("close_all", "open", "bind", "connect", "send", "receive")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: "-".join(page.relative_to(ROOT).parts))
def test_the_commands_that_a_page_shows_are_there(page: Path) -> None:
    shown = [one or other for one, other in COMMAND.findall(page.read_text())]
    wrong = [line for line in shown if not _is_there(shlex.split(line))]
    assert shown
    assert wrong == []


def _is_there(words: list[str]) -> bool:
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return False
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    return command.name in ("test", "check") or options <= known  # those two hand all on to pytest


def test_the_scenarios_that_it_names_are_there() -> None:
    known = {one.name for one in scenarios.load()}
    named = set(re.findall(r"`(?:\.\.\. |run \.\.\. )(\w+)`", GUIDE.read_text()))
    assert len(named) > 5
    assert named <= known


def playable(claims: Claims) -> int:
    """How many scenarios a peer with these claims can play beside the Python peer."""
    python = manifest.load(PEERS / "python")
    mine = msgspec.structs.replace(python.require(), name="mine", claims=claims)
    peers = {"python": python, "mine": Peer(name="mine", folder=python.folder, manifest=mine)}
    cells = [cell for cell in plan.plan(scenarios.load(), peers) if "mine" in cell.peers]
    return len({cell.scenario.name for cell in cells if not lacks.missing(cell, peers)})


def with_operations(claims: Claims, operations: Iterable[str]) -> Claims:
    return msgspec.structs.replace(claims, operations=tuple(operations))


def test_each_step_brings_as_many_scenarios_as_it_says() -> None:
    claims = manifest.load(PEERS / "python").require().claims
    written: list[str] = []
    for operations, number, _ in ROW.findall(GUIDE.read_text()):
        written += re.findall(r"`(\w+)`", operations)
        assert playable(with_operations(claims, written)) == int(number), operations
    assert set(written) == set(OPERATIONS)


def test_a_small_peer_plays_as_many_as_it_says() -> None:
    text = GUIDE.read_text()
    small = Claims(lanes=1, socket_types=("PUSH", "PULL"), transports=("tcp",), operations=FIRST)
    assert f"there are {playable(small)} scenarios already" in text
    every = len(scenarios.load())
    alone = msgspec.structs.replace(manifest.load(PEERS / "python").require().claims, lanes=1, abilities=())
    assert (every, every - playable(alone)) == (153, 4)
    assert "Of the 153 scenarios" in text
    assert "all but four scenarios" in text
