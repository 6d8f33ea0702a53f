"""proto/interop/control/v1/*.proto: the operations, which these files specify in place of docs/peer-contract.md."""

from __future__ import annotations

from typing import Any

from zmq_interop.core import endpoints
from zmq_interop.core.peer import OPERATIONS
from zmq_interop.smoke.agent import SHORT, Agent
from zmq_interop.smoke.checks.lanes import any_type
from zmq_interop.smoke.rules import Wrong, check

_FIRST = 2**40


@check(
    "control.proto: Request",
    'A field that an agent does not know reads as "not set"; it answers UNSUPPORTED.',
    mend="leave operations that the agent does not implement out of Hello.operations, and answer UNSUPPORTED to them",
)
async def what_is_not_claimed_is_unsupported(agent: Agent) -> None:
    for name in OPERATIONS:
        if name not in agent.hello.operations:
            operation: dict[str, Any] = {name: {}}
            agent.is_error(await agent.ask(**operation), "UNSUPPORTED", what=f"{name}, which it does not claim,")


@check(
    "operations.proto: Open",
    "Open makes a socket of this agent's one context (zmq_socket), sets LINGER to 0, then sets the options in order.",
    mend="make Open accept exactly the types in Hello.socket_types, by libzmq's names without ZMQ_",
)
async def every_socket_type_opens(agent: Agent) -> None:
    any_type(agent)
    for number, type in enumerate(agent.hello.socket_types):
        await agent.do(open={"socket": number, "type": type})


@check(
    "operations.proto: Open",
    "When an option fails, the socket is closed again and the handle is free.",
    mend="close the socket if an option of Open fails, and register its handle only after the last option",
)
async def open_sets_all_options_or_leaves_nothing(agent: Agent) -> None:
    socket = {"socket": 1, "type": any_type(agent)}
    wrong = [{"name": "TELEPATHY", "value": {"number": 1}}]
    await agent.fails("UNSUPPORTED", open={**socket, "options": wrong})
    await agent.do(open=socket)
    if (closed := (await agent.do(close_all={})).closed) != 1:
        raise Wrong(f"CloseAll closed {closed} sockets, but 1 was open: the other Open had failed")


@check(
    "operations.proto: Bind",
    "The Response's `endpoint` is LAST_ENDPOINT.",
    mend="after binding or connecting, read LAST_ENDPOINT from the library: it has the port in place of `*`",
)
async def endpoints_are_answered(agent: Agent) -> None:
    await agent.do(open={"socket": 1, "type": any_type(agent)})
    asked = agent.endpoint()
    bound = (await agent.do(bind={"socket": 1, "endpoint": asked})).endpoint
    at_a_port = endpoints.host(bound) == endpoints.host(asked) and endpoints.port(bound) is not None
    if not (at_a_port if asked.endswith(":*") else endpoints.same(bound, asked)):
        raise Wrong(f"it was asked to bind to {asked}, but answered {bound!r}")


@check(
    "operations.proto: Send",
    "A message goes whole or not at all.",
    mend="send every frame, empty ones too, with SNDMORE on all but the last",
)
async def messages_arrive_whole(agent: Agent) -> None:
    await agent.link()
    for frames in ([b"", b"a", bytes(255), b"\xff" * 256, b"", b"x" * 100_000, b""], [b""]):
        await agent.send(*({"raw": one} for one in frames))
        got = await agent.receive()
        if got != frames:
            raise Wrong(f"{_sizes(frames)} was sent, but {_sizes(got)} came, or with different bytes")


def _sizes(frames: list[bytes]) -> str:
    return f"a message with frames of {', '.join(str(len(one)) for one in frames)} bytes"


@check(
    "operations.proto: Unbind",
    "Unbind stops accepting at an endpoint (zmq_unbind), given as Bind answered it.",
    mend="pass the endpoint to the library as it is, and answer its errno where it says no",
)
async def an_endpoint_is_unbound_once(agent: Agent) -> None:
    agent.claims(operations=["unbind"])
    endpoint = await agent.link()
    await agent.do(unbind={"socket": 1, "endpoint": endpoint})
    await agent.fails("NATIVE ", unbind={"socket": 1, "endpoint": endpoint})


