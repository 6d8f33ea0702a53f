"""Decodes protobuf bytes record by record, with offsets, as far as they decode (Protocol Buffers, "Encoding")."""

from __future__ import annotations

import struct
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from zmq_interop.core.transcript import Field
from zmq_interop.schemas.wire_format import END_GROUP, FIXED32, FIXED64, GROUP, LENGTH, VARINT, read_varint

MOST_FIELDS = 60  # records that are told of one message
DEEPEST = 16  # nested messages that are told record by record
SHOWN = 60  # characters of a value
WIRE_NAMES = ("VARINT", "I64", "LEN", "SGROUP", "EGROUP", "I32")  # as the specification calls the wire types
_TYPE = FieldDescriptor
_WIRE_TYPE = {
    **dict.fromkeys((_TYPE.TYPE_FIXED64, _TYPE.TYPE_SFIXED64, _TYPE.TYPE_DOUBLE), FIXED64),
    **dict.fromkeys((_TYPE.TYPE_FIXED32, _TYPE.TYPE_SFIXED32, _TYPE.TYPE_FLOAT), FIXED32),
    **dict.fromkeys((_TYPE.TYPE_STRING, _TYPE.TYPE_BYTES, _TYPE.TYPE_MESSAGE), LENGTH),
    _TYPE.TYPE_GROUP: GROUP,
}
_PACKABLE = (VARINT, FIXED64, FIXED32)


class Decoded(NamedTuple):
    """fields: the records, nested ones after the record that they are in. left_out: how many more there are.

    problem: why the bytes from `problem_at` on do not decode; "" if all do. problem_at: bytes from the beginning.
    """

    fields: list[Field]
    left_out: int
    problem: str
    problem_at: int


class _Stop(Exception):
    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at


def decode(data: bytes, descriptor: Descriptor | None, size: int | None = None) -> Decoded:
    """Decodes a message. Never raises for any bytes.

    descriptor: of its type; None if it is unknown, which leaves out names. size: bytes of the whole message, if `data`
    is only its beginning.
    """
    walk = _Walk(data)
    problem, at = "", 0
    try:
        walk.message(0, len(data), descriptor, 0)
    except _Stop as stop:
        problem, at = str(stop), stop.at
    if size is not None and size > len(data):
        problem = f"the other {size - len(data)} bytes were not kept"
        at = at or len(data)
    return Decoded(walk.fields, walk.left_out, problem, at)


