"""Compares messages with what a declaration expects: values in ProtoJSON, with matchers in places of values.

    "$any"                      any value
    "$name.path"                the same as there in the message that an earlier step named
    { "$regex" = "..." }        a text that the whole regular expression matches
    { "$range" = [low, high] }  a number from low to high, both included
    { "$any_order" = [...] }    a list with these elements, in whatever order
    "$$text"                    the text "$text"

Values have the forms of https://protobuf.dev/programming-guides/json/; equal ones are equal however they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf import json_format, message_factory, unknown_fields
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from zmq_interop.schemas.payloads import Types

REFERENCE = re.compile(r"\$(?P<name>[a-z][a-z0-9_-]*)(?P<path>(?:\.[A-Za-z0-9_]+|\[\d+\])*)")
ANY = "$any"
MATCHERS = ("$regex", "$range", "$any_order")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_TRAILER = re.compile(r"\s*Available Fields\(except extensions\): .*|\.+$", re.DOTALL)
_OF_PARSER = re.compile(r"^(?:Failed to parse \w+ field: )+")
_PARSE_ERRORS = (json_format.ParseError, ValueError, TypeError, AttributeError)

Known = Mapping[str, Any]  # name -> the JSON of the message that has it


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()


class Difference(NamedTuple):
    """One difference. path: the field, "" for the message itself. expected, got: for people."""

    path: str
    expected: str
    got: str


def encode(types: Types, type: str, value: Mapping[str, Any], known: Known) -> bytes:
    """The encoding of a declared value to send. Raises ValueError, and KeyError for an unknown type."""
    message = message_factory.GetMessageClass(types.find(type))()
    json_format.ParseDict(_resolved(value, known), message, descriptor_pool=types.pool)
    return message.SerializePartialToString(deterministic=True)


def as_json(types: Types, type: str, encoded: bytes) -> Any:
    """A message in ProtoJSON with the fields' own names. Raises DecodeError, ValueError."""
    message = message_factory.GetMessageClass(types.find(type)).FromString(encoded)
    return _json(types, message)


def _json(types: Types, message: Message) -> Any:
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        descriptor_pool=types.pool,
    )


def differences(
    types: Types,
    type: str,
    value: Mapping[str, Any],
    encoded: bytes,
    known: Known,
    *,
    partial: bool = False,
    unknown: bool = False,
) -> list[Difference]:
    """How a message differs from the declared value.

    partial: fields that `value` does not name may have any value. unknown: the message may have fields that its type
    does not have.
    """
    descriptor = types.find(type)
    try:
        message = message_factory.GetMessageClass(descriptor).FromString(encoded)
        got = _json(types, message)
    except (DecodeError, ValueError, TypeError) as error:
        return [Difference("", f"a {type}", f"{encoded[:40].hex()}, which is none: {error}")]
    found = list(_Comparison(types, known, partial=partial).message(descriptor, value, got, ""))
    if not unknown:
        found += _unknown(message, "")
    return found


def resolve(text: str, known: Known) -> Any:
    """What a reference such as "$order.items[0].id" refers to. Raises ValueError if there is no such field."""
    found = REFERENCE.fullmatch(text)
    assert found
    value = known[found["name"]]
    for name, index in _STEP.findall(found["path"]):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            raise ValueError(f"{text}: the message {found['name']!r} has nothing there: {value!r}") from None
    return value


def is_reference(value: object) -> bool:
    return isinstance(value, str) and value != ANY and REFERENCE.fullmatch(value) is not None


def unescaped(value: object) -> object:
    return value[1:] if isinstance(value, str) and value.startswith("$$") else value


def _resolved(value: Any, known: Known) -> Any:
    """A value with its references replaced by what they refer to."""
    if isinstance(value, Mapping):
        return {name: _resolved(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, known) for inner in value]
    return resolve(value, known) if is_reference(value) else unescaped(value)


