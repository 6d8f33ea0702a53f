"""The engine judges every cell once, and finds out whose fault it was when an agent is lost."""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Callable

import pytest
from google.protobuf.message import EncodeError

from interop.control.v1.control_pb2 import Request, Response
from interop.control.v1.hello_pb2 import Hello
from tests.unit import world
from zmq_interop.agents.control.framing import frame
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Choose, Deed, Script, ScriptedInstance, at
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.peer import Peer
from zmq_interop.core.sockets import PULL
from zmq_interop.core.verdicts import Expectation, Kind, Verdict
from zmq_interop.run.engine.engine import Engine, Settings
from zmq_interop.run.engine.patience import MAX_LOSSES
from zmq_interop.scenarios.kit.cell_context import CellContext


def poisoned(request: Request) -> bool:
    """Whether this is a Send of the cell multipart/tcp/binary, and of no other."""
    return request.WhichOneof("operation") == "send" and any(len(one.raw) == 256 for one in request.send.frames)


POISONED_CELL = "multipart/tcp/binary/a:a"
NOT_KNOWN = Expectation()
SHAPES = [
    f"multipart/tcp/{shape}/a:a"
    for shape in ("binary", "empty-first", "empty-middle", "empty-last", "all-empty", "many")
]


def together(choose: Choose, expects: Callable[[Cell], Expectation] = lambda _: Expectation()) -> world.Played:
    """Six cells of one peer, all in flight at once."""
    known = world.peers("a")
    script = Script(instead=choose)
    planned = world.cells(known, *SHAPES)
    return world.play(known, planned, {"a": script}, settings=Settings(jobs=6), expects=expects)


def test_an_agent_that_dies_under_one_cell_makes_it_crashed() -> None:
    known = world.peers("a")
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": Script(instead=at("send", runtime.die))})
    cell = played.judged[POISONED_CELL]
    assert (cell.verdict, cell.kind) == (Verdict.FAIL, Kind.CRASHED)
    assert "killed by SIGSEGV" in cell.got
    assert [incident.cells for incident in played.incidents] == [[POISONED_CELL]]
    assert not cell.alone, "there is nobody else to blame"


def test_an_agent_that_hangs_under_one_cell_makes_it_hung_and_is_killed() -> None:
    known = world.peers("a")
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": Script(instead=at("send", runtime.hang))})
    cell = played.judged[POISONED_CELL]
    assert (cell.verdict, cell.kind) == (Verdict.FAIL, Kind.HUNG)
    assert [incident.ended for incident in played.incidents] == ["killed by SIGKILL"]


@pytest.mark.parametrize(("deed", "kind"), [(runtime.die, Kind.CRASHED), (runtime.hang, Kind.HUNG)])
def test_of_several_cells_in_flight_only_the_guilty_one_is_blamed(deed: Deed, kind: Kind) -> None:
    played = together(at("send", deed, where=poisoned))
    guilty = played.judged[POISONED_CELL]
    assert (guilty.verdict, guilty.kind, guilty.alone) == (Verdict.FAIL, kind, True)
    others = {id: cell for id, cell in played.judged.items() if id != POISONED_CELL}
    assert len(others) == 5
    assert {cell.verdict for cell in others.values()} == {Verdict.PASS}
    assert len(played.incidents[0].cells) > 1
    assert set(played.incidents[0].cells) <= set(SHAPES)


@pytest.mark.parametrize(("deed", "kind"), [(runtime.die, Kind.CRASHED), (runtime.hang, Kind.HUNG)])
def test_a_cell_that_is_known_to_take_its_agent_along_is_played_alone_at_once(deed: Deed, kind: Kind) -> None:
    known = Expectation(kinds=(kind,))
    played = together(at("send", deed, where=poisoned), lambda cell: known if cell.id == POISONED_CELL else NOT_KNOWN)
    guilty = played.judged[POISONED_CELL]
    assert (guilty.verdict, guilty.kind, guilty.alone) == (Verdict.FAIL, kind, True)
    assert [incident.cells for incident in played.incidents] == [[POISONED_CELL]]
    assert {cell.verdict for id, cell in played.judged.items() if id != POISONED_CELL} == {Verdict.PASS}


@pytest.mark.parametrize("deed", [runtime.die, runtime.hang])
def test_where_no_cell_loses_the_agent_alone_all_of_them_are_broken(deed: Deed) -> None:
    played = together(at("send", deed, where=poisoned, instance="a-1"))
    taken_along = played.incidents[0].cells
    assert len(taken_along) > 1
    for id in taken_along:
        assert played.judged[id].verdict == Verdict.BROKEN
        assert "none of them causes it alone" in played.judged[id].reason
    assert {cell.verdict for id, cell in played.judged.items() if id not in taken_along} <= {Verdict.PASS}