@check(
    "operations.proto: Disconnect",
    "Disconnect ends a connection (zmq_disconnect), given as Connect answered it.",
    mend="pass the endpoint to the library as it is, and answer its errno where it says no",
)
async def an_endpoint_is_disconnected_once(agent: Agent) -> None:
    agent.claims(operations=["disconnect"])
    endpoint = await agent.link()
    await agent.do(disconnect={"socket": 2, "endpoint": endpoint})
    await agent.fails("NATIVE ", disconnect={"socket": 2, "endpoint": endpoint})


@check(
    "operations.proto: SendBurst",
    "one frame of `size` bytes: the number first + i as eight bytes, big endian, then zero bytes.",
    mend="count 64 bits from `first`, write them big endian at the start of the last frame, and leave the rest zero",
)
async def a_burst_is_sent_as_described(agent: Agent) -> None:
    agent.claims(operations=["send_burst"])
    await agent.link()
    burst = {"socket": 2, "count": 3, "first": _FIRST, "size": 20, "head": [b"he", b""], "timeout_ms": agent.while_ms}
    sent = (await agent.do(send_burst=burst)).burst
    if (sent.count, sent.bytes) != (3, 3 * 22):
        raise Wrong(f"its answer has {sent.count} messages and {sent.bytes} bytes; expected 3 and {3 * 22}")
    for number in range(_FIRST, _FIRST + 3):
        got, wanted = await agent.receive(), [b"he", b"", number.to_bytes(8, "big") + bytes(12)]
        if got != wanted:
            raise Wrong(f"{[one.hex() for one in got]} came; expected {[one.hex() for one in wanted]}")


@check(
    "operations.proto: ReceiveBurst",
    "the first eight bytes of each message's last frame, big endian (a shorter frame reads as 2^64 - 1).",
    mend="read the number of the last frame, count the bytes of all frames, and answer numbers only where asked for",
)
async def a_burst_is_received_as_described(agent: Agent) -> None:
    agent.claims(operations=["receive_burst"])
    await agent.link()
    messages = [[b"he", (_FIRST + 1).to_bytes(8, "big")], [b"\1" * 8, b"short"], [b"\xff" * 7 + b"\xfe" + bytes(9)]]
    for frames in messages * 2:
        await agent.send(*({"raw": one} for one in frames))
    size = sum(len(one) for frames in messages for one in frames)
    for asked, wanted in ((True, [_FIRST + 1, 2**64 - 1, 2**64 - 2]), (False, [])):
        burst = {"socket": 1, "count": 3, "timeout_ms": agent.while_ms, "numbers": asked}
        taken = (await agent.do(receive_burst=burst)).burst
        if (taken.count, taken.bytes, list(taken.numbers)) != (3, size, wanted):
            raise Wrong(
                f"its answer has {taken.count} messages, {taken.bytes} bytes, numbers {list(taken.numbers)}; "
                f"expected 3, {size} and {wanted}"
            )


@check(
    "operations.proto: BurstResult",
    "From just before the first call to just after the last, on a monotonic clock.",
    mend="set elapsed_ns in both bursts, in nanoseconds",
)
async def a_burst_tells_its_time(agent: Agent) -> None:
    agent.claims(operations=["send_burst", "receive_burst"])
    await agent.link()
    sent = (await agent.do(send_burst={"socket": 2, "count": 9, "size": 8, "timeout_ms": agent.while_ms})).burst
    taken = (await agent.do(receive_burst={"socket": 1, "count": 10, "timeout_ms": SHORT})).burst
    if not sent.elapsed_ns:
        raise Wrong("SendBurst took 0 ns")
    if taken.elapsed_ns < SHORT * 1_000_000:
        raise Wrong(f"ReceiveBurst waited {SHORT} ms for one more message, but says {taken.elapsed_ns} ns")
