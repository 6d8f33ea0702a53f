"""docs/peer-contract.md, Time limits. These checks find answers that come too early; late ones count as no answer."""

from __future__ import annotations

import asyncio
from typing import Any

from zmq_interop.smoke.agent import LONG, SHORT, Agent, error_of
from zmq_interop.smoke.rules import Wrong, check

_SECTION = "Time limits"
_WAIT = (
    "Otherwise: try with `DONTWAIT`; where that says EAGAIN, poll for what remains of the time and try again, or let "
    "the library itself wait so long."
)
_TOO_MUCH = {"count": 10_000, "size": 100_000}  # 1 GB: more than high-water marks and the system's buffers hold


@check(
    _SECTION,
    "`timeout_ms` of 0 is `DONTWAIT`.",
    mend="if timeout_ms is 0 or not set, pass ZMQ_DONTWAIT and answer at once",
)
async def a_limit_of_0_does_not_wait(agent: Agent) -> None:
    await agent.do(open={"socket": 1, "type": "PULL"})
    await agent.fails("AGAIN EAGAIN", receive={"socket": 1})


@check(
    _SECTION,
    _WAIT,
    mend="poll the socket for as long as timeout_ms says, and answer AGAIN when it has passed, not before",
)
async def receive_waits_for_its_limit(agent: Agent) -> None:
    await agent.do(open={"socket": 1, "type": "PULL"})
    await _waits(agent, receive={"socket": 1, "timeout_ms": SHORT})


@check(
    _SECTION,
    _WAIT,
    mend="poll the socket for as long as timeout_ms says, and answer AGAIN when it has passed, not before",
)
async def send_waits_for_its_limit(agent: Agent) -> None:
    await agent.do(open={"socket": 1, "type": "PUSH"})
    await _waits(agent, send={"socket": 1, "frames": [{"raw": b"a"}, {"raw": b"b"}], "timeout_ms": SHORT})


@check(_SECTION, _WAIT, mend="let ReceiveEvent wait like Receive: AGAIN after timeout_ms, or at once if that is 0")
async def receive_event_waits_for_its_limit(agent: Agent) -> None:
    agent.claims(operations=["monitor", "receive_event"])
    await agent.do(open={"socket": 1, "type": "PULL"})
    await agent.do(monitor={"socket": 1})
    await agent.fails("AGAIN EAGAIN", receive_event={"socket": 1})
    await _waits(agent, receive_event={"socket": 1, "timeout_ms": SHORT})


async def _waits(agent: Agent, **operation: Any) -> None:
    agent.claims(operations=operation)
    start = asyncio.get_running_loop().time()
    await agent.fails("AGAIN EAGAIN", **operation)
    took = asyncio.get_running_loop().time() - start
    if took < SHORT / 1000:
        raise Wrong(f"it answered after {took * 1000:.0f} ms; timeout_ms was {SHORT}")


@check(
    _SECTION,
    "No operation waits longer than its `timeout_ms`",
    mend="stop waiting as soon as there is a message: poll, do not sleep",
)
async def waiting_ends_with_the_message(agent: Agent) -> None:
    agent.claims(lanes=2, operations=["receive"], socket_types=["PUSH"])
    await agent.do(1, open={"socket": 1, "type": "PULL"})
    endpoint = (await agent.do(1, bind={"socket": 1, "endpoint": agent.endpoint("tcp", "ipc")})).endpoint
    waiting = agent.start(1, receive={"socket": 1, "timeout_ms": LONG})
    await agent.do(open={"socket": 2, "type": "PUSH"})
    await agent.do(connect={"socket": 2, "endpoint": endpoint})
    await agent.send({"raw": b"now"})
    response = await agent.answer(waiting)
    if [one.raw for one in response.message.frames] != [b"now"]:
        raise Wrong(f"the message was sent, but it answered {error_of(response) or 'something else'}")


@check(
    _SECTION,
    "A burst has one limit for the whole of it. A time limit that ends a burst is no error.",
    mend="start the limit once per burst, not per message; when it expires, answer with what is done so far",
)
async def a_time_limit_ends_a_burst_without_error(agent: Agent) -> None:
    agent.claims(operations=["receive_burst"])
    await agent.link()
    for _ in range(3):
        await agent.send({"raw": b"12345678"})
    await _taken(agent, {"count": 2, "timeout_ms": agent.while_ms}, 2)
    await _taken(agent, {"count": 10, "timeout_ms": SHORT}, 1)
    await _taken(agent, {"count": 10}, 0)


async def _taken(agent: Agent, burst: dict[str, Any], wanted: int) -> None:
    count = (await agent.do(receive_burst={"socket": 1, **burst})).burst.count
    if count != wanted:
        raise Wrong(f"ReceiveBurst of up to {burst['count']} answered {count}, but {wanted} were waiting")


@check(
    _SECTION,
    "A burst has one limit for the whole of it.",
    mend="check the clock between messages and when the socket is full; answer how many were sent",
)
async def a_burst_that_the_socket_does_not_take_ends(agent: Agent) -> None:
    agent.claims(operations=["send_burst"], options=["SNDHWM"])
    marks = [{"name": name, "value": {"number": 5}} for name in ("SNDHWM", "RCVHWM") if name in agent.hello.options]
    for socket, type in ((1, "PULL"), (2, "PUSH")):
        options = marks if "RCVHWM" in agent.hello.options or type == "PUSH" else []
        await agent.do(open={"socket": socket, "type": type, "options": options})
    endpoint = (await agent.do(bind={"socket": 1, "endpoint": agent.endpoint()})).endpoint
    await agent.do(connect={"socket": 2, "endpoint": endpoint})
    for limit in (0, SHORT):
        burst = {"socket": 2, **_TOO_MUCH, "timeout_ms": limit}
        count = (await agent.do(send_burst=burst)).burst.count
        if count >= _TOO_MUCH["count"]:
            raise Wrong(f"it says that all {count} messages were sent, but nobody received any")
