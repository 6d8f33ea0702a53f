"""What only a process of its own shows: exit codes, the last line, interrupts, and what a dead harness leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import peers
from tests.hostile.commands import HONEST, PATIENCE, TRACEBACK, Harness, account
from zmq_interop.cli import main
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT


@pytest.mark.parametrize("command", ["", *main.cli.commands])
def test_help(command: str, interop: Harness) -> None:
    code, out, _ = interop.run(*command.split(), "--help")
    assert code == Exit.OK
    assert len(out) > 3


@pytest.mark.parametrize(
    "words",
    [
        "runs",
        "log pigeon",
        "report pigeon",
        "diff pigeon crow",
        "run --list pigeon",
        "compare pigeon --with x==1",
        "smoke pigeon",
        "ledger check",
        "ledger add pigeon --reason x",
        "ledger prune --dry-run",
        "schema check --against pigeon --no-install",
        "new-peer c --language c",
        "clean --dry-run",
        "bench --list",
        "bench soak pigeon",
        "bench parts --only pigeon",
    ],
)
def test_each_command_imports_what_it_needs_after_the_protos_are_compiled(words: str, interop: Harness) -> None:
    code, _, err = interop.run(*words.split())
    assert code in (Exit.OK, Exit.USAGE, Exit.NOTHING_SELECTED), err
    assert TRACEBACK not in str(err)


@pytest.mark.parametrize("ci", [False, True])
def test_a_quoted_command_can_be_pasted_where_the_user_stands(ci: bool, tmp_path: Path) -> None:
    """Each command that is not found as typed would be another program, or none. CI's output is read elsewhere."""
    stands = tmp_path / "a folder"
    stands.mkdir()
    (tmp_path / "the checkout").symlink_to(ROOT)
    known = {name: value for name, value in os.environ.items() if name not in ("CI", "INTEROP_HOME")}
    env = known | {"INTEROP_HOME": str(tmp_path / "work")} | ({"CI": "true"} if ci else {})
    ran = subprocess.run(
        ["bash", "-c", "'../the checkout/interop' runs"],
        cwd=stands,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == Exit.USAGE
    quoted = "./interop" if ci else "'../the checkout/interop'"
    assert f"`{quoted} run` creates one" in ran.stderr
    if not ci:
        command = ran.stderr.partition("`")[2].partition("`")[0]
        again = subprocess.run(
            ["bash", "-c", f"{command} --help"], cwd=stands, env=env, capture_output=True, text=True, check=False
        )
        assert again.returncode == Exit.OK
        assert again.stdout.startswith(f"Usage: {quoted} run ")


def test_honest_agents_pass(interop: Harness) -> None:
    code, out, _ = interop.run("run", HONEST, "--runtime", "process")
    assert (code, out[-1]) == (Exit.OK, account(1, **{"pass": 1}))


def test_list_plays_nothing(interop: Harness) -> None:
    code, out, _ = interop.run("run", "push_pull/tcp", "--peers", "python", "--list")
    assert (code, out) == (Exit.OK, [HONEST, "push_pull/tcp/pusher-binds/python:python"])


@pytest.mark.parametrize("arguments", [("--list",), (HONEST, "--runtime", "process")], ids=["list", "run"])
def test_into_a_closed_pipe(arguments: tuple[str, ...], interop: Harness) -> None:
    with interop.start("run", *arguments) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert TRACEBACK not in process.stderr.read()
    assert process.returncode == Exit.OK


def test_messages_into_a_closed_pipe(interop: Harness) -> None:
    """`2>&1 | head -1`: neither stdout nor stderr has a reader."""
    with interop.start("run", HONEST, "--runtime", "process") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stderr.close()
    assert process.returncode == Exit.OK


def test_broken_alone_has_an_exit_code_of_its_own(interop: Harness, tmp_path: Path) -> None:
    folder = peers.make(tmp_path, "stale", lie=lambda hello: setattr(hello, "proto_digest", "0" * 64))
    code, out, _ = interop.run("run", "push_pull/tcp/python:stale", HONEST, "--runtime", "process", "--peer", folder)
    assert (code, out[-1]) == (Exit.BROKEN, account(2, **{"pass": 1, "broken": 1}))
    assert any(line.startswith("BROKEN peer stale: the agent is stale") for line in out)


def test_without_an_engine_the_peers_that_ask_for_one_are_broken_and_the_others_play(
    interop: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/gone.sock")
    code, out, _ = interop.run("run", HONEST, "--runtime", "container")
    assert (code, out[-1]) == (Exit.BROKEN, account(1, broken=1))
    assert any(line.startswith("BROKEN peer python: no Docker engine answers at ") for line in out)

    folder = peers.make(tmp_path, "shut-in")
    wish = ("--runtime", "shut-in=container,python=process", "--peer", folder)
    code, out, _ = interop.run("run", HONEST, "push_pull/tcp/python:shut-in", "--peers", "python,shut-in", *wish)
    assert (code, out[-1]) == (Exit.BROKEN, account(2, **{"pass": 1, "broken": 1}))


def test_interrupt_ends_in_order_with_the_account_of_what_was_done(interop: Harness, gate: Path) -> None:
    process = interop.start(
        "run", "push_pull/tcp/python:gate", HONEST, "--runtime", "process", "--jobs", "1", "--peer", gate
    )
    (gate / "asked").read_text()  # a cell is being played now
    process.send_signal(signal.SIGINT)
    assert process.stderr
    said = next(line for line in process.stderr if "SIGINT" in line)  # the harness has taken notice
    assert "stopping: 1 cell in flight; send it again to stop at once" in said
    (gate / "answer").write_text("!")
    out, err = process.communicate()
    assert process.returncode == Exit.INTERRUPTED
    assert TRACEBACK not in out + err
    assert out.splitlines()[-1].startswith("planned ")
    assert "interrupted by SIGINT" in out
    played_all = out.splitlines()[-1].startswith("planned 2 ")  # the other cell may have been the first
    assert ("were not played" in out) != played_all


IGNORING_SIGHUP = """
import signal
from zmq_interop.cli import main
signal.signal(signal.SIGHUP, signal.SIG_IGN)
main.main()
"""


def test_with_nohup_the_end_of_the_terminal_is_no_interrupt(interop: Harness, gate: Path) -> None:
    options = ("run", "push_pull/tcp/python:gate", "--runtime", "process", "--peer", gate)
    process = interop.start(*options, code=IGNORING_SIGHUP)
    (gate / "asked").read_text()
    process.send_signal(signal.SIGHUP)
    (gate / "answer").write_text("!")
    out, err = process.communicate()
    assert process.returncode != Exit.INTERRUPTED
    assert "SIGHUP" not in out + err


def test_a_locale_that_cannot_show_it(interop: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    folder = tmp_path / "\xf6" / "bad"
    folder.mkdir(parents=True)
    (folder / "peer.toml").touch()
    code, out, _ = interop.run("run", "push_pull/tcp/python:bad", "--runtime", "process", "--peer", folder)
    assert code == Exit.BROKEN
    assert "/\\xf6/bad/peer.toml" in "\n".join(out)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc")
def test_killed_harness_leaves_no_agent_and_the_next_run_sweeps(interop: Harness, gate: Path) -> None:
    process = interop.start("run", "push_pull/tcp/python:gate", "--runtime", "process", "--peer", gate)
    (gate / "asked").read_text()
    assert len(interop.scratch()) == 2, "a folder, and whose it is"
    assert len(interop.processes()) >= 3, "the harness and two agents"
    process.kill()
    process.communicate()
    assert interop.settled(PATIENCE)
    interop.play()
    assert interop.scratch() == []


PEAK = """
import resource, sys
from zmq_interop.cli import main

def peak(*arguments):
    sys.argv = ["interop", "run", "--runtime", "process", *arguments]
    try:
        main.main()
    except SystemExit:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, of the harness alone

cell, *options = sys.argv[1:]
before = peak("push_pull/tcp/python:refuse", *options)
print(peak(cell, *options) - before)
"""


@pytest.mark.parametrize("be", ["flood", "flood-stdout"])
def test_a_flood_does_not_fill_the_harness(be: str, interop: Harness, tmp_path: Path) -> None:
    folders = [peers.make(tmp_path, name, be=name) for name in ("refuse", be)]
    options = [word for folder in folders for word in ("--peer", str(folder))]
    code, out, err = interop.run(f"push_pull/tcp/python:{be}", *options, code=PEAK)
    assert code == 0, err
    assert int(out[-1]) < 16 << 10, "KiB more than with an agent that floods nothing: 64 MiB were sent"
