"""Whole cells through relays: verdicts stay, transcripts have the bytes, a relay that fails makes a cell `broken`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.liars.play import HONEST, make_peer, peer_name
from tests.space import logs_in
from zmq_interop.agents.outside import Outside
from zmq_interop.core.events import LOG
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import log, wire_log
from zmq_interop.results.report.log import Log
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.wire import reading
from zmq_interop.wire.items import Frame, Greeting, Undecoded
from zmq_interop.wire.relay import Relay

Play = Callable[..., Log]
OWN_ENDPOINTS = "no relay was asked for: the scenario names its endpoints itself"


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays cells as processes. Takes the options of a run; returns its log."""

    def play(**options: object) -> Log:
        chosen = Options(runtime="process", **options)  # type: ignore[arg-type]
        run = session.Run(chosen, session.prepare(chosen, logs_in(tmp_path)), [], print)
        asyncio.run(run.play())
        assert run.place is not None
        return log.read(run.place.folder / LOG)

    return play


def one_of_each_family(space_of: Path) -> tuple[str, ...]:
    """The first cell of each family over each transport with bytes, between two honest agents."""
    chosen = Options(peers=(HONEST,), runtime="process")
    found: dict[tuple[str, str], str] = {}
    for planned in session.prepare(chosen, logs_in(space_of)).cells:
        scenario, transport = planned.cell.scenario, planned.cell.transport
        linked = len(scenario.roles) > 1
        if linked and transport in ("tcp", "ipc") and not planned.unclaimed and not scenario.slow:
            found.setdefault((scenario.family, transport), planned.id)
    assert len({family for family, _ in found}) > 15
    return tuple(found.values())


def test_a_cell_of_each_family_passes_and_all_its_bytes_decode(play: Play, tmp_path: Path) -> None:
    ids = one_of_each_family(tmp_path)
    read = play(patterns=ids, peers=(HONEST,), wire=True)
    assert {id: cell.verdict for id, cell in read.cells.items() if cell.verdict is not Verdict.PASS} == {}
    assert set(read.wires) == {(id, False) for id in ids}
    tapped = {id: wire for (id, _), wire in read.wires.items() if wire.transcript.untapped != [OWN_ENDPOINTS]}
    assert len(tapped) > 15
    for id, wire in tapped.items():
        transcript = wire.transcript
        assert (transcript.untapped, transcript.failed) == ([], ""), id
        items = [item for one in transcript.connections for item in reading.items(one)]
        assert any(isinstance(item, Greeting) for item in items), id
        assert "connection 1" in wire_log.render(read, id)
    typed = [one for wire in read.wires.values() for one in wire.transcript.payloads]
    assert {one.message for one in typed} >= {"interop.payload.v1.DataMessage", "interop.payload.v1.Scalars"}


def test_the_bytes_of_a_simple_cell_are_all_there(play: Play) -> None:
    id = f"push_pull/tcp/{HONEST}:{HONEST}"
    (connection,) = play(patterns=(id,), wire=True).wires[id, False].transcript.connections
    assert (connection.connector, connection.binder) == ("pusher", "puller")
    frames = [item for item in reading.items(connection) if isinstance(item, Frame)]
    assert [item.command.name for item in frames if item.command] == ["READY", "READY"]
    assert [(item.content, item.more) for item in frames if item.is_payload] == [
        (b"one", True),
        (b"", True),
        (b"\0two\xff", False),
        (b"end", False),
    ]
    assert not [item for item in reading.items(connection) if isinstance(item, Undecoded)]


def test_who_connects_again_has_a_new_connection(play: Play) -> None:
    read = play(patterns=("peer_killed/tcp",), peers=(HONEST,), wire=True)
    assert [cell.verdict for cell in read.cells.values()] == [Verdict.PASS] * len(read.cells)
    for wire in read.wires.values():
        assert len([one for one in wire.transcript.connections if one.segments]) > 1


def test_what_has_no_bytes_to_see_is_told(play: Play) -> None:
    id = f"push_pull/inproc/{HONEST}:{HONEST}"
    read = play(patterns=(id,), wire=True)
    assert read.cells[id].verdict is Verdict.PASS
    assert "not tapped: inproc passes messages within a process" in wire_log.render(read, id)


