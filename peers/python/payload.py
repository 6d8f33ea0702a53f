"""Message types by their full name, from what build.py generated, and typed frames made with them."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

GEN = Path(__file__).absolute().parent / "gen"  # not resolved: other Python peers have links to this file
PROTO_DIGEST = (GEN / "proto_digest.txt").read_text()
REFUSED: dict[str, str] = json.loads((GEN / "refused.json").read_text())  # file -> why the build left it out
_POOL = descriptor_pool.Default()
_FILES = []
for _file in descriptor_pb2.FileDescriptorSet.FromString((GEN / "protos.binpb").read_bytes()).file:
    if _file.name.startswith("google/protobuf/"):
        # The library brings these itself, and the pool takes no second file of the same name.
        import_module(_file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    else:
        _POOL.AddSerializedFile(_file.SerializeToString())
        _FILES.append(_file.name)

# Releases before 4.22 know only the method of a factory.
_class_of: Any = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(_POOL).GetPrototype


@cache
def message_class(name: str) -> Any:
    """The class of the message type with this full name; KeyError where there is none."""
    return _class_of(_POOL.FindMessageTypeByName(name))


def transcode(name: str, data: bytes) -> bytes:
    """What the library writes when it encodes the message that it decoded from `data`."""
    message: bytes = message_class(name).FromString(data).SerializeToString()
    return message


def message_types() -> list[str]:
    """The full names of all message types that typed frames can name."""
    found = [name for file in _FILES for name in _names(_POOL.FindFileByName(file).message_types_by_name.values())]
    return [name for name in found if not name.startswith("interop.control.")]


def _names(descriptors: Any) -> Iterator[str]:
    for descriptor in descriptors:
        if not descriptor.GetOptions().map_entry:
            yield descriptor.full_name
            yield from _names(descriptor.nested_types)