def test_an_operation_that_is_waited_for_in_vain_hangs_its_own_cell_alone() -> None:
    played = together(at("bind", runtime.swallow, instance="a-2", nth=2))
    (hung,) = [cell for cell in played.judged.values() if cell.verdict != Verdict.PASS]
    assert (hung.verdict, hung.kind, hung.alone) == (Verdict.FAIL, Kind.HUNG, False)
    assert [incident.cells for incident in played.incidents] == [[hung.id]]


def test_an_answer_that_is_left_out_is_noticed_at_the_end_of_the_cell_at_the_latest() -> None:
    known = world.peers("a")
    script = Script(instead=at("connect", runtime.keep_silent))
    played = world.play(known, world.cells(known, "push_pull/tcp/a:a"), {"a": script})
    cell = played.judged["push_pull/tcp/a:a"]
    assert cell.verdict == Verdict.BROKEN
    assert "answered close_all on lane 0 before the earlier open" in cell.reason


@pytest.mark.parametrize(
    ("deed", "complaint"),
    [
        (runtime.wrong_id, "which was never requested"),
        (runtime.twice, "was already answered"),
        (runtime.say(b"\x00\x00\x00\x03abc"), "bytes that are not a Response"),
        (runtime.say(b"Segmentation fault\n"), "the length says 1399154541 bytes"),
        (runtime.say(b"\x80\x00\x00\x00"), "the length says 2147483648 bytes"),
        (runtime.say(frame(Response(hello=Hello(contract=2)).SerializeToString())), "answered id 0"),
    ],
)
def test_an_agent_that_breaks_the_dialogue_makes_its_cell_broken_with_the_reason(deed: Deed, complaint: str) -> None:
    known = world.peers("a")
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": Script(instead=at("send", deed))})
    cell = played.judged[POISONED_CELL]
    assert cell.verdict == Verdict.BROKEN
    assert re.search(complaint, cell.reason)
    assert "Traceback" not in cell.reason


def test_an_agent_that_ends_in_the_middle_of_an_answer_says_so() -> None:
    def half(self: ScriptedInstance, request: Request) -> None:
        self.say(b"\x00\x00\x00\x09abc")
        self.hung = True  # nothing of what is asked next comes in between
        self.later(0, self.kill)

    known = world.peers("a")
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": Script(instead=at("send", half, nth=1))})
    assert "in the middle of an answer (7 bytes arrived)" in played.judged[POISONED_CELL].got


def test_an_agent_that_closes_less_than_was_opened_breaks_its_cell() -> None:
    known = world.peers("a")
    script = Script(instead=at("close_all", runtime.reply(closed=0)))
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": script})
    cell = played.judged[POISONED_CELL]
    assert cell.verdict == Verdict.BROKEN
    assert "closed 0 sockets on lane 0, but 1 were open" in cell.reason


def test_an_agent_that_dies_after_its_cell_leaves_the_verdict_and_an_incident_without_cells() -> None:
    known = world.peers("a")
    script = Script(instead=at("close_all", runtime.answer_and_die, instance="a-1"))
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": script})
    assert played.verdicts == {POISONED_CELL: Verdict.PASS}
    assert [(incident.instance, incident.cells) for incident in played.incidents] == [("a-1", [])]


def test_an_agent_that_dies_idle_while_others_play_is_an_incident_without_cells() -> None:
    def die_in_a_second(self: ScriptedInstance, request: Request) -> None:
        self.lane(request.lane).take(request)
        self.later(1, self.kill)

    known = world.peers("a", "b")
    script = {
        "a": Script(instead=at("close_all", die_in_a_second)),
        "b": Script(instead=at("send", runtime.late(5), where=poisoned)),
    }
    planned = world.cells(known, "push_pull/tcp/a:a", "multipart/tcp/binary/b:b")
    played = world.play(known, planned, script)
    assert played.verdicts["push_pull/tcp/a:a"] == Verdict.PASS
    assert {incident.instance: incident.cells for incident in played.incidents} == {"a-1": [], "a-2": []}


def test_an_agent_that_is_lost_idle_at_the_very_end_is_an_incident_all_the_same() -> None:
    def babble_in_a_second(self: ScriptedInstance, request: Request) -> None:
        self.lane(request.lane).take(request)
        self.later(1, lambda: self.say(b"\xff\xff\xff\xff"))

    async def play(cell: CellContext) -> None:
        await asyncio.sleep(2 if "b" in cell.cell.peers else 0)

    known = world.peers("a", "b")
    script = Script(instead=at("close_all", babble_in_a_second), deaf=True)
    planned = [cell for cell in world.cells_of(play, known) if cell.id in ("own/tcp/a:a", "own/tcp/b:b")]
    played = world.play(known, planned, {"a": script})
    assert {"a-1", "a-2"} <= {incident.instance for incident in played.incidents}
    assert set(played.verdicts.values()) == {Verdict.PASS}


