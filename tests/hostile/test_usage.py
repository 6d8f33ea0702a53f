"""Wrong usage, and protos that do not compile: one message, its exit code, and nothing is started."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from tests.hostile import peers
from tests.space import logs_in
from zmq_interop.cli import main, run_cmd
from zmq_interop.run import run_folder, session
from zmq_interop.run.options import Options
from zmq_interop.schemas import project
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.paths import PEERS, PROTO

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def interop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command that must end before a run begins; gives its exit code and what it says on stderr."""

    def begun(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the run has begun")

    def run(*arguments: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(run_folder, "make", begun)
        with pytest.raises(SystemExit) as ended:
            main.main([*map(str, arguments)])
        out, err = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in err
        assert isinstance(ended.value.code, int)
        return ended.value.code, err

    return run


@pytest.mark.parametrize(
    "pattern",
    ["no_such_scenario", "push_pull/tcp/python:rust", "*/udp/*", "pull_push", "push_pull/tcp/python:pytho", "["],
)
def test_pattern_that_selects_nothing(pattern: str, interop: Command) -> None:
    code, err = interop("run", "push_pull/tcp/python:python", pattern)
    assert code == Exit.NOTHING_SELECTED
    assert repr(pattern) in err
    assert "--list" in err


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("push_pll", "push_pull"),
        ("push_pll/tcp", "push_pull/tcp"),
        ("push_pull/tcpp", "push_pull/tcp"),
        ("push_pull/tcp/pusher-bind/python:python", "push_pull/tcp/pusher-binds"),
        ("push_pull/tcp/pyton:python", "push_pull/tcp/python:python"),
        ("PUSH_PULL/tcp", "push_pull/tcp"),
        ("tcp", "*/tcp/*"),
        ("TCP", "*/tcp/*"),
        ("tcp/pusher-binds", "*/tcp/pusher-binds/*"),
        ("*/tcpp/*", "*/tcp/*"),
        ("c:go", "*/c:go"),
        ("C:golang", "*/c:go"),
        ("tcp/c:go", "*/tcp/c:go"),
        ("pendin", "family:pending"),
    ],
)
def test_pattern_that_is_misspelt(pattern: str, meant: str, interop: Command) -> None:
    code, err = interop("run", pattern)
    assert code == Exit.NOTHING_SELECTED
    assert f"did you mean {meant!r}?" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("exchange",), ("family:exchange plays this family of scenarios: push_pull req_rep pub_sub ",)),
        (("Exchange",), ("family:exchange plays this family of scenarios",)),
        (("family:Pendin",), ("did you mean 'family:pending'? families: exchange multipart ",)),
        (("family:pending/tpc",), ("did you mean 'family:pending/tcp'?",)),
        (("python",), ("'python' is a peer", "'*/python:*'", "'*:python'", "--peers")),
        (
            ("push_pull/tcp/c:go", "--role", "pusher=python"),
            ("'push_pull/tcp/c:go' selects no cell in which python is the pusher", "--role pusher=python"),
        ),
        (("--role", "pusher=c", "--role", "publisher=c"), ("no scenario has all these roles",)),
    ],
    ids=" ".join,
)
def test_what_selects_nothing_says_what_to_write_instead(
    arguments: tuple[str, ...], says: tuple[str, ...], interop: Command
) -> None:
    code, err = interop("run", *arguments)
    assert code == Exit.NOTHING_SELECTED
    assert [part for part in says if part not in err] == [], err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--transports", "tcp"), ("there is no option --transports", "a pattern selects a transport: '*/ipc/*'")),
        (("--scenario=push_pull",), ("there is no option --scenario", "name scenarios without an option")),
        (("--family", "zap"), ("there is no option --family", "family:pending")),
        (("--peers", "rust"), ("'rust'", "known peers:", "python")),
        (("--peers", "pyton"), ("'pyton'", "did you mean 'python'?")),
        (("--role", "pusher=pyton"), ("'pyton'", "did you mean 'python'?")),
        (("--role", "pushr=python"), ("'pushr'", "did you mean 'pusher'?")),
        (("--runtime", "pyton=process"), ("'pyton'", "did you mean 'python'?")),
        (("--require-peers", "python,pyton"), ("--require-peers", "'pyton'", "did you mean 'python'?")),
        (
            ("--peers", "python,go", "--require-peers", "c,go"),
            ("--require-peers: c is required, but not among --peers python,go", "add c to --peers"),
        ),
        (
            ("--peers", "python", "--require-peers", "c,go"),
            ("--require-peers: c, go are required, but not among --peers python",),
        ),
        (("--peers", "C,Go"), ("'C'", "did you mean 'c'?")),
        (("--peers", "c,golang"), ("'golang'", "did you mean 'go'?")),
        (("--runtime", "Go=process"), ("'Go'", "did you mean 'go'?")),
        (("--peers", "c,,go"), ("--peers 'c,,go': a name is missing beside a comma", "write --peers c,go")),
        (("--peers", "c,"), ("--peers 'c,': a name is missing beside a comma",)),
        (("--peers", ","), ("--peers ',': a name is missing beside a comma", "A,B,...")),
        (("--peers", ""), ("--peers '': a name is missing",)),
        (("--require-peers", "c, ,go"), ("--require-peers 'c, ,go': a name is missing",)),
        (("--runtime", "c=process,,go=process"), ("--runtime", "a name is missing beside a comma")),
        (("push_pull", "--exclude", "pushpull/tcp"), ("matches no cell", "did you mean 'push_pull/tcp'?")),
        (("push_pull", "--exclude", "push_pull/*/pyton:c"), ("did you mean 'push_pull/*/python:c'?",)),
        (("pair", "--exclude", "exchange"), ("family:exchange plays this family", "push_pull req_rep")),
        (("push_pull", "--role", "puler=c"), ("a role 'puler'", "did you mean 'puller'? roles: puller, pusher\n")),
        (
            ("push_pull", "--role", "sender=c"),
            ("none of the scenarios that 'push_pull' selects has a role 'sender'", "roles: puller, pusher\n"),
        ),
        (
            ("push_pull", "pub_sub", "--role", "publisher=c"),
            ("none of the scenarios that 'push_pull' selects has a role 'publisher'", "roles: puller, pusher\n"),
        ),
        (("--config", "nowhere/interop.toml"), ("nowhere/interop.toml: does not exist", "init")),
        (("--config", "."), ("is no regular file", "interop.toml")),
        (("--config", "known-failures.toml"), ("known-failures.toml:1", "[program.NAME]", "docs/own-programs.md")),
        (("--peer", "tcp://127.0.0.1:5555"), ("is an endpoint", "without an agent", "new-peer")),
        (("--peer", "mine=ipc:///x"), ("is an endpoint", "without an agent", "new-peer")),
        (("--peer", __file__), ("is a file", "without an agent", "new-peer")),
        (("--peer", "pyton"), ("the folder pyton does not exist", "did you mean 'python'?")),
        (("--peer", "/nowhere/mine"), ("the folder /nowhere/mine does not exist", "--peer takes PATH")),
        (("--peer", "mine=nowhere"), ("the folder nowhere does not exist",)),
        (("--role", "chief=python"), ("'chief'", "pusher")),
        (("--role", "pusher=rust"), ("'rust'", "python")),
        (("--role", "pusher"), ("'pusher' is not ROLE=PEER",)),
        (("--runtime", "cloud"), ("'cloud'", "auto, process, container")),
        (("--runtime", "python=cloud"), ("'python=cloud'", "auto, process, container")),
        (("--runtime", "rust=process"), ("'rust'", "python")),
        (("--jobs", "0"), ("--jobs 0",)),
        (("--jobs", "many"), ("--jobs", "'many'")),
        (("--peer", "Mine=."), ("--peer Mine=.", "'Mine'", "NAME=PATH")),
        (("--peer", "image:"), ("--peer image:", "is not a valid image name")),
        (("--limit", "0"), ("--limit 0",)),
        (("--limit", "-1"), ("--limit -1",)),
        (("--limit", "nan"), ("--limit nan",)),
        (("--limit", "inf"), ("--limit inf",)),
        (("--control", "smoke"), ("--control", "'smoke'")),
        (("--colour",), ("--colour",)),
    ],
    ids=" ".join,
)
def test_wrong_option(arguments: tuple[str, ...], says: tuple[str, ...], interop: Command) -> None:
    code, err = interop("run", *arguments)
    assert code == Exit.USAGE
    assert [part for part in says if part not in err] == [], err


