"""What is wrong with the values of a declaration, told before anything is started. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from zmq_interop.programs.matchers import (
    ANY,
    MATCHERS,
    canonical,
    field_of,
    is_map,
    is_reference,
    matcher_of,
    nested,
    unescaped,
)
from zmq_interop.schemas.payloads import Types
from zmq_interop.system import near

Place = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong with a declared value. at: the path in it."""

    at: Place
    what: str


def of_value(types: Types, type: str, value: Mapping[str, Any], *, sends: bool) -> Iterator[Fault]:
    """What is wrong with the value of a message. sends: it is a message to send, which has no matchers.

    Raises KeyError for an unknown type.
    """
    return _faults_of_message(types, types.find(type), value, (), sends=sends)


def _faults_of_message(types: Types, descriptor: Descriptor, value: Any, at: Place, *, sends: bool) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(at, f"must be a table with fields of {descriptor.full_name}")
        return
    for name, inner in value.items():
        field = field_of(descriptor, name)
        if field is None:
            names = [one.name for one in descriptor.fields]
            hint = near.hint(name, names, f"fields: {', '.join(names) or 'none'}")
            yield Fault((*at, name), f"{descriptor.full_name} has no field {name!r}; {hint}")
        else:
            yield from _faults_of_field(types, descriptor, field, inner, (*at, name), sends=sends)


def _faults_of_field(
    types: Types, owner: Descriptor, field: FieldDescriptor, value: Any, at: Place, *, sends: bool
) -> Iterator[Fault]:
    if is_reference(value) or (value == ANY and not sends):
        return
    elements: Iterator[tuple[Place, Any]] = iter([(at, value)])
    if is_map(field):
        if not isinstance(value, Mapping):
            yield Fault(at, "must be a table: it is a map")
            return
        elements = (((*at, key), inner) for key, inner in value.items())
    elif field.is_repeated:
        if matcher_of(value) == "$any_order" and not sends:
            value, at = value["$any_order"], (*at, "$any_order")
        if not isinstance(value, list):
            yield Fault(at, "must be a list: the field is repeated")
            return
        elements = (((*at, number), inner) for number, inner in enumerate(value))
    for place, inner in elements:
        yield from _faults_of_value(types, owner, field, inner, place, sends=sends)


def _faults_of_value(
    types: Types, owner: Descriptor, field: FieldDescriptor, value: Any, at: Place, *, sends: bool
) -> Iterator[Fault]:
    inner = nested(field)
    name = matcher_of(value)
    if is_reference(value) or (value == ANY and not sends):
        return
    if value == ANY or name:
        if sends:
            yield Fault(at, f"{name or ANY} is for `expect`: a message to send needs a value")
        elif name == "$regex":
            if not isinstance(value[name], str):
                yield Fault(at, f"$regex: {value[name]!r} is no text: write the regular expression in quotes")
                return
            try:
                re.compile(value[name])
            except re.error as error:
                yield Fault(at, f"$regex: no regular expression: {error}")
        elif name == "$range":
            limits = value[name]
            numbers = isinstance(limits, list) and [type(one) in (int, float) for one in limits] == [True, True]
            if not numbers or limits[0] > limits[1]:
                yield Fault(at, "$range: give the lowest and the highest number: [1, 5]")
        else:
            yield Fault(at, "$any_order is for a repeated field")
    elif isinstance(value, Mapping) and any(key.startswith("$") for key in value):
        known = ", ".join(MATCHERS)
        yield Fault(at, f"{', '.join(key for key in value if key.startswith('$'))}: known matchers: {known}, and {ANY}")
    elif inner is not None:
        yield from _faults_of_message(types, inner, value, at, sends=sends)
    else:
        try:
            canonical(types, owner, field, unescaped(value))
        except ValueError as error:
            yield Fault(at, str(error))
