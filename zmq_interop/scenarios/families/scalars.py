"""Scalars: a value of any scalar type, singular or repeated, is the same in every language."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from zmq_interop.core.frames import Typed
from zmq_interop.core.scenario import Axis, scenario
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.typed import LISTS, ROLES, SCALARS, pass_on
from zmq_interop.schemas import wire_format
from zmq_interop.schemas.wire_format import FIXED32, FIXED64, LENGTH, VARINT, tag

# Fields 1 to 15 of both messages: the wire type, and the encoder of a value.
TYPES: tuple[tuple[int, Callable[[Any], bytes]], ...] = (
    (FIXED64, wire_format.float64),
    (FIXED32, wire_format.float32),
    *[(VARINT, wire_format.varint)] * 4,  # int32, int64, uint32, uint64
    *[(VARINT, wire_format.zigzag)] * 2,  # sint32, sint64
    *[(FIXED32, wire_format.fixed32), (FIXED64, wire_format.fixed64)] * 2,  # unsigned, then signed
    (VARINT, wire_format.varint),  # bool
    *[(LENGTH, wire_format.prefixed)] * 2,  # string, bytes
)
UNPACKED = {21: 1, 22: 2, 23: 3, 28: 8}  # an unpacked field of Lists -> the field above with the same type

FLOAT_MAX = float.fromhex("0x1.fffffep+127")
FLOAT_TINY = float.fromhex("0x1p-149")
DOUBLE_TINY = float.fromhex("0x1p-1074")
INT32, INT64, UINT32, UINT64 = 1 << 31, 1 << 63, 1 << 32, 1 << 64

MAX: tuple[Any, ...] = (
    *(sys.float_info.max, FLOAT_MAX),
    *(INT32 - 1, INT64 - 1, UINT32 - 1, UINT64 - 1, INT32 - 1, INT64 - 1),
    *(UINT32 - 1, UINT64 - 1, INT32 - 1, INT64 - 1),
    *(True, "\U0010ffff".encode(), b"\xff\x00\xff"),
)
MIN: tuple[Any, ...] = (
    *(-sys.float_info.max, -FLOAT_MAX),
    *(-INT32, -INT64, 0, 0, -INT32, -INT64),
    *(0, 0, -INT32, -INT64),
    *(False, "\u0001\u007f\u0080\u07ff\u0800\uffff\U00010000".encode(), bytes(range(256))),
)


def alike(number: int) -> tuple[Any, ...]:
    """Returns a value for each field: the same number, without its sign for unsigned fields."""
    size = abs(number)
    signed = (number, number)
    return (float(number), float(number), *signed, size, size, *signed, size, size, *signed, True, b"%d" % size, b"")


def inexact(sign: int) -> tuple[Any, ...]:
    """Returns a value for each field: an integer that a float of 32 bits, or a double for 64 bits, would round."""
    narrow, wide = sign * ((1 << 24) + 1), sign * ((1 << 53) + 1)
    signed, unsigned = (narrow, wide), (abs(narrow), abs(wide))
    return (float(narrow), 0.5, *signed, *unsigned, *signed, *unsigned, *signed, True, b"", b"")


def scalars(values: Sequence[Any]) -> bytes:
    """Scalars with every field encoded, even one that has its default."""
    return b"".join(
        tag(number, wire_type) + encode(value)
        for number, ((wire_type, encode), value) in enumerate(zip(TYPES, values, strict=True), 1)
    )


def floats(*values: float) -> list[bytes]:
    """Messages with each value as a double and as a float."""
    return [wire_format.double_field(1, value) + wire_format.float_field(2, value) for value in values]


VALUES: dict[str, object] = {
    "limits": [scalars(MAX), scalars(MIN), scalars(inexact(1)), scalars(inexact(-1))],
    # The numbers around which a varint becomes a byte longer, with and without zigzag.
    "borders": [
        scalars(alike(sign * ((1 << bits) - less))) for sign in (1, -1) for bits in (6, 7, 14) for less in (1, 0)
    ],
    "zeros": [scalars((*alike(0)[:12], False, b"", b"")), b""],
    "floats": [
        *floats(math.nan, math.inf, -math.inf, FLOAT_TINY, -FLOAT_TINY, 0.1),
        tag(1, FIXED64) + bytes.fromhex("010000000000f8ff") + tag(2, FIXED32) + bytes.fromhex("0100c0ff"),  # other NaN
        *(wire_format.double_field(1, value) for value in (DOUBLE_TINY, -DOUBLE_TINY, math.pi)),
    ],
    "minus-zero": floats(-0.0),
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="value", values=VALUES),),
    message_axes=("value",),
)
async def scalar(cell: CellContext) -> None:
    """A field of any scalar type arrives with the same value: at its limits, zero, infinite or not a number.

    Protocol Buffers, Language Guide (proto3), "Scalar Value Types"; Encoding, "More Integer Types" and "Condensed
    Reference Card"; Language Guide, "Default Field Values": a field with its default value is left out, and minus zero
    is not the default. All NaNs count as equal.
    """
    await pass_on(cell, [Typed(SCALARS, form) for form in cell.value("value")])


def lists(packed: bool, *rows: Sequence[Any]) -> bytes:
    """Lists with the columns of these rows. packed: a record holds all elements of a field; otherwise one each."""
    numbered = [*enumerate(zip(TYPES, zip(*rows, strict=True), strict=True), 1)]
    numbered += [(number, numbered[like - 1][1]) for number, like in UNPACKED.items()]
    return b"".join(
        wire_format.packed_field(number, encode, column)
        if packed and wire_type != LENGTH
        else b"".join(tag(number, wire_type) + encode(value) for value in column)
        for number, ((wire_type, encode), column) in numbered
    )


ROWS = (MAX, MIN, alike(0), alike(-1), MAX)
MANY = range(-5_000, 5_000)
LISTS_OF: dict[str, object] = {
    "packed": [lists(True, *ROWS)],
    "one-by-one": [lists(False, *ROWS)],
    "in-parts": [lists(True, *ROWS) + lists(False, MIN) + lists(True, MAX, MIN)],
    "special-floats": [
        wire_format.packed_field(1, wire_format.float64, (math.nan, -0.0, math.inf, 0.0))
        + wire_format.packed_field(2, wire_format.float32, (-0.0,))
    ],
    "none": [wire_format.bytes_field(3, b"") + wire_format.bytes_field(28, b""), b""],
    "many": [
        wire_format.packed_field(3, wire_format.varint, MANY)
        + b"".join(wire_format.bytes_field(14, b"%d" % number) for number in MANY),
        wire_format.packed_field(28, wire_format.zigzag, MANY),
    ],
}


@scenario(
    roles=ROLES,
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="list", values=LISTS_OF),),
    message_axes=("list",),
)
async def repeated(cell: CellContext) -> None:
    """A repeated field arrives with the same elements in the same order, packed or not, however it is declared.

    Protocol Buffers, Encoding, "Packed Repeated Fields": a parser accepts both forms, and a packed field in several
    records; an empty record has no elements.
    """
    await pass_on(cell, [Typed(LISTS, form) for form in cell.value("list")])
