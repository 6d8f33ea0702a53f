"""Evolution: programs built from different versions of a message understand each other as the language guide says."""

from __future__ import annotations

from typing import NamedTuple

from zmq_interop.core.frames import Typed
from zmq_interop.core.scenario import Axis, needs, scenario
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.typed import NEWER, OLDER, ROLES, answered, as_typed, pipeline
from zmq_interop.schemas import payloads, wire_format
from zmq_interop.schemas.wire_format import (
    bytes_field,
    fixed32_field,
    fixed64_field,
    float_field,
    group_field,
    varint_field,
    zigzag_field,
)

INT32_MIN = -(1 << 31)
MANY = 1 << 18


def text(number: int, value: str) -> bytes:
    """A string field."""
    return bytes_field(number, value.encode())


def part(kept: int, added: str = "") -> bytes:
    """An encoded Part. added: the field that only Newer's Part has."""
    return varint_field(1, kept) + (text(2, added) if added else b"")


ADDED: dict[str, object] = {
    "each-wire-type": varint_field(1, 5)
    + varint_field(19, -1)
    + fixed64_field(20, (1 << 64) - 1)
    + float_field(21, -0.5)
    + text(22, "größer")
    + wire_format.packed_field(23, wire_format.zigzag, (1, -1, 300))
    + text(24, "a")
    + text(24, ""),
    "nested": bytes_field(18, part(1, "in a part"))
    + bytes_field(25, varint_field(1, 3) + bytes_field(2, part(2, "in a map"))),
    "nothing-known": text(22, "alone"),
    "large": text(22, "x" * MANY) + wire_format.packed_field(23, wire_format.fixed32, range(10)),
    # Records of one field keep their order, whatever their wire types: they may be parts of a packed field.
    "in-order": bytes_field(1000, b"a") + varint_field(1000, 1) + bytes_field(1000, b"b") + varint_field(1000, 2),
    "group": group_field(1000, varint_field(1, 7) + group_field(2, b"")) + varint_field(19, 1),
}


@scenario(
    roles={"sender": needs(PUSH), "relay": needs(PUSH, PULL), "receiver": needs(PULL)},
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    primary=(),
    axes=(Axis(name="fields", values=ADDED),),
)
async def unknown_fields(cell: CellContext) -> None:
    """Fields that a newer sender adds reach a newer receiver through a relay whose older type lacks them.

    Protocol Buffers, Language Guide (proto3), "Unknown Fields": messages preserve the fields that a parser does not
    recognize, and serialize them again; Encoding, "Field Order": their place among other fields is not fixed, but
    several records of one field keep their order. "Groups": deprecated, but part of the wire format.
    """
    message = (Typed(NEWER, cell.value("fields")),)
    pull = cell.receiver.open(PULL)
    onward = cell.relay.open(PUSH)
    await cell.link(pull, onward)
    taken = cell.relay.open(PULL)
    push = cell.sender.open(PUSH)
    cell.connect(push, await cell.bind(taken))
    await push.send(message)
    relayed = await cell.collect([taken.receive(types=[OLDER])])
    for one in relayed:
        onward.send(one)
    expect.messages(await cell.collect([pull.receive(types=[NEWER])]), [message])


class Skew(NamedTuple):
    """The bytes that one version writes, and the bytes of the value that the other must read.

    read: None if the reader's field has another wire type, so that it cannot read a value.
    """

    writer: str
    sent: bytes
    reader: str
    read: bytes | None


def newer_reads(sent: bytes, read: bytes | None) -> Skew:
    """The older version writes, and the newer one reads."""
    return Skew(OLDER, sent, NEWER, read)


def older_reads(sent: bytes, read: bytes | None) -> Skew:
    """The newer version writes, and the older one reads."""
    return Skew(NEWER, sent, OLDER, read)


def alike(*values: bytes) -> list[Skew]:
    """Skews in both directions for bytes that both versions read as the same value."""
    return [skew(value, value) for skew in (newer_reads, older_reads) for value in values]


KEPT = varint_field(1, 5)
ENTRIES = [bytes_field(17, text(1, key) + varint_field(2, value)) for key, value in (("a", 1), ("b", 2), ("a", 3))]

