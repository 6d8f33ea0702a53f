"""Bad payloads: sender and receiver refuse bytes that are not a valid message, and the agent keeps working."""

from __future__ import annotations

from zmq_interop.core.frames import Message, Typed
from zmq_interop.core.scenario import Axis, scenario
from zmq_interop.scenarios.families.collections import chain
from zmq_interop.scenarios.families.protobuf import data_message_bytes
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.typed import (
    CHOICE,
    DATA_MESSAGE,
    LISTS,
    MAPS,
    ROLES,
    SCALARS,
    TREE,
    answered,
    as_typed,
    pipeline,
    refused,
    short,
)
from zmq_interop.schemas import payloads
from zmq_interop.schemas.wire_format import (
    END_GROUP,
    FIXED32,
    FIXED64,
    GROUP,
    LENGTH,
    VARINT,
    bytes_field,
    tag,
    varint,
    varint_field,
)

GOOD = Typed(DATA_MESSAGE, data_message_bytes(b"good", 1))
UNKNOWN = 1000  # a field number that no message defines
SURROGATE, OVERLONG, TOO_HIGH = b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"

BAD: dict[str, object] = {
    "truncated": [
        (DATA_MESSAGE, b"\x0a\x05abc"),
        (DATA_MESSAGE, b"\x10\x80"),  # an unterminated varint
        (DATA_MESSAGE, b"\x10"),
        (DATA_MESSAGE, b"\x92"),  # an unterminated tag
        (SCALARS, tag(9, FIXED32) + bytes(3)),
        (SCALARS, tag(1, FIXED64) + bytes(7)),
        (DATA_MESSAGE, tag(UNKNOWN, FIXED64) + bytes(7)),
        (DATA_MESSAGE, tag(UNKNOWN, LENGTH) + b"\x02a"),
    ],
    "truncated-inside": [
        (LISTS, bytes_field(3, b"\x01\x80")),
        (LISTS, bytes_field(9, bytes(7))),
        (TREE, bytes_field(2, b"\x08")),
        (TREE, bytes_field(2, b"\x12\x02") + b"\x08\x01"),  # the inner length exceeds the outer
        (MAPS, bytes_field(2, b"\x12\x05a")),
    ],
    "wire-types-6-and-7": [
        (DATA_MESSAGE, tag(number, wire_type) + b"\x00") for number in (1, 2, UNKNOWN) for wire_type in (6, 7)
    ],
    "field-0": [
        (DATA_MESSAGE, b"\x00\x01"),
        (DATA_MESSAGE, tag(0, FIXED64) + bytes(8)),
        (DATA_MESSAGE, tag(0, LENGTH) + b"\x01a"),
        (DATA_MESSAGE, tag(0, FIXED32) + bytes(4)),
    ],
    # Cut to 32 bits, the first tag reads as that of field 2, and the second as that of field 0.
    "field-above-maximum": [
        (DATA_MESSAGE, varint(1 << 35 | 2 << 3) + varint(1)),
        (DATA_MESSAGE, varint(1 << 32 | VARINT) + varint(1)),
    ],
    "varint-of-11-bytes": [
        (DATA_MESSAGE, b"\x10" + b"\x80" * 10 + b"\x00"),
        (DATA_MESSAGE, b"\x10" + b"\xff" * 10 + b"\x01"),
        (DATA_MESSAGE, b"\x92" + b"\x80" * 10 + b"\x00"),
        (LISTS, bytes_field(3, b"\xff" * 10 + b"\x01")),
        (DATA_MESSAGE, tag(UNKNOWN, VARINT) + b"\x80" * 10 + b"\x00"),
    ],
    "length-beyond-the-end": [
        (DATA_MESSAGE, b"\x0a" + varint(length) + b"abc")
        for length in (4, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
    ],
    "not-utf-8": [
        *((DATA_MESSAGE, bytes_field(1, bad)) for bad in (b"\xff", b"a\x80", b"\xc3", SURROGATE, OVERLONG, TOO_HIGH)),
        (LISTS, bytes_field(14, b"\xff")),
        (CHOICE, bytes_field(5, b"\xff")),
    ],
    "not-utf-8-in-a-map": [
        (MAPS, bytes_field(1, bytes_field(1, b"\xff"))),
        (MAPS, bytes_field(2, bytes_field(2, b"\xff"))),
    ],
    "unmatched-group": [
        (DATA_MESSAGE, tag(UNKNOWN, END_GROUP)),
        (DATA_MESSAGE, tag(UNKNOWN, GROUP)),
        (DATA_MESSAGE, tag(1, END_GROUP)),
        (DATA_MESSAGE, tag(UNKNOWN, GROUP) + tag(UNKNOWN + 1, END_GROUP)),
        (TREE, bytes_field(2, tag(UNKNOWN, GROUP)) + tag(UNKNOWN, END_GROUP)),
    ],
}


@scenario(
    roles=ROLES, binder="receiver", binders=("receiver",), transports=("tcp",), axes=(Axis(name="bytes", values=BAD),)
)
async def bad_payload_received(cell: CellContext) -> None:
    """A receiver answers PAYLOAD for bytes that are not a valid message of the type, then receives the next message.

    Protocol Buffers, Encoding: "Base 128 Varints" (one to ten bytes, 64 bits), "Message Structure" (wire types 0 to 5),
    "Length-Delimited Records", "Groups" (field numbers match), "Condensed Reference Card" (a string is UTF-8, a tag a
    uint32); Language Guide (proto3), "Assigning Field Numbers" (1 to 536,870,911). Protobuf's conformance tests require
    the same: PrematureEof, UnknownWireType, IllegalZeroFieldNum, BadTag, BadLength, UnmatchedGroup, RejectInvalidUtf8.
    """
    push, pull = await pipeline(cell)
    for type, bad in cell.value("bytes"):
        push.send((bad,))
        push.send((GOOD.value,))
        first, second = pull.receive(types=[type]), pull.receive(types=[GOOD.type])
        await refused(first, f"{short(bad)} as {type}")
        expect.value(await second, GOOD)


@scenario(
    roles=ROLES, binder="receiver", binders=("receiver",), transports=("tcp",), axes=(Axis(name="bytes", values=BAD),)
)
async def bad_payload_sent(cell: CellContext) -> None:
    """A sender answers PAYLOAD for bytes that are not a valid message of the type, and sends none of its frames.

    Protocol Buffers, Encoding, as in bad_payload_received. If one of several frames cannot be encoded, nothing is sent:
    this project's peer contract, "Typed frames". So the next message is the first to arrive.
    """
    push, pull = await pipeline(cell)
    for type, bad in cell.value("bytes"):
        first = push.send((b"before", Typed(type, bad)))
        push.send((GOOD,))
        await refused(first, f"{short(bad)} as {type}")
        expect.value(await pull.receive(types=[GOOD.type]), GOOD)


EITHER_WAY: dict[str, object] = {
    # (the bytes sent, the value that a library may read)
    "deep": [(Typed(TREE, chain(10_000)),) * 2],
    "varint-of-more-than-64-bits": [
        (Typed(DATA_MESSAGE, b"\x10" + b"\xff" * 9 + b"\x7f"), Typed(DATA_MESSAGE, varint_field(2, -1))),
        (Typed(DATA_MESSAGE, b"\x10\x85" + b"\x80" * 8 + b"\x02"), Typed(DATA_MESSAGE, varint_field(2, 5))),
    ],
    "wrong-wire-type": [
        (
            Typed(DATA_MESSAGE, b"\x12\x01\x07" + bytes_field(1, b"right")),
            Typed(DATA_MESSAGE, bytes_field(1, b"right")),
        ),
        (Typed(DATA_MESSAGE, tag(2, FIXED64) + b"\x07" * 8), Typed(DATA_MESSAGE, b"")),
        (Typed(DATA_MESSAGE, varint_field(1, 7)), Typed(DATA_MESSAGE, b"")),
    ],
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="bytes", values=EITHER_WAY),),
)
async def refused_or_right(cell: CellContext) -> None:
    """Some bytes a library may either refuse or accept: it refuses them or reads them right, and keeps working.

    Protocol Buffers set no limit on nesting, so each library has its own. They do not define the bits above 64 in a
    ten-byte varint, and some libraries drop them. If a known field has the wrong wire type, protobuf's libraries treat
    it as an unknown field (golang/protobuf#511); no library may read a value from it.
    """
    push, pull = await pipeline(cell)
    for sent, right in cell.value("bytes"):
        push.send((sent.value,))
        push.send((GOOD.value,))
        first, second = pull.receive(types=[sent.type]), pull.receive(types=[GOOD.type])
        _right(await answered(first), right)
        expect.value(await second, GOOD)
        taken = await answered(push.send((sent,))) is not None
        push.send((GOOD,))
        if taken:
            _right(await answered(pull.receive()), right)
        expect.value(await pull.receive(types=[GOOD.type]), GOOD)


def _right(message: Message | None, right: Typed) -> None:
    """Expects this value, apart from unknown fields, if there is a message. Raises Mismatch."""
    if message is not None:
        expect.value(tuple(map(payloads.known, as_typed(right.type, message))), right)
