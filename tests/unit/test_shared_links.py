"""Cells that differ only in the message share a link; one that fails there is played again on a link of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit import world
from zmq_interop.agents.control.handles import Socket
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Script, at
from zmq_interop.core import plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.peer import Peer
from zmq_interop.core.scenario import Axis, Scenario, needs
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.run.engine.engine import Engine, Settings
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch

MESSAGES = ("first", "second", "third", "fourth")
ALL = [f"shared/tcp/{message}/a:a" for message in MESSAGES]


class Link:
    """What the cells of a test share, and what they did there."""

    def __init__(self, sender: Socket, receiver: Socket) -> None:
        self.sender = sender
        self.receiver = receiver
        self.used_by: list[str] = []


async def opening(cell: CellContext) -> Link:
    receiver = cell.receiver.open(PULL)
    sender = cell.sender.open(PUSH)
    await cell.link(receiver, sender)
    return Link(sender, receiver)


def cells(
    known: dict[str, Peer], judge: Callable[[str, Link], None], transports: tuple[str, ...] = ("tcp",)
) -> list[Cell]:
    """Cells that exchange their message on a shared link. judge: may raise Mismatch for a cell."""

    async def play(cell: CellContext) -> None:
        link = await cell.shared(opening)
        message = cell.cell.values["message"]
        judge(message, link)
        link.used_by.append(message)
        await cell.transfer(link.sender, link.receiver, [(message.encode(),), (b"end",)])

    shared = Scenario(
        name="shared",
        roles={"sender": needs(PUSH), "receiver": needs(PULL)},
        binder="receiver",
        play=play,
        doc="",
        transports=transports,
        binders=("receiver",),
        axes=(Axis(name="message", values=dict.fromkeys(MESSAGES)),),
        message_axes=("message",),
    )
    return plan.plan([shared], known)


def play(
    judge: Callable[[str, Link], None] = lambda _message, _link: None,
    script: Script | None = None,
    *,
    share_links: bool = True,
    watch: Callable[[Engine, Event], None] = lambda _engine, _event: None,
) -> world.Played:
    known = world.peers("a")
    settings = Settings(share_links=share_links)
    return world.play(known, cells(known, judge), {"a": script or Script()}, settings=settings, watch=watch)


def opened(cell: CellJudged) -> int:
    return sum(operation.call == "open" for operation in cell.operations)


@pytest.mark.parametrize(("share_links", "openings"), [(True, [2, 0, 0, 0]), (False, [2, 2, 2, 2])])
def test_only_the_first_cell_opens_the_link(share_links: bool, openings: list[int]) -> None:
    played = play(share_links=share_links)
    assert played.verdicts == dict.fromkeys(ALL, Verdict.PASS)
    assert [opened(played.judged[id]) for id in ALL] == openings


def test_the_log_of_a_later_cell_has_its_own_operations_and_says_who_opened_the_link() -> None:
    later = play().judged[ALL[2]]
    first, *own = later.operations
    assert (first.call, first.asked) == ("...", f"on the link that {ALL[0]} opened")
    assert sorted(operation.call for operation in own) == ["receive", "receive", "send", "send"]
    assert all("third" in operation.asked or "end" in operation.asked for operation in own if operation.call == "send")


def test_cells_with_other_peers_or_another_transport_have_a_link_of_their_own() -> None:
    known = world.peers("a", "b")
    links: list[Link] = []
    planned = cells(known, lambda _message, link: links.append(link), ("tcp", "ipc"))
    played = world.play(known, planned, settings=Settings(share_links=True))
    assert set(played.verdicts.values()) == {Verdict.PASS}
    assert len({id(link) for link in links}) == 8  # two transports, four ordered pairs of peers


def test_a_cell_that_fails_only_after_others_stays_red_and_says_so() -> None:
    def judge(message: str, link: Link) -> None:
        if message == "third" and link.used_by:
            raise Mismatch(Kind.DUPLICATED, "once", "twice")

    played = play(judge)
    red = played.judged[ALL[2]]
    assert (red.verdict, red.kind, red.got) == (Verdict.FAIL, Kind.DUPLICATED, "twice")
    assert "passes on a link of its own" in red.reason
    assert {id for id, verdict in played.verdicts.items() if verdict is Verdict.PASS} == {*ALL} - {red.id}
    assert opened(played.judged[ALL[3]]) == 2, "the link of a failure is not used again"


def test_a_cell_that_fails_on_its_own_link_too_has_that_verdict() -> None:
    def judge(message: str, link: Link) -> None:
        if message == "third":
            raise Mismatch(Kind.LOST if link.used_by else Kind.ALTERED, "x", "y")

    red = play(judge).judged[ALL[2]]
    assert (red.verdict, red.kind) == (Verdict.FAIL, Kind.ALTERED)
    assert red.reason == "on a link that it shared with other cells it was lost"
    assert opened(red) == 2


def test_a_cell_that_fails_the_same_way_on_both_links_says_no_more() -> None:
    def judge(message: str, link: Link) -> None:
        if message == "third":
            raise Mismatch(Kind.ALTERED, "x", "y")

    red = play(judge).judged[ALL[2]]
    assert (red.verdict, red.kind, red.reason) == (Verdict.FAIL, Kind.ALTERED, "")


def test_a_cell_that_fails_first_is_not_played_twice() -> None:
    played_first = 0

    def judge(message: str, link: Link) -> None:
        nonlocal played_first
        if message == "first":
            played_first += 1
            raise Mismatch(Kind.ALTERED, "x", "y")

    played = play(judge)
    assert played.judged[ALL[0]].verdict is Verdict.FAIL
    assert played_first == 1


def test_an_agent_that_dies_under_a_later_cell_is_blamed_on_that_cell_alone() -> None:
    die = at("send", runtime.die, where=lambda request: request.send.frames[0].raw == b"third")
    played = play(script=Script(instead=die))
    assert (played.judged[ALL[2]].verdict, played.judged[ALL[2]].kind) == (Verdict.FAIL, Kind.CRASHED)
    assert [incident.cells for incident in played.incidents] == [[ALL[2]]]
    assert {played.verdicts[id] for id in ALL if id != ALL[2]} == {Verdict.PASS}


def test_an_operation_that_fails_unseen_makes_its_own_cell_fail() -> None:
    refuse = at(
        "send",
        runtime.reply(error={"code": "ERROR_CODE_NATIVE", "errno_name": "EFSM", "text": "no"}),
        where=lambda request: request.send.frames[0].raw == b"end",
        nth=4,
    )
    played = play(script=Script(instead=refuse))
    assert played.judged[ALL[1]].verdict is Verdict.FAIL
    assert {played.verdicts[id] for id in ALL if id != ALL[1]} == {Verdict.PASS}


def test_after_a_stop_no_further_cell_uses_the_link_and_its_sockets_are_closed() -> None:
    def stop(engine: Engine, event: Event) -> None:
        if isinstance(event, CellJudged):
            engine.stop()

    played = play(watch=stop)
    assert played.verdicts == {ALL[0]: Verdict.PASS}
    assert played.incidents == []
    assert all(instance.asked["close_all"] == 1 for instance in played.runtime.instances)