def test_an_agent_that_exits_with_another_status_at_its_end_is_an_incident() -> None:
    known = world.peers("a")
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": Script(status=3)})
    assert played.verdicts == {POISONED_CELL: Verdict.PASS}
    assert [(incident.ended, incident.cells) for incident in played.incidents] == [("exited with 3", [])] * 2


def test_an_agent_that_does_not_end_with_its_channel_is_killed_and_is_an_incident() -> None:
    known = world.peers("a")
    played = world.play(known, world.cells(known, POISONED_CELL), {"a": Script(deaf=True)})
    assert [incident.ended for incident in played.incidents] == ["killed by SIGKILL"] * 2


def test_a_peer_that_loses_agent_after_agent_is_given_up() -> None:
    known = world.peers("a", "b")
    script = {"a": Script(instead=at("bind", runtime.die))}
    played = world.play(known, world.cells(known), script, settings=Settings(jobs=1))
    losses = [incident for incident in played.incidents if incident.instance.startswith("a-")]
    assert len(losses) == MAX_LOSSES
    assert [lost.name for lost in played.lost] == ["a"]
    assert f"lost {MAX_LOSSES} agents" in played.lost[0].reason
    with_a = {id: verdict for id, verdict in played.verdicts.items() if re.search(r"\ba\b", id.rsplit("/", 1)[1])}
    assert list(with_a.values()).count(Verdict.FAIL) == MAX_LOSSES
    assert {verdict for id, verdict in played.verdicts.items() if id not in with_a} == {Verdict.PASS}


@pytest.mark.parametrize(
    "script",
    [
        Script(unprepared="no compiler"),
        Script(unstarted="no such file"),
        Script(hello=lambda hello: None),
        Script(hello=lambda hello: Hello(contract=2)),
        Script(hello=lambda hello: Hello(contract=2, peer="c", proto_digest="other")),
    ],
    ids=["build fails", "start fails", "no Hello", "other contract", "stale"],
)
def test_a_peer_that_cannot_be_prepared_breaks_its_own_cells_alone(script: Script) -> None:
    known = world.peers("a", "b", "c")
    planned = world.cells(known, "push_pull")
    played = world.play(known, planned, {"c": script})
    for cell in planned:
        assert played.verdicts[cell.id] == (Verdict.BROKEN if "c" in cell.peers else Verdict.PASS)
    assert [lost.name for lost in played.lost] == ["c"]
    assert played.runtime.prepared.count("c") == 1


def test_a_peer_without_a_manifest_breaks_its_own_cells_with_the_problem() -> None:
    bad = world.peer("c")
    known = {**world.peers("a"), "c": Peer(name="c", folder=bad.folder, problem="peer.toml: unknown key")}
    played = world.play(known, world.cells(known, "push_pull"))
    assert {cell.reason for cell in played.judged.values() if cell.verdict == Verdict.BROKEN} == {
        "c: peer.toml: unknown key"
    }
    assert played.verdicts["push_pull/tcp/a:a"] == Verdict.PASS


def test_what_a_peer_does_not_claim_is_unsupported_and_never_played() -> None:
    known = {**world.peers("a"), "b": world.peer("b", transports=("tcp",))}
    planned = world.cells(known, "push_pull/ipc")
    played = world.play(known, planned)
    for cell in planned:
        assert played.verdicts[cell.id] == (Verdict.UNSUPPORTED if "b" in cell.peers else Verdict.PASS)
    assert played.judged["push_pull/ipc/a:b"].reason == "b does not claim transport ipc"
    assert [seen.name for seen in played.seen] == ["a"]


def test_peers_with_a_single_lane_play_everything_that_they_claim() -> None:
    known = world.peers("a", "b", lanes=1, transports=("tcp", "ipc"), abilities=())
    planned = world.cells(known)
    played = world.play(known, planned)
    for cell in planned:
        assert played.verdicts[cell.id] == (Verdict.UNSUPPORTED if cell.transport == "inproc" else Verdict.PASS)


@pytest.mark.parametrize("jobs", [1, 3, 16])
def test_as_many_cells_are_in_flight_as_jobs_and_no_more(jobs: int) -> None:
    now, most = 0, 0

    async def play(cell: CellContext) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(1)
        now -= 1

    known = world.peers("a", "b")
    played = world.play(known, world.cells_of(play, known), settings=Settings(jobs=jobs))
    assert most == jobs
    assert set(played.verdicts.values()) == {Verdict.PASS}


