"""The protobuf messages under test, as the harness itself understands them."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, EncodeError, Message

from zmq_interop.core.frames import Typed
from zmq_interop.schemas import project, proto_features, wire_format

SHOWN_AS_TEXT = 4096  # bytes; rendering a whole MiB to show its head costs more than playing its cell
# Every error that an agent's bytes can cause when they are read: they are not a message, or their type is unknown. Some
# defects pass protobuf's decoder and fail later: keys of proto2 maps that are not UTF-8, endlessly nested Any messages.
_UNREADABLE = (DecodeError, EncodeError, KeyError, ValueError, TypeError, RecursionError)
_MOST_MISSING = 3  # required fields that the error names
_NOT_UNDER_TEST = ("interop/control/", "google/protobuf/")


class Incomplete(DecodeError):
    """A message lacks required fields (proto2). The text names them."""


def require(message: Message) -> None:
    """Raises Incomplete if a required field is missing, in this message or in a nested one.

    Call this before you encode a message: when protobuf's own encoder searches for missing fields, some messages crash
    it (docs/findings.md), and the harness with it.
    """
    if not message.IsInitialized():
        try:
            missing = list(itertools.islice(_missing(message), _MOST_MISSING + 1))
        except UnicodeDecodeError:
            missing = ["fields, and with a key that is not UTF-8"]
        more = ", ..." if len(missing) > _MOST_MISSING else ""
        raise Incomplete(f"without the required {', '.join(missing[:_MOST_MISSING])}{more}")


def _missing(message: Message, prefix: str = "") -> Iterator[str]:
    """The paths of required fields that are not set, such as "items[0].name"."""
    for field in message.DESCRIPTOR.fields:
        if field.is_required and not message.HasField(field.name):
            yield f"{prefix}{field.name}"
    for field, value in message.ListFields():
        name = f"({field.full_name})" if field.is_extension else field.name
        if field.message_type and field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].message_type:
                for key, inner in value.items():
                    yield from _missing(inner, f"{prefix}{name}[{key!r}].")
        elif field.message_type and field.is_repeated:
            for number, inner in enumerate(value):
                yield from _missing(inner, f"{prefix}{name}[{number}].")
        elif field.message_type:
            yield from _missing(value, f"{prefix}{name}.")


class Types:
    """Every message type of a FileDescriptorSet with all imports.

    files: full name of each message type that every agent must know -> its file. These are all types except those of
    the contract and of Protocol Buffers. unusual: file -> features that not every compiler supports, of the file itself
    or, if it uses none, of its imports.
    """

    def __init__(self, descriptors: Path) -> None:
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes())
        self.pool = descriptor_pool.DescriptorPool()
        self.files: dict[str, str] = {}
        self.unusual: dict[str, list[str]] = {}
        for file in files.file:  # each file comes after its imports
            imported = (one for name in file.dependency for one in self.unusual.get(name, ()))
            self.unusual[file.name] = proto_features.unusual(file) or list(dict.fromkeys(imported))
            file.ClearField("source_code_info")
            self.pool.Add(file)
            if not file.name.startswith(_NOT_UNDER_TEST):
                prefix = f"{file.package}." if file.package else ""
                self.files.update((name, file.name) for name in _names(prefix, file.message_type))

    def find(self, type: str) -> Descriptor:
        """The descriptor of a message type. Raises KeyError for an unknown type."""
        return self.pool.FindMessageTypeByName(type)

    def decode(self, type: str, value: bytes) -> Message:
        """Decodes a message.

        Raises google.protobuf.message.DecodeError for bytes that are not a message; its subclass `Incomplete` if a
        required field is missing, which protobuf's own decoder accepts; KeyError for an unknown type.
        """
        message: Message = message_factory.GetMessageClass(self.find(type)).FromString(value)
        require(message)
        return message

    def not_canonical(self, type: str, value: bytes) -> bytes:
        """The same value in bytes that no encoder writes, or `value` if this type has no other encoding.

        value: a canonical encoding. Protocol Buffers, "Encoding": a parser accepts fields in any order, takes the last
        record of a field that occurs twice, and accepts varints that are longer than needed.
        """
        return b"".join(map(_default, self.find(type).fields)) + wire_format.restated(value)


def _names(prefix: str, types: Iterable[descriptor_pb2.DescriptorProto]) -> Iterator[str]:
    for one in types:
        if not one.options.map_entry:
            yield f"{prefix}{one.name}"
            yield from _names(f"{prefix}{one.name}.", one.nested_type)


def _default(field: FieldDescriptor) -> bytes:
    """The encoded default value of a field without presence; b"" for any other field."""
    if field.has_presence or field.is_repeated:
        return b""
    match field.type:
        case FieldDescriptor.TYPE_STRING | FieldDescriptor.TYPE_BYTES:
            return wire_format.bytes_field(field.number, b"")
        case FieldDescriptor.TYPE_DOUBLE | FieldDescriptor.TYPE_FIXED64 | FieldDescriptor.TYPE_SFIXED64:
            return wire_format.fixed64_field(field.number, 0)
        case FieldDescriptor.TYPE_FLOAT | FieldDescriptor.TYPE_FIXED32 | FieldDescriptor.TYPE_SFIXED32:
            return wire_format.tag(field.number, wire_format.FIXED32) + bytes(4)
        case _:
            return wire_format.varint_field(field.number, 0)


_of_run: ContextVar[Types] = ContextVar("the messages of a run")


@contextmanager
def using(types: Types) -> Iterator[None]:
    """Makes these the message types inside the block and in tasks started there, so that two runs do not mix theirs."""
    token = _of_run.set(types)
    try:
        yield
    finally:
        _of_run.reset(token)


def types() -> Types:
    """The message types of the current run, or the project's own outside of a run."""
    return _of_run.get(None) or of_project()


