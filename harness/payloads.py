"""The protobuf messages under test, as the harness itself understands them."""

from __future__ import annotations

import functools
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import DecodeError, Message

from harness.control.handles import Typed
from harness.paths import GENERATED

SHOWN_AS_TEXT = 4096  # bytes; rendering a whole MiB to show its head costs more than playing its cell


@functools.cache
def pool(descriptors: Path = GENERATED / "descriptors.binpb") -> descriptor_pool.DescriptorPool:
    """Every message type of the shared protos, from the FileDescriptorSet that `protos.generate` wrote."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes())
    result = descriptor_pool.DescriptorPool()
    for file in files.file:
        result.Add(file)
    return result


@functools.cache
def message_types() -> frozenset[str]:
    """Full names of the message types that every agent must know: all but those of the contract itself."""
    files = descriptor_pb2.FileDescriptorSet.FromString((GENERATED / "descriptors.binpb").read_bytes())
    names: set[str] = set()

    def walk(prefix: str, types: list[descriptor_pb2.DescriptorProto]) -> None:
        for one in types:
            if not one.options.map_entry:
                names.add(f"{prefix}{one.name}")
                walk(f"{prefix}{one.name}.", list(one.nested_type))

    for file in files.file:
        if not file.package.startswith(("interop.control.", "google.protobuf")):
            walk(f"{file.package}." if file.package else "", list(file.message_type))
    return frozenset(names)


def decode(typed: Typed) -> Message:
    """The message.

    Raises google.protobuf.message.DecodeError for bytes that are none, KeyError for a type that the protos do not have.
    """
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(typed.type)).FromString(typed.value)


def canonical(typed: Typed) -> bytes:
    """The bytes that an encoder writes for this value: fields in order of number, packed, each singular field once."""
    return decode(typed).SerializeToString(deterministic=True)


def comparable(typed: Typed) -> tuple[str, bytes]:
    """Equal for equal values, whatever the order of fields and entries; bytes that are no message as they are."""
    try:
        return typed.type, canonical(typed)
    except (DecodeError, KeyError):  # agents can answer anything
        return f"undecodable {typed.type}", typed.value


def show(typed: Typed, limit: int = 120) -> str:
    """The value for people, on one line, shortened."""
    if len(typed.value) > SHOWN_AS_TEXT:
        return f"{typed.value[:24].hex()}... ({len(typed.value)} bytes)"
    text = _text(typed)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(typed.value)} bytes)"


@functools.lru_cache(maxsize=1024)  # scenarios send the same few values to all peers
def _text(typed: Typed) -> str:
    try:
        return text_format.MessageToString(decode(typed), as_one_line=True, as_utf8=True)
    except (DecodeError, KeyError):
        return f"undecodable: {typed.value[:32].hex()}"
