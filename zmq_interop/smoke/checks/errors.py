"""docs/peer-contract.md, Errors: scenarios see only the code."""

from __future__ import annotations

from typing import Any

from zmq_interop.agents.control.framing import frame
from zmq_interop.smoke.agent import Agent
from zmq_interop.smoke.checks.lanes import any_type
from zmq_interop.smoke.rules import Unclaimed, Unseen, Wrong, check

_SECTION = "Errors"
_UNKNOWN = "no operation set or known; socket type, option or message type not known"
_INVALID = (
    "handle not there or taken, lane too high, no frames, a frame without a body, burst size below 8, an option's "
    "value of the wrong kind"
)
_NATIVE = "the socket library said no; `errno_name` has the symbol: `EFSM`, `EADDRINUSE`, `EINVAL`, ..."


@check(_SECTION, _UNKNOWN, mend="if Request.operation is not set, or is unknown, answer UNSUPPORTED")
async def an_operation_that_is_not_known(agent: Agent) -> None:
    agent.is_error(await agent.ask(), "UNSUPPORTED", what="a Request without an operation")
    later = agent.framed()[4:] + b"\xfa\x3e\x03new"  # field 1007, as of a later contract
    agent.write(frame(later))
    agent.is_error(await agent.answer(agent.last_id), "UNSUPPORTED", what="an operation of a later contract")


@check(
    _SECTION, _UNKNOWN, mend="look up socket types by their full name, as libzmq spells it without ZMQ_; never guess"
)
async def a_socket_type_that_is_not_known(agent: Agent) -> None:
    for type in ("TELEPATH", any_type(agent).lower(), f"ZMQ_{any_type(agent)}", ""):
        agent.claims(operations=["open"])
        what = f"Open of {type!r}"
        agent.is_error(await agent.ask(open={"socket": 9, "type": type}), "UNSUPPORTED", what=what)


@check(
    _SECTION,
    _INVALID,
    mend="before sending anything, refuse a Send without frames and a frame with neither `raw` nor `typed`",
)
async def a_message_that_makes_no_sense(agent: Agent) -> None:
    await agent.link()
    for frames in ([], [{"raw": b"x"}, {}]):
        await agent.fails("INVALID", send={"socket": 2, "frames": frames, "timeout_ms": agent.while_ms})
    await agent.send({"raw": b"next"})
    got = await agent.receive()
    if got != [b"next"]:
        raise Wrong(f"{got} came: part of a refused message was sent")


@check(_SECTION, _INVALID, mend="a burst message holds an eight-byte number: refuse a smaller `size`")
async def a_burst_that_is_too_small(agent: Agent) -> None:
    agent.claims(operations=["send_burst"])
    await agent.link()
    await agent.fails("INVALID", send_burst={"socket": 2, "count": 1, "size": 7})


@check(_SECTION, _INVALID, mend="know for each option whether it is a number or data, and refuse any other value")
async def an_option_of_the_wrong_kind(agent: Agent) -> None:
    agent.claims(operations=["set_option"])
    if not agent.hello.options:
        raise Unclaimed("options")
    await agent.do(open={"socket": 1, "type": any_type(agent)})
    for name in agent.hello.options:
        wrong: dict[str, Any] = {"number": 1} if name in DATA else {"data": b"\0\0\0\1"}
        for value in (wrong, {}):
            await agent.fails("INVALID", set_option={"socket": 1, "option": {"name": name, "value": value}})


DATA = {
    "ROUTING_ID",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PLAIN_USERNAME",
    "PLAIN_PASSWORD",
    "CURVE_SERVERKEY",
    "CURVE_PUBLICKEY",
    "CURVE_SECRETKEY",
    "ZAP_DOMAIN",
    "XPUB_WELCOME_MSG",
    "CONNECT_ROUTING_ID",
}


@check(
    _SECTION,
    _NATIVE,
    mend="answer NATIVE and the errno's symbol: keep a table of numbers and names that includes those of zmq.h",
)
async def the_library_says_no(agent: Agent) -> None:
    for socket in (1, 2):
        await agent.do(open={"socket": socket, "type": any_type(agent)})
    await agent.fails("NATIVE EINVAL", bind={"socket": 1, "endpoint": "nonsense"})
    await agent.fails("NATIVE EINVAL", connect={"socket": 1, "endpoint": "nonsense"})
    if "tcp" in agent.hello.transports:
        endpoint = (await agent.do(bind={"socket": 1, "endpoint": agent.endpoint("tcp")})).endpoint
        await agent.fails("NATIVE EADDRINUSE", bind={"socket": 2, "endpoint": endpoint})


@check(
    _SECTION,
    "`errno_name` of libzmq's own numbers is their name in `zmq.h`: `EFSM`, `ENOCOMPATPROTO`, `ETERM`, `EMTHREAD`.",
    mend="errno.h has no names for libzmq's numbers above ZMQ_HAUSNUMERO: take them from zmq.h",
)
async def a_call_in_the_wrong_state(agent: Agent) -> None:
    agent.claims(operations=["receive"])
    if not agent.wraps_libzmq:
        raise Unseen("the library is not libzmq; scenarios test what it does in the wrong state")
    await agent.do(open={"socket": 1, "type": "REQ"})
    await agent.fails("NATIVE EFSM", receive={"socket": 1})


@check(
    _SECTION,
    "A message too large, a type that is not known, bytes that do not decode: none of them may end the agent",
    mend="catch every error that the protobuf library raises on bad bytes, and answer PAYLOAD",
)
async def bytes_of_any_kind(agent: Agent) -> None:
    await agent.link()
    for type, value in HOSTILE:
        await agent.send({"raw": value})
        operation = {"socket": 1, "types": [type], "timeout_ms": agent.while_ms}
        response = await agent.call(receive=operation)
        if response.HasField("error"):
            agent.is_error(response, "PAYLOAD", what=f"Receive of {type} with {len(value)} such bytes")
    await agent.send({"raw": b"next"})
    got = await agent.receive()
    if got != [b"next"]:
        raise Wrong(f"{got} came; expected the next message")


_DATA, _SHAPES = "interop.payload.v1.DataMessage", "interop.payload.v1.Shapes"
HOSTILE = (  # each library may accept or refuse these
    (_DATA, b"\x8a"),  # half a key
    (_DATA, b"\x08\x05"),  # a string as a number
    (_DATA, b"\x12\x01x"),  # a number as a string
    (_DATA, b"\x0f\x01"),  # wire type 7
    (_DATA, b"\x0b" * 100),  # unterminated groups
    (_DATA, b"\x0c"),  # an end tag without a group
    (_DATA, b"\x53" * 10_000 + b"\x54" * 10_000),  # 10,000 nested groups
    (_DATA, b"\x10" + b"\x80" * 999 + b"\x01"),  # a varint of 1000 bytes
    (_DATA, b"\x0a\xff\xff\xff\xff\x07x"),  # a length of 2 GiB
    (_DATA, b"\x0a" + b"\xff" * 9 + b"\x01x"),  # a length of 2^64 - 1
    (_DATA, b"\x0a\x02\xc3\x28"),  # not UTF-8
    (_SHAPES, b"\x0a\x03\x05\x80\x80"),  # packed, and truncated
)
