"""Bad payloads: bytes that are no message are refused, by the sender as by the receiver, and the agent serves on."""

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
UNKNOWN = 1000  # the number of a field that no message has
SURROGATE, OVERLONG, TOO_HIGH = b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"

BAD: dict[str, object] = {
    "truncated": [
        (DATA_MESSAGE, b"\x0a\x05abc"),
        (DATA_MESSAGE, b"\x10\x80"),  # a varint that goes on
        (DATA_MESSAGE, b"\x10"),
        (DATA_MESSAGE, b"\x92"),  # a tag that goes on
        (SCALARS, tag(9, FIXED32) + bytes(3)),
        (SCALARS, tag(1, FIXED64) + bytes(7)),
        (DATA_MESSAGE, tag(UNKNOWN, FIXED64) + bytes(7)),
        (DATA_MESSAGE, tag(UNKNOWN, LENGTH) + b"\x02a"),
    ],
    "truncated-inside": [
        (LISTS, bytes_field(3, b"\x01\x80")),
        (LISTS, bytes_field(9, bytes(7))),
        (TREE, bytes_field(2, b"\x08")),
        (TREE, bytes_field(2, b"\x12\x02") + b"\x08\x01"),  # the inner length reaches beyond the outer
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
    # The first has the bits of field 1 where 32 bits hold a tag.
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
    """A receiver answers PAYLOAD for bytes that are no message of the type, and takes the next message as ever.

    Protocol Buffers, Encoding: "Base 128 Varints" (one to ten bytes, 64 bits), "Message Structure" (wire types 0 to 5),
    "Length-Delimited Records", "Groups" (numbers match up), "Condensed Reference Card" (a string is UTF-8, a tag a
    uint32); Language Guide (proto3), "Assigning Field Numbers" (1 to 536,870,911). Protobuf's conformance tests ask
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
    """A sender answers PAYLOAD for bytes that are no message of the type, and sends nothing: the next one comes first.

    Protocol Buffers, Encoding, as in bad_payload_received; that nothing is sent, where one frame of several cannot be
    encoded, is the peer contract of this project, "Typed frames".
    """
    push, pull = await pipeline(cell)
    for type, bad in cell.value("bytes"):
        first = push.send((b"before", Typed(type, bad)))
        push.send((GOOD,))
        await refused(first, f"{short(bad)} as {type}")
        expect.value(await pull.receive(types=[GOOD.type]), GOOD)


EITHER_WAY: dict[str, object] = {
    # (what is sent, the value that may be read)
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
    """Bytes that a library may refuse or read are refused, or read right, and the agent serves on either way.

    Protocol Buffers say nothing of how deep messages may be nested, so that each library has its own limit, nor of the
    bits above 64 in a varint of ten bytes, which some drop. Of a known field with another wire type than its own their
    libraries make an unknown field (golang/protobuf#511); none may make a value of it.
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
    """The message, if there is one, has this value, beside fields that its type does not know."""
    if message is not None:
        expect.value(tuple(map(payloads.known, as_typed(right.type, message))), right)
