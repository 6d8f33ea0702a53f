"""A run from its options to its exit code, on scripted agents."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from harness import choose, events, ledger, place, protos, run
from harness import plan as plans
from harness.cli import main
from harness.errors import Exit, NothingSelected, UsageError
from harness.events import CellJudged, Event, Planned, RunEnded, RunStarted
from harness.ledger import Entry, Ledger
from harness.manifest import Peer
from harness.run import Options, Plan, Run
from harness.runtimes.scripted import Script, ScriptedRuntime, answer_and_die, at, die
from harness.verdicts import Account, Kind
from tests.unit import still_time, world

Player = Callable[..., tuple[RunEnded, list[Event]]]
PUSH_PULL = "push_pull/tcp"


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Player:
    """Plays a run on scripted agents, with its folder below tmp_path."""
    make = functools.partial(place.make, runs=tmp_path / "runs", latest=tmp_path / "latest")
    monkeypatch.setattr(place, "make", make)

    def one(
        known: Mapping[str, Peer],
        script: Mapping[str, Script] | None = None,
        watch: Callable[[Run, Event], None] = lambda _run, _event: None,
        entries: tuple[Entry, ...] = (),
        **options: object,
    ) -> tuple[RunEnded, list[Event]]:
        chosen = msgspec.structs.replace(Options(runtime="process"), **options)
        shared = protos.scan()
        runtime = ScriptedRuntime(shared.digest, script)
        monkeypatch.setattr(choose, "make", lambda *_: {"process": runtime})
        cells = plans.plan(world.in_memory(), known, chosen.patterns, chosen.roles)
        planned = Plan(protos=shared, peers=dict(known), cells=cells, ledger=Ledger(entries))
        seen: list[Event] = []

        def listen(event: Event) -> None:
            seen.append(event)
            watch(this, event)

        this = Run(chosen, planned, [listen], lambda line: None)
        ended = still_time.run(this.play())
        assert this.place is not None
        assert not this.place.scratch.exists()
        assert list(events.read(this.place.folder / "events.jsonl")) == seen, "the log has all that listeners saw"
        assert all(instance.ended is not None for instance in runtime.instances)
        return ended, seen

    return one


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


def test_a_failure_that_the_ledger_knows_fails_nothing_and_one_that_passes_does(play: Player) -> None:
    known = world.peers("a")
    dies = {"a": Script(instead=at("send", die))}
    crash = Entry(cells=("push_pull/tcp/a:a",), kind=Kind.CRASHED, reason="upstream #1")
    ended, _ = play(known, dies, entries=(crash,), patterns=("push_pull/tcp/a:a",))
    assert (ended.exit_code, ended.account) == (Exit.OK, Account(planned=1, known=1))
    ended, _ = play(known, {}, entries=(crash,), patterns=("push_pull/tcp/a:a",))
    assert (ended.exit_code, ended.account) == (Exit.FAILED, Account(planned=1, fixed=1))
    lost = msgspec.structs.replace(crash, kind=Kind.LOST)
    ended, _ = play(known, dies, entries=(lost,), patterns=("push_pull/tcp/a:a",))
    assert (ended.exit_code, ended.account) == (Exit.FAILED, Account(planned=1, fail=1))


def test_an_entry_may_know_several_kinds_and_one_that_is_flaky_may_pass(play: Player) -> None:
    known = world.peers("a")
    dies = {"a": Script(instead=at("send", die))}
    either = Entry(cells=("push_pull/tcp/a:a",), kind=(Kind.LOST, Kind.CRASHED), reason="a race")
    ended, _ = play(known, dies, entries=(either,), patterns=("push_pull/tcp/a:a",))
    assert (ended.exit_code, ended.account) == (Exit.OK, Account(planned=1, known=1))
    flaky = msgspec.structs.replace(either, flaky="7 of 500")
    for script, account in ((dies, Account(planned=1, known=1)), ({}, Account(planned=1, passed=1))):
        ended, _ = play(known, script, entries=(flaky,), patterns=("push_pull/tcp/a:a",))
        assert (ended.exit_code, ended.account) == (Exit.OK, account)


def test_a_ledger_entry_may_ask_for_a_library_and_its_version(play: Player) -> None:
    known = world.peers("a")
    dies = {"a": Script(instead=at("send", die))}
    for where, account in (
        ({"pusher": "fake-zmq"}, Account(planned=1, known=1)),
        ({"pusher": "fake-zmq 1", "puller": "fake-zmq"}, Account(planned=1, known=1)),
        ({"pusher": "fake-zmq 1.1"}, Account(planned=1, fail=1)),
        ({"pusher": "fake-zmq", "puller": "another"}, Account(planned=1, fail=1)),
        ({"replier": "fake-zmq"}, Account(planned=1, fail=1)),
    ):
        entry = Entry(cells=("push_pull/tcp/a:a",), kind=Kind.CRASHED, reason="upstream #1", where=where)
        ended, _ = play(known, dies, entries=(entry,), patterns=("push_pull/tcp/a:a",))
        assert ended.account == account


def test_a_ledger_entry_that_matches_nothing_fails_a_whole_run_and_no_part_of_one(play: Player) -> None:
    stale = Entry(cells=("pigeon/*",), kind=Kind.LOST, reason="gone")
    ended, _ = play(world.peers("a"), entries=(stale,))
    assert ended.exit_code == Exit.FAILED
    assert "'pigeon/*' matches no cell" in ended.problems[0]
    ended, _ = play(world.peers("a"), entries=(stale,), patterns=("pair",))
    assert (ended.exit_code, ended.problems) == (Exit.OK, [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[failure]]\ncells = []\nkind = 'lost'\nreason = 'x'\n", "entry 1 needs at least one pattern"),
        ("[[failure]]\ncells = ['a']\nkind = 'lost'\nreason = ''\n", "and a `reason`"),
        ("[[failure]]\ncells = ['a']\nkind = 'sad'\nreason = 'x'\n", "sad"),
        ("[[failure]]\ncells = ['a']\nkind = 'lost'\nreason = 'x'\ncolour = 1\n", "colour"),
        ("[[failure]]\ncells = ['a']\nkind = []\nreason = 'x'\n", "needs a `kind`"),
        ("[[failure]]\ncells = ['a']\nkind = 'lost'\nreason = 'x'\nflaky = 'often'\n", "is no rate"),
        ("[[failure]]\ncells = ['a']\nkind = 'lost'\nreason = 'x'\nflaky = '5 of 5'\n", "is no rate"),
        ("[[failures]]\n", "failures"),
        ("= 1", "ledger.toml"),
    ],
)
def test_a_ledger_that_cannot_be_understood_is_wrong_usage(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "ledger.toml").write_text(text)
    with pytest.raises(UsageError, match=complaint):
        ledger.load(tmp_path / "ledger.toml")


def test_no_ledger_is_an_empty_one_and_the_project_s_own_can_be_read(tmp_path: Path) -> None:
    assert ledger.load(tmp_path / "nowhere.toml").entries == ()
    ledger.load()


@pytest.mark.parametrize(
    ("options", "error", "complaint"),
    [
        (Options(jobs=0), UsageError, "--jobs 0"),
        (Options(jobs=-5), UsageError, "--jobs -5"),
        (Options(limit=0), UsageError, "--limit 0"),
        (Options(limit=-1.5), UsageError, "--limit -1.5"),
        (Options(limit=float("nan")), UsageError, "--limit nan"),
        (Options(peers=("pigeon",)), UsageError, "there is no peer 'pigeon'"),
        (Options(peer_dirs=(Path("/nowhere"),)), UsageError, "/nowhere has no peer.toml"),
        (Options(roles={"pigeon": "c"}), UsageError, "no scenario has a role 'pigeon'"),
        (Options(patterns=("pigeon",)), NothingSelected, "'pigeon' selects no cell"),
    ],
)
def test_options_that_ask_for_what_is_not_there_are_refused_before_anything_starts(
    options: Options, error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        run.prepare(options)


def test_the_command_to_play_a_cell_again_plays_it_under_the_same_circumstances() -> None:
    assert run.repro("push_pull/tcp/c:go", Options()) == "./interop run push_pull/tcp/c:go"
    told = run.repro("x/tcp/a:a", Options(runtime="process", control="stdio", peer_dirs=(Path("/my peers/a"),)))
    assert told == "./interop run x/tcp/a:a --peer-dir '/my peers/a' --runtime process --control stdio"


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
    arguments: list[str], code: Exit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["interop", *arguments])
    try:
        main()
        exited: object = 0
    except SystemExit as ended:
        exited = ended.code or 0
    assert exited == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert "pigeon" in shown.err or "pigeon" not in " ".join(arguments)
