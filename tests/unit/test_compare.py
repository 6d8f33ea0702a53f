"""`interop compare`: the same cells twice, one ledger for both, and what is told of the difference."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from interop.control.v1.hello_pb2 import Hello
from tests.unit import logs, still_time, world
from tests.unit.logs import cell, failed
from zmq_interop.agents import variant
from zmq_interop.agents.scripted.runtime import Script, ScriptedRuntime, at, die, hang
from zmq_interop.cli import compare_play, main, report_files, smoke_play
from zmq_interop.core import plan
from zmq_interop.core.events import CellJudged, PeerLost, RunStarted
from zmq_interop.core.peer import Peer
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.peers import manifest
from zmq_interop.results.ledger import last, reading
from zmq_interop.results.report import comparison, difference, log
from zmq_interop.results.report.difference import Difference
from zmq_interop.run import choice, session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan
from zmq_interop.schemas import project
from zmq_interop.smoke.rules import Way
from zmq_interop.system import workspace
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.text import command
from zmq_interop.system.workspace import Workspace

Compare = Callable[..., tuple[int, str]]
FIXED = cell(verdict=Verdict.FIXED, kind=Kind.LOST, reason="known-failures.toml:3 says that it fails")
KNOWN = cell(verdict=Verdict.KNOWN, kind=Kind.LOST, reason="upstream #1")
BROKEN = cell(verdict=Verdict.BROKEN, reason="no answer")


@pytest.fixture
def interop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Compare:
    """Types `interop compare b --with x==2.0 WORDS` with peers a and b in memory; exit code and output.

    first, second: scripts of b as it is, and as the other one. ledger: its text.
    """
    monkeypatch.setattr(asyncio, "run", still_time.run)
    monkeypatch.setattr(manifest, "discover", lambda: world.peers("a", "b"))

    def typed(
        *words: str, first: Script | None = None, second: Script | None = None, ledger: str = "", version: str = "2"
    ) -> tuple[int, str]:
        shared = project.scan()
        hear = Script(hello=lambda hello: with_version(hello, version))
        scripts = [hear, first or Script(), second or Script()]
        monkeypatch.setattr(smoke_play, "runtimes", lambda *_: dict.fromkeys(Way, runtime({"b": scripts.pop(0)})))
        monkeypatch.setattr(choice, "make", lambda *_: {"process": runtime({"b": scripts.pop(0)})})

        def runtime(script: dict[str, Script]) -> ScriptedRuntime:
            return ScriptedRuntime(shared.digest, script)

        def prepare(options: Options, _: Workspace) -> Plan:
            known = manifest.pick(world.peers("a", "b"), options.peers)
            cells = plan.plan(world.in_memory(), known, options.patterns)
            return Plan(
                space=workspace.at(tmp_path),
                protos=shared,
                peers=known,
                cells=plan.planned(cells, known),
                ledger=reading.parse(ledger, "ledger.toml"),
            )

        async def make(peer: Peer, *_: object, **__: object) -> Peer:
            return msgspec.structs.replace(peer, folder=tmp_path)

        monkeypatch.setattr(session, "prepare", prepare)
        monkeypatch.setattr(variant, "make", make)
        with pytest.raises(SystemExit) as ended:
            main.main(["compare", "b", "--with", "x==2.0", "--runtime", "process", *words])
        assert isinstance(ended.value.code, int)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return ended.value.code, shown.out + shown.err

    return typed


def with_version(hello: Hello, version: str) -> Hello:
    """A Hello that names the library x with this version."""
    hello.libraries.add(name="x", version=f"v{version} (checked)")
    return hello


def read(folder: Path) -> tuple[log.Log, log.Log]:
    """The logs of the two runs: as it is, and the other."""
    first, second = (log.read(path / "events.jsonl") for path in sorted((folder / "runs").iterdir())[-2:])
    return first, second


def test_both_play_the_cells_of_the_peer_and_nothing_else(interop: Compare, tmp_path: Path) -> None:
    code, said = interop("push_pull/tcp")
    assert code == Exit.OK
    first, second = read(tmp_path)
    assert first.planned.cells == second.planned.cells
    assert all("b" in id.rpartition("/")[2].split(":") for id in first.planned.cells)
    assert len(first.planned.cells) == 6
    assert "1 of 2: b as it is: 6 cells" in said
    assert "2 of 2: b --with x==2.0: 6 cells" in said
    assert "the same: 6 of 6 cells (pass 6)" in said
    assert "before   b (scripted): none, fake-zmq 1; run 2" in said


def test_the_peer_plays_beside_those_that_are_named(interop: Compare) -> None:
    code, said = interop("push_pull/tcp", "--peers", "b")
    assert (code, "the same: 2 of 2 cells" in said) == (Exit.OK, True)
    code, said = interop("push_pull/tcp", "--peers", "a")
    assert (code, "the same: 6 of 6 cells" in said) == (Exit.OK, True)
    code, said = interop("push_pull/tcp/a:a")
    assert code == Exit.NOTHING_SELECTED
    assert "peer b takes part in no selected cell" in said


def test_what_is_newly_red_is_1_and_the_line_that_plays_it_again_compares(interop: Compare, tmp_path: Path) -> None:
    code, said = interop("push_pull/tcp/a:b", second=Script(instead=at("receive", die)))
    assert code == Exit.FAILED
    assert "newly red 1" in said
    assert "./interop compare b --with x==2.0 --runtime process push_pull/tcp/a:b" in said
    first, second = read(tmp_path)
    assert isinstance(first.started, RunStarted)
    assert first.started.again == ["--runtime", "process"]
    assert second.cells["push_pull/tcp/a:b"].kind == Kind.CRASHED


def test_diff_of_the_two_runs_says_the_same(
    interop: Compare, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = "[[failure]]\ncells = ['push_pull/tcp/*b*']\nkind = 'crashed'\nreason = 'x'\n"
    for second in (Script(), Script(instead=at("receive", hang))):
        code, said = interop("push_pull/tcp", first=Script(instead=at("receive", die)), second=second, ledger=entry)
        first, after = sorted((tmp_path / "runs").iterdir())[-2:]
        assert report_files.diff(first, after, workspace.at(tmp_path)) == code
        counts = capsys.readouterr().out.splitlines()[-1]
        assert counts.startswith("newly red ")
        assert counts in said.splitlines()


def test_what_is_known_of_the_peer_is_known_of_the_other_and_what_passes_now_is_green(interop: Compare) -> None:
    entry = "[[failure]]\ncells = ['push_pull/tcp/a:b']\nkind = 'crashed'\nreason = 'x'\n"
    dies = Script(instead=at("receive", die))
    code, said = interop("push_pull/tcp/a:b", first=dies, second=dies, ledger=entry)
    assert (code, "the same: 1 of 1 cells (known 1)" in said) == (Exit.OK, True)
    code, said = interop("push_pull/tcp/a:b", first=dies, ledger=entry)
    assert (code, "newly green 1" in said) == (Exit.OK, True)
    code, said = interop("push_pull/tcp/a:b", first=dies, second=dies)
    assert (code, "the same: 1 of 1 cells (fail 1)" in said) == (Exit.OK, True)


def test_an_agent_that_has_another_version_than_was_asked_for_is_6(interop: Compare) -> None:
    code, said = interop("push_pull/tcp", version="1")
    assert code == Exit.BROKEN
    assert "x==2.0 was selected, but the agent's Hello says x v1 (checked)" in said
    assert "1 of 2" not in said


def test_a_peer_that_cannot_be_played_is_6_and_nothing_is_compared(interop: Compare) -> None:
    lost = (({"first": Script(unprepared="no compiler")}, 1), ({"second": Script(unstarted="gone")}, 2))
    for scripts, played in lost:
        code, said = interop("push_pull/tcp", **scripts)
        assert code == Exit.BROKEN
        assert "peer b cannot be judged: " in said
        assert said.count(" of 2: b") == played
        assert "newly red" not in said


def test_an_interrupt_ends_it_with_2(interop: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    play = session.Run.play

    async def interrupted(self: session.Run) -> object:
        self.stop("interrupted by SIGINT")
        return await play(self)

    monkeypatch.setattr(session.Run, "play", interrupted)
    code, said = interop("push_pull/tcp")
    assert code == Exit.INTERRUPTED
    assert "incomplete: interrupted by SIGINT" in said
    assert "2 of 2" not in said


def test_what_the_other_does_not_claim_is_gone(interop: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    def less(hello: Hello) -> Hello:
        hello.transports.remove("ipc")
        return hello

    heard = with_version
    monkeypatch.setattr(f"{__name__}.with_version", lambda hello, version: less(heard(hello, version)))
    code, said = interop("push_pull/ipc", second=Script(hello=less))
    assert code == Exit.FAILED
    assert "gone: 6" in said
    assert "unsupported: b does not claim transport ipc" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nobody", "--with", "x==1"), "there is no peer 'nobody'"),
        (("b",), "compare b: --with is missing"),
        (("./nowhere", "--with", "x==1"), "nowhere does not exist"),
        (("b", "--with", "x==1", "pair", "--peers", "zz"), "there is no peer 'zz'"),
    ],
)
def test_wrong_usage(
    words: tuple[str, ...],
    says: str,
    interop: Compare,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["compare", *words])
    assert ended.value.code == Exit.USAGE
    assert says in capsys.readouterr().err


def told(folder: Path, before: CellJudged, after: CellJudged) -> Difference:
    other = msgspec.structs.replace(logs.STARTED, id="other")
    first = logs.report(folder / "one", logs.seen("b", libraries={"x": "1"}), before)
    return difference.compare(first, logs.report(folder / "two", logs.seen("b"), after, started=other))


@pytest.mark.parametrize(
    ("before", "after", "counts", "code"),
    [
        (KNOWN, FIXED, "newly green 1", Exit.OK),
        (cell(), FIXED, "newly red 0", Exit.OK),
        (FIXED, KNOWN, "newly known 1", Exit.OK),
        (cell(), failed(), "newly red 1", Exit.FAILED),
        (KNOWN, failed(kind=Kind.HUNG), "newly red 0, fails in another way 1", Exit.FAILED),
        (cell(), BROKEN, "newly red 1", Exit.BROKEN),
    ],
)
def test_a_pass_against_the_ledger_is_a_pass_of_another_library(
    before: CellJudged, after: CellJudged, counts: str, code: Exit, tmp_path: Path
) -> None:
    one = told(tmp_path, before, after)
    lines = comparison.lines(one, "b")
    assert lines[0] == "before   b (process): C 17, x 1; run one"
    assert lines[1] == "after    b (process): C 17, libzmq 4.3.5; run two"
    assert not any(line.startswith("changed  b") for line in lines)
    assert counts in lines[-1]
    assert one.exit_code == code
    assert lines[-1] == difference.lines(one)[-1]


def test_a_peer_that_was_lost_is_told_with_its_reason(tmp_path: Path) -> None:
    report = logs.report(tmp_path, PeerLost(name="b", reason="no compiler", hint="get one"), BROKEN)
    error = compare_play.unjudged_peer(report, "b")
    assert error is not None
    assert str(error) == "peer b cannot be judged: no compiler\n  get one"
    assert compare_play.unjudged_peer(report, "a") is None


def test_the_line_that_plays_a_cell_again_is_that_of_the_command_that_played_it() -> None:
    assert command(["x/tcp/a:b"], ["--runtime", "process"]) == "./interop run x/tcp/a:b --runtime process"
    assert command(["x/tcp/a:b"], ["compare", "b", "--with", "a b"]) == "./interop compare b --with 'a b' x/tcp/a:b"


def test_the_ledger_takes_nothing_from_a_comparison(tmp_path: Path) -> None:
    started = msgspec.structs.replace(logs.STARTED, again=["compare", "b", "--with", "x==2.0"])
    logs.report(tmp_path, failed(), started=started)
    with pytest.raises(UsageError, match=r"the last run was of `\./interop compare b --with x==2.0`"):
        last.read(tmp_path / "events.jsonl")
