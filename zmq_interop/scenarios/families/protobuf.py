"""Protobuf: a message that one language's library encodes, another's decodes to the same value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message, Typed
from zmq_interop.core.scenario import Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB, XSUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.typed import DATA_MESSAGE, HOLDER, ROLES, SHAPES, pipeline
from zmq_interop.schemas import payloads, wire_format
from zmq_interop.schemas.wire_format import bytes_field, double_field, fixed64_field, varint_field


def data_message_bytes(content: bytes, timestamp: int) -> bytes:
    """A canonical DataMessage: default values are left out (Encoding, "Default values")."""
    return (bytes_field(1, content) if content else b"") + (varint_field(2, timestamp) if timestamp else b"")


MESSAGES: dict[str, object] = {
    "plain": data_message_bytes(b"hello", 1_700_000_000),
    "defaults": data_message_bytes(b"", 0),  # zero bytes: an empty frame
    "empty-content": data_message_bytes(b"", 1),
    "unicode": data_message_bytes("Grüße, 世界, \U0001f98e, a\u0301, \u202e".encode(), 1),
    "nul-and-newline": data_message_bytes(b"a\x00b\r\n", 1),
    "long-content": data_message_bytes("é".encode() * (1 << 16), 1),  # 128 KiB: more than any buffer on the way
    "before-1970": data_message_bytes(b"before", -1),
    "timestamp-max": data_message_bytes(b"max", (1 << 63) - 1),
    "timestamp-min": data_message_bytes(b"min", -(1 << 63)),
}


TYPES = ["", DATA_MESSAGE]  # of the frames: the topic, and the message


async def one_way(cell: CellContext, sender: Socket, receiver: Socket, messages: Sequence[Message]) -> None:
    """Sends the messages and expects them on the other side. Raises Mismatch."""
    await cell.transfer(sender, receiver, messages, TYPES)


async def there_and_back(cell: CellContext, sender: Socket, receiver: Socket, messages: Sequence[Message]) -> None:
    """Sends each message, and sends back what the receiver decoded. Raises Mismatch."""
    ids = [""] * (receiver.type == ROUTER)  # types of the frames that ROUTER prepends
    for message in messages:
        got = await cell.carry(sender, receiver, [message], [*ids, *TYPES])
        expect.messages([one[len(ids) :] for one in got], [message])
        receiver.send(got[0])
        expect.messages(await cell.collect([sender.receive(types=TYPES)]), [message])


async def published(cell: CellContext, sender: Socket, receiver: Socket, messages: Sequence[Message]) -> None:
    """Publishes the messages, and expects them. Raises Mismatch."""
    for message in messages:
        sender.send(message)
    expect.messages(await cell.published(receiver, len(messages), TYPES), messages)


class TypedPattern(NamedTuple):
    """Two socket types, and how to exchange messages between them."""

    sender: str
    receiver: str
    play: Callable[[CellContext, Socket, Socket, Sequence[Message]], Awaitable[None]]


PATTERNS: dict[str, TypedPattern] = {
    "push-pull": TypedPattern(PUSH, PULL, one_way),
    "req-rep": TypedPattern(REQ, REP, there_and_back),
    "dealer-router": TypedPattern(DEALER, ROUTER, there_and_back),
    "dealer-dealer": TypedPattern(DEALER, DEALER, there_and_back),
    "pair": TypedPattern(PAIR, PAIR, there_and_back),
    "pub-sub": TypedPattern(PUB, SUB, published),
    "xpub-xsub": TypedPattern(XPUB, XSUB, published),
}


@scenario(
    roles={"sender": needs(), "receiver": needs()},
    binder="sender",
    binders=("sender",),
    message_axes=("message",),
    axes=(
        Axis(name="message", values=MESSAGES),
        Axis(
            name="pattern",
            values={**PATTERNS},
            default="push-pull",
            needs={
                name: {
                    "sender": needs(one.sender),
                    "receiver": needs(one.receiver, options=("SUBSCRIBE",) * (one.receiver == SUB)),
                }
                for name, one in PATTERNS.items()
            },
        ),
    ),
)
async def data_message(cell: CellContext) -> None:
    """A DataMessage that one library encodes has the same value once another has decoded it, in every pattern.

    Protocol Buffers, "Encoding": strings are UTF-8, int64 is a varint of two's complement (ten bytes when negative),
    and a message with only default values is zero bytes long, which ZeroMQ must carry as an empty frame. If the pattern
    works in both directions (zmq_socket(3)), the receiver sends the decoded value back.
    """
    pattern: TypedPattern = cell.value("pattern")
    sender, receiver = await cell.shared(_linked)
    message = (b"topic", Typed(DATA_MESSAGE, cell.value("message")), b"raw")
    end = (b"topic", Typed(DATA_MESSAGE, data_message_bytes(b"end", 0)))
    await pattern.play(cell, sender, receiver, [message, end])


async def _linked(cell: CellContext) -> tuple[Socket, Socket]:
    """The sockets of the cell's pattern, linked and subscribed."""
    pattern: TypedPattern = cell.value("pattern")
    receiver = cell.receiver.open(pattern.receiver, **{"SUBSCRIBE": b""} if pattern.receiver == SUB else {})
    sender = cell.sender.open(pattern.sender)
    await cell.link(receiver, sender)
    if pattern.play is published:
        if receiver.type == XSUB:
            receiver.send((b"\x01",))
        await cell.join(sender, receiver)
    return sender, receiver


# Each of these has exactly one correct reading, and an encoder writes none of them.
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
    # A oneof of the nested message is not set, in either part.
    "nested-oneof-unset": (HOLDER, bytes_field(1, varint_field(9, 1)) + bytes_field(1, varint_field(9, 2))),
    "negative-zero": (SHAPES, double_field(8, 1.0) + double_field(8, -0.0)),
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    axes=(Axis(name="bytes", values=NOT_CANONICAL),),
    message_axes=("bytes",),
)
async def decode_proof(cell: CellContext) -> None:
    """Bytes that are valid but not canonical come out canonical, which proves that both agents decode and encode.

    Protocol Buffers, "Encoding": "Field order", "Last One Wins", "Packed Repeated Fields" and "Oneofs": a parser
    accepts all of these forms; an encoder writes only one. The order of fields is up to the encoder, so it is not
    compared.
    """
    typed = Typed(*cell.value("bytes"))
    push, pull = await cell.shared(pipeline)
    await push.send((typed,))
    push.send((typed.value,))
    sent, received = await pull.receive(), await pull.receive(types=[typed.type])
    _canonical("the sender", typed, sent[0] if sent else b"")
    _canonical("the receiver", typed, received[0] if received else b"")


def _canonical(who: str, typed: Typed, frame: Typed | bytes) -> None:
    got = frame if isinstance(frame, Typed) else Typed(typed.type, frame)
    want = payloads.canonical(typed)
    expect.value((got,), typed)
    expect.that(
        sorted(wire_format.records(got.value)) == sorted(wire_format.records(want)),
        Kind.ALTERED,
        f"{who} to decode {typed.value.hex()} and encode it as {want.hex()}, in any order of fields",
        f"{got.value.hex()}: the right value, but not encoded anew",
    )
