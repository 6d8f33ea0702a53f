"""Handles on remote sockets: written ahead, settled in order, and each operation as the contract has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from interop.control.v1.control_pb2 import Error, ErrorCode
from interop.control.v1.hello_pb2 import Hello
from interop.control.v1.operations_pb2 import BurstResult
from tests.unit import still_time, world
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.control.handles import Lane, in_time
from zmq_interop.agents.scripted.runtime import Script, ScriptedInstance, ScriptedRuntime, at, reply
from zmq_interop.core import events
from zmq_interop.core.frames import Typed
from zmq_interop.core.sockets import DEALER, PULL, PUSH, ROUTER
from zmq_interop.run.engine import journal
from zmq_interop.system.errors import OperationFailed

DATA = "interop.payload.v1.DataMessage"


class Agent:
    """A scripted agent with as many lanes as a test wants."""

    def __init__(self, instance: ScriptedInstance, channel: Channel) -> None:
        self.instance = instance
        self.channel = channel

    def lane(self, number: int = 0) -> Lane:
        return Lane(self.channel, number, limit=1.0)


def on_agent(script: Script | None = None) -> Callable[[Callable[[Agent], Awaitable[None]]], Callable[[], None]]:
    """Runs a test as a coroutine with an agent, in still time."""

    def decorate(test: Callable[[Agent], Awaitable[None]]) -> Callable[[], None]:
        async def main() -> None:
            runtime = ScriptedRuntime(world.DIGEST, {"a": script or Script()})
            channel = Channel("a-1")
            instance = await runtime.start(world.peer("a"), "a-1", channel)
            channel.attach(instance)
            assert isinstance(instance, ScriptedInstance)
            await test(Agent(instance, channel))
            await instance.stop(1)

        def wrapped() -> None:
            still_time.run(main())

        wrapped.__name__ = test.__name__
        return wrapped

    return decorate


@on_agent()
async def test_an_operation_is_carried_out_though_nobody_waits_for_it(agent: Agent) -> None:
    pull, push = agent.lane(0).open(PULL), agent.lane(1).open(PUSH)
    push.connect(await pull.bind("tcp://127.0.0.1:*"))
    push.send((b"ahead",))
    assert await pull.receive() == (b"ahead",)


@on_agent()
async def test_an_error_of_a_call_that_nobody_awaited_is_raised_by_the_next_that_is(agent: Agent) -> None:
    lane = agent.lane()
    pull = lane.open(PULL)
    pull.send((b"PULL cannot",))
    with pytest.raises(OperationFailed, match=r"a-1: send answered NATIVE \(ENOTSUP\)"):
        await pull.bind("tcp://127.0.0.1:*")
    await lane.close_all()


@on_agent()
async def test_an_error_of_a_call_that_nobody_awaited_is_raised_by_close_all_at_the_latest(agent: Agent) -> None:
    lane = agent.lane()
    lane.open("PIGEON")
    with pytest.raises(OperationFailed) as failed:
        await lane.close_all()
    assert (failed.value.operation, failed.value.code) == ("open", "UNSUPPORTED")


@on_agent()
async def test_an_error_that_was_awaited_is_raised_once(agent: Agent) -> None:
    lane = agent.lane()
    with pytest.raises(OperationFailed) as failed:
        await lane.open(PULL).receive(timeout=0.01)
    assert (failed.value.code, failed.value.errno_name) == ("AGAIN", "EAGAIN")
    await lane.close_all()


@on_agent()
async def test_a_socket_that_the_scenario_closed_is_not_counted_again(agent: Agent) -> None:
    lane = agent.lane()
    lane.open(PULL).close()
    lane.open(PULL)
    await lane.close_all()


@on_agent()
async def test_options_are_set_read_and_refused_by_kind(agent: Agent) -> None:
    lane = agent.lane()
    socket = lane.open(DEALER, ROUTING_ID=b"me")
    socket.set("LINGER", 5)
    assert await socket.get("ROUTING_ID") == b"me"
    assert await socket.get("LINGER") == 5
    for name, value, code in (
        ("LINGER", b"five", "INVALID"),
        ("SUBSCRIBE", b"", "NATIVE"),
        ("COLOUR", 1, "UNSUPPORTED"),
    ):
        with pytest.raises(OperationFailed) as failed:
            await socket.set(name, value)
        assert failed.value.code == code


@on_agent()
async def test_typed_frames_are_decoded_and_encoded_again_on_both_sides(agent: Agent) -> None:
    pull, push = agent.lane(0).open(PULL), agent.lane(1).open(PUSH)
    push.connect(await pull.bind("ipc:///x"))
    twice = Typed(DATA, b"\x0a\x01a\x0a\x01b")
    push.send((twice,))
    push.send((b"\x0a\x01c",))
    push.send((b"\xff",))
    push.send((b"",))
    assert await pull.receive() == (b"\x0a\x01b",)
    assert await pull.receive(types=[DATA]) == (Typed(DATA, b"\x0a\x01c"),)
    with pytest.raises(OperationFailed, match="PAYLOAD"):
        await pull.receive(types=[DATA])
    with pytest.raises(OperationFailed, match="UNSUPPORTED"):
        await pull.receive(types=["no.such.Type"])


@on_agent()
async def test_bursts_are_counted_and_numbered(agent: Agent) -> None:
    pull, push = agent.lane(0).open(PULL), agent.lane(1).open(PUSH)
    push.connect(await pull.bind("ipc:///x"))
    sent = await push.send_burst(3, size=10, timeout=1, first=5, head=[b"head"])
    got = await pull.receive_burst(9, timeout=1)
    assert (sent.messages, sent.bytes) == (got.messages, got.bytes) == (3, 42)
    assert got.numbers == (5, 6, 7)


@on_agent()
async def test_endpoints_come_and_go(agent: Agent) -> None:
    router, dealer = agent.lane(0).open(ROUTER), agent.lane(1).open(DEALER)
    bound = await router.bind("tcp://127.0.0.1:*")
    connected = await dealer.connect(bound)
    await dealer.disconnect(connected)
    await router.unbind(bound)
    with pytest.raises(OperationFailed, match="ENOENT"):
        await router.unbind(bound)


@on_agent(Script(instead=at("send", reply(error=Error(code=99, text="?")))))  # type: ignore[arg-type]
async def test_an_error_code_of_a_later_contract_is_shown_as_its_number(agent: Agent) -> None:
    with pytest.raises(OperationFailed) as failed:
        await agent.lane().open(PUSH).send((b"",))
    assert failed.value.code == "99"
    assert 99 not in ErrorCode.values()


@on_agent()
async def test_the_journal_has_all_operations_of_all_lanes_in_the_order_of_time(agent: Agent) -> None:
    first, second = agent.lane(0), agent.lane(1)
    pull = first.open(PULL)
    push = second.open(PUSH, LINGER=0)
    push.set("LINGER", 1)
    push.connect(await pull.bind("ipc:///x"))
    push.send((b"text", b"\xff\x00", Typed(DATA, b"\x0a\x01a"), *[b""] * 9))
    await pull.receive(types=["", "", DATA])
    await push.get("LINGER")
    await push.send_burst(1, 8, 1)
    await pull.receive_burst(1, 1)
    with pytest.raises(OperationFailed):
        await pull.receive(timeout=0)
    push.disconnect("ipc:///x")
    pull.unbind("ipc:///x")
    push.close()
    for lane in (first, second):
        await lane.close_all()
    told = journal.operations([first, second], 0.0)
    assert [one.at for one in told] == sorted(one.at for one in told)
    calls = {number: [one.call for one in told if one.lane == number] for number in (0, 1)}
    assert " ".join(calls[0]) == "open bind receive receive_burst receive unbind close_all"
    assert " ".join(calls[1]) == "open set_option connect send get_option send_burst disconnect close close_all"
    asked = {one.call: (one.asked, one.answered) for one in reversed(told)}
    assert asked["bind"] == ("1 ipc:///x", "ipc:///x")
    assert asked["open"] == ("1 PULL", "done")
    assert asked["send"][0].startswith('1 ["text", ff00, interop.payload.v1.DataMessage(')
    assert asked["send"][0].endswith(", ...]")
    assert asked["get_option"] == ("1 LINGER", "1")
    assert asked["send_burst"][0] == "1 1 x 8 bytes within 1000 ms"
    assert "AGAIN EAGAIN no message came" in [one.answered for one in told if one.call == "receive"]
    assert [one.answered for one in told if one.call == "close_all"] == ["1 closed", "0 closed"]
    assert all(one.took >= 0 for one in told)


@on_agent(Script(instead=at("send", lambda self, request: None)))
async def test_the_journal_says_which_operation_has_no_answer(agent: Agent) -> None:
    lane = agent.lane()
    lane.open(PUSH).send((b"",), timeout=0)
    told = journal.operations([lane], 0.0)
    assert isinstance(told[-1], events.Operation)
    assert (told[-1].took, told[-1].answered) == (-1, "")


@on_agent(Script(instead=at("receive_burst", reply(burst=BurstResult(count=2, elapsed_ns=2_000_000)))))
async def test_a_burst_tells_its_time(agent: Agent) -> None:
    lane = agent.lane()
    burst = await lane.open(PULL).receive_burst(2, 1)
    assert burst.seconds == 0.002
    assert journal.operations([lane], 0.0)[-1].answered == "2 messages, 0 bytes, 2.000 ms"


@on_agent()
async def test_what_is_asked_in_one_turn_of_the_loop_is_one_program_for_each_lane(agent: Agent) -> None:
    lane, other = agent.lane(0), agent.lane(1)
    pull = lane.open(PULL)
    pull.set("LINGER", 0)
    other.open(PUSH)
    bound = pull.bind("tcp://127.0.0.1:*")  # ends its Program: others wait for the endpoint
    receive = pull.receive(timeout=0.5)
    await bound
    assert not receive.exchange.answer.done()
    assert [call.exchange.request.id for call in (pull.opened, bound, receive)] == [0, 0, 2], "as they left alone"
    assert agent.instance.asked == {"open": 1, "set_option": 1, "bind": 1, "receive": 1}, "nobody waits for the other"
    assert await in_time(receive) == []
    await lane.close_all()
    await other.close_all()


@on_agent()
async def test_a_call_that_is_awaited_at_once_waits_for_nothing_that_is_asked_after_it(agent: Agent) -> None:
    lane = agent.lane()
    pull = lane.open(PULL)
    bound = pull.bind("tcp://127.0.0.1:*")
    receive = pull.receive(timeout=0.5)
    await bound
    assert not receive.exchange.answer.done()
    assert await in_time(receive) == []
    await lane.close_all()


@on_agent()
async def test_what_comes_after_an_error_is_not_done_and_tells_that_error(agent: Agent) -> None:
    lane = agent.lane()
    pull = lane.open(PULL)
    first, second = pull.receive(timeout=0.1), pull.receive(timeout=0.1)
    for call in (first, second):
        with pytest.raises(OperationFailed) as failed:
            await call.joined()
        assert (failed.value.operation, failed.value.code) == ("receive", "AGAIN")
    assert agent.instance.asked["receive"] == 1
    assert [one.answered for one in journal.operations([lane], 0)][-1] == "not done: receive failed"
    await lane.close_all()


@on_agent()
async def test_an_operation_that_was_not_done_is_told_though_the_error_before_it_was_let_pass(agent: Agent) -> None:
    lane = agent.lane()
    pull = lane.open(PULL)
    await pull.opened
    late = pull.receive(timeout=0)
    pull.set("LINGER", 5)
    await agent.lane(1).open(PULL).opened  # meanwhile both have left as one Program
    assert await in_time(late) == []
    with pytest.raises(OperationFailed, match="receive answered AGAIN"):
        await lane.close_all()


@on_agent()
async def test_sockets_are_closed_though_an_error_ended_the_program_that_was_to_close_them(agent: Agent) -> None:
    lane = agent.lane()
    lane.open(PULL).send((b"PULL cannot",))
    with pytest.raises(OperationFailed, match="send answered NATIVE"):
        await lane.close_all()
    assert (agent.instance.asked["close_all"], agent.instance.sockets) == (1, 0)


@on_agent()
async def test_an_agent_without_programs_gets_one_operation_a_request(agent: Agent) -> None:
    channel = Channel("a-2")
    runtime = ScriptedRuntime(world.DIGEST, {"a": Script(hello=_without_programs)})
    channel.attach(instance := await runtime.start(world.peer("a"), "a-2", channel))
    await channel.hello
    lane = Lane(channel, 0, limit=1.0)
    opened = lane.open(PULL).opened
    await lane.close_all()
    assert [call.exchange.request.id for call in lane.calls] == [1, 2]
    assert opened.done
    await instance.stop(1)


def _without_programs(hello: Hello) -> Hello:
    hello.operations.remove("program")
    return hello
