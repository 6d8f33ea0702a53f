"""What fails now and then: its cells are played until its rate can be told from a worse one, and no longer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from interop.control.v1.control_pb2 import Error, Request
from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents.scripted.runtime import Deed, Script, ScriptedInstance, die, reply
from zmq_interop.core.events import CellJudged, Event, Replayed
from zmq_interop.core.verdicts import Account, Verdict
from zmq_interop.results.ledger.judge import LedgerJudge
from zmq_interop.results.ledger.ledger import Ledger
from zmq_interop.results.ledger.samples import MOST_AGAIN
from zmq_interop.results.ledger.subject import of_event
from zmq_interop.run.session import Run
from zmq_interop.system.errors import Exit

ONE = ("push_pull/tcp/a:a",)
REFUSE = reply(error=Error(code="ERROR_CODE_NATIVE", errno_name="ENOMEM", text="no memory"))


def flaky(rate: str, kind: str = "refused", cells: str = ONE[0]) -> str:
    return f"[[failure]]\ncells = ['{cells}']\nkind = '{kind}'\nreason = 'a race'\nflaky = '{rate}'\n"


def fails(when: Callable[[int], bool], deed: Deed = REFUSE) -> dict[str, Script]:
    """An agent whose nth connection of the run, the first is 1, goes wrong."""
    count = 0

    def choose(self: ScriptedInstance, request: Request) -> Deed | None:
        nonlocal count
        if request.WhichOneof("operation") != "connect":
            return None
        count += 1
        return deed if when(count) else None

    return {"a": Script(instead=choose)}


def replays(seen: list[Event]) -> list[Verdict]:
    return [event.verdict for event in seen if isinstance(event, Replayed)]


def test_one_that_passes_is_not_played_again(play: Player) -> None:
    ended, seen = play(world.peers("a"), ledger=flaky("7 of 500"), patterns=ONE)
    assert (ended.exit_code, ended.account, replays(seen)) == (Exit.OK, Account(planned=1, passed=1), [])


def test_one_that_fails_is_played_until_the_rate_is_seen_to_be_as_said(play: Player) -> None:
    ended, seen = play(world.peers("a"), fails(lambda n: n == 1), ledger=flaky("3 of 20"), patterns=ONE)
    assert (ended.exit_code, ended.account, ended.problems) == (Exit.OK, Account(planned=1, known=1), [])
    again = replays(seen)
    assert again == [Verdict.PASS] * len(again)
    assert 1 < len(again) < 20
    (note,) = ended.notes
    told = (
        f"ledger.toml:1: its cells failed 1 of {1 + len(again)} times, which is within what the ledger allows (3 of 20)"
    )
    assert told in note
    assert f"{len(again)} plays in addition to the plan" in note


def test_one_that_fails_each_time_fails_the_run_with_both_rates(play: Player) -> None:
    ended, seen = play(world.peers("a"), fails(lambda _: True), ledger=flaky("3 of 20"), patterns=ONE)
    assert (ended.exit_code, ended.account) == (Exit.FAILED, Account(planned=1, fail=1))
    plays = 1 + len(replays(seen))
    (judged,) = (event for event in seen if isinstance(event, CellJudged))
    assert judged.reason == (
        f"ledger.toml:1: its cells failed {plays} of {plays} times, more often than the ledger allows (3 of 20)"
    )
    assert "no memory" in judged.got


def test_the_plays_are_bounded(play: Player) -> None:
    ended, seen = play(world.peers("a"), fails(lambda n: n % 2 == 1), ledger=flaky("4 of 20"), patterns=ONE)
    assert 20 < len(replays(seen)) <= MOST_AGAIN
    assert ended.account == Account(planned=1, known=1), "what cannot be told from a worse rate is no worse one"
    assert "which is not clearly more than the ledger allows (4 of 20); " in ended.notes[0]


def test_what_no_number_of_plays_within_the_bound_could_show_is_not_played(play: Player) -> None:
    ended, seen = play(world.peers("a"), fails(lambda _: True), ledger=flaky("79 of 80"), patterns=ONE)
    assert (ended.account, replays(seen)) == (Account(planned=1, known=1), [])


def test_all_cells_of_an_entry_are_one_sample(play: Player) -> None:
    text = flaky("3 of 20", cells="push_pull/*")
    ended, seen = play(world.peers("a", "b"), fails(lambda n: n == 1), ledger=text, patterns=("push_pull",))
    assert ended.account.known == 1
    assert replays(seen) == [], "the others passed often enough to tell"


def test_a_failure_of_another_kind_fails_the_run_at_once_and_is_not_played_again(play: Player) -> None:
    ended, seen = play(world.peers("a"), fails(lambda _: True), ledger=flaky("3 of 20", "lost"), patterns=ONE)
    assert (ended.exit_code, ended.account, replays(seen)) == (Exit.FAILED, Account(planned=1, fail=1), [])


def test_nor_is_any_other_failure(play: Player) -> None:
    ended, seen = play(world.peers("a"), fails(lambda _: True), patterns=ONE)
    assert (ended.account, replays(seen)) == (Account(planned=1, fail=1), [])


def test_another_kind_of_failure_when_it_is_played_again_fails_the_run(play: Player) -> None:
    count = iter(range(1000))
    first = lambda self, request: REFUSE(self, request) if next(count) == 0 else die(self, request)  # noqa: E731
    ended, seen = play(world.peers("a"), fails(lambda n: n < 3, first), ledger=flaky("3 of 20"), patterns=ONE)
    assert ended.account == Account(planned=1, known=1)
    assert ended.exit_code == Exit.FAILED
    assert len(ended.problems) == 1
    assert "ledger.toml:1: push_pull/tcp/a:a was played again" in ended.problems[0]
    assert "it failed (crashed)" in ended.problems[0]
    assert Verdict.FAIL in replays(seen)


@pytest.mark.parametrize("when", [1, 3])
def test_an_interrupted_run_judges_by_what_was_played(play: Player, when: int) -> None:
    told = 0

    def interrupt(one: Run, event: Event) -> None:
        nonlocal told
        told += isinstance(event, CellJudged | Replayed)
        if told == when:
            one.stop("interrupted by SIGINT")

    text = flaky("3 of 20", cells="p*/tcp/*")
    ended, _ = play(
        world.peers("a"), fails(lambda n: n == 1), watch=interrupt, ledger=text, patterns=(*ONE, "pair/tcp"), jobs=1
    )
    assert ended.exit_code == Exit.INTERRUPTED
    assert ended.account.known == 1
    assert ended.account.balanced


def test_a_cell_that_is_planned_twice_has_two_verdicts() -> None:
    """Benchmarks plan one many times over."""
    judged = CellJudged(
        id=ONE[0], scenario="push_pull", transport="tcp", binder="", roles={"sender": "a"}, verdict=Verdict.PASS
    )
    court = LedgerJudge(Ledger(), [of_event(judged)] * 2, {})
    assert [type(one) for _ in range(3) for one in court.judge(judged)] == [CellJudged, CellJudged, Replayed]
