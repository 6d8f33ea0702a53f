"""The messages that own_schemas plays: users' samples, and the default value of every message type."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, EncodeError

from zmq_interop.schemas import payloads, sample_files
from zmq_interop.schemas.gather import SAMPLES, Schemas
from zmq_interop.schemas.payloads import Types
from zmq_interop.schemas.project import OWN
from zmq_interop.schemas.sample_files import Flaw, Sample
from zmq_interop.system import near
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import PROTO

if TYPE_CHECKING:
    from zmq_interop.schemas import plain_yaml

DEFAULTS = "defaults"
_WRITTEN = {
    "google.protobuf.Timestamp": "write a Timestamp as 2026-01-02T03:04:05Z, with its zone",
    "google.protobuf.Duration": 'write a Duration as "3.5s", in seconds, with quotes',
}
# Parts of json_format's messages: the path to the wrong field, an unknown field, and the list of known fields.
_STEP = re.compile(r"Failed to parse (\w+) field: ")
_UNKNOWN = re.compile(r'has no field named "([^"]*)"')
_TRAILER = re.compile(r"\s*Available Fields\(except extensions\): .*|\.+$", re.DOTALL)


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a message type, or the defect of a sample.

    type: its full name. file: the proto that defines it. value: its canonical encoding. forms: the encodings to send;
    the first is `value`, or the bytes that the sample gives. refused: every peer must refuse the forms; then there is
    no value. defect: why nothing can be sent, with file and line; "" if there is no defect.
    """

    type: str = ""
    file: str = ""
    value: bytes = b""
    forms: tuple[bytes, ...] = ()
    refused: bool = False
    defect: str = ""


class Limits(NamedTuple):
    """The maximum sizes.

    value: bytes of one encoded message; sixteen cells may each hold several copies at once. file: bytes of a sample
    file. messages: number of samples, default values and defects; each is a cell for every pair of peers.
    """

    value: int = 4 << 20
    file: int = 16 << 20
    messages: int = 2000


LIMITS = Limits()


def read(schemas: Schemas, limits: Limits = LIMITS) -> dict[str, object]:
    """Returns name in a cell's id -> Own. Raises UsageError if there are more than `limits.messages`.

    A message is named TYPE@SAMPLE, or TYPE@defaults for zero bytes; a defect is named after its file.
    """
    return _read(schemas.defects, schemas.samples, payloads.load(schemas.descriptors), limits)


@functools.cache
def of_project(own: Path = PROTO) -> dict[str, object]:
    """The same for only the project's own messages, without those that users have added."""
    files = {path.relative_to(own).as_posix(): path for path in sorted((own / OWN).rglob(f"*{SAMPLES}"))}
    return _read({}, files, payloads.of_project(), LIMITS)


def _read(defects: Mapping[str, str], files: Mapping[str, Path], types: Types, limits: Limits) -> dict[str, object]:
    found: dict[str, object] = {}

    def add(name: str, own: Own) -> None:
        found[name] = own
        if len(found) > limits.messages:
            raise UsageError(
                f"more than {limits.messages} messages: the types of all protos, with their samples",
                "give --proto a folder with only the protos that your programs exchange",
            )

    for file, why in defects.items():
        add(_word(file, found), Own(defect=why))
    for type in types.files:
        if not any(field.is_required for field in types.find(type).fields):  # proto2: zero bytes are invalid then
            add(f"{type}@{DEFAULTS}", _own(types, type, b""))
    for file, path in files.items():
        try:
            written = sample_files.read(path, limits.file)
        except Flaw as flaw:
            add(_word(file, found), Own(defect=str(flaw)))
            continue
        for line, sample in written:
            try:
                if isinstance(sample, Flaw):
                    raise sample
                name = f"{sample.type}@{sample.name}"
                if sample.type not in types.files:
                    name = _word(f"{file}@{line}", found)
                    raise _unknown(sample, types)
                if name in found:
                    name = _word(f"{name}@{line}", found)
                    raise sample.flaw(f"this type already has a sample {sample.name!r}")
                add(name, value(sample, types, limits.value))
            except Flaw as flaw:
                name = _word(f"{file}@{line}", found) if isinstance(sample, Flaw) else name
                add(name, Own(defect=str(flaw)))
    return found


def _word(file: str, taken: Mapping[str, object]) -> str:
    """A file's name as part of a cell's id, where a slash is a separator. Unique among `taken`."""
    word = re.sub(r"[^A-Za-z0-9_.+=@%-]", "_", file.replace("/", ".")).lstrip("._+=@%-") or "folder"
    number = 1
    while (numbered := word if number == 1 else f"{word}={number}") in taken:
        number += 1
    return numbered


def of_bytes(types: Types, type: str, given: bytes) -> Own:
    """The message that these bytes are. Raises as `Types.decode`."""
    message = types.decode(type, given)
    return _own(types, type, message.SerializeToString(deterministic=True), given)


