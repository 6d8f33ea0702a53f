"""Reads `*.samples.yaml`: values of messages, written by users.

A file is a list:

    - type: shop.v1.Order          # the message type's full name
      name: express                # how cells call it
      value: {id: "42"}            # ProtoJSON, written as YAML
      hex: 0a 02 34 32             # may be left out: bytes that must decode to this value

    - type: shop.v1.Order
      name: newer
      hex: 0a 02 34 32 98 3f 07    # without a value: the one that these bytes have, also with unknown fields

    - type: shop.v1.Order
      name: cut
      refused: true                # instead of a value: no library may take these bytes
      hex: 0a 02 34
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from zmq_interop.schemas import plain_yaml

_KEYS = ("type", "name", "value", "hex", "refused")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}")


class Flaw(Exception):
    """What is wrong with a file or a sample. where: the file, with the line where it has one."""

    def __init__(self, where: str, text: str) -> None:
        super().__init__(f"{where}: {text}")


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One sample as it is written.

    value: as JSON would be; None where the bytes alone are given. hex: "" where it is left out. refused: whether it is
    to be refused. lines: path in `value` -> line, from 1.
    """

    file: Path
    line: int
    type: str
    name: str
    value: Any
    hex: str
    refused: bool
    lines: dict[plain_yaml.Path, int]

    def flaw(self, text: str, line: int | None = None) -> Flaw:
        """What is wrong with it, as an error."""
        return Flaw(f"{self.file}:{line or self.line}", f"{self.type}@{self.name}: {text}")


def read(path: Path, most: int) -> list[tuple[int, Sample | Flaw]]:
    """The samples of a file, and what stands where one should be, with their lines; raises Flaw for a whole file.

    most: bytes of a file.
    """
    document = _document(path, most)
    if not isinstance(document.value, list) or not document.value:
        raise Flaw(f"{path}:1", "a sample file must be a list of samples: - {type: ..., name: ..., value: ...}")
    lines: list[dict[plain_yaml.Path, int]] = [{} for _ in document.value]
    for at, line in document.lines.items():
        if at[1:2] == ("value",) and isinstance(at[0], int):
            lines[at[0]][at[2:]] = line
    return [
        (line := document.lines[index,], _sample(path, line, one, lines[index]))
        for index, one in enumerate(document.value)
    ]


def _document(path: Path, most: int) -> plain_yaml.Document:
    from zmq_interop.schemas import plain_yaml  # slow to import, and most runs have no samples

    content = b""
    try:
        if not path.is_file():
            path.stat()  # says what it is that is in the way
            raise Flaw(str(path), "not a file")
        size = path.stat().st_size
        if size > most:
            raise Flaw(str(path), f"{size} bytes: the maximum for a sample file is {most}")
        content = path.read_bytes()
        return plain_yaml.Document(content.decode())
    except UnicodeDecodeError as error:
        raise Flaw(f"{path}:{content.count(bytes([10]), 0, error.start) + 1}", "not UTF-8") from None
    except plain_yaml.YamlError as error:
        raise Flaw(f"{path}:{error.line}", str(error)) from None
    except OSError as error:
        raise Flaw(str(path), error.strerror or str(error)) from None


def _sample(path: Path, line: int, one: object, lines: dict[plain_yaml.Path, int]) -> Sample | Flaw:
    where = f"{path}:{line}"
    if not isinstance(one, dict):
        return Flaw(where, f"a sample must be a map with the keys {', '.join(_KEYS)}")
    if unknown := [key for key in one if key not in _KEYS]:
        return Flaw(where, f"unknown key {unknown[0]!r}: a sample's keys are {', '.join(_KEYS)}")
    refused = "refused" in one
    if refused and (one["refused"] is not True or "value" in one):
        return Flaw(where, "for bytes that every peer must refuse, give `refused: true` and `hex`, and no value")
    if missing := [key for key in ("type", "name", *_content(one, refused=refused)) if key not in one]:
        return Flaw(where, f"a sample needs the key {missing[0]!r}")
    type, name, hex = one["type"], one["name"], one.get("hex", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return Flaw(where, f"the name {name!r} must be letters, digits and (not first) _ . + - ; quote a number")
    if not isinstance(type, str):
        return Flaw(where, "type must be a message type's full name")
    if not isinstance(hex, str):
        return Flaw(where, "hex must be pairs of hexadecimal digits; quote it if it has only decimal digits")
    return Sample(
        file=path, line=line, type=type, name=name, value=one.get("value"), hex=hex, refused=refused, lines=lines
    )


def _content(one: dict[str, Any], *, refused: bool) -> tuple[str, ...]:
    """The keys of which a sample needs all beside its type and name."""
    return ("hex",) if refused or ("hex" in one and "value" not in one) else ("value",)
