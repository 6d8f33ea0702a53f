"""One agent's control channel: each answer finds its request, and whatever else comes ends the dialogue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from interop.control.v1 import operations_pb2 as op
from interop.control.v1.control_pb2 import Request, Response
from interop.control.v1.hello_pb2 import Hello
from tests.unit import still_time
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.control.framing import Unframer, frame
from zmq_interop.agents.control.handles import Lane
from zmq_interop.agents.control.program import Exchange
from zmq_interop.agents.runtimes.base import Ended, Instance
from zmq_interop.agents.runtimes.stderr import StderrLog
from zmq_interop.system.errors import AgentDied, AgentError, AgentHung, DialogueBroken

LIMIT = 5.0
GRACE = 2.0


class Wire(Instance):
    """Keeps what is written to an agent."""

    def __init__(self) -> None:
        self.name, self.host, self.ipc, self.stderr = "a-1", "", "", StderrLog()
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    @property
    def requests(self) -> list[Request]:
        return [Request.FromString(one) for one in Unframer().feed(b"".join(self.writes))]

    def kill(self) -> None:
        raise NotImplementedError

    async def wait(self) -> Ended:
        raise NotImplementedError

    async def stop(self, grace: float) -> Ended:
        raise NotImplementedError


class Talk:
    """A channel with its other end in the test's hands."""

    def __init__(self) -> None:
        self.lost: list[AgentError] = []
        self.channel = Channel("a-1", GRACE, self.lost.append)
        self.wire = Wire()
        self.channel.attach(self.wire)

    def ask(self, count: int = 1) -> list[Exchange]:
        asked = [self.channel.request(7, "close_all", Request(close_all=op.CloseAll()), LIMIT) for _ in range(count)]
        self.channel.flush()
        return asked

    def answer(self, *ids: int) -> None:
        self.channel.received(b"".join(frame(Response(id=id, closed=id).SerializeToString()) for id in ids))


def talk(test: Callable[[Talk], Awaitable[None]]) -> Callable[[], None]:
    """Runs a test as a coroutine with a Talk, in still time."""

    async def main() -> None:
        await test(Talk())

    def wrapped() -> None:
        still_time.run(main())

    wrapped.__name__ = test.__name__
    return wrapped


@talk
async def test_requests_of_one_turn_leave_in_one_write_with_ids_of_their_own(one: Talk) -> None:
    one.ask(3)
    await asyncio.sleep(0)
    assert len(one.wire.writes) == 1
    assert [request.id for request in one.wire.requests] == [1, 2, 3]
    assert {request.lane for request in one.wire.requests} == {7}


@talk
async def test_answers_may_overtake_and_find_their_requests(one: Talk) -> None:
    asked = one.ask(3)
    one.answer(3, 1, 2)
    assert [(await exchange.answer).closed for exchange in asked] == [1, 2, 3]
    assert one.channel.lost is None


@talk
async def test_requests_made_before_there_is_an_instance_are_written_once_there_is(one: Talk) -> None:
    channel = Channel("a-2", GRACE)
    channel.request(1, "close_all", Request(close_all=op.CloseAll()), LIMIT)
    await asyncio.sleep(0)
    channel.attach(one.wire)
    assert [request.lane for request in one.wire.requests] == [1]


@talk
async def test_hello_is_the_answer_that_nobody_asked(one: Talk) -> None:
    one.channel.received(frame(Response(hello=Hello(peer="a")).SerializeToString()))
    assert (await one.channel.hello).peer == "a"


@talk
async def test_a_second_hello_breaks_the_dialogue(one: Talk) -> None:
    for _ in range(2):
        one.channel.received(frame(Response(hello=Hello(peer="a")).SerializeToString()))
    assert isinstance(one.channel.lost, DialogueBroken)


@talk
async def test_an_answer_beyond_limit_and_grace_is_hung_and_the_channel_lives_on(one: Talk) -> None:
    (slow,), (quick,) = one.ask(), one.ask()
    one.answer(2)
    await quick.answer
    began = one.channel.time()
    with pytest.raises(AgentHung, match="a-1 did not answer"):
        await slow.answer
    assert LIMIT + GRACE <= one.channel.time() - began <= LIMIT + GRACE + 1
    assert one.channel.lost is None
    assert [type(error) for error in one.lost] == [AgentHung], "no new cell is to be begun on it"


