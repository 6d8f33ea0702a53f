"""The protos that a reproduction takes with it."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FileDescriptor

from zmq_interop.schemas.payloads import Types


def files(types: Types, names: Iterable[str]) -> list[str]:
    """The names of the files of these message types and of all that they import, each after its imports."""
    return [file.name for file in _files(types, names)]


def of(types: Types, names: Iterable[str]) -> bytes:
    """An encoded FileDescriptorSet of these files."""
    found = descriptor_pb2.FileDescriptorSet()
    for file in _files(types, names):
        file.CopyToProto(found.file.add())
    return found.SerializeToString(deterministic=True)


def _files(types: Types, names: Iterable[str]) -> list[FileDescriptor]:
    found: dict[str, FileDescriptor] = {}

    def add(file: FileDescriptor) -> None:
        for imported in file.dependencies:
            add(imported)
        found.setdefault(file.name, file)

    for name in names:
        add(types.find(name).file)
    return list(found.values())
