"""What own_schemas plays: the samples beside the protos, and the default value of every message type.

A sample file, `*.samples.yaml`, is a list:

    - type: shop.v1.Order          # the message type's full name
      name: express                # how cells call it
      value: {id: "42"}            # ProtoJSON, written as YAML
      hex: "0a 02 34 32"           # may be left out: bytes that must decode to this value
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from google.protobuf import json_format, message_factory
from google.protobuf.message import DecodeError, EncodeError

from harness import payloads, plain_yaml
from harness.errors import UsageError
from harness.paths import GENERATED, PROTO
from harness.payloads import Types
from harness.plain_yaml import Document, YamlError
from harness.protos import OWN
from harness.schemas import SAMPLES, Schemas

MAX_FILE = 16 << 20  # bytes of one sample file
MAX_VALUE = 4 << 20  # bytes of one encoded message; sixteen cells hold some copies of theirs at once
MAX_MESSAGES = 2000  # samples, default values and defects; each is a cell for every pair of peers
DEFAULTS = "defaults"
_KEYS = ("type", "name", "value", "hex")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}")
_STEPS = re.compile(r"Failed to parse (\w+) field: ")
_UNKNOWN = re.compile(r'has no field named "([^"]*)"')
_TRAILER = re.compile(r"\s*Available Fields\(except extensions\): .*|(?<=[.\]\w])\.+$", re.DOTALL)


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one message type, or what is wrong with what should have been one.

    type: its full name. value: its canonical encoding. forms: the encodings that are sent. defect: why nothing can be
    sent, with file and line; "" where all is well.
    """

    type: str = ""
    value: bytes = b""
    forms: tuple[bytes, ...] = ()
    defect: str = ""


def read(schemas: Schemas) -> dict[str, object]:
    """Name in a cell's id -> Own. Raises UsageError where there are more than can be played.

    A message is TYPE@SAMPLE, or TYPE@defaults for zero bytes; what is no message is named after its file.
    """
    return _read_all(schemas.defects, schemas.samples, payloads.load(schemas.descriptors))


def _read_all(defects: Mapping[str, str], files: Mapping[str, Path], types: Types) -> dict[str, object]:
    found: dict[str, object] = {}
    for file, why in defects.items():
        found[_word(file, found)] = Own(defect=why)
    for type in types.files:
        if not any(field.is_required for field in types.find(type).fields):  # proto2: zero bytes are no such message
            found[f"{type}@{DEFAULTS}"] = _own(types, type, b"")
        _check(found)
    for file, path in files.items():
        for line, sample in _samples(path):
            own = _read(sample, types, f"{path}:{line}")
            name = f"{own.type}@{sample['name']}" if own.type else _word(f"{file}@{line}", found)
            if name in found:
                why = (
                    "zero bytes, which every type has without a sample" if name.endswith(f"@{DEFAULTS}") else "another"
                )
                own = Own(type=own.type, defect=f"{path}:{line}: the name {sample['name']!r} is that of {why}")
                name = _word(f"{name}@{line}", found)
            found[name] = own
            _check(found)
    return found


@functools.cache
def of_project(own: Path = PROTO, descriptors: Path = GENERATED / "descriptors.binpb") -> dict[str, object]:
    """The same for the project's own messages alone, whatever users have added."""
    files = {path.relative_to(own).as_posix(): path for path in sorted((own / OWN).rglob(f"*{SAMPLES}"))}
    return _read_all({}, files, payloads.load(descriptors))


def _check(found: Mapping[str, object]) -> None:
    if len(found) > MAX_MESSAGES:
        raise UsageError(
            f"more than {MAX_MESSAGES} messages: the types of all protos with their samples",
            "give --proto a folder with those that your programs exchange",
        )


def _word(file: str, taken: Mapping[str, object]) -> str:
    """A file's name as a part of an id, where a slash would have a meaning."""
    word = re.sub(r"[^A-Za-z0-9_.+=@%-]", "_", file.replace("/", ".")).lstrip("._+=@%-") or "folder"
    number = 1
    while (numbered := word if number == 1 else f"{word}={number}") in taken:
        number += 1
    return numbered


def _own(types: Types, type: str, value: bytes, *given: bytes) -> Own:
    forms = (*(given or (value,)), types.not_canonical(type, value))
    return Own(type=type, value=value, forms=tuple(dict.fromkeys(forms)))


