"""Runs in the light of a ledger: what is known fails nothing, and everything else about an entry does."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from interop.control.v1.control_pb2 import Error
from tests.space import HERE
from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents.scripted.runtime import Script, at, die, reply
from zmq_interop.core import plan
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Account, Verdict
from zmq_interop.results.ledger.subject import Every
from zmq_interop.run import again
from zmq_interop.run.options import Options
from zmq_interop.system.errors import Exit

DIES = {"a": Script(instead=at("send", die))}
DELETE = "delete that entry: crashed (upstream #1)"
REFUSE = reply(error=Error(code="ERROR_CODE_NATIVE", errno_name="ENOMEM", text="no memory"))
NO_IPC = {"a": Script(instead=at("connect", REFUSE, where=lambda request: request.connect.endpoint.startswith("ipc:")))}
ONE = ("push_pull/tcp/a:a",)


def entry(*more: str, cells: str = ONE[0], kind: str = "crashed") -> str:
    """The text of an entry, on line 2 of its ledger."""
    return f"\n[[failure]]\ncells = ['{cells}']\nkind = '{kind}'\nreason = 'upstream #1'\n" + "\n".join(more) + "\n"


def test_a_failure_that_is_known_fails_nothing(play: Player) -> None:
    ended, seen = play(world.peers("a"), DIES, ledger=entry("url = 'https://example.org/1'"), patterns=ONE)
    assert (ended.exit_code, ended.account) == (Exit.OK, Account(planned=1, known=1))
    (judged,) = (event for event in seen if isinstance(event, CellJudged))
    told = (judged.reason, judged.entry, judged.url)
    assert told == ("upstream #1", "ledger.toml:2", "https://example.org/1")


def test_one_that_passes_fails_the_run_and_names_the_line(play: Player) -> None:
    ended, seen = play(world.peers("a"), ledger=entry(), patterns=ONE)
    assert (ended.exit_code, ended.account) == (Exit.FAILED, Account(planned=1, fixed=1))
    (judged,) = (event for event in seen if isinstance(event, CellJudged))
    assert "ledger.toml:2 expects it to fail as crashed (upstream #1): narrow that entry, or delete it" in judged.reason


@pytest.mark.parametrize(
    ("pattern", "account"),
    [
        ("push_pull/tcp/*:a", Account(planned=2, passed=1, fixed=1)),  # a:a the entry knows, z:a it takes in unknowing
        ("push_pull/tcp/z:a", Account(planned=2, passed=1, fixed=1)),
        ("push_pull/tcp/*:*", Account(planned=2, passed=1, fixed=1)),
    ],
)
def test_what_a_peer_from_outside_passes_disproves_no_wildcard(pattern: str, account: Account, play: Player) -> None:
    peers = world.peers("a") | {"z": msgspec.structs.replace(world.peer("z"), folder=Path("/elsewhere"), of_tree=False)}
    ended, seen = play(peers, ledger=entry(cells=pattern), patterns=("push_pull/tcp/a:a", "push_pull/tcp/z:a"))
    assert ended.account == account
    (judged,) = (event for event in seen if isinstance(event, CellJudged) and event.verdict is Verdict.FIXED)
    assert judged.id == ("push_pull/tcp/z:a" if "z" in pattern else "push_pull/tcp/a:a")


def test_one_of_another_kind_fails_the_run_and_names_the_line(play: Player) -> None:
    ended, seen = play(world.peers("a"), DIES, ledger=entry(kind="lost"), patterns=ONE)
    assert (ended.exit_code, ended.account) == (Exit.FAILED, Account(planned=1, fail=1))
    (judged,) = (event for event in seen if isinstance(event, CellJudged))
    assert judged.reason == "ledger.toml:2 expects it to fail as lost (upstream #1), not as crashed"


def test_an_entry_may_know_several_kinds(play: Player) -> None:
    text = entry().replace("'crashed'", "['lost', 'crashed']")
    ended, _ = play(world.peers("a"), DIES, ledger=text, patterns=ONE)
    assert ended.account == Account(planned=1, known=1)


def test_what_an_entry_excepts_it_does_not_cover(play: Player) -> None:
    text = entry("except = ['push_pull/tcp/b:*']", cells="push_pull/tcp/*:*")
    ended, _ = play(world.peers("a", "b"), DIES, ledger=text, patterns=("push_pull/tcp/a:b", "push_pull/tcp/b:b"))
    assert ended.account == Account(planned=2, known=1, passed=1)


@pytest.mark.parametrize(
    ("where", "known"),
    [
        ("pusher = 'fake-zmq'", True),
        ("pusher = 'fake-zmq >=1,<2', puller = 'fake-zmq'", True),
        ("a = 'fake-zmq ==1.*'", True),
        ("pusher = 'fake-zmq <1'", False),
        ("a = 'fake-zmq >1'", False),
        ("pusher = 'fake-zmq', puller = 'another'", False),
        ("replier = 'fake-zmq'", False),
        ("b = 'fake-zmq'", False),
    ],
)
def test_an_entry_may_ask_for_a_library_and_its_versions(play: Player, where: str, *, known: bool) -> None:
    ended, _ = play(world.peers("a"), DIES, ledger=entry(f"where = {{ {where} }}"), patterns=ONE)
    assert ended.account == (Account(planned=1, known=1) if known else Account(planned=1, fail=1))


@pytest.mark.parametrize(("runtime", "known"), [("process", True), ("container", False)])
def test_an_entry_may_ask_for_a_runtime(play: Player, runtime: str, *, known: bool) -> None:
    ended, _ = play(world.peers("a"), DIES, ledger=entry(f"runtime = '{runtime}'"), patterns=ONE)
    assert ended.account == (Account(planned=1, known=1) if known else Account(planned=1, fail=1))


def test_an_expired_entry_counts_no_more_and_says_so(play: Player) -> None:
    ended, seen = play(world.peers("a"), DIES, ledger=entry("expires = 2001-02-03"), patterns=ONE)
    assert (ended.exit_code, ended.account) == (Exit.FAILED, Account(planned=1, fail=1))
    (judged,) = (event for event in seen if isinstance(event, CellJudged))
    assert "ledger.toml:2 expired on 2001-02-03" in judged.reason
    ended, _ = play(world.peers("a"), ledger=entry("expires = 2001-02-03"))
    assert ended.exit_code == Exit.FAILED
    assert ended.problems == ["ledger.toml:2: expired on 2001-02-03; delete that entry: crashed (upstream #1)"]


def test_one_that_expires_in_a_far_future_counts(play: Player) -> None:
    ended, _ = play(world.peers("a"), DIES, ledger=entry("expires = 9999-12-31"), patterns=ONE)
    assert ended.account == Account(planned=1, known=1)


def test_a_stale_entry_fails_a_whole_run_and_no_part_of_one(play: Player) -> None:
    stale = entry(cells="pigeon/*")
    ended, _ = play(world.peers("a"), ledger=stale)
    assert ended.exit_code == Exit.FAILED
    assert ended.problems == [
        "ledger.toml:2: stale: it matches no cell of a run with --all; delete that entry: crashed (upstream #1)"
    ]
    ended, _ = play(world.peers("a"), ledger=stale, patterns=("pair",))
    assert (ended.exit_code, ended.problems) == (Exit.OK, [])


def test_a_pattern_of_several_and_a_name_in_where_may_be_stale(play: Player) -> None:
    several = entry(cells="pigeon/*', 'push_pull/ipc/*", kind="refused")
    named = entry("where = { pigeon = 'fake-zmq' }")
    narrow = 'narrow it to cells = ["push_pull/ipc/*"]'
    ended, _ = play(world.peers("a"), NO_IPC, ledger=several + named)
    assert ended.problems == [
        f'ledger.toml:2: stale: no cell of a run with --all matches "pigeon/*"; {narrow}',
        "ledger.toml:8: stale: no cell that it matches has a role or a peer with each of these names: pigeon; "
        + DELETE,
    ]


def test_an_entry_whose_cells_all_pass_is_told_to_go(play: Player) -> None:
    ended, _ = play(world.peers("a"), ledger=entry(cells="push_pull/ipc"))
    assert ended.problems == [f"ledger.toml:2: fixed: all 2 cells that it covers pass; {DELETE}"]


def test_an_entry_that_covers_cells_that_pass_is_told_the_cause_that_fits(play: Player) -> None:
    ended, _ = play(world.peers("a"), NO_IPC, ledger=entry(cells="push_pull/*", kind="refused"))
    assert (ended.exit_code, ended.account.known, ended.account.fixed) == (Exit.FAILED, 2, 4)
    (problem,) = ended.problems
    assert problem == (
        "ledger.toml:2: too broad: 4 of the 6 cells that it covers pass; "
        'narrow it to when = { scenario = "push_pull", transport = "ipc" }'
    )


def test_the_peers_that_were_required_must_have_played(play: Player) -> None:
    known = world.peers("a", "b")
    ended, _ = play(known, patterns=ONE, require_peers=("a",))
    assert (ended.exit_code, ended.problems) == (Exit.OK, [])
    ended, _ = play(known, patterns=ONE, require_peers=("a", "b", "c"))
    assert ended.exit_code == Exit.FAILED
    assert ended.problems == [
        "--require-peers: b: it is in no cell of this run",
        "--require-peers: c: it is in no cell of this run",
    ]
    ended, _ = play(known, {"a": Script(unprepared="no compiler")}, patterns=ONE, require_peers=("a",))
    assert ended.problems == ["--require-peers: a: none of its 1 cells could be judged"]
    assert ended.exit_code == Exit.FAILED


def test_a_default_run_asks_of_a_cause_what_it_plays_and_no_more(play: Player) -> None:
    """Of multipart it plays some shapes with some patterns: that a cause is about another one is no reason to go."""
    usual = {cell.id for cell in plan.plan(world.in_memory(), world.peers("a", "b"))}
    unplayed = [
        cell.facts
        for cell in Every(world.in_memory(), ("a", "b")).of("multipart")
        if cell.id not in usual and cell.facts["transport"] == "ipc"
    ]
    facts = ", ".join(f'{name} = "{value}"' for name, value in unplayed[0].items())
    text = f"[[failure]]\nwhen = {{ {facts} }}\nkind = 'lost'\nreason = 'x'\n"
    ended, _ = play(world.peers("a", "b"), ledger=text)
    assert (ended.exit_code, ended.problems) == (Exit.OK, [])


def test_what_plays_a_cell_again_has_the_ledgers_of_the_run() -> None:
    options = Options(ledgers=(Path("first.toml"), Path("second.toml")), default_ledger=False)
    words = ["--ledger", "first.toml", "--ledger", "second.toml", "--no-default-ledger"]
    assert again.again(options, HERE)[: len(words)] == words