def test_a_scenario_without_end_hangs_its_cell_and_leaves_its_agents_to_others() -> None:
    async def play(cell: CellContext) -> None:
        one = cell.one.open(PULL)
        while True:
            await cell.collect([one.receive()])

    known = world.peers("a")
    played = world.play(known, world.cells_of(play, known))
    assert {(cell.verdict, cell.kind) for cell in played.judged.values()} == {(Verdict.FAIL, Kind.HUNG)}
    assert played.incidents == []
    assert len(played.runtime.instances) == 2


@pytest.mark.parametrize(
    "error", [KeyError("never said"), EncodeError("not whole"), FileNotFoundError("no file"), RuntimeError("else")]
)
def test_an_answer_that_trips_a_scenario_up_makes_its_cell_broken_with_the_place(error: Exception) -> None:
    async def play(cell: CellContext) -> None:
        raise error

    known = world.peers("a")
    played = world.play(known, world.cells_of(play, known))
    assert {cell.verdict for cell in played.judged.values()} == {Verdict.BROKEN}
    assert all("the scenario itself failed" in cell.reason for cell in played.judged.values())
    assert all(type(error).__name__ in cell.reason for cell in played.judged.values())


def test_a_disk_that_is_full_is_nobodys_verdict() -> None:
    async def play(cell: CellContext) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    known = world.peers("a")
    with pytest.raises(OSError, match="No space left"):
        world.play(known, world.cells_of(play, known))


def test_what_a_peer_makes_a_runtime_stumble_over_breaks_that_peer_alone() -> None:
    def explode(hello: Hello) -> Hello:
        raise ZeroDivisionError("nobody has thought of it")

    known = world.peers("a", "b")
    played = world.play(known, world.cells(known, "push_pull"), {"a": Script(hello=explode)})
    for id, verdict in played.verdicts.items():
        assert verdict is (Verdict.BROKEN if "a" in id.rpartition("/")[2].split(":") else Verdict.PASS), id
    (lost,) = played.lost
    assert lost.reason == "the harness failed on this peer: ZeroDivisionError: nobody has thought of it"
    assert "in explode" in lost.detail


def test_lanes_are_used_again_by_later_cells() -> None:
    known = world.peers("a")
    played = world.play(known, world.cells(known), settings=Settings(jobs=1))
    assert set(played.verdicts.values()) == {Verdict.PASS}
    assert len(played.runtime.instances) == 2


def test_after_stop_no_cell_is_begun_and_those_in_flight_are_judged() -> None:
    def stop_at_once(engine: Engine, event: Event) -> None:
        if isinstance(event, CellJudged):
            engine.stop()

    known = world.peers("a", "b")
    played = world.play(known, world.cells(known), settings=Settings(jobs=4), watch=stop_at_once)
    assert 1 <= len(played.verdicts) <= 4
    assert set(played.verdicts.values()) == {Verdict.PASS}
    assert all(instance.ended is not None for instance in played.runtime.instances)


@pytest.mark.parametrize("deed", [runtime.swallow, runtime.hang])
def test_after_a_cut_cells_that_end_soon_are_judged_and_those_that_wait_are_not(deed: runtime.Deed) -> None:
    in_flight = []

    def cut_at_once(engine: Engine, event: Event) -> None:
        if isinstance(event, CellJudged):
            in_flight.append(engine.in_flight)
            engine.cut()

    known = world.peers("a", "b")
    planned = world.cells(known, "push_pull/tcp")
    script = {"a": Script(late=0.01), "b": Script(instead=at("send", deed))}
    played = world.play(known, planned, script, watch=cut_at_once)
    assert set(played.verdicts) == {cell.id for cell in planned if cell.peer("pusher") == "a"}
    assert set(played.verdicts.values()) == {Verdict.PASS}
    assert in_flight == [len(planned) - number for number in range(1, len(in_flight) + 1)]
    assert all(instance.ended is not None for instance in played.runtime.instances)


def test_answers_may_come_in_any_cut() -> None:
    known = world.peers("a", "b")
    planned = world.cells(known, "push_pull", "req_rep", "pub_sub")
    played = world.play(known, planned, {"a": Script(cut=1), "b": Script(cut=3)})
    assert set(played.verdicts.values()) == {Verdict.PASS}


def test_no_agent_is_left_running() -> None:
    played = together(at("send", runtime.die, where=poisoned))
    assert [instance.name for instance in played.runtime.instances if instance.ended is None] == []