# Changes whose names do not begin with "unsafe" are safe.
SKEWS: dict[str, object] = {
    "field-added": [older_reads(KEPT + varint_field(19, 7) + text(22, "new"), KEPT), newer_reads(KEPT, KEPT)],
    "field-removed": [newer_reads(KEPT + varint_field(2, 7), KEPT), older_reads(KEPT, KEPT)],
    "field-renamed": alike(KEPT),
    "int32-int64": [
        *alike(*(varint_field(3, number) for number in (1, -1, INT32_MIN))),
        # Numbers that do not fit are cut to their lower 32 bits.
        older_reads(varint_field(3, (1 << 33) + 5), varint_field(3, 5)),
        older_reads(varint_field(3, 1 << 31), varint_field(3, INT32_MIN)),
        older_reads(varint_field(3, 1 - (1 << 63)), varint_field(3, 1)),
    ],
    "int32-uint32": [
        *alike(varint_field(4, 7)),
        newer_reads(varint_field(4, -1), varint_field(4, (1 << 32) - 1)),
        older_reads(varint_field(4, (1 << 32) - 1), varint_field(4, -1)),
    ],
    "int32-bool": [
        *alike(varint_field(5, 1)),
        *(newer_reads(varint_field(5, number), varint_field(5, 1)) for number in (2, 256, -1, INT32_MIN)),
    ],
    "int32-enum": alike(*(varint_field(6, number) for number in (1, 7, -1, INT32_MIN))),
    "sint32-sint64": [
        *alike(zigzag_field(9, -1), zigzag_field(9, INT32_MIN)),
        older_reads(zigzag_field(9, (1 << 31) + 1), zigzag_field(9, 1)),
    ],
    "fixed32-sfixed32": alike(fixed32_field(10, 1), fixed32_field(10, -1)),
    "string-bytes": alike(text(11, "größer")),  # bad_payload_received tests bytes that are not UTF-8
    "message-bytes": alike(bytes_field(12, part(5))),
    "one-many": [
        *alike(text(14, "one"), bytes_field(15, part(5))),
        newer_reads(varint_field(13, 5), wire_format.packed_field(13, wire_format.varint, (5,))),
        older_reads(text(14, "one") + text(14, "last"), text(14, "last")),
        older_reads(bytes_field(15, part(1)) + bytes_field(15, part(2)), bytes_field(15, part(2))),
    ],
    "many-messages-one": [older_reads(bytes_field(15, part(1)) + bytes_field(15, b""), bytes_field(15, part(1)))],
    "alone-oneof": alike(varint_field(16, 5)),
    "entries-map": [
        *alike(ENTRIES[0]),
        newer_reads(b"".join(ENTRIES), ENTRIES[2] + ENTRIES[1]),
    ],
    "unsafe-packed-one": [older_reads(wire_format.packed_field(13, wire_format.varint, (5, 6)), None)],
    "unsafe-int32-sint32": [
        newer_reads(varint_field(7, 4), zigzag_field(7, 2)),
        newer_reads(varint_field(7, -1), zigzag_field(7, INT32_MIN)),
        older_reads(zigzag_field(7, -1), varint_field(7, 1)),
    ],
    "unsafe-int32-fixed32": [newer_reads(varint_field(8, 5), None), older_reads(fixed32_field(8, 5), None)],
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="skew", values=SKEWS),),
    message_axes=("skew",),
)
async def schema_skew(cell: CellContext) -> None:
    """A field that changed between two versions of a message is read as the guide promises, or as it warns.

    Protocol Buffers, Language Guide (proto3), "Updating A Message Type". Safe: fields added, removed or renamed; int32,
    uint32, int64, bool and enum for each other (a number that does not fit is cut to its lower bits); sint32 and
    sint64; fixed32 and sfixed32; string and bytes of UTF-8; a message and bytes that hold one; singular and repeated
    strings (the last wins) or messages (they are merged); a single field moved into a new oneof; a map and its entries.
    Not safe: int32 to sint32, which is read as another number; packed repeated numbers to a singular one, and int32 to
    fixed32, which are not read at all.
    """
    push, pull = await cell.shared(pipeline)
    for one in cell.value("skew"):
        push.send((Typed(one.writer, one.sent),))
        reading = pull.receive(types=[one.reader])
        got = await (answered(reading) if one.read is None else reading)
        if got is not None:
            expect.value(tuple(map(payloads.known, as_typed(one.reader, got))), Typed(one.reader, one.read or b""))
