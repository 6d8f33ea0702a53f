"""Exit codes: what the help of each command says of them is what the code does."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from interop.control.v1.control_pb2 import Error
from tests.space import HERE
from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents.scripted.runtime import Script, at, reply
from zmq_interop.cli import main
from zmq_interop.core.verdicts import Account
from zmq_interop.run import run_folder, session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Run
from zmq_interop.system.errors import Exit, InteropError, LogError, PeerBroken, ToolBroken, Unwritable, UsageError

CELL = "push_pull/tcp/a:b"
PEERS = world.peers("a", "b")
REFUSE = Script(instead=at("connect", reply(error=Error(code="ERROR_CODE_NATIVE", errno_name="ENOMEM", text="-"))))
KNOWN = "[[failure]]\ncells = ['push_pull/tcp/a:b']\nkind = 'lost'\nreason = 'r'\n"
BAD_PROTO = 'syntax = "proto3";\npackage acme;\nmessage Broken { int64 when = 1\n}\n'


def table(command: str) -> dict[int, str]:
    """What the help of a command says of each exit code."""
    text = main.cli.commands[command].help or ""
    codes: dict[int, str] = {}
    for line in text.partition("Exit codes")[2].partition(":\n")[2].splitlines():
        if found := re.fullmatch(r" *(\d)  (.+)", line):
            codes[code := int(found[1])] = found[2]
        elif codes and line.strip():
            codes[code] += f" {line.strip()}"
    return codes


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ("run", "0123456"),
        ("report", "0123456"),  # that of the run, which may be any
        ("diff", "012346"),
        ("compare", "0123456"),
        ("upgrade", "0123456"),
        ("bisect", "0123456"),
        ("fuzz-cells", "0123456"),
        ("plan", "0345"),
        ("smoke", "012346"),
        ("repro", "023456"),
    ],
)
def test_the_help_has_every_code_that_the_command_may_exit_with(command: str, codes: str) -> None:
    assert {*table(command)} == {*map(int, codes)}


def test_every_table_of_codes_is_tested_here() -> None:
    told = {name for name, one in main.cli.commands.items() if "Exit codes" in (one.help or "")}
    assert told == {"run", "report", "diff", "compare", "upgrade", "bisect", "fuzz-cells", "plan", "smoke", "repro"}
    assert table("upgrade") == table("compare"), "the same command behind both"


def interrupted(one: Run, _: object) -> None:
    one.stop("interrupted by SIGTERM")


@pytest.mark.parametrize(
    ("code", "told", "wish"),
    [
        (Exit.OK, "as expected", {}),
        (Exit.FAILED, "a cell failed", {"script": {"a": REFUSE}}),
        (Exit.FAILED, "or is fixed", {"ledger": KNOWN}),
        (Exit.FAILED, "--require-peers", {"require_peers": ("c",)}),
        (Exit.INTERRUPTED, "interrupted", {"watch": interrupted}),
        (Exit.NOTHING_SELECTED, "unsupported", {"known": world.peers("a", "b", socket_types=())}),
        (Exit.BROKEN, "a peer that does not build", {"script": {"a": Script(unprepared="does not build")}}),
    ],
)
def test_a_run_that_is_played(code: Exit, told: str, wish: dict[str, object], play: Player) -> None:
    ended, _ = play(**{"known": PEERS, **wish}, patterns=(CELL,))
    assert ended.exit_code == code
    assert told in table("run")[code]


@pytest.mark.parametrize(
    ("code", "told", "arguments"),
    [
        (Exit.USAGE, "a bad option", ("--colour",)),
        (Exit.USAGE, "a bad option", ("--jobs", "0")),
        (Exit.USAGE, "an unknown peer", ("--peers", "rust")),
        (Exit.USAGE, "a file that cannot be used", ("--ledger", "/nowhere")),
        (Exit.USAGE, "a file that cannot be used", ("--proto", "/nowhere")),
        (Exit.NOTHING_SELECTED, "no cell is selected", ("pigeon",)),
    ],
)
def test_a_run_that_does_not_begin(code: Exit, told: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["run", *arguments])
    assert (ended.value.code or 0) == code
    assert told in table("run")[code]


def test_a_users_proto_that_does_not_compile_is_broken_and_no_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "bad.proto").write_text(BAD_PROTO)
    planned = session.prepare(Options(patterns=("own_schemas",), peers=("c",), proto_dirs=(tmp_path,)), HERE)
    assert planned.cells
    assert Account(planned=2, passed=1, broken=1).exit_code == Exit.BROKEN
    assert "a proto of yours that does not compile" in table("run")[Exit.BROKEN]
    assert "proto" not in table("run")[Exit.USAGE]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (Exit.INTERRUPTED, functools.partial(Unwritable, "the disk is full")),
        (Exit.INTERRUPTED, click.Abort),
        (Exit.INTERRUPTED, KeyboardInterrupt),
        (Exit.HARNESS_FAULT, ZeroDivisionError),
        (Exit.HARNESS_FAULT, functools.partial(InteropError, "-")),
        (Exit.USAGE, functools.partial(UsageError, "-")),
        (Exit.USAGE, functools.partial(LogError, "-")),
        (Exit.BROKEN, functools.partial(PeerBroken, "c", "-")),
        (Exit.BROKEN, functools.partial(ToolBroken, "-")),
    ],
)
def test_what_ends_a_command(code: Exit, error: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*_: object) -> None:
        raise error()

    monkeypatch.setattr(session, "prepare", end)
    monkeypatch.setattr(run_folder, "make", end)
    with pytest.raises(SystemExit) as ended:
        main.main(["run"])
    assert ended.value.code == code


def test_an_interrupt_before_the_cells_are_planned_says_that_there_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "prepare", end)
    folder = tmp_path / "report"
    none = f"interop: {folder} has no report: no cell was planned yet"
    for words, told in ((["--report", str(folder)], [none]), ([], [])):
        with pytest.raises(SystemExit) as ended:
            main.main(["run", *words])
        assert ended.value.code == Exit.INTERRUPTED
        said = [line for line in capsys.readouterr().err.splitlines() if line]  # click adds an empty one
        assert said == [*told, "interop: interrupted"]
    assert not folder.exists()
