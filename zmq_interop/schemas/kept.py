"""Writes messages as sample files that later runs play (docs/own-schemas.md, "Samples")."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from google.protobuf import json_format, message_factory
from google.protobuf.message import Error

from zmq_interop.schemas import sample_files, samples
from zmq_interop.schemas.gather import SAMPLES
from zmq_interop.schemas.payloads import Types
from zmq_interop.schemas.samples import Own
from zmq_interop.system.errors import UsageError

_SURROGATES = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})")


def name(own: Own) -> str:
    """The sample's name: the same for the same bytes."""
    return f"found-{hashlib.sha256(own.forms[0]).hexdigest()[:8]}"


def write(folder: Path, own: Own, types: Types, comment: Iterable[str]) -> Path:
    """Writes one message to a file of its own, and returns the file's path. comment: lines for people.

    The file is complete or not there at all. Raises UsageError if it cannot be written.
    """
    file = folder / f"{own.type}.{name(own)}{SAMPLES}"
    value = _json(own, types)
    lines = [
        *(f"# {one}".rstrip() for text in comment for one in _plain(text)),
        f"- type: {own.type}",
        f"  name: {name(own)}",
        *([f"  value: {value}"] if value else ["  # no value: ProtoJSON cannot say all that these bytes have"]),
        f'  hex: "{own.forms[0].hex(" ")}"',
    ]
    fresh = file.with_name(f"{file.name}.new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}", "give --keep a folder that can be written to") from None
    return file


def _json(own: Own, types: Types) -> str:
    """The value in ProtoJSON, as YAML takes it; "" if it would not come back as it is."""
    made = message_factory.GetMessageClass(types.find(own.type))
    try:
        told = json_format.MessageToDict(
            types.decode(own.type, own.value), preserving_proto_field_name=True, descriptor_pool=types.pool
        )
        again = json_format.ParseDict(told, made(), descriptor_pool=types.pool)
        if again.SerializeToString(deterministic=True) != own.value:
            return ""
    except (Error, ValueError, TypeError):
        return ""
    text = json.dumps(told)
    # YAML has no pairs of surrogates, but an escape for each character.
    return _SURROGATES.sub(lambda pair: f"\\U{_character(int(pair[1], 16), int(pair[2], 16)):08x}", text)


def _character(high: int, low: int) -> int:
    return 0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF)


def _plain(text: str) -> list[str]:
    """Lines that a comment may hold."""
    return ["".join(one if one.isprintable() else repr(one)[1:-1] for one in line) for line in text.splitlines()]


def read(folder: Path, types: Types) -> dict[str, Own]:
    """The kept messages of a folder: TYPE@NAME -> message. What cannot be read is left out: runs say why."""
    found: dict[str, Own] = {}
    for file in sorted(folder.glob(f"*{SAMPLES}")):
        with contextlib.suppress(sample_files.Flaw):
            for _, sample in sample_files.read(file, samples.LIMITS.file):
                if isinstance(sample, sample_files.Sample) and sample.type in types.files and not sample.refused:
                    with contextlib.suppress(sample_files.Flaw):
                        found[f"{sample.type}@{sample.name}"] = samples.value(sample, types)
    return found
