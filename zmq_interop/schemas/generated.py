"""Generates messages of any type, in every encoding that Protocol Buffers allow (hypothesis).

What is drawn is the encoding, record by record, not the value: encoders never write most of what a decoder must accept
(Protocol Buffers, "Encoding"). The value is what the harness's own protobuf library decodes. Edge values come first,
since hypothesis shrinks towards the first of several choices.

Imported by commands and tests that have hypothesis; a run does without it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from zmq_interop.schemas import samples, wire_format
from zmq_interop.schemas.payloads import Types
from zmq_interop.schemas.samples import Own

MOST_RECORDS = 5  # of a message, and elements of a packed record
DEPTH = 3  # of messages in messages, each with fields of its own
_LONG_NESTS = (1, 2, 30, 60)  # decoders may refuse more than 100 levels (C++'s and Java's default)
_RESERVED = range(19000, 20000)  # field numbers that belong to the implementations
_LAST_NUMBER = (1 << 29) - 1
_TEXTS = ("a", "\0", "", "a\0b", "é", "\uffff", "𝄞", "\x7f", "\ufeff", "0" * 128)
_UINT64 = (1 << 64) - 1

_VARINT_RANGES = {
    FieldDescriptor.TYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.TYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.TYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.TYPE_UINT64: (0, _UINT64),
    FieldDescriptor.TYPE_SINT32: (0, (1 << 32) - 1),  # as they are on the wire
    FieldDescriptor.TYPE_SINT64: (0, _UINT64),
    FieldDescriptor.TYPE_BOOL: (0, 1),
}
_FIXED32 = (FieldDescriptor.TYPE_FIXED32, FieldDescriptor.TYPE_SFIXED32)
_FIXED64 = (FieldDescriptor.TYPE_FIXED64, FieldDescriptor.TYPE_SFIXED64)


def messages(types: Types, names: Sequence[str]) -> SearchStrategy[Own]:
    """Messages of these types, each in one encoding. names: full names of types."""
    return st.sampled_from(list(names)).flatmap(functools.partial(of_type, types))


@functools.cache  # to make a strategy costs far more than to draw from it
def of_type(types: Types, name: str) -> SearchStrategy[Own]:
    """Messages of one type. What the harness's own library refuses is not drawn."""

    def own(data: bytes) -> Own | None:
        try:
            return samples.of_bytes(types, name, data)
        except DecodeError:
            return None

    return encodings(types.find(name)).map(own).filter(lambda one: one is not None)  # type: ignore[return-value]


@functools.cache
def encodings(descriptor: Descriptor, depth: int = DEPTH, *, unknown: bool = True) -> SearchStrategy[bytes]:
    """Encoded messages of this type. unknown: also with fields that the type does not have."""
    fields = [one for one in descriptor.fields if depth or one.message_type is None]
    required = [one for one in descriptor.fields if one.is_required]
    kinds = [_record(one, depth) for one in fields]
    if unknown:
        kinds.append(_unknown(frozenset(one.number for one in descriptor.fields)))
    first = [_record(one, max(depth, 1)) for one in required]
    rest = st.lists(st.one_of(kinds), max_size=MOST_RECORDS).map(b"".join) if kinds else st.just(b"")
    return st.tuples(*first, rest).map(b"".join)


def _record(field: FieldDescriptor, depth: int) -> SearchStrategy[bytes]:
    """One record of a field; of a packed field, one with any number of elements."""
    if field.message_type is not None:
        return _message(field, field.message_type, depth)
    wire_type, value = _scalar(field)
    alone = st.builds(_tagged, st.just(field.number), st.just(wire_type), value)
    if not field.is_repeated or wire_type == wire_format.LENGTH:
        return alone
    packed = st.lists(value, max_size=MOST_RECORDS).map(b"".join)
    return alone | st.builds(_of_length, st.just(field.number), packed, _padding(1))


def _message(field: FieldDescriptor, descriptor: Descriptor, depth: int) -> SearchStrategy[bytes]:
    if descriptor.GetOptions().map_entry:
        return st.builds(_of_length, st.just(field.number), _entry(descriptor, depth - 1), _padding(1))
    inner = st.deferred(lambda: encodings(descriptor, depth - 1))
    if field.type == FieldDescriptor.TYPE_GROUP:
        return inner.map(functools.partial(wire_format.group_field, field.number))
    alone = st.builds(_of_length, st.just(field.number), inner, _padding(1))
    within = field.containing_type
    if within is None or descriptor.full_name != within.full_name:
        return alone
    return st.builds(_nested, st.just(field.number), inner, st.sampled_from(_LONG_NESTS))


def _entry(descriptor: Descriptor, depth: int) -> SearchStrategy[bytes]:
    """An entry of a map: key and value in any order; either may be missing, or come twice."""
    key, value = (_record(descriptor.fields_by_name[name], max(depth, 1)) for name in ("key", "value"))
    return st.tuples(key, value).map(b"".join) | st.lists(key | value, max_size=3).map(b"".join)