def test_unknown_command(interop: Command) -> None:
    code, err = interop("fly")
    assert code == Exit.USAGE
    assert "'fly'" in err


def test_peer_named_twice(interop: Command, tmp_path: Path) -> None:
    folder = peers.make(tmp_path, "python")
    code, err = interop("run", "--peer", folder)
    assert code == Exit.USAGE
    assert f"two peers are named 'python': {PEERS / 'python'} and {folder}" in err
    assert f"--peer NAME={folder}" in err


def test_peer_folder_without_manifest(interop: Command, tmp_path: Path) -> None:
    code, err = interop("run", "--peer", tmp_path / "nowhere")
    assert code == Exit.USAGE
    assert f"the folder {tmp_path / 'nowhere'} does not exist" in err
    (tmp_path / "nowhere").mkdir()
    code, err = interop("run", "--peer", tmp_path / "nowhere")
    assert code == Exit.USAGE
    assert f"{tmp_path / 'nowhere'} has no peer.toml" in err


@pytest.mark.parametrize("name", ["UPPER", "has blank", "star*", "c:d", "-dash", "x" * 33])
def test_peer_folder_whose_name_cannot_stand_in_an_id(name: str, interop: Command, tmp_path: Path) -> None:
    folder = peers.make(tmp_path, name)
    code, err = interop("run", "--peer", folder)
    assert code == Exit.USAGE
    assert str(folder) in err
    assert "lower-case letters" in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'syntax = "proto3";\nmessage Broken {\n  int64 when = 1\n}\n', (":4:1: ", '";"')),
        (b'syntax = "proto3";\n\nmessage Broken { Nowhere thing = 1; }\n', (":3:18: ", "Nowhere")),
        (b'syntax = "proto3";\nimport "nowhere.proto";\n', (":2:1: ", "nowhere.proto")),
        (b'syntax = "proto3";\nmessage A { string \xff\xfe = 1; }\n', (":2:",)),
        (b"\x7fELF\0\0\0", (":1:1: ",)),
    ],
    ids=["syntax", "type", "import", "not-text", "binary"],
)
def test_proto_of_the_project_that_does_not_compile(
    text: bytes, says: tuple[str, ...], interop: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "proto"
    shutil.copytree(PROTO, folder)
    bad = folder / project.OWN / "bad.proto"  # a user's is broken by itself alone: tests/unit/test_samples.py
    bad.write_bytes(text)
    monkeypatch.setattr(project, "scan", functools.partial(project.scan, folder))
    monkeypatch.setenv(home.VARIABLE, str(tmp_path / "work"))
    code, err = interop("run")
    assert code == Exit.USAGE
    assert [part for part in (f"{bad}:", *says) if part not in err] == [], err
    assert not (tmp_path / "work/gen").exists()


def test_checkout_without_protos(interop: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "scan", functools.partial(project.scan, tmp_path))
    code, err = interop("run")
    assert code == Exit.USAGE
    assert str(tmp_path) in err


def test_folder_of_protos_that_cannot_be_used(interop: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for folder, says in (("nowhere", "does not exist"), ("file", "is not a folder"), ("empty", "no .proto file")):
        code, err = interop("run", "--proto", tmp_path / folder)
        assert code == Exit.USAGE
        assert f"--proto {tmp_path / folder}: " in err
        assert says in err


def test_ledger_that_cannot_be_read(interop: Command, tmp_path: Path) -> None:
    code, err = interop("run", "--ledger", tmp_path)
    assert code == Exit.USAGE
    assert f"{tmp_path}: Is a directory" in err


def test_place_where_no_run_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    options = Options(patterns=("push_pull/tcp/python:python",), runtime="process")
    with pytest.raises(UsageError, match="the run's folder cannot be created") as refused:
        run_cmd.play(options, logs_in(tmp_path))
    assert str(tmp_path / "runs") in refused.value.message


def test_defect_outside_the_play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(session, "prepare", lambda *_: 1 / 0)
    with pytest.raises(SystemExit) as ended:
        main.main(["run"])
    assert ended.value.code == Exit.HARNESS_FAULT
    assert "a bug in the harness" in capsys.readouterr().err
