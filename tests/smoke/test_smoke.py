"""`./interop smoke`: each check finds out the agent that breaks its rule, and only bad agents are found out."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.hostile.commands import Harness
from zmq_interop.peers import manifest
from zmq_interop.smoke import report
from zmq_interop.smoke.play import CheckOutcome, Played
from zmq_interop.smoke.rules import CONTRACT, REGISTRY, Check
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import PEERS, ROOT

CHECKS = list(REGISTRY.values())


def test_every_check_has_an_agent_that_it_finds_out(breaches: tuple[str, ...]) -> None:
    assert sorted(breaches) == sorted(REGISTRY)


@pytest.mark.parametrize("name", REGISTRY)
def test_a_breach_is_found_out(name: str, broken: dict[str, Played]) -> None:
    played = broken[name]
    result = next(one for one in played.results if one.check.name == name)
    assert result.outcome is CheckOutcome.FAIL, result
    text = "\n".join(report.render("deviant", played, None))
    assert f"FAIL {result.check.section}: {result.check.title}" in text
    assert result.check.mend.split()[0] in text


@pytest.mark.parametrize("check", CHECKS, ids=REGISTRY)
def test_a_check_asks_what_the_contract_says(check: Check) -> None:
    """In its own words, so that whoever mends the contract finds the check."""
    text = (ROOT / check.file).read_text()
    plain = " ".join(
        line.removeprefix("//").strip() if check.file.endswith(".proto") else line for line in _lines(text)
    )
    assert _one_line(check.asks) in _one_line(plain)
    heading = f"## {check.section}" if check.file == CONTRACT else f"message {check.section} {{"
    assert heading in text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_checks_are_in_the_order_of_the_contract() -> None:
    text = (ROOT / CONTRACT).read_text()
    places = [text.index(f"## {check.section}") for check in CHECKS if check.file == CONTRACT]
    assert places == sorted(places)


@pytest.mark.parametrize("name", sorted(manifest.discover()))
def test_a_peer_of_the_tree_passes(name: str, interop: Harness) -> None:
    code, out, err = interop.run("smoke", name)
    assert code == Exit.OK, "\n".join([*out, err])
    assert out[-1].startswith(f"checks {len(CHECKS)} = pass ")


def test_a_command_that_is_an_agent_passes(interop: Harness) -> None:
    code, out, _ = interop.run("smoke", "--", sys.executable, PEERS / "python" / "agent.py")
    assert code == Exit.OK
    assert any("bare command has no peer.toml" in line for line in out)


def test_the_first_failure_comes_first_with_what_was_said(interop: Harness, tmp_path: Path) -> None:
    program = tmp_path / "agent"
    program.write_text("#!/bin/sh\necho Loading libraries...\n")
    program.chmod(0o755)
    code, out, _ = interop.run("smoke", "--", program)
    assert code == Exit.FAILED
    assert out[2] == "FAIL The control channel: the first message is the hello"
    assert any("4c6f6164 696e6720" in line for line in out)
    assert any("b'Loading" in line for line in out)
    assert out[-1].startswith("checks ")


@pytest.mark.parametrize(
    ("arguments", "wanted", "says"),
    [
        ((), Exit.USAGE, "needs exactly one agent"),
        (("c", "--", "true"), Exit.USAGE, "needs exactly one agent"),
        (("nobody",), Exit.USAGE, "the folder nobody does not exist"),
        (("--", "no/such/agent"), Exit.BROKEN, "no/such/agent does not start"),
        (("--runtime", "container", "--", "true"), Exit.USAGE, "always runs as a process"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], wanted: Exit, says: str, interop: Harness) -> None:
    code, _, err = interop.run("smoke", *arguments)
    assert code == wanted
    assert says in err