def _own(types: Types, type: str, value: bytes, given: bytes | None = None) -> Own:
    forms = [value if given is None else given]
    if not _has_unknown(types, type, value):  # a library may keep their bytes as they are, and their order
        forms.append(types.not_canonical(type, value))
    return Own(type=type, file=types.files[type], value=value, forms=tuple(dict.fromkeys(forms)))


def _has_unknown(types: Types, type: str, value: bytes) -> bool:
    message = types.decode(type, value)
    message.DiscardUnknownFields()
    return message.SerializeToString(deterministic=True) != value


def _unknown(sample: Sample, types: Types) -> Flaw:
    meant = near.name(sample.type, types.files)
    hint = f"did you mean {meant}?" if meant else "types of protos that do not compile are left out"
    if sample.type.startswith("google.protobuf."):
        hint = "Protocol Buffers' own types are tested as fields of your messages"
    return sample.flaw(f"there is no such message type; {hint}")


def value(sample: Sample, types: Types, most: int = LIMITS.value) -> Own:
    """Encodes a sample. most: as Limits.value. Raises Flaw."""
    if sample.refused:
        return _refused(sample, types)
    if sample.value is None and sample.hex:
        return _of_hex(sample, types, most)
    if not isinstance(sample.value, dict):
        raise sample.flaw("value must be a map of fields; {} leaves all at their defaults")
    message = message_factory.GetMessageClass(types.find(sample.type))()
    try:
        json_format.ParseDict(sample.value, message, descriptor_pool=types.pool)
        payloads.require(message)
        value = message.SerializeToString(deterministic=True)
    except payloads.Incomplete as error:
        raise sample.flaw(f"{error}; for bytes that every peer must refuse, give `refused: true` and `hex`") from None
    except (json_format.ParseError, EncodeError, ValueError, TypeError, AttributeError) as error:  # Encode: in an Any
        text = str(error)
        told = _TRAILER.sub("", text) + _written(types.find(sample.type), _STEP.findall(text))
        raise sample.flaw(told, _line(text, sample.lines)) from None
    if len(value) > most:
        raise sample.flaw(f"{len(value)} bytes encoded: a sample has at most {most}")
    if not sample.hex:
        return _own(types, sample.type, value)
    given = _bytes(sample)
    try:
        decoded = types.decode(sample.type, given).SerializeToString(deterministic=True)
    except payloads.Incomplete as error:
        raise sample.flaw(f"hex is a message {error}") from None
    except DecodeError:
        raise sample.flaw("hex does not decode as this type") from None
    if decoded != value:
        raise sample.flaw(f"hex decodes to a different value: re-encoded, {_head(decoded)}, not {_head(value)}")
    return _own(types, sample.type, value, given)


def _of_hex(sample: Sample, types: Types, most: int) -> Own:
    """A sample without a value: that which its bytes have. Raises Flaw."""
    given = _bytes(sample)
    if len(given) > most:
        raise sample.flaw(f"{len(given)} bytes: a sample has at most {most}")
    try:
        return of_bytes(types, sample.type, given)
    except payloads.Incomplete as error:
        raise sample.flaw(f"hex is a message {error}") from None
    except DecodeError:
        raise sample.flaw("hex does not decode as this type") from None


def _bytes(sample: Sample) -> bytes:
    try:
        return bytes.fromhex(sample.hex)
    except ValueError:
        raise sample.flaw("hex must be pairs of hexadecimal digits") from None


def _refused(sample: Sample, types: Types) -> Own:
    """The sample's bytes, which must not decode as the type. Raises Flaw."""
    given = _bytes(sample)
    try:
        types.decode(sample.type, given)
    except DecodeError:
        return Own(type=sample.type, file=types.files[sample.type], forms=(given,), refused=True)
    raise sample.flaw("hex is a valid message of this type, so no peer refuses it")


def _written(descriptor: Descriptor, steps: Sequence[str]) -> str:
    """A hint how to write the field at the end of this path, if its type has a special JSON form; else ""."""
    inner: Descriptor | None = descriptor
    for step in steps:
        field = inner.fields_by_name.get(step) or inner.fields_by_camelcase_name.get(step) if inner else None
        inner = field.message_type if field else None
        if inner and inner.GetOptions().map_entry:
            inner = inner.fields_by_name["value"].message_type
    how = _WRITTEN.get(inner.full_name, "") if inner else ""
    return f"; {how}" if how else ""


def _head(value: bytes) -> str:
    return (value[:40].hex() or "no byte") + ("..." if len(value) > 40 else "")


def _line(text: str, lines: Mapping[plain_yaml.Path, int]) -> int | None:
    """The line of the field that json_format reports. None if it is not certain: the report has no list indexes."""
    steps = [*_STEP.findall(text), *_UNKNOWN.findall(text)]
    for count in range(len(steps), 0, -1):
        at = [
            line
            for path, line in lines.items()
            if path and isinstance(path[-1], str) and [step for step in path if isinstance(step, str)] == steps[:count]
        ]
        if len(at) == 1:
            return at[0]
    return None
