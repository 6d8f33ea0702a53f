"""The protobuf wire format, as far as scenarios write bytes that no encoder would (Protocol Buffers, "Encoding")."""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5


def varint(value: int) -> bytes:
    """Base 128, least significant group first; a negative number as 64-bit two's complement, ten bytes long."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def tag(number: int, wire_type: int) -> bytes:
    """A field's number and wire type."""
    return varint(number << 3 | wire_type)


def varint_field(number: int, value: int) -> bytes:
    """An int32, int64, uint32, uint64, bool or enum field."""
    return tag(number, VARINT) + varint(value)


def fixed64_field(number: int, value: int) -> bytes:
    """A fixed64 field."""
    return tag(number, FIXED64) + struct.pack("<Q", value)


def double_field(number: int, value: float) -> bytes:
    """A double field."""
    return tag(number, FIXED64) + struct.pack("<d", value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A string, bytes, message or packed field."""
    return tag(number, LENGTH) + varint(len(value)) + value


def records(data: bytes) -> Iterator[bytes]:
    """Cuts an encoded message into its top-level records, tag and value together, in the order of the bytes.

    Raises ValueError for bytes that are no message of wire types 0, 1, 2 and 5.
    """
    start = 0
    while start < len(data):
        key, position = _read_varint(data, start)
        match key & 7:
            case 0:
                _, position = _read_varint(data, position)
            case 1:
                position += 8
            case 2:
                length, position = _read_varint(data, position)
                position += length
            case 5:
                position += 4
            case other:
                raise ValueError(f"wire type {other} at byte {start}")
        if position > len(data):
            raise ValueError(f"the record at byte {start} is cut short")
        yield data[start:position]
        start = position


def restated(data: bytes) -> bytes:
    """The same message in bytes that no encoder writes: fields in descending order, varints one byte too long.

    Records of one field keep their order, which is that of a repeated field's values. A message with groups (wire
    types 3 and 4), which only files older than proto3 have, stays as it is.
    """
    try:
        return b"".join(
            _padded(record) for record in sorted(records(data), key=lambda one: -(_read_varint(one, 0)[0] >> 3))
        )
    except ValueError:
        return data


def _padded(record: bytes) -> bytes:
    """A record whose value, or its length, is a varint one byte longer than it need be, where ten bytes are enough."""
    key, start = _read_varint(record, 0)
    if key & 7 not in (VARINT, LENGTH):
        return record
    _, end = _read_varint(record, start)
    if end - start == 10:
        return record
    return record[: end - 1] + bytes((record[end - 1] | 0x80, 0)) + record[end:]


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
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
