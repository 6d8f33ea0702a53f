"""Protobuf: what one language's library encodes, another's decodes to the same value."""

from __future__ import annotations

from harness import expect, payloads, wire
from harness.control.handles import Typed
from harness.scenario import Axis, needs, scenario
from harness.sockets import PULL, PUSH
from harness.stage import Stage
from harness.verdicts import Kind
from harness.wire import bytes_field, double_field, fixed64_field, varint_field

DATA_MESSAGE = "interop.payload.v1.DataMessage"
SHAPES = "interop.payload.v1.Shapes"


def data_message_bytes(content: bytes, timestamp: int) -> bytes:
    """A canonical DataMessage: default values are left out (Encoding, "Default values")."""
    return (bytes_field(1, content) if content else b"") + (varint_field(2, timestamp) if timestamp else b"")


MESSAGES: dict[str, object] = {
    "plain": data_message_bytes(b"hello", 1_700_000_000),
    "defaults": data_message_bytes(b"", 0),  # zero bytes: an empty frame
    "empty-content": data_message_bytes(b"", 1),
    "unicode": data_message_bytes("Grüße, 世界, \U0001f98e, a\u0301, \u202e".encode(), 1),
    "nul-and-newline": data_message_bytes(b"a\x00b\r\n", 1),
    "long-content": data_message_bytes("é".encode() * (1 << 19), 1),  # 1 MiB
    "before-1970": data_message_bytes(b"before", -1),
    "timestamp-max": data_message_bytes(b"max", (1 << 63) - 1),
    "timestamp-min": data_message_bytes(b"min", -(1 << 63)),
}


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL)},
    binder="receiver",
    binders=("receiver",),
    axes=(Axis(name="message", values=MESSAGES),),
)
async def data_message(cell: Stage) -> None:
    """A DataMessage that one library encodes is the same value when another has decoded it.

    Protocol Buffers, "Encoding": strings are UTF-8, int64 is a varint of two's complement (ten bytes when
    negative), and a message with nothing but default values is zero bytes long, which ZeroMQ must carry as an empty
    frame.
    """
    message = (Typed(DATA_MESSAGE, cell.value("message")), b"raw")
    end = (Typed(DATA_MESSAGE, data_message_bytes(b"end", 0)),)
    pull = cell.receiver.open(PULL)
    push = cell.sender.open(PUSH)
    await cell.link(pull, push)
    await cell.transfer(push, pull, [message, end], types=[DATA_MESSAGE])


# Each value can be read in only one way, and none is what an encoder writes.
NOT_CANONICAL: dict[str, object] = {
    "any-order": (DATA_MESSAGE, varint_field(2, 7) + bytes_field(1, b"order")),
    "last-one-wins": (
        DATA_MESSAGE,
        bytes_field(1, b"first") + varint_field(2, 7) + bytes_field(1, b"last") + varint_field(2, 8),
    ),
    "default-on-the-wire": (DATA_MESSAGE, bytes_field(1, b"") + varint_field(2, 0)),
    "overlong-varint": (DATA_MESSAGE, bytes_field(1, b"long") + b"\x10\x87\x80\x80\x00"),
    "unpacked": (SHAPES, varint_field(1, 1) + varint_field(1, -2) + bytes_field(2, b"a") + varint_field(1, 3)),
    "packed-in-parts": (SHAPES, bytes_field(1, b"\x01\x02") + varint_field(6, 1) + bytes_field(1, b"\x03")),
    "oneof-twice": (SHAPES, bytes_field(4, b"text") + fixed64_field(5, 99)),
    "nested-in-parts": (
        SHAPES,
        bytes_field(3, varint_field(1, 2)) + varint_field(6, 1) + bytes_field(3, varint_field(2, 3)),
    ),
    "negative-zero": (SHAPES, double_field(8, 1.0) + double_field(8, -0.0)),
}


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL)},
    binder="receiver",
    binders=("receiver",),
    axes=(Axis(name="bytes", values=NOT_CANONICAL),),
)
async def decode_proof(cell: Stage) -> None:
    """Bytes that are valid but not canonical come out canonical: both agents really decoded and encoded the message.

    Protocol Buffers, "Encoding": "Field order", "Last One Wins", "Packed Repeated Fields" and "Oneofs": a parser
    accepts all of these forms; an encoder writes one of them. The order of fields is left to the encoder, so it is not
    compared.
    """
    typed = Typed(*cell.value("bytes"))
    pull = cell.receiver.open(PULL)
    push = cell.sender.open(PUSH)
    await cell.link(pull, push)
    push.send((typed,))
    push.send((typed.value,))
    sent, received = await pull.receive(), await pull.receive(types=[typed.type])
    _canonical("the sender", typed, sent[0] if sent else b"")
    _canonical("the receiver", typed, received[0] if received else b"")


def _canonical(who: str, typed: Typed, frame: Typed | bytes) -> None:
    got = frame if isinstance(frame, Typed) else Typed(typed.type, frame)
    want = payloads.canonical(typed)
    expect.value((got,), typed)
    expect.that(
        sorted(wire.records(got.value)) == sorted(wire.records(want)),
        Kind.ALTERED,
        f"{who} to decode {typed.value.hex()} and encode it as {want.hex()}, in any order of fields",
        f"{got.value.hex()}: the right value, but not encoded anew",
    )