def _samples(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each sample of a file with its line; what is wrong with the file itself is a sample with a `defect`."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise YamlError(1, "not a file")
        if size > MAX_FILE:
            raise YamlError(1, f"{size} bytes: a sample file has at most {MAX_FILE}")
        content = path.read_bytes()
        document = Document(content.decode())
        if not isinstance(document.value, list) or not document.value:
            raise YamlError(1, "a sample file is a list of samples: - type: ..., name: ..., value: ...")
    except UnicodeDecodeError as error:
        yield content.count(b"\n", 0, error.start) + 1, {"defect": "not UTF-8"}
        return
    except OSError as error:
        yield 1, {"defect": error.strerror or str(error)}
        return
    except YamlError as error:
        yield error.line, {"defect": str(error)}
        return
    for index, sample in enumerate(document.value):
        line = document.lines[index,]
        try:
            yield line, {**_shaped(sample), "lines": _below(document, index)}
        except ValueError as error:
            yield line, {"defect": str(error)}


def _shaped(sample: object) -> dict[str, Any]:
    """The sample, which has the keys that it must have. Raises ValueError."""
    if not isinstance(sample, dict):
        raise ValueError("a sample has the keys type, name and value, and may have hex")
    if unknown := [key for key in sample if key not in _KEYS]:
        raise ValueError(f"a sample has no key {unknown[0]!r}: its keys are {', '.join(_KEYS)}")
    if missing := [key for key in _KEYS[:3] if key not in sample]:
        raise ValueError(f"a sample needs the key {missing[0]!r}")
    name = sample["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"the name {name!r} must begin with a letter or digit, then letters, digits and _ . + -, quoted "
            "where YAML takes it for a number"
        )
    if not isinstance(sample["type"], str):
        raise ValueError("the type is a message type's full name")
    return sample


def _below(document: Document, index: int) -> dict[plain_yaml.Path, int]:
    prefix = (index, "value")
    return {path[2:]: line for path, line in document.lines.items() if path[:2] == prefix}


def _read(sample: Mapping[str, Any], types: Types, where: str) -> Own:
    """The sample's message; `type` is "" where that is not known."""
    if "defect" in sample:
        return Own(defect=f"{where}: {sample['defect']}")
    type = sample["type"]
    if type not in types.files:
        near = difflib.get_close_matches(type, types.files, 1)
        hint = f"did you mean {near[0]}?" if near else "what protos define that do not compile is left out"
        if type.startswith("google.protobuf."):
            hint = "its own types are played as fields of yours"
        return Own(defect=f"{where}: there is no message type {type!r}; {hint}")
    message = message_factory.GetMessageClass(types.find(type))()
    try:
        json_format.ParseDict(sample["value"], message, descriptor_pool=types.pool)
        value = message.SerializeToString(deterministic=True)
    except (json_format.ParseError, EncodeError, ValueError, TypeError, AttributeError, RecursionError) as error:
        text = str(error)
        at = _line(text, sample["lines"])
        file = where.rpartition(":")[0]
        text = _TRAILER.sub("", text)
        return Own(type=type, defect=f"{f'{file}:{at}' if at else where}: {type}@{sample['name']}: {text}")
    if len(value) > MAX_VALUE:
        problem = f"{len(value)} bytes encoded: a sample has at most {MAX_VALUE}"
        return Own(type=type, defect=f"{where}: {type}@{sample['name']}: {problem}")
    if "hex" not in sample:
        return _own(types, type, value)
    try:
        given = bytes.fromhex(sample["hex"])
        decoded = types.decode(type, given).SerializeToString(deterministic=True)
    except (ValueError, TypeError):
        problem = "hex is not pairs of hexadecimal digits, quoted"
    except (DecodeError, EncodeError):
        problem = f"hex is no {type}: it does not decode"
    else:
        if decoded == value:
            return _own(types, type, value, given)
        problem = f"hex decodes to something else than value: encoded anew, {_head(decoded)}, not {_head(value)}"
    return Own(type=type, defect=f"{where}: {type}@{sample['name']}: {problem}")


def _head(value: bytes) -> str:
    return (value[:40].hex() or "no byte") + ("..." if len(value) > 40 else "")


def _line(text: str, lines: Mapping[plain_yaml.Path, int]) -> int | None:
    """The line of the field that json_format complains of, as far as its text tells: list indexes are not in it."""
    steps = [*_STEPS.findall(text), *_UNKNOWN.findall(text)]
    for count in range(len(steps), 0, -1):
        at = [
            line
            for path, line in lines.items()
            if [step for step in path if isinstance(step, str)] == steps[:count] and isinstance(path[-1], str)
        ]
        if len(at) == 1:
            return at[0]
    return None
