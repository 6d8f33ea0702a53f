"""docs/peer-contract.md, Typed frames."""

from __future__ import annotations

from typing import Any

from zmq_interop.core.frames import Typed
from zmq_interop.schemas import payloads
from zmq_interop.smoke.agent import Agent
from zmq_interop.smoke.rules import Wrong, check

_SECTION = "Typed frames"
_DECODES = "It **decodes with its library into a native message and encodes that message**"
_MEND = (
    "decode the bytes to a message of the named type, and encode that message: the incoming bytes may have fields in "
    "any order, unpacked, or repeated"
)
DATA = "interop.payload.v1.DataMessage"
SHAPES = "interop.payload.v1.Shapes"
# Fields in descending order, also within `origin`; both members of `label`; `numbers` unpacked and then packed.
ODD = bytes.fromhex(
    "41000000000000f03f 3000 3001 290100000000000000 22026869 1a0410030802 120161 120162 0805 0a020607 0808"
)


@check(_SECTION, _DECODES, mend=_MEND)
async def typed_frames_are_encoded_anew_on_sending(agent: Agent) -> None:
    await agent.link()
    await agent.send({"raw": b""}, typed(SHAPES, ODD), {"raw": b"end"})
    _anew(await agent.receive())


@check(_SECTION, _DECODES, mend=_MEND)
async def typed_frames_are_encoded_anew_on_receiving(agent: Agent) -> None:
    await agent.link()
    await agent.send({"raw": b""}, {"raw": ODD}, {"raw": b"end"})
    _anew(await agent.receive("", SHAPES))


def _anew(frames: list[bytes]) -> None:
    if len(frames) != 3 or (frames[0], frames[2]) != (b"", b"end"):
        raise Wrong(f"the raw frames beside the typed one came as {frames[:1]}, {frames[2:]}")
    got = frames[1]
    if payloads.comparable(Typed(SHAPES, got)) != payloads.comparable(Typed(SHAPES, ODD)):
        raise Wrong(f"its value has changed: {payloads.show(Typed(SHAPES, got))}")
    # Libraries differ in the order of fields, so compare lengths, which are equal, and not bytes.
    if len(got) != len(payloads.canonical(Typed(SHAPES, ODD))):
        raise Wrong(f"{got.hex()} is not what an encoder writes for this value: were the bytes passed through?")


@check(
    _SECTION,
    "The agent looks the message type up by its full name in what was generated from the `.proto` files",
    mend="let the build make a registry of all message types in INTEROP_PROTOS, and list all in Hello.message_types",
)
async def every_message_type_is_there(agent: Agent) -> None:
    await agent.link()
    known = [type for type in payloads.message_types() if type in agent.hello.message_types]
    missing = [
        type for type, file in payloads.message_types().items() if file.startswith("interop/") and type not in known
    ]
    if missing:
        raise Wrong(f"Hello.message_types does not have {', '.join(missing[:3])}")
    for type in known:
        await agent.send(typed(type, b""))
        operation = {"socket": 1, "types": [type], "timeout_ms": agent.while_ms}
        frames = (await agent.do(receive=operation)).message.frames
        # No field is set, and proto3 has no explicit defaults, so the message is zero bytes long.
        if [(one.typed.type, one.typed.value) for one in frames] != [(type, b"")]:
            raise Wrong(f"a {type} of defaults, which is an empty frame, came back as something else")


@check(
    _SECTION,
    "on Receive after the whole message has been taken. When a later frame fails to decode, none is sent.",
    mend="decode all frames before the first is sent; on Receive, take all frames before the first is decoded",
)
async def typed_frames_that_cannot_be(agent: Agent) -> None:
    await agent.link()
    for type, value, error in (
        ("interop.payload.v1.Nobody", b"", "UNSUPPORTED"),
        ("DataMessage", b"", "UNSUPPORTED"),
        (DATA, b"\x0a\x05abc", "PAYLOAD"),  # a truncated string
        (SHAPES, b"\x00\x01", "PAYLOAD"),  # field 0
    ):
        frames = [{"raw": b"first"}, typed(type, value), {"raw": b"last"}]
        await agent.fails(error, send={"socket": 2, "frames": frames, "timeout_ms": agent.while_ms})
        await agent.send({"raw": b"first"}, {"raw": value}, {"raw": b"last"})
        await agent.fails(error, receive={"socket": 1, "types": ["", type], "timeout_ms": agent.while_ms})
        await agent.send({"raw": b"next"})
        got = await agent.receive()
        if got != [b"next"]:
            raise Wrong(f"{got} came after a message that cannot be decoded; expected [b'next']")


def typed(type: str, value: bytes) -> dict[str, Any]:
    """A typed frame for Send."""
    return {"typed": {"type": type, "value": value}}