def test_a_cell_that_fails_is_played_once_more(play: Play, tmp_path: Path) -> None:
    liar = Outside(folder=make_peer(tmp_path, peer_name("alter"), "--lie", "alter"))
    id = f"push_pull/tcp/{HONEST}:{peer_name('alter')}"
    read = play(patterns=(id,), outside=(liar,))
    assert read.cells[id].verdict is Verdict.FAIL
    assert set(read.wires) == {(id, True)}
    wire = read.wires[id, True]
    assert (wire.verdict, wire.kind) == (Verdict.FAIL, read.cells[id].kind)
    assert wire.operations
    told = wire_log.render(read, id)
    assert "the replay through relays failed the same way" in told
    assert f"\nexpected: {read.cells[id].expected[:20]}" in told
    assert f"\ngot: {read.cells[id].got[:20]}" in told
    sent = [item.content for item in reading.items(wire.transcript.connections[0]) if isinstance(item, Frame)]
    assert b"one" in sent, "the receiver is wrong: its bytes came as they should"


def test_a_lost_agent_is_no_defect_of_the_tap(play: Play, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    liar = Outside(folder=make_peer(tmp_path, peer_name("wrong-answer-ids"), "--lie", "wrong-answer-ids"))
    id = f"push_pull/tcp/{HONEST}:{peer_name('wrong-answer-ids')}"
    read = play(patterns=(id,), outside=(liar,), wire=True)
    assert read.cells[id].verdict is Verdict.BROKEN
    assert caplog.text == "", "what the loop would complain of"


def test_a_relay_that_cannot_listen_breaks_the_cell(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Relay) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(Relay, "open", full)
    id = f"push_pull/ipc/{HONEST}:{HONEST}"
    cell = play(patterns=(id,), wire=True, limit=1.0).cells[id]
    assert cell.verdict is Verdict.BROKEN
    assert cell.reason.startswith("the tap failed: the relay at ipc://")
    assert cell.reason.endswith("Too many open files")


def test_a_socket_file_that_vanishes_breaks_the_cell(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Relay.open

    def vanish(relay: Relay) -> None:
        opened(relay)
        Path(relay.endpoint.removeprefix("ipc://")).unlink()

    monkeypatch.setattr(Relay, "open", vanish)
    id = f"push_pull/ipc/{HONEST}:{HONEST}"
    cell = play(patterns=(id,), wire=True, limit=1.0).cells[id]
    assert cell.verdict is Verdict.BROKEN
    assert "has vanished" in cell.reason


def test_without_wire_nothing_is_kept_of_a_cell_that_passes(play: Play) -> None:
    id = f"push_pull/tcp/{HONEST}:{HONEST}"
    assert play(patterns=(id,)).wires == {}


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_the_bytes_of_a_cell_by_hand_are_kept_without_a_relay(play: Play, transport: str) -> None:
    id = f"pong/{transport}/{HONEST}"
    read = play(patterns=(id,), wire=True)
    assert read.cells[id].verdict is Verdict.PASS
    transcript = read.wires[id, False].transcript
    (connection,) = transcript.connections
    assert (connection.connector, connection.binder, transcript.untapped) == ("wire", "peer", [])
    names = [item.command.name for item in reading.items(connection) if isinstance(item, Frame) and item.command]
    assert (names.count("READY"), names.count("PING"), names.count("PONG")) == (2, 3, 3)
    written = [one.call for one in read.cells[id].operations if one.instance == "wire"]
    assert written[:2] == ["connect", "write"]


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_transcript_of_a_faulty_link_tells_the_sides_and_the_fault(play: Play, transport: str) -> None:
    id = f"limit_data/{transport}/between-frames/{HONEST}"
    read = play(patterns=(id,), wire=True)
    assert read.cells[id].verdict is Verdict.PASS
    told = wire_log.render(read, id)
    assert "between the sockets: a relay that bends what they say: LimitData: after 99, side of who connects\n" in told
    assert " peer (connects) " in told
    assert " peer (binds) " in told
    assert told.count("\nconnection ") == 2
