"""Whether an encoder wrote negative numbers as Protocol Buffers says: decoders hide that it did not."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from zmq_interop.schemas import payloads, wire_format

_SIGNED = (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_ENUM)


def narrowed(type: str, data: bytes) -> list[str]:
    """The fields with a negative int32 or enum that is encoded as 32 bits, such as "inner.number"; [] if none is.

    Protocol Buffers, Encoding, "Signed Integers": int32 and enums are varints of 64 bits, sign-extended, so a negative
    one takes ten bytes. Most decoders take five as well; those that read 64 bits take it for a positive number.
    type, data: of a message. What cannot be read, such as a group, is not looked at. Raises KeyError for a type that is
    not known.
    """
    return list(dict.fromkeys(_narrowed(payloads.types().find(type), memoryview(data), "")))


def _narrowed(type: Descriptor, data: memoryview, prefix: str) -> Iterator[str]:
    signed = {field.number: field.name for field in type.fields if field.type in _SIGNED}
    inner = {field.number: field for field in type.fields if field.type == FieldDescriptor.TYPE_MESSAGE}
    if not signed and not inner:
        return  # most types: their bytes need not be read
    try:
        for number, value in wire_format.fields(data):
            if number in signed and any(1 << 31 <= one < 1 << 32 for one in _varints(value)):
                yield f"{prefix}{signed[number]}"
            elif (field := inner.get(number)) and field.message_type:
                yield from _narrowed(field.message_type, value, f"{prefix}{field.name}.")
    except ValueError:
        return


def _varints(value: memoryview) -> Iterator[int]:
    """One, or those of a packed field."""
    position = 0
    while position < len(value):
        one, position = wire_format.read_varint(value, position)
        yield one
