"""What is peculiar about an encoded message, to tell whether two messages can fail for the same cause. Pure."""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from zmq_interop.schemas import wire_format

DEEP = 20  # levels
_NAMES = {
    getattr(FieldDescriptor, name): name.removeprefix("TYPE_").lower()
    for name in dir(FieldDescriptor)
    if name.startswith("TYPE_")
}
_VARINT_BITS = {
    FieldDescriptor.TYPE_BOOL: 1,
    FieldDescriptor.TYPE_UINT32: 32,
    FieldDescriptor.TYPE_SINT32: 32,
    FieldDescriptor.TYPE_INT32: 31,
    FieldDescriptor.TYPE_ENUM: 31,
}
_NEGATIVE = range((1 << 64) - (1 << 31), 1 << 64)  # 32-bit ones, as they are on the wire


def of(descriptor: Descriptor, data: bytes) -> frozenset[str]:
    """Words such as "string", "a NUL in a string" or "the same message of a oneof twice".

    data: an encoding of a message of this type. A message has all the traits of the messages in it.
    """
    return frozenset(_of(descriptor, memoryview(data), 1))


def _of(descriptor: Descriptor, data: memoryview, level: int) -> Iterator[str]:
    if level == DEEP:
        yield "deep nesting"
    seen: Counter[int] = Counter()
    members: dict[str, set[int]] = {}
    for number, wire_type, record, value in wire_format.parts(data):
        field = descriptor.fields_by_number.get(number)
        if wire_type == wire_format.GROUP:
            yield "a group"
        elif field is None:
            yield f"an unknown field of wire type {wire_type}"
        else:
            if field.containing_oneof is not None and len(field.containing_oneof.fields) > 1:
                members.setdefault(field.containing_oneof.name, set()).add(number)
            seen[number] += 1
            yield from _of_record(field, wire_type, record, value, level)
    if any(len(numbers) > 1 for numbers in members.values()):
        yield "two members of a oneof"
    for number, count in seen.items():
        field = descriptor.fields_by_number[number]
        if count > 1 and not field.is_repeated:
            of_oneof = " of a oneof" if field.containing_oneof is not None else ""
            yield f"the same {_NAMES[field.type]}{of_oneof} twice"
    if descriptor.GetOptions().map_entry and len(seen) < len(descriptor.fields):
        yield "a map's entry without its key or value"


def _of_record(
    field: FieldDescriptor, wire_type: int, record: memoryview, value: memoryview, level: int
) -> Iterator[str]:
    if field.message_type is None or field.is_repeated:
        yield f"repeated {_NAMES[field.type]}" if field.is_repeated else _NAMES[field.type]
    if wire_type == wire_format.LENGTH and len(record) > len(value) + _shortest(field.number, len(value)):
        yield "a length in more bytes than needed"
    if field.message_type is not None:
        if field.message_type.GetOptions().map_entry:
            yield "map"
        yield from _of(field.message_type, value, level + 1)
    elif field.type == FieldDescriptor.TYPE_STRING and b"\0" in bytes(value):
        yield "a NUL in a string"
    elif wire_type == wire_format.VARINT:
        yield from _of_varint(field, value)
    elif wire_type in (wire_format.FIXED32, wire_format.FIXED64):
        yield from _of_float(field, value)
    elif field.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        yield "packed"


def _shortest(number: int, length: int) -> int:
    return len(wire_format.tag(number, wire_format.LENGTH)) + len(wire_format.varint(length))


def _of_varint(field: FieldDescriptor, value: memoryview) -> Iterator[str]:
    number, _ = wire_format.read_varint(value, 0)
    if len(value) > len(wire_format.varint(number)):
        yield "a number in more bytes than needed"
    if (bits := _VARINT_BITS.get(field.type)) and number >> bits and not (bits == 31 and number in _NEGATIVE):
        yield f"a number that does not fit its {_NAMES[field.type]}"
    elif field.enum_type is not None and number not in {one.number & (1 << 64) - 1 for one in field.enum_type.values}:
        yield "a number that its enum does not name"


def _of_float(field: FieldDescriptor, value: memoryview) -> Iterator[str]:
    if field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
        (number,) = struct.unpack("<f" if len(value) == 4 else "<d", value)
        if math.isnan(number):
            yield "NaN"
        elif number == 0 and math.copysign(1, number) < 0:
            yield "-0"
