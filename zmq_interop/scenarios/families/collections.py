"""Collections: maps, oneofs, enums and nested messages have the same value in every language."""

from __future__ import annotations

from zmq_interop.core.frames import Typed
from zmq_interop.core.scenario import Axis, scenario
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.typed import CHOICE, HOLDER, MAPS, ROLES, TREE, pass_on
from zmq_interop.schemas import wire_format
from zmq_interop.schemas.wire_format import (
    bytes_field,
    double_field,
    fixed32_field,
    fixed64_field,
    varint_field,
    zigzag_field,
)

INT32_MAX, INT32_MIN = (1 << 31) - 1, -(1 << 31)
POINT = zigzag_field(1, -5) + zigzag_field(2, 7)


def entry(number: int, key: bytes = b"", value: bytes = b"") -> bytes:
    """One entry of the map with this field number. key, value: the encoded fields 1 and 2, or nothing."""
    return bytes_field(number, key + value)


def text(number: int, value: str) -> bytes:
    """A string field."""
    return bytes_field(number, value.encode())


EVERY_MAP = [
    entry(1, text(1, "größer"), varint_field(2, (1 << 63) - 1)),
    entry(1, text(1, "one"), varint_field(2, -1)),
    entry(2, varint_field(1, -7), text(2, "minus seven")),
    entry(2, varint_field(1, INT32_MAX), text(2, "max")),
    entry(3, varint_field(1, 1), bytes_field(2, POINT)),
    entry(3, varint_field(1, 0), bytes_field(2, zigzag_field(2, 1))),
    entry(4, text(1, "red"), varint_field(2, 1)),
    entry(4, text(1, "later"), varint_field(2, 12)),
    entry(5, fixed64_field(1, (1 << 64) - 1), bytes_field(2, b"\x00\xff")),
]

MAPS_OF: dict[str, object] = {
    "entries": [b"".join(EVERY_MAP), b"".join(reversed(EVERY_MAP))],
    "defaults": [
        b"".join(entry(number) for number in range(1, 6)),
        entry(2, text(2, "at zero")),
        entry(3, varint_field(1, 1)),
    ],
    "value-first": [
        entry(1, varint_field(2, 3), text(1, "three")),
        entry(2, text(2, "old") + varint_field(1, 1), text(2, "new") + varint_field(1, 2)),
    ],
    "doubled-key": [EVERY_MAP[1] + EVERY_MAP[0] + entry(1, text(1, "one"), varint_field(2, 1))],
    "many": [b"".join(entry(1, text(1, f"{number}"), varint_field(2, number)) for number in range(1, 1001))],
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="map", values=MAPS_OF),),
    message_axes=("map",),
)
async def map_field(cell: CellContext) -> None:
    """A map arrives with the same entries, in any order. If a key occurs twice, the last entry wins.

    Protocol Buffers, Language Guide (proto3), "Maps" and "Backwards Compatibility" of maps: an entry is a message with
    the fields key = 1 and value = 2. So either may be left out, which means its default, and they come in any order.
    """
    await pass_on(cell, [Typed(MAPS, form) for form in cell.value("map")])


MEMBERS = [
    double_field(1, 0.1),
    zigzag_field(2, INT32_MIN),
    fixed32_field(3, (1 << 32) - 1),
    varint_field(4, 1),
    text(5, "text"),
    bytes_field(6, b"\xff"),
    varint_field(7, 1),
    bytes_field(8, POINT),
]
UNSET = [
    double_field(1, 0),
    zigzag_field(2, 0),
    fixed32_field(3, 0),
    varint_field(4, 0),
    text(5, ""),
    bytes_field(6, b""),
]
UNSET += [varint_field(7, 0), bytes_field(8, b"")]

ONEOFS: dict[str, object] = {
    "members": [*MEMBERS, b"".join(MEMBERS[:1]) + varint_field(9, 1), varint_field(9, 2)],
    "defaults": UNSET,
    "last-one-wins": [one + other for one, other in zip(MEMBERS, MEMBERS[1:] + MEMBERS[:1], strict=True)]
    + [MEMBERS[7] + MEMBERS[4] + bytes_field(8, zigzag_field(2, 1))],
    "message-in-parts": [bytes_field(8, zigzag_field(1, 1)) + bytes_field(8, zigzag_field(2, 2))],
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="oneof", values=ONEOFS),),
    message_axes=("oneof",),
)
async def oneof(cell: CellContext) -> None:
    """The member of a oneof that was set last arrives set, even to its default value, and no other member does.

    Protocol Buffers, Language Guide (proto3), "Oneof Features": a member is written even if it has its default; if
    several members are on the wire, the last one wins. Two records of the same message member, with no other member
    between them, are merged into one message (Encoding, "Last One Wins").
    """
    await pass_on(cell, [Typed(CHOICE, form) for form in cell.value("oneof")])


ENUMS: dict[str, object] = {
    "known": [varint_field(3, number) for number in (1, INT32_MAX, INT32_MIN)] + [varint_field(3, 0)],
    "unknown": [varint_field(3, number) for number in (2, -1, INT32_MAX - 1)],
    "repeated": [
        wire_format.packed_field(4, wire_format.varint, (1, 7, 0, -1, INT32_MIN)),
        varint_field(4, 1) + varint_field(4, 7),
    ],
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="number", values=ENUMS),),
    message_axes=("number",),
)
async def enum(cell: CellContext) -> None:
    """An enum keeps its number, even one that has no name: enums of proto3 are open.

    Protocol Buffers, Language Guide (proto3), "Enumerations": values are int32 varints, and unrecognized ones are
    preserved in the message and serialized with it.
    """
    await pass_on(cell, [Typed(HOLDER, form) for form in cell.value("number")])


def chain(depth: int) -> bytes:
    """A Tree of `depth` levels, each the only child of the one above. Built without recursion, since it may be deep."""
    heads: list[bytes] = []
    size = 0
    for _ in range(depth - 1):
        heads.append(wire_format.tag(2, wire_format.LENGTH) + wire_format.varint(size))
        size += len(heads[-1])
    return b"".join(reversed(heads))


def full(depth: int) -> bytes:
    """A Tree with three children at each node."""
    inner = b"".join(bytes_field(3, full(depth - 1)) for _ in range(3)) if depth > 1 else b""
    return varint_field(1, depth) + inner


NESTED: dict[str, object] = {
    # An empty message is not the same as an absent one.
    "empty": [
        (HOLDER, bytes_field(1, b"")),
        (HOLDER, bytes_field(2, b"") * 3),
        (TREE, bytes_field(2, bytes_field(2, b""))),
    ],
    "deep": [(TREE, chain(64))],  # libraries refuse more than about 100 levels
    "wide": [(TREE, full(6)), (TREE, bytes_field(3, varint_field(1, 1)) * 2000)],
    "many-kinds": [
        (HOLDER, b"".join(bytes_field(2, one) for one in (*MEMBERS, *UNSET, b"")) + bytes_field(1, MEMBERS[7]))
    ],
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="nesting", values=NESTED),),
    message_axes=("nesting",),
)
async def nested(cell: CellContext) -> None:
    """Nested messages all arrive, in order, at any depth, including empty ones.

    Protocol Buffers, Encoding, "Submessages"; Language Guide (proto3), "Default Field Values": a message field is set
    or not, and one set to an empty message is a record of zero bytes.
    """
    await pass_on(cell, [Typed(*form) for form in cell.value("nesting")])