class _Walk:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fields: list[Field] = []
        self.left_out = 0

    def message(self, start: int, end: int, descriptor: Descriptor | None, depth: int, group: int = 0) -> int:
        """Reads records up to `end`, or up to the end of a group of this number. Returns where it stopped."""
        at = start
        while at < end:
            key, value = self._varint(at, end, "a tag")
            number, wire_type = key >> 3, key & 7
            if not number or number >= 1 << 29:
                raise _Stop(at, f"field number {number} does not exist")
            if wire_type == END_GROUP:
                if number != group:
                    raise _Stop(at, f"a group of field {number} ends that did not begin")
                return value
            if wire_type > FIXED32:
                raise _Stop(at, f"wire type {wire_type} does not exist")
            at = self._record(at, value, end, number, wire_type, descriptor, depth)
        if group:
            raise _Stop(at, f"the group of field {group} does not end")
        return at

    def _record(
        self, start: int, at: int, end: int, number: int, wire_type: int, descriptor: Descriptor | None, depth: int
    ) -> int:
        field = descriptor.fields_by_number.get(number) if descriptor else None
        place = self._add(start, number, wire_type, field, depth, known=descriptor is not None)
        match wire_type:
            case 0:
                value, at = self._varint(at, end, "a value")
                self._tell(place, start, at, _number(value, field))
            case 1 | 5:
                size = 8 if wire_type == FIXED64 else 4
                if at + size > end:
                    raise _Stop(start, f"the record needs {size} bytes after its tag, and {end - at} are left")
                self._tell(place, start, at + size, _fixed(self.data[at : at + size], field))
                at += size
            case 3:
                inner = field.message_type if field is not None and field.type == _TYPE.TYPE_GROUP else None
                if depth >= DEEPEST:
                    raise _Stop(start, f"groups nested more than {DEEPEST} deep are not told")
                at = self.message(at, end, inner, depth + 1, group=number)
                self._tell(place, start, at, "a group")
            case _:
                at = self._length(place, start, at, end, field, depth)
        return at

    def _length(self, place: int, start: int, at: int, end: int, field: FieldDescriptor | None, depth: int) -> int:
        size, at = self._varint(at, end, "a length")
        if at + size > end:
            raise _Stop(start, f"the record has {size} bytes, and {end - at} are left")
        body = self.data[at : at + size]
        note = ""
        if field is not None and field.message_type is not None:
            self._tell(place, start, at + size, field.message_type.full_name)
            if depth < DEEPEST:
                self.message(at, at + size, field.message_type, depth + 1)
            return at + size
        if field is not None and field.type == _TYPE.TYPE_STRING:
            try:
                text = repr(body.decode())
            except UnicodeDecodeError as error:
                text, note = body.hex(), f"not UTF-8 at byte {at + error.start}"
        elif field is not None and field.type != _TYPE.TYPE_BYTES:
            text = f"packed {body.hex()}"
        else:
            text = repr(body)[1:]
        self._tell(place, start, at + size, text, note)
        return at + size

    def _varint(self, at: int, end: int, what: str) -> tuple[int, int]:
        try:
            return read_varint(memoryview(self.data)[:end], at)
        except ValueError:
            raise _Stop(at, f"{what} is no varint: it has more than ten bytes or is cut short") from None

    def _add(
        self, start: int, number: int, wire_type: int, field: FieldDescriptor | None, depth: int, *, known: bool
    ) -> int:
        """Adds a record before its end is known. Returns its place in `fields`, or -1."""
        if len(self.fields) >= MOST_FIELDS:
            self.left_out += 1
            return -1
        note = "" if field is not None or not known else "the type has no such field"
        if field is not None:
            wanted = _WIRE_TYPE.get(field.type, VARINT)
            if wire_type != wanted and not (field.is_repeated and wanted in _PACKABLE and wire_type == LENGTH):
                note = f"the field has wire type {WIRE_NAMES[wanted]}"
        name = "" if field is None else field.name
        wire = WIRE_NAMES[wire_type]
        self.fields.append(Field(offset=start, size=0, number=number, wire=wire, name=name, depth=depth, note=note))
        return len(self.fields) - 1

    def _tell(self, place: int, start: int, end: int, value: str, note: str = "") -> None:
        if place < 0:
            return
        one = self.fields[place]
        self.fields[place] = Field(
            offset=start,
            size=end - start,
            number=one.number,
            wire=one.wire,
            name=one.name,
            value=value if len(value) <= SHOWN else f"{value[:SHOWN]}...",
            depth=one.depth,
            note=note or one.note,
        )


def _number(value: int, field: FieldDescriptor | None) -> str:
    value &= (1 << 64) - 1
    if field is None:
        return str(value)
    match field.type:
        case _TYPE.TYPE_SINT32 | _TYPE.TYPE_SINT64:
            return str(value >> 1 ^ -(value & 1))
        case _TYPE.TYPE_INT32 | _TYPE.TYPE_INT64:
            return str(value - (1 << 64) if value >> 63 else value)
        case _TYPE.TYPE_BOOL:
            return {0: "false", 1: "true"}.get(value, str(value))
        case _TYPE.TYPE_ENUM if field.enum_type is not None:
            signed = value - (1 << 64) if value >> 63 else value
            named = field.enum_type.values_by_number.get(signed)
            return f"{named.name} ({signed})" if named else str(signed)
        case _:
            return str(value)


def _fixed(data: bytes, field: FieldDescriptor | None) -> str:
    if field is not None and field.type in (_TYPE.TYPE_DOUBLE, _TYPE.TYPE_FLOAT):
        (number,) = struct.unpack("<d" if len(data) == 8 else "<f", data)
        return repr(number)
    signed = field is not None and field.type in (_TYPE.TYPE_SFIXED32, _TYPE.TYPE_SFIXED64)
    return str(int.from_bytes(data, "little", signed=signed))
