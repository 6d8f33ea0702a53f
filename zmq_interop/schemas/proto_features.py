"""What a proto uses that not every compiler of protos takes, and in which line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

_Path = tuple[int, ...]  # of a place in a file, as SourceCodeInfo has it: numbers of fields, and indexes
_MESSAGES, _EXTENSIONS, _SYNTAX, _EDITION = 4, 7, 12, 14  # numbers of fields of FileDescriptorProto
_FIELDS, _NESTED, _OWN_EXTENSIONS = 2, 3, 6  # of DescriptorProto


def unusual(file: FileDescriptorProto) -> list[str]:
    """Editions, proto3 `optional`, groups and extensions: "a.proto:7: `optional` in proto3: field n of message a.B".

    The line is there where the file has its source_code_info.
    """
    lines = {tuple(one.path): one.span[0] + 1 for one in file.source_code_info.location}
    return [f"{file.name}:{f'{lines[path]}:' if path in lines else ''} {text}" for path, text in _found(file, lines)]


def _found(file: FileDescriptorProto, lines: Mapping[_Path, int]) -> Iterator[tuple[_Path, str]]:
    if file.syntax == "editions":
        year = str(file.edition) if file.edition >= 10_000 else str(file.edition + 1023)  # 1000: 2023, 1001: 2024
        yield next((path for path in ((_EDITION,), (_SYNTAX,)) if path in lines), ()), f'edition = "{year}"'
    for at, one in enumerate(file.message_type):
        yield from _in_message((_MESSAGES, at), one, f"{file.package}." if file.package else "")
    yield from _extensions((_EXTENSIONS,), file.extension)


def _in_message(path: _Path, message: DescriptorProto, prefix: str) -> Iterator[tuple[_Path, str]]:
    name = f"{prefix}{message.name}"
    for at, field in enumerate(message.field):
        if field.proto3_optional:
            yield (*path, _FIELDS, at), f"`optional` in proto3: field {field.name} of message {name}"
        elif field.type == FieldDescriptorProto.TYPE_GROUP:
            yield (*path, _FIELDS, at), f"a group: field {field.name} of message {name}"
    yield from _extensions((*path, _OWN_EXTENSIONS), message.extension)
    for at, one in enumerate(message.nested_type):
        yield from _in_message((*path, _NESTED, at), one, f"{name}.")


def _extensions(path: _Path, fields: Sequence[FieldDescriptorProto]) -> Iterator[tuple[_Path, str]]:
    for at, field in enumerate(fields):
        yield (*path, at), f"an extension: field {field.name} of message {field.extendee.removeprefix('.')}"
