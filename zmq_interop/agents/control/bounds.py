"""Limits of one answer, checked before decoding, because a few bytes can decode to very much memory.

An empty frame is two bytes on the channel and some hundred in memory; 128 MiB of them would be gigabytes. So texts have
a bound in bytes, frames one in number, and what is left is the payload, which takes as much memory as it is long.
"""

from __future__ import annotations

from interop.control.v1.control_pb2 import Response
from zmq_interop.schemas import wire_format

TEXT = 64 << 10  # bytes of an error, an endpoint, an option's value, an event
HELLO = 1 << 20  # bytes; users' message types are named in it
BURST = 4 << 20  # bytes; the numbers of a burst
PARTS = 1 << 16  # frames of a message

_MOST = {Response.HELLO_FIELD_NUMBER: ("a Hello", HELLO), Response.BURST_FIELD_NUMBER: ("a burst's result", BURST)}


class TooMuch(ValueError):
    """An answer that is more than the contract allows; the text says what of it."""


def check(answer: bytes) -> None:
    """Raises TooMuch, or ValueError for bytes that are no message. answer: an encoded Response."""
    if len(answer) > TEXT:
        _check(memoryview(answer), 0)


def _check(answer: memoryview, parts: int, *, step: bool = False) -> int:
    """The fields of an answer and those counted before. step: it answers a step of a Program."""
    sizes: dict[str, int] = {}
    for number, body in wire_format.fields(answer):
        parts += 1
        if number == Response.PROGRAM_FIELD_NUMBER and not step:
            for _, result in wire_format.fields(body):
                parts = _check(result, parts + 1, step=True)
        elif number == Response.MESSAGE_FIELD_NUMBER:  # one that stands twice is merged: its frames add up
            for _ in wire_format.fields(body):
                parts += 1
                _hold(parts, PARTS, "a message of", "frames")
        else:
            what, most = _MOST.get(number, ("an answer without a message", TEXT))
            sizes[what] = sizes.get(what, 0) + len(body)
            _hold(sizes[what], most, f"{what} of", "bytes")
        _hold(parts, PARTS, "an answer of", "fields")
    return parts


def _hold(size: int, most: int, what: str, of: str) -> None:
    if size > most:
        raise TooMuch(f"{what} {size} {of} or more; the contract allows {most}")