@talk
async def test_an_answer_that_comes_after_all_means_nothing_but_a_second_one_does(one: Talk) -> None:
    (slow,) = one.ask()
    with pytest.raises(AgentHung):
        await slow.answer
    one.answer(1)
    assert one.channel.lost is None
    one.answer(1)
    assert isinstance(one.channel.lost, DialogueBroken)


@talk
async def test_an_answer_to_a_request_that_nobody_waits_for_any_more_is_no_fault(one: Talk) -> None:
    (asked,) = one.ask()
    asked.answer.cancel()
    one.answer(1)
    assert one.channel.lost is None


@talk
async def test_an_id_that_nobody_asked_breaks_the_dialogue_for_all_that_wait(one: Talk) -> None:
    asked = one.ask(2)
    one.answer(77)
    for exchange in asked:
        with pytest.raises(DialogueBroken, match="answered id 77"):
            await exchange.answer
    assert one.lost == [one.channel.lost]


@talk
async def test_bytes_that_are_no_response_break_the_dialogue_with_a_hint(one: Talk) -> None:
    one.channel.received(frame(b"\xff\xff\xff"))
    assert isinstance(one.channel.lost, DialogueBroken)
    assert "stdout is for the protocol only" in str(one.channel.lost)


@talk
async def test_an_agent_that_prints_breaks_the_dialogue_and_what_it_prints_is_not_kept(one: Talk) -> None:
    one.channel.received(b"Hello, world!\n")
    assert isinstance(one.channel.lost, DialogueBroken)
    for _ in range(1000):
        one.channel.received(bytes(1 << 20))


@talk
async def test_a_length_of_two_gibibytes_breaks_the_dialogue_at_once(one: Talk) -> None:
    one.channel.received(b"\x80\x00\x00\x00")
    assert isinstance(one.channel.lost, DialogueBroken)
    assert "2147483648 bytes" in one.channel.lost.message


@talk
async def test_the_end_of_the_channel_fails_all_that_wait_and_is_told_once(one: Talk) -> None:
    (asked,) = one.ask()
    one.channel.ended()
    one.channel.ended()
    with pytest.raises(AgentDied, match=r"^a-1 closed its control channel$"):
        await asked.answer
    with pytest.raises(AgentDied):
        await one.channel.hello
    assert len(one.lost) == 1


@talk
async def test_the_end_in_the_middle_of_an_answer_says_so(one: Talk) -> None:
    one.channel.received(frame(Response(id=1).SerializeToString())[:5])
    one.channel.ended()
    assert one.channel.lost is not None
    assert "in the middle of an answer (5 bytes arrived)" in one.channel.lost.message


@talk
async def test_a_request_on_a_lost_channel_fails_at_once_and_is_not_written(one: Talk) -> None:
    one.channel.ended()
    (asked,) = one.ask()
    with pytest.raises(AgentDied):
        await asked.answer
    await asyncio.sleep(0)
    assert one.wire.writes == []


@talk
async def test_what_comes_after_the_end_of_the_dialogue_is_ignored(one: Talk) -> None:
    (asked,) = one.ask()
    one.answer(9, 1)
    with pytest.raises(DialogueBroken):
        await asked.answer


@talk
async def test_what_an_operation_waits_for_others_of_its_lane_makes_no_agent_late(one: Talk) -> None:
    asked = [one.channel.request(7, "close_all", Request(close_all=op.CloseAll()), LIMIT, 0.1) for _ in range(5)]
    one.channel.flush()
    for id in [
        exchange.request.id for exchange in asked
    ]:  # each takes what it may, the last half a second after it was asked
        await asyncio.sleep(0.1)
        one.answer(id)
    late = one.channel.delays()
    assert (late.answers, round(late.seconds, 6)) == (5, 0)


@talk
async def test_of_a_lane_that_stands_still_one_operation_is_late(one: Talk) -> None:
    for _ in range(5):
        one.channel.request(7, "close_all", Request(close_all=op.CloseAll()), LIMIT, 0.1)
    await asyncio.sleep(0.5)
    late = one.channel.delays()
    assert (late.answers, round(late.seconds, 6)) == (1, 0.4)


@talk
async def test_a_lane_is_busy_with_a_receive_that_nobody_waits_for_any_more(one: Talk) -> None:
    lane = Lane(one.channel, 7, LIMIT)
    receive = lane.open("PULL").receive()
    receive.exchange.answer.cancel()  # as a scenario does that has seen enough
    closing = lane.call("close_all", {}, 0, lambda response: response.closed)
    assert closing.exchange.limit == receive.exchange.limit, "it comes after that one, and has its grace"
