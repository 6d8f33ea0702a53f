"""What a compiler refuses: the report has whole commands that accept it, in the circumstances of the run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
import pytest

from tests.unit import logs
from zmq_interop.cli.main import cli
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import advice, github, summary
from zmq_interop.results.report.reading import Report
from zmq_interop.system import home

OPTIONS = ["--peer", "a=./my agent", "--proto", "protos", "--ledger", "known.toml", "--work-dir", "/w"]
COMMAND = ["run", "own_schemas", "--exitfirst", *OPTIONS]
LEDGER = "--ledger known.toml --work-dir /w"


def refused(message: str, peers: str = "a:b", peer: str = "a", file: str = "shop.proto") -> CellJudged:
    values = {"message": message}
    expected = f"{peer} to compile {file}"
    return logs.failed(f"own_schemas/tcp/{message}/{peers}", kind=Kind.UNCOMPILABLE, expected=expected, values=values)


OTHER = logs.cell("own_schemas/tcp/p.Fine@x/a:b", values={"message": "p.Fine@x"})


def told(
    folder: Path, *cells: CellJudged, command: Sequence[str] = COMMAND, again: Sequence[str] = OPTIONS
) -> tuple[Report, dict[str, str]]:
    """The report of these cells, and what it advises about the first."""
    started = msgspec.structs.replace(logs.STARTED, command=[*command], again=[*again])
    report = logs.report(folder, *cells, started=started)
    return report, dict(advice.commands(report, cells[0]))


def parsed(command: str) -> click.Context:
    """The command line as the program takes it; raises click's errors for one that it does not."""
    program, *words = shlex.split(command)
    assert program == home.COMMAND
    group: click.Command = cli
    while isinstance(group, click.Group):
        group = group.commands[words.pop(0)]
    context = click.Context(group, **cli.context_settings)
    group.parse_args(context, words)
    return context


def test_both_commands_have_the_options_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(home.VARIABLE, str(tmp_path))  # --work-dir changes it; it is put back
    report, commands = told(tmp_path, refused("p.Order@x"), refused("p.Item@x"), OTHER)
    reason = "--reason 'the compiler of a refuses shop.proto'"
    excluded = "--exclude 'own_schemas/*/p.Order@*' --exclude 'own_schemas/*/p.Item@*'"
    assert commands == {
        "have it known": f"{home.COMMAND} ledger add own_schemas --kind uncompilable {reason} {LEDGER}",
        "leave it out": f"{home.COMMAND} run {excluded} own_schemas --exitfirst --peer 'a=./my agent' --proto protos "
        + LEDGER,
    }
    lines = summary.lines(report)
    assert [line for line in lines if line.startswith("  or ")] == [
        f"  or {what}: {how}" for what, how in commands.items()
    ]
    annotation = github.errors(report)[0].replace("%0A", "\n")
    pasted = {what: f"interop{how.removeprefix(home.COMMAND)}" for what, how in commands.items()}
    assert all(f"or {what}: {how}" in annotation for what, how in pasted.items())
    added = parsed(commands["have it known"]).params
    assert (added["cells"], added["ledgers"]) == (("own_schemas",), (Path("known.toml"),))
    again = parsed(commands["leave it out"]).params
    assert (len(again["exclude"]), again["patterns"], str(again["outside"][0])) == (2, ("own_schemas",), "a=my agent")


def test_each_of_two_peers_that_refuse_a_file_has_a_reason_of_its_own(tmp_path: Path) -> None:
    _, commands = told(tmp_path, refused("p.Order@x"), refused("p.Order@x", "b:b", peer="b"), OTHER)
    assert "ledger add 'own_schemas/*/p.Order@*/a:*' --kind uncompilable" in commands["have it known"]


def test_the_ledger_of_the_project_is_not_the_place_for_a_users_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = f" --ledger {advice.OWN_LEDGER}"
    for again, ends in ((["--proto", "p"], True), (["--peer", "p"], True), (["--limit", "1"], False), (OPTIONS, False)):
        _, commands = told(tmp_path / again[0] / str(len(again)), refused("p.Order@x"), again=again)
        assert commands["have it known"].endswith(own) is ends
    monkeypatch.setattr(home, "INSTALLED", True)  # there known-failures.toml of the folder is the user's
    _, commands = told(tmp_path / "installed", refused("p.Order@x"), again=["--proto", "p"])
    assert not commands["have it known"].endswith(own)


def test_a_run_of_pytest_gets_a_command_of_its_own(tmp_path: Path) -> None:
    _, commands = told(tmp_path, refused("p.Order@x"), OTHER, command=["--interop-proto", "protos"], again=OPTIONS[:4])
    wanted = f"{home.COMMAND} run own_schemas --exclude 'own_schemas/*/p.Order@*' --peer 'a=./my agent' --proto protos"
    assert commands["leave it out"] == wanted


def test_nothing_is_advised_that_would_be_refused(tmp_path: Path) -> None:
    _, commands = told(tmp_path / "all", refused("p.Order@x"))
    assert list(commands) == ["have it known"], "without these cells there would be none"
    compare = ["compare", "a", "--with", "x==1"]
    _, commands = told(tmp_path / "compare", refused("p.Order@x"), OTHER, command=compare, again=compare)
    assert commands == {"leave it out": f"{home.COMMAND} compare --exclude 'own_schemas/*/p.Order@*' a --with x==1"}
    known = msgspec.structs.replace(refused("p.Order@x"), verdict=Verdict.KNOWN)
    assert told(tmp_path / "known", known, OTHER)[1] == {}
    assert told(tmp_path / "lost", logs.failed(), OTHER)[1] == {}