def _nested(number: int, inner: bytes, times: int) -> bytes:
    for _ in range(times):
        inner = wire_format.bytes_field(number, inner)
    return inner


def _unknown(taken: frozenset[int]) -> SearchStrategy[bytes]:
    """A field that the type does not have, as an encoder writes it: libraries may keep its bytes or its value."""
    numbers = (st.sampled_from([1000, _LAST_NUMBER]) | st.integers(1, _LAST_NUMBER)).filter(
        lambda one: one not in taken and one not in _RESERVED
    )
    varint = st.builds(wire_format.varint_field, numbers, _edges(0, _UINT64))
    fixed32 = st.builds(wire_format.fixed32_field, numbers, _edges(0, (1 << 32) - 1))
    fixed64 = st.builds(wire_format.fixed64_field, numbers, _edges(0, _UINT64))
    length = st.builds(wire_format.bytes_field, numbers, st.binary(max_size=8))
    group = st.builds(wire_format.group_field, numbers, st.just(wire_format.varint_field(1, 7)))
    # A group seldom: what cannot take it refuses the whole message, and what else is in that goes unseen.
    return st.one_of([varint, length, fixed32, fixed64] * 4 + [group])


def _scalar(field: FieldDescriptor) -> tuple[int, SearchStrategy[bytes]]:
    """The wire type of a scalar field, and values of it with their length where they have one."""
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            return wire_format.LENGTH, _lengths(_texts().map(str.encode))
        case FieldDescriptor.TYPE_BYTES:
            return wire_format.LENGTH, _lengths(st.sampled_from([b"", b"\0", b"\xff"]) | st.binary(max_size=8))
        case FieldDescriptor.TYPE_DOUBLE:
            return wire_format.FIXED64, _floats(64).map(wire_format.float64)
        case FieldDescriptor.TYPE_FLOAT:
            return wire_format.FIXED32, _floats(32).map(wire_format.float32)
        case FieldDescriptor.TYPE_ENUM if field.enum_type is not None:
            return wire_format.VARINT, _varints(_enum(field.enum_type))
        case type if type in _FIXED32:
            return wire_format.FIXED32, _edges(0, (1 << 32) - 1).map(wire_format.fixed32)
        case type if type in _FIXED64:
            return wire_format.FIXED64, _edges(0, _UINT64).map(wire_format.fixed64)
        case type:
            low, high = _VARINT_RANGES[type]
            # A number that does not fit is cut to the type's bits, as in C++ ("Encoding", "Updating a message type").
            return wire_format.VARINT, _varints(_edges(low, high) | _edges(0, _UINT64))


def _enum(enum: EnumDescriptor) -> SearchStrategy[int]:
    """Numbers of an enum; those that it does not know only if it is open: of a closed one they are unknown fields."""
    known = st.sampled_from([one.number for one in enum.values])
    return known if enum.is_closed else known | _edges(-(1 << 31), (1 << 31) - 1)


@functools.cache
def _edges(low: int, high: int) -> SearchStrategy[int]:
    """Integers of a range, often its limits, and where a varint becomes longer."""
    edges = [one for one in (0, 1, -1, 127, 128, low, high, high - 1, 1 << 31, 1 << 32) if low <= one <= high]
    return st.sampled_from(list(dict.fromkeys(edges))) | st.integers(low, high)


@functools.cache
def _floats(width: Any) -> SearchStrategy[float]:
    edges = [0.0, 1.0, -0.0, float("inf"), float("-inf"), float("nan")]
    return st.sampled_from(edges) | st.floats(width=width)


@functools.cache
def _texts() -> SearchStrategy[str]:
    return st.sampled_from(_TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def _varints(numbers: SearchStrategy[int]) -> SearchStrategy[bytes]:
    return st.builds(_padded, numbers.map(wire_format.varint), _padding(10))


def _lengths(values: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    return st.builds(lambda value, extra: _padded(wire_format.varint(len(value)), extra) + value, values, _padding(1))


@functools.cache
def _padding(most: int) -> SearchStrategy[int]:
    """By how many bytes a varint is longer than needed; seldom by any."""
    return st.sampled_from([0, 0, 0, 0, 1, most])


def _padded(varint: bytes, extra: int) -> bytes:
    """The same number in up to ten bytes."""
    extra = min(extra, 10 - len(varint))
    if extra <= 0:
        return varint
    return varint[:-1] + bytes([varint[-1] | 0x80]) + b"\x80" * (extra - 1) + b"\0"


def _tagged(number: int, wire_type: int, value: bytes) -> bytes:
    return wire_format.tag(number, wire_type) + value


def _of_length(number: int, value: bytes, extra: int) -> bytes:
    length = _padded(wire_format.varint(len(value)), extra)
    return wire_format.tag(number, wire_format.LENGTH) + length + value
