"""The message of the job: made with numbers and a time, and filled up to a size."""

from __future__ import annotations

import importlib
import time
from functools import cache
from typing import Any, NamedTuple

SMALLEST = 22  # bytes of the three numbers (5 + 5 + 9), and of an empty filling that is written all the same


class Told(NamedTuple):
    """What a message says. age_ns: between its making and its decoding."""

    turn: int
    number: int
    age_ns: int


@cache
def _job() -> Any:
    """The class of the message, from the folder that the command has compiled `job.proto` to."""
    return importlib.import_module("job_pb2").Job


def filling(size: int) -> bytes:
    """The filling with which an encoded message has exactly this size. Raises ValueError if it cannot."""
    for overhead in (2, 3, 4, 5):  # a tag, and the length in as many bytes as it takes
        length = size - 19 - overhead
        if length > 0 and 1 + _varint_bytes(length) == overhead:
            return bytes(length)
    raise ValueError(
        f"no message has {size} bytes: at least {SMALLEST}, and not just where the length needs a byte more"
    )


def _varint_bytes(value: int) -> int:
    return max(1, (value.bit_length() + 6) // 7)


def encode(turn: int, number: int, filled: bytes) -> bytes:
    """A message made now."""
    encoded: bytes = _job()(turn=turn, number=number, made_ns=time.monotonic_ns(), filling=filled).SerializeToString()
    return encoded


def decode(body: bytes) -> Told:
    """Reads a message. Raises the library's DecodeError for bytes that are none."""
    job = _job().FromString(body)
    return Told(job.turn, job.number, time.monotonic_ns() - job.made_ns)
