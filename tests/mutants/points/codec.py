"""A step of encoding or decoding changes values: those of one field type or kind of field.

A typed frame is decoded and encoded again by the agent, in both directions, so a mutant changes what is between.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from lane import Lane
from payload import message_class

from tests.mutants.mutant import Mutant

Step = Callable[[Message, FieldDescriptor], None]  # changes a field of a message that is set, not repeated

NAMES = {
    getattr(FieldDescriptor, name): name.removeprefix("TYPE_").lower()
    for name in dir(FieldDescriptor)
    if name.startswith("TYPE_")
}
BITS = {"int32": 31, "sint32": 31, "sfixed32": 31, "uint32": 32, "fixed32": 32}
NUMBERS = ("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64")


def mutants() -> dict[str, Mutant]:
    """Those of encoding and decoding, by name."""
    changes: dict[str, tuple[str, Callable[[Message], None]]] = {}
    for name in NUMBERS:
        changes[f"codec-{name}-plus-one"] = ("wrong scalar", _scalars(name, lambda value: value ^ 1))
        if name.endswith("64"):  # a double has room for all others
            changes[f"codec-{name}-as-double"] = ("wrong scalar", _scalars(name, _through_double))
    for name in ("int32", "int64", "sint32", "sint64", "sfixed32", "sfixed64"):
        changes[f"codec-{name}-unsigned"] = ("wrong scalar", _scalars(name, abs_))
    for name in ("float", "double"):
        changes[f"codec-{name}-no-minus-zero"] = ("wrong scalar", _scalars(name, lambda value: value + 0.0))
        changes[f"codec-{name}-no-nan"] = (
            "wrong scalar",
            _scalars(name, lambda value: 0.0 if math.isnan(value) else value),
        )
        changes[f"codec-{name}-finite"] = (
            "wrong scalar",
            _scalars(name, lambda value: 0.0 if math.isinf(value) else value),
        )
    changes["codec-double-as-float"] = ("wrong scalar", _scalars("double", _narrow))
    changes["codec-bool-not"] = ("wrong scalar", _scalars("bool", lambda value: not value))
    changes["codec-enum-zero"] = ("wrong scalar", _scalars("enum", lambda _: 0))
    changes["codec-string-to-nul"] = ("wrong scalar", _scalars("string", lambda text: text.partition("\0")[0]))
    changes["codec-string-ascii"] = (
        "wrong scalar",
        _scalars("string", lambda text: text.encode("ascii", "replace").decode()),
    )
    changes["codec-string-stripped"] = ("wrong scalar", _scalars("string", str.strip))
    changes["codec-bytes-to-nul"] = ("wrong scalar", _scalars("bytes", lambda data: data.partition(b"\0")[0]))
    changes["codec-bytes-as-text"] = (
        "wrong scalar",
        _scalars("bytes", lambda data: data.decode(errors="replace").encode()),
    )
    changes["codec-repeated-reversed"] = ("wrong field", _reverse)
    changes["codec-repeated-last-lost"] = ("wrong field", _lose_last)
    changes["codec-map-entry-lost"] = ("wrong field", _lose_entry)
    changes["codec-message-cleared"] = ("wrong field", _clear(lambda field: bool(field.message_type)))
    changes["codec-oneof-cleared"] = ("wrong field", _clear(_in_oneof))
    changes["codec-presence-lost"] = ("wrong field", _lose_presence)
    changes["codec-unknown-lost"] = ("wrong field", lambda message: message.DiscardUnknownFields())
    made = {name: Mutant(operator, "typed", _changing(change)) for name, (operator, change) in changes.items()}
    made["codec-not-decoded"] = Mutant("wrong field", "typed", _not_decoding())
    return made


def abs_(value: int) -> int:
    """The value without its sign; the smallest one stays in range."""
    return min(abs(value), 2**31 - 1) if value >= -(2**31) else min(abs(value), 2**63 - 1)


def _through_double(value: int) -> int:
    return int(float(value))


def _narrow(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _changing(change: Callable[[Message], None]) -> type[Lane]:
    class MutantLane(Lane):
        def transcode(self, type_name: str, data: bytes) -> bytes:
            message = message_class(type_name).FromString(data)
            change(message)
            encoded: bytes = message.SerializeToString()
            return encoded

    return MutantLane


def _not_decoding() -> type[Lane]:
    class MutantLane(Lane):
        def transcode(self, type_name: str, data: bytes) -> bytes:
            message_class(type_name)  # an unknown type is refused as before
            return data

    return MutantLane


def _every(message: Message, step: Callable[[Message, FieldDescriptor], None]) -> None:
    """Does a step for each field that is set, of the message and of all messages in it."""
    for field, value in message.ListFields():
        if field.message_type and field.message_type.GetOptions().map_entry:
            values = field.message_type.fields_by_name["value"]
            inner = [value[key] for key in value] if values.message_type else []
        elif field.message_type:
            inner = list(value) if field.is_repeated else [value]
        else:
            inner = []
        for one in inner:
            _every(one, step)
        step(message, field)


def _scalars(name: str, change: Callable[[Any], Any]) -> Callable[[Message], None]:
    """Changes all values of one type, also of repeated fields and of values of maps."""

    def step(message: Message, field: FieldDescriptor) -> None:
        value = getattr(message, field.name)
        if field.message_type and field.message_type.GetOptions().map_entry:
            if NAMES[field.message_type.fields_by_name["value"].type] == name:
                for key in list(value):
                    _put(value, key, change(value[key]))
        elif NAMES[field.type] != name:
            return
        elif field.is_repeated:
            for index, one in enumerate(list(value)):
                _put(value, index, change(one))
        else:
            with suppress(ValueError):  # out of range: the value stays
                setattr(message, field.name, change(value))

    return lambda message: _every(message, step)


def _put(values: Any, key: Any, value: Any) -> None:
    with suppress(ValueError):
        values[key] = value


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _reverse(message: Message) -> None:
    def step(of: Message, field: FieldDescriptor) -> None:
        if field.is_repeated and not _is_map(field):
            values = list(getattr(of, field.name))
            of.ClearField(field.name)
            getattr(of, field.name).extend(reversed(values))

    _every(message, step)


def _lose_last(message: Message) -> None:
    def step(of: Message, field: FieldDescriptor) -> None:
        if field.is_repeated and not _is_map(field):
            del getattr(of, field.name)[-1]

    _every(message, step)


def _lose_entry(message: Message) -> None:
    def step(of: Message, field: FieldDescriptor) -> None:
        if _is_map(field):
            entries = getattr(of, field.name)
            del entries[next(iter(entries))]

    _every(message, step)


def _in_oneof(field: FieldDescriptor) -> bool:
    return field.containing_oneof is not None and len(field.containing_oneof.fields) > 1


def _clear(which: Callable[[FieldDescriptor], bool]) -> Callable[[Message], None]:
    def step(message: Message, field: FieldDescriptor) -> None:
        if not field.is_repeated and which(field):
            message.ClearField(field.name)

    return lambda message: _every(message, step)


def _lose_presence(message: Message) -> None:
    def step(of: Message, field: FieldDescriptor) -> None:
        if field.has_presence and not field.message_type and getattr(of, field.name) == field.default_value:
            of.ClearField(field.name)

    _every(message, step)
