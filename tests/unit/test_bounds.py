"""What an agent answers is bounded before it takes memory, and again before it is kept or shown."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest

from interop.control.v1.control_pb2 import Request, Response
from interop.control.v1.hello_pb2 import Hello, Library
from tests.unit import world
from tests.unit.test_channel import Wire
from zmq_interop.agents.control import bounds, channel, hello
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.control.framing import frame
from zmq_interop.agents.control.handles import Lane
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Script
from zmq_interop.core import events
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import cell_log
from zmq_interop.run.engine import journal
from zmq_interop.schemas import wire_format
from zmq_interop.system import clip
from zmq_interop.system.errors import DialogueBroken, PeerBroken

MESSAGE = Response.MESSAGE_FIELD_NUMBER
EMPTY_FRAME = b"\x0a\x00"
NOT_MUCH = 16 << 20  # bytes of memory


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (wire_format.bytes_field(MESSAGE, EMPTY_FRAME * (1 << 20)), "frames"),
        (wire_format.bytes_field(MESSAGE, EMPTY_FRAME * 40_000) * 2, "frames"),
        (wire_format.bytes_field(MESSAGE, b"") * 70_000, "fields"),
        (
            wire_format.bytes_field(Response.BURST_FIELD_NUMBER, wire_format.bytes_field(4, b"\1" * (5 << 20))),
            "a burst's result",
        ),
        (wire_format.bytes_field(Response.HELLO_FIELD_NUMBER, wire_format.bytes_field(4, b"") * (1 << 20)), "a Hello"),
        (wire_format.bytes_field(Response.ENDPOINT_FIELD_NUMBER, b"x" * 70_000), "without a message"),
        (wire_format.bytes_field(99, b"x" * 70_000), "without a message"),
    ],
    ids=["empty frames", "merged", "fields", "numbers", "libraries", "endpoint", "unknown"],
)
def test_what_decodes_to_much_is_refused_before_it_is_decoded(answer: bytes, says: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(bounds.TooMuch, match=says):
            bounds.check(answer)
        assert tracemalloc.get_traced_memory()[1] < NOT_MUCH
    finally:
        tracemalloc.stop()


def test_what_is_no_message_is_told_apart() -> None:
    with pytest.raises(ValueError, match="cut short") as told:
        bounds.check(wire_format.tag(MESSAGE, wire_format.LENGTH) + wire_format.varint(1 << 30) + bytes(70_000))
    assert not isinstance(told.value, bounds.TooMuch)


def test_large_messages_pass() -> None:
    big = Response(id=1, message={"frames": [{"raw": bytes(32 << 20)}, {"raw": b""}]})
    bounds.check(big.SerializeToString())
    bounds.check(Response(id=1, message={"frames": [{}] * 50_000}).SerializeToString())
    bounds.check(Response(id=1, burst={"count": 100_000, "numbers": range(100_000)}).SerializeToString())


def test_a_channel_is_given_up_for_more_than_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "HELD", 200_000)

    async def talk() -> None:
        one = Channel("a-1")
        one.attach(Wire())
        lane = Lane(one, 0, 1)
        socket = lane.open("PULL")

        def answer() -> None:
            call = socket.receive()
            one.flush()
            data = Response(id=call.exchange.request.id, message={"frames": [{"raw": bytes(60_000)}]})
            one.received(frame(data.SerializeToString()))

        for _ in range(3):
            answer()
        one.release(call.exchange for call in lane.calls)  # their cell has ended
        lane.calls.clear()
        for _ in range(3):
            answer()
        lost = [one.lost]
        answer()
        lost.append(one.lost)
        assert [type(error) for error in lost] == [type(None), DialogueBroken]
        with pytest.raises(DialogueBroken, match="answered too much"):
            await lane.calls[-1]

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        (lambda told: told.libraries.extend([Library(name="x", version="1")] * 1_000_000), "1000000 libraries"),
        (lambda told: setattr(told, "language", "\x1b[2J"), r"language is '\\x1b\[2J'"),
        (lambda told: setattr(told, "language", "C\nplanned 1 = pass 1"), "language"),
        (lambda told: told.libraries.add(name="libzmq", version="4" * 300), "libraries.*300 characters"),
        (lambda told: told.options.extend(map(str, range(100_000))), "and 99990 more"),
        (lambda told: setattr(told, "lanes", 1 << 31), "Hello says 2147483648"),
    ],
    ids=["libraries", "escape", "newline", "long", "options", "lanes"],
)
def test_a_hello_that_cannot_be_shown_is_refused(lie: Callable[[Hello], None], says: str) -> None:
    one = world.peer("a")
    claims = one.require().claims
    told = Hello(contract=2, peer="a", language="none", proto_digest="d", lanes=claims.lanes)
    for name in ("socket_types", "transports", "mechanisms", "options", "abilities", "operations"):
        getattr(told, name).extend(getattr(claims, name))
    hello.check(one, told, "d", {})
    lie(told)
    with pytest.raises(PeerBroken, match=says) as caught:
        hello.check(one, told, "d", {})
    assert len(str(caught.value)) < clip.MESSAGE


def test_texts_of_agents_are_clipped_in_the_event_log() -> None:
    def complain(self: runtime.ScriptedInstance, request: Request) -> None:
        self.answer(Response(id=request.id, error={"code": 4, "errno_name": "E" * 30_000, "text": "x" * 30_000}))

    known = world.peers("a")
    played = world.play(
        known,
        [cell for cell in world.cells(known) if cell.id == "push_pull/tcp/a:a"],
        script={"a": Script(instead=runtime.at("bind", complain))},
    )
    (cell,) = played.judged.values()
    assert (cell.verdict, cell.kind) == (Verdict.FAIL, Kind.REFUSED)
    assert len(cell.got) < clip.MESSAGE + 100
    assert "characters more" in cell.got
    assert max(len(one.answered) for one in cell.operations) < clip.FIELD + 100


def test_of_very_many_operations_the_first_and_the_last_are_kept() -> None:
    async def talk() -> list[events.Operation]:
        lane = Lane(Channel("a-1"), 0, 1)
        for _ in range(25):
            lane.call("close_all", {}, 0, lambda _: None)
        return journal.operations([lane], 0, most=10)

    told = asyncio.run(talk())
    assert len(told) == 11
    assert (told[5].call, told[5].asked) == ("...", "15 operations left out")


@pytest.mark.parametrize("id", ["x/" * 4000, "a/../../b", "\x1b[2J/\n", "own_schemas/tcp/" + "é" * 300, ".", ""])
def test_the_log_of_a_cell_has_a_name_that_every_file_system_takes(id: str) -> None:
    name = cell_log.file_name(id)
    assert len(name.encode()) < 255
    assert name.isprintable()
    assert "/" not in name


def test_long_ids_have_logs_of_their_own() -> None:
    assert cell_log.file_name("x" * 300 + "a") != cell_log.file_name("x" * 300 + "b")