@functools.lru_cache(maxsize=8)
def load(descriptors: Path) -> Types:
    """Reads a FileDescriptorSet, once per path."""
    return Types(descriptors)


def of_project() -> Types:
    """The project's own message types, as `project.generate` compiled them."""
    return load(project.descriptors())


def message_types() -> Mapping[str, str]:
    """Full names of the message types that every agent must know -> the file of each."""
    return types().files


def decode(typed: Typed) -> Message:
    """Decodes a message. Raises as `Types.decode`."""
    return types().decode(typed.type, typed.value)


def canonical(typed: Typed) -> bytes:
    """The bytes that an encoder writes for this value: fields in order of number, packed, each singular field once.

    Raises as `Types.decode`.
    """
    return decode(typed).SerializeToString(deterministic=True)


def known(typed: Typed) -> Typed:
    """The same message without unknown fields. Bytes that cannot be decoded are returned unchanged."""
    try:
        message = decode(typed)
        message.DiscardUnknownFields()
        return Typed(typed.type, message.SerializeToString(deterministic=True))
    except _UNREADABLE:
        return typed


def comparable(typed: Typed) -> tuple[str, bytes]:
    """A key that is equal for equal values, whatever the order of fields and map entries.

    Bytes that cannot be decoded are compared as they are. All NaNs are equal: the bits of a NaN are not part of a
    message's value.
    """
    try:
        message = decode(typed)
        _make_nan_alike(message)
        return typed.type, message.SerializeToString(deterministic=True)
    except _UNREADABLE:
        return f"undecodable {typed.type}", typed.value


def _make_nan_alike(message: Message) -> None:
    for field, value in message.ListFields():
        if field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
            if field.is_repeated:
                value[:] = [math.nan if math.isnan(one) else one for one in value]
            elif math.isnan(value) and field.is_extension:
                message.Extensions[field] = math.nan  # type: ignore[index]  # any descriptor will do
            elif math.isnan(value):
                setattr(message, field.name, math.nan)
        elif field.message_type and field.message_type.GetOptions().map_entry:
            _make_nan_alike_in_map(field.message_type.fields_by_name["value"], value)
        elif field.message_type:
            for inner in value if field.is_repeated else (value,):
                _make_nan_alike(inner)


def _make_nan_alike_in_map(field: FieldDescriptor, entries: MutableMapping[Any, Any]) -> None:
    """Replaces NaNs in the values of a map. field: the entries' field `value`."""
    if field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
        for key in [key for key, value in entries.items() if math.isnan(value)]:
            entries[key] = math.nan
    elif field.message_type:
        for inner in entries.values():
            _make_nan_alike(inner)


def show(typed: Typed, limit: int = 120) -> str:
    """The value as a short text for people, on one line. limit: characters of it."""
    if len(typed.value) > SHOWN_AS_TEXT:
        return f"{typed.value[:24].hex()}... ({len(typed.value)} bytes)"
    text = _text(types(), typed)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(typed.value)} bytes)"


@functools.lru_cache(maxsize=1024)  # scenarios send the same values to all peers
def _text(types: Types, typed: Typed) -> str:
    try:
        return text_format.MessageToString(types.decode(typed.type, typed.value), as_one_line=True, as_utf8=True)
    except _UNREADABLE as error:
        why = f", {error}" if isinstance(error, Incomplete) else ""
        return f"undecodable{why}: {typed.value[:32].hex()}"