def field_of(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    found: FieldDescriptor | None = descriptor.fields_by_name.get(name) or descriptor.fields_by_camelcase_name.get(name)
    return found or next((one for one in descriptor.fields if one.json_name == name), None)


def is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def nested(field: FieldDescriptor) -> Descriptor | None:
    """The type of a field's values if its fields are compared: not one for which ProtoJSON has a form of its own."""
    inner = _value_field(field).message_type
    return None if inner is None or inner.full_name.startswith("google.protobuf.") else inner


def _value_field(field: FieldDescriptor) -> FieldDescriptor:
    """The field itself, or of a map the field with its values."""
    return _entry(field).fields_by_name["value"] if is_map(field) else field


def _entry(field: FieldDescriptor) -> Descriptor:
    assert field.message_type is not None
    return field.message_type


def matcher_of(value: object) -> str:
    """The name of the matcher that a value is, or ""."""
    if isinstance(value, Mapping) and len(value) == 1:
        (name,) = value
        return name if name in MATCHERS else ""
    return ""


def canonical(types: Types, owner: Descriptor, field: FieldDescriptor, value: Any) -> Any:
    """One value of a field as ProtoJSON writes it: an element of a list, a value of a map. Raises ValueError."""
    message = message_factory.GetMessageClass(owner)()
    whole = [value] if field.is_repeated else value
    if is_map(field):
        key = _entry(field).fields_by_name["key"]
        whole = {"true" if key.type == FieldDescriptor.TYPE_BOOL else "0": value}
    try:
        json_format.ParseDict({field.name: whole}, message, descriptor_pool=types.pool)
    except _PARSE_ERRORS as error:
        raise ValueError(_TRAILER.sub("", _OF_PARSER.sub("", str(error)))) from None
    told = _json(types, message).get(field.name, ABSENT)
    if is_map(field):
        return next(iter(told.values()))
    return told[0] if field.is_repeated else told


class _Comparison:
    """Walks a declared value and a message side by side."""

    def __init__(self, types: Types, known: Known, *, partial: bool) -> None:
        self._types = types
        self._known = known
        self._partial = partial

    def message(self, descriptor: Descriptor, value: Mapping[str, Any], got: Any, path: str) -> Iterator[Difference]:
        wanted = {}
        for name, inner in value.items():
            field = field_of(descriptor, name)
            if field is None:
                raise ValueError(f"{descriptor.full_name} has no field {name!r}")
            wanted[field.name] = inner
        empty = _json(self._types, message_factory.GetMessageClass(descriptor)())
        for field in descriptor.fields:
            at = f"{path}.{field.name}" if path else field.name
            found = got.get(field.name, ABSENT)
            if field.name in wanted:
                yield from self._field(descriptor, field, wanted[field.name], found, at)
            elif not self._partial and found != empty.get(field.name, ABSENT):
                yield Difference(_told(at, field), _shown(empty.get(field.name, ABSENT)), _shown(found))

    def _field(self, owner: Descriptor, field: FieldDescriptor, value: Any, got: Any, at: str) -> Iterator[Difference]:
        if value == ANY:
            return
        if is_reference(value):
            wanted = resolve(value, self._known)
            if wanted != got:
                yield Difference(_told(at, field), f"{_shown(wanted)}, as {value}", _shown(got))
        elif is_map(field):
            yield from self._map(owner, field, value, got, at)
        elif field.is_repeated:
            yield from self._list(owner, field, value, got, at)
        else:
            yield from self._value(owner, field, value, got, at)

    def _map(self, owner: Descriptor, field: FieldDescriptor, value: Any, got: Any, at: str) -> Iterator[Difference]:
        for key in {**value, **got}:
            where = f"{at}[{key!r}]"
            if key not in value:
                yield Difference(where, "no such entry", _shown(got[key]))
            elif key not in got:
                yield Difference(where, _shown(value[key]), "no such entry")
            else:
                yield from self._value(owner, field, value[key], got[key], where)

    def _list(self, owner: Descriptor, field: FieldDescriptor, value: Any, got: Any, at: str) -> Iterator[Difference]:
        free = matcher_of(value) == "$any_order"
        wanted = value["$any_order"] if free else value
        if len(wanted) != len(got):
            yield Difference(_told(at, field), f"{len(wanted)} elements", f"{len(got)}: {_shown(got)}")
        elif not free:
            for number, (inner, found) in enumerate(zip(wanted, got, strict=True)):
                yield from self._value(owner, field, inner, found, f"{at}[{number}]")
        else:
            left = list(got)
            for inner in wanted:
                same = (one for one in left if not any(self._value(owner, field, inner, one, at)))
                found = next(same, ABSENT)
                if found is ABSENT:
                    yield Difference(_told(at, field), f"an element {_shown(inner)}", _shown(left))
                    return
                left.remove(found)

    def _value(self, owner: Descriptor, field: FieldDescriptor, value: Any, got: Any, at: str) -> Iterator[Difference]:
        """One value: of a field, of a list's element or a map's entry."""
        inner = nested(field)
        name = matcher_of(value)
        if value == ANY:
            return
        if is_reference(value):
            wanted = resolve(value, self._known)
            if wanted != got:
                yield Difference(_told(at, field), f"{_shown(wanted)}, as {value}", _shown(got))
        elif name == "$regex":
            if not isinstance(got, str) or not re.fullmatch(value[name], got):
                yield Difference(_told(at, field), f"a text that matches {value[name]}", _shown(got))
        elif name == "$range":
            if not _in_range(got, *value[name]):
                yield Difference(_told(at, field), f"from {value[name][0]} to {value[name][1]}", _shown(got))
        elif inner is not None and got is not ABSENT:
            yield from self.message(inner, value, got, at)
        else:
            wanted = _shown(value) if inner else canonical(self._types, owner, field, unescaped(value))
            if inner or wanted != got:
                yield Difference(_told(at, field), wanted if inner else _shown(wanted), _shown(got))


def _in_range(got: Any, low: float, high: float) -> bool:
    try:
        number = int(got) if isinstance(got, str) and re.fullmatch(r"-?\d+", got) else float(got)
    except (TypeError, ValueError):
        return False
    return low <= number <= high


def _told(path: str, field: FieldDescriptor) -> str:
    return f"{path} (field {field.number})"


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"


def _unknown(message: Message, path: str) -> Iterator[Difference]:
    """Fields that the message's type does not have."""
    for one in unknown_fields.UnknownFieldSet(message):  # type: ignore[attr-defined]  # it is a sequence
        inside = f" in {path}" if path else ""
        what = f"no field {one.field_number}{inside}, which {message.DESCRIPTOR.full_name} does not have"
        yield Difference("", what, f"field {one.field_number}: {_raw(one.data)}")
    for field, value in message.ListFields():
        at = f"{path}.{field.name}" if path else field.name
        if is_map(field):
            if _value_field(field).message_type:
                for key, inner in value.items():
                    yield from _unknown(inner, f"{at}[{key!r}]")
        elif field.message_type and field.is_repeated:
            for number, inner in enumerate(value):
                yield from _unknown(inner, f"{at}[{number}]")
        elif field.message_type:
            yield from _unknown(value, at)


def _raw(data: Any) -> str:
    if isinstance(data, bytes):
        return f'"{data.decode()}"' if data.isascii() and data.decode().isprintable() else data[:40].hex()
    return str(data) if isinstance(data, int) else "a group"
