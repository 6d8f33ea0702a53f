"""The protobuf wire format, to write bytes that no encoder writes (Protocol Buffers, "Encoding")."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

VARINT, FIXED64, LENGTH, GROUP, END_GROUP, FIXED32 = range(6)


def varint(value: int) -> bytes:
    """Base 128, least significant group first; a negative number as 64-bit two's complement, ten bytes long."""
    if 0 <= value < 1 << 14:  # most are, and scenarios encode many thousands when they are imported
        return bytes((value,)) if value < 0x80 else bytes((value & 0x7F | 0x80, value >> 7))
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> bytes:
    """A sint32 or sint64: numbers near zero are short, whatever their sign."""
    return varint(value << 1 ^ value >> 63)


def fixed32(value: int) -> bytes:
    """A fixed32, or a negative number as two's complement."""
    return struct.pack("<I", value & (1 << 32) - 1)


def fixed64(value: int) -> bytes:
    """A fixed64, or a negative number as two's complement."""
    return struct.pack("<Q", value & (1 << 64) - 1)


def float32(value: float) -> bytes:
    """A float."""
    return struct.pack("<f", value)


def float64(value: float) -> bytes:
    """A double."""
    return struct.pack("<d", value)


def prefixed(value: bytes) -> bytes:
    """A string, bytes or a message, prefixed with its length."""
    return varint(len(value)) + value


def tag(number: int, wire_type: int) -> bytes:
    """A field's number and wire type."""
    return varint(number << 3 | wire_type)


def varint_field(number: int, value: int) -> bytes:
    """An int32, int64, uint32, uint64, bool or enum field."""
    return tag(number, VARINT) + varint(value)


def zigzag_field(number: int, value: int) -> bytes:
    """A sint32 or sint64 field."""
    return tag(number, VARINT) + zigzag(value)


def fixed32_field(number: int, value: int) -> bytes:
    """A fixed32 or sfixed32 field."""
    return tag(number, FIXED32) + fixed32(value)


def fixed64_field(number: int, value: int) -> bytes:
    """A fixed64 or sfixed64 field."""
    return tag(number, FIXED64) + fixed64(value)


def float_field(number: int, value: float) -> bytes:
    """A float field."""
    return tag(number, FIXED32) + float32(value)


def double_field(number: int, value: float) -> bytes:
    """A double field."""
    return tag(number, FIXED64) + float64(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A string, bytes, message or packed field."""
    return tag(number, LENGTH) + prefixed(value)


def packed_field(number: int, encode: Callable[[Any], bytes], values: Iterable[Any]) -> bytes:
    """A packed repeated field, in one record. encode: encodes one element."""
    return bytes_field(number, b"".join(map(encode, values)))


def group_field(number: int, value: bytes) -> bytes:
    """A group: fields between two tags, without a length."""
    return tag(number, GROUP) + value + tag(number, END_GROUP)


def records(data: bytes) -> Iterator[bytes]:
    """Splits an encoded message into its top-level records, each with tag and value, in their order.

    Raises ValueError for bytes that are not a message, and for wire types other than 0, 1, 2 and 5.
    """
    return (data[start:end] for start, _, end in _spans(data))


def fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The field number and the value of each top-level record, without a copy. Raises ValueError as `records`."""
    return ((read_varint(data, start)[0] >> 3, data[value:end]) for start, value, end in _spans(data))


def parts(data: memoryview) -> Iterator[tuple[int, int, memoryview, memoryview]]:
    """The field number, the wire type, the whole bytes and the value of each top-level record, without a copy.

    A group is one record. Raises ValueError for bytes that are not a message.
    """
    start = 0
    while start < len(data):
        key, value = read_varint(data, start)
        end = _end_of_group(data, value, key >> 3) if key & 7 == GROUP else _end(data, start)
        yield (
            key >> 3,
            key & 7,
            data[start:end],
            data[value if key & 7 != LENGTH else read_varint(data, value)[1] : end],
        )
        start = end


def _end(data: memoryview, start: int) -> int:
    return next(_spans(data[start:]))[2] + start


def _end_of_group(data: memoryview, start: int, number: int) -> int:
    """The offset after the end of a group whose first record is at `start`."""
    while start < len(data):
        key, value = read_varint(data, start)
        if key == number << 3 | END_GROUP:
            return value
        start = _end_of_group(data, value, key >> 3) if key & 7 == GROUP else _end(data, start)
    raise ValueError("a group without its end")


def _spans(data: bytes | memoryview) -> Iterator[tuple[int, int, int]]:
    """The offsets of each record: its start, the start of its value (after the length, if it has one), and its end."""
    start = 0
    while start < len(data):
        key, value = read_varint(data, start)
        match key & 7:
            case 0:
                _, end = read_varint(data, value)
            case 1:
                end = value + 8
            case 2:
                length, value = read_varint(data, value)
                end = value + length
            case 5:
                end = value + 4
            case other:
                raise ValueError(f"wire type {other} at byte {start}")
        if end > len(data):
            raise ValueError(f"the record at byte {start} is cut short")
        yield start, value, end
        start = end


def restated(data: bytes) -> bytes:
    """The same message in bytes that no encoder writes: fields in descending order, varints one byte too long.

    Records of one field keep their order, which is the order of a repeated field's elements. A message with groups
    (wire types 3 and 4), which proto3 does not have, stays unchanged.
    """
    try:
        return b"".join(
            _padded(record) for record in sorted(records(data), key=lambda one: -(read_varint(one, 0)[0] >> 3))
        )
    except ValueError:
        return data


def _padded(record: bytes) -> bytes:
    """The record with its varint (the value or its length) one byte longer than needed, unless it has ten bytes."""
    key, start = read_varint(record, 0)
    if key & 7 not in (VARINT, LENGTH):
        return record
    _, end = read_varint(record, start)
    if end - start == 10:
        return record
    return record[: end - 1] + bytes((record[end - 1] | 0x80, 0)) + record[end:]


def read_varint(data: bytes | memoryview, position: int) -> tuple[int, int]:
    """Reads a varint. Returns it and the offset after it. Raises ValueError if there is none at `position`."""
    value = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise ValueError(f"no varint at byte {position}")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
