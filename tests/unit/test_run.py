"""A run from its options to its exit code, on scripted agents."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.space import HERE
from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents import outside
from zmq_interop.agents.scripted.runtime import Script, answer_and_die, at, die
from zmq_interop.cli.main import main
from zmq_interop.core.events import CellJudged, Event, Planned, RunStarted
from zmq_interop.core.shard import Shard
from zmq_interop.core.verdicts import Account
from zmq_interop.run import again, run_folder, session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Run
from zmq_interop.system import workspace
from zmq_interop.system.errors import Exit, NothingSelected, UsageError

PUSH_PULL = "push_pull/tcp"


def test_a_run_that_is_as_it_should_be_exits_with_0(play: Player) -> None:
    ended, seen = play(world.peers("a", "b"), patterns=(PUSH_PULL,))
    assert (ended.exit_code, ended.interrupted, ended.unplayed) == (Exit.OK, "", 0)
    assert ended.account == Account(planned=8, passed=8)
    assert isinstance(seen[0], RunStarted)
    assert isinstance(seen[1], Planned)
    assert seen[-1] == ended


def test_a_cell_that_fails_makes_it_1(play: Player) -> None:
    ended, _ = play(world.peers("a", "b"), {"a": Script(instead=at("send", die, nth=1))}, patterns=(PUSH_PULL,))
    assert ended.exit_code == Exit.FAILED
    assert ended.account.fail >= 1
    assert ended.account.balanced


def test_a_peer_that_cannot_be_judged_makes_it_6(play: Player) -> None:
    ended, _ = play(world.peers("a", "b"), {"a": Script(unprepared="no compiler")}, patterns=(PUSH_PULL,))
    assert ended.exit_code == Exit.BROKEN
    assert ended.account == Account(planned=8, passed=2, broken=6)


@pytest.mark.parametrize("script", [Script(status=3), Script(instead=at("close_all", answer_and_die, instance="a-1"))])
def test_an_agent_lost_idle_makes_it_6_though_every_cell_passed(play: Player, script: Script) -> None:
    ended, _ = play(world.peers("a"), {"a": script}, patterns=("push_pull/tcp/a:a",))
    assert ended.account == Account(planned=1, passed=1)
    assert ended.exit_code == Exit.BROKEN


def test_what_is_unsupported_fails_nothing(play: Player) -> None:
    ended, _ = play(world.peers("a", transports=("tcp",)), patterns=("push_pull",))
    assert ended.account == Account(planned=6, passed=2, unsupported=4)
    assert ended.exit_code == Exit.OK


def test_a_run_that_played_nothing_is_not_green(play: Player) -> None:
    one = world.peers("a", transports=("tcp",))
    ended, _ = play(one, patterns=("push_pull/ipc",))
    assert ended.account == Account(planned=2, unsupported=2)
    assert ended.exit_code == Exit.NOTHING_SELECTED
    assert ended.problems == ["nothing was played: all cells are unsupported; `run --list --why` shows what they need"]
    ended, _ = play(one, patterns=("push_pull/ipc",), shard=Shard(number=1, of=2))
    assert ended.exit_code == Exit.OK, "another shard may have what can be played"


def test_exitfirst_begins_no_other_cell_and_says_which_was_the_last(play: Player) -> None:
    ended, seen = play(world.peers("a"), {"a": Script(instead=at("bind", die))}, exitfirst=True, jobs=1)
    assert sum(isinstance(event, CellJudged) for event in seen) == 1
    assert ended.exit_code == Exit.FAILED
    assert ended.interrupted.startswith("--exitfirst: push_pull/tcp/a:a")
    assert ended.unplayed == len([*world.cells(world.peers("a"))]) - 1
    assert ended.account == Account(planned=1, fail=1)


@pytest.mark.parametrize("exitfirst", [False, True])
def test_an_interrupted_run_accounts_for_what_was_done_and_exits_with_2(play: Player, *, exitfirst: bool) -> None:
    def interrupt(one: Run, event: Event) -> None:
        if isinstance(event, CellJudged):
            one.stop("interrupted by SIGINT")

    ended, _ = play(world.peers("a"), watch=interrupt, exitfirst=exitfirst, jobs=2)
    assert ended.exit_code == Exit.INTERRUPTED
    assert ended.interrupted == "interrupted by SIGINT"
    assert ended.account.balanced
    assert 1 <= ended.account.passed <= 2
    assert ended.unplayed + ended.account.planned == len(world.cells(world.peers("a")))


def test_a_run_that_is_stopped_before_it_begins_plays_nothing(play: Player) -> None:
    def interrupt(one: Run, event: Event) -> None:
        if isinstance(event, RunStarted):
            one.stop("interrupted by SIGTERM")

    ended, _ = play(world.peers("a"), watch=interrupt)
    assert (ended.exit_code, ended.account) == (Exit.INTERRUPTED, Account(planned=0))


@pytest.mark.parametrize(
    ("options", "error", "complaint"),
    [
        (Options(jobs=0), UsageError, "--jobs 0"),
        (Options(jobs=-5), UsageError, "--jobs -5"),
        (Options(limit=0), UsageError, "--limit 0"),
        (Options(limit=-1.5), UsageError, "--limit -1.5"),
        (Options(limit=float("nan")), UsageError, "--limit nan"),
        (Options(peers=("pigeon",)), UsageError, "there is no peer 'pigeon'"),
        (Options(outside=(outside.parse("/nowhere"),)), UsageError, "the folder /nowhere does not exist"),
        (Options(roles={"pigeon": "c"}), UsageError, "no scenario has a role 'pigeon'"),
        (Options(patterns=("pigeon",)), NothingSelected, "'pigeon' selects no cell"),
        (Options(exclude=("push_pull", "pigeon")), UsageError, "--exclude 'pigeon' matches no cell"),
        (Options(patterns=("pair",), exclude=("pigeon",)), UsageError, "--exclude 'pigeon' matches no cell"),
        (Options(patterns=("push_pull",), exclude=("pair", "push*")), NothingSelected, "leaves no cell to play"),
    ],
)
def test_options_that_ask_for_what_is_not_there_are_refused_before_anything_starts(
    options: Options, error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        session.prepare(options, HERE)


def test_the_command_to_play_a_cell_again_plays_it_under_the_same_circumstances() -> None:
    default, named = (workspace.at(Path("/work"), named=one) for one in (None, Path("/work")))
    assert again.repro("push_pull/tcp/c:go", Options(), default) == "./interop run push_pull/tcp/c:go"
    told = again.repro(
        "x/tcp/a:a", Options(runtime="process", control="stdio", outside=(outside.parse("/my peers/a"),)), named
    )
    assert told == "./interop run x/tcp/a:a --peer '/my peers/a' --runtime process --control stdio --work-dir /work"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "--list", "pigeon"], Exit.NOTHING_SELECTED),
        (["run", "--list", "--peers", "pigeon"], Exit.USAGE),
        (["run", "--list", "--role", "pusher"], Exit.USAGE),
        (["run", "--list", "--pigeon"], Exit.USAGE),
        (["pigeon"], Exit.USAGE),
        (["run", "--list", "push_pull", "--peers", "c"], Exit.OK),
        (["--help"], Exit.OK),
        (["run", "--help"], Exit.OK),
    ],
)
def test_wrong_usage_is_a_message_and_its_exit_code(
    arguments: list[str], code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        main(arguments)
        exited: object = 0
    except SystemExit as ended:
        exited = ended.code or 0
    assert exited == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert "pigeon" in shown.err or "pigeon" not in " ".join(arguments)


@pytest.mark.parametrize(
    ("options", "sort"),
    [
        ({}, run_folder.WHOLE),
        ({"exclude": ("push_pull/tcp/a:a",)}, run_folder.NARROWED),
        ({"patterns": ("push_pull/tcp",)}, run_folder.NARROWED),
        ({"shard": Shard(1, 2)}, run_folder.NARROWED),
        ({"patterns": ("push_pull/tcp/a:a",)}, run_folder.CELL),
    ],
)
def test_a_run_notes_its_sort_by_which_it_is_kept(
    options: dict[str, object], sort: str, play: Player, tmp_path: Path
) -> None:
    play(world.peers("a"), **options)
    (folder,) = (tmp_path / "runs").iterdir()
    assert run_folder.sort_of(folder) == sort
