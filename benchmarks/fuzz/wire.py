"""Connections of two hostile sides: what decodes them must take any bytes, however they are split."""

from __future__ import annotations

from random import Random

from zmq_interop.core.transcript import BINDER, CONNECTOR, Connection, Segment
from zmq_interop.schemas import payloads
from zmq_interop.wire import protobuf, reading, text

_SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
_NULL, _CURVE = (_SIGNATURE + b"\x03\x01" + name.ljust(20, b"\0") + bytes(32) for name in (b"NULL", b"CURVE"))
_READY = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
_SEEDS = (
    _NULL,
    _CURVE,
    _NULL + _READY,
    _CURVE + b"\x04\x1e\x05READY" + bytes(24) + b"\x00\x19\x07MESSAGE" + bytes(17),
    _SIGNATURE + b"\x01\x08\x00\x00",
    b"\x01\x00\x02\x01a",
    b"\x04\x07\x04PING\x00\x01\x04\x05\x04PONG",
    b"\x00\x02\x01a\x01\x00\x02" + bytes(7) + b"\x05\x09\x00\x00\x00\x00",
    b"\x04\x09\x05ERROR\x02no\x04\x0b\x09SUBSCRIBEa",
)
_TYPES = ("interop.payload.v1.Shapes", "interop.payload.v1.Lists", "interop.payload.v1.Tree")


def make(random: Random) -> bytes:
    """Pieces, each with its side and length: `side, length (2 bytes), bytes`."""
    pieces = []
    for _ in range(random.randrange(1, 7)):
        piece = bytearray(random.choice(_SEEDS))
        for _ in range(random.choice((0, 0, 1, 3))):
            piece[random.randrange(len(piece))] = random.choice((0, 1, 4, 0x7F, 0xFF, random.randrange(256)))
        if not random.randrange(4):
            piece = piece[: random.randrange(len(piece)) + 1]
        pieces.append(bytes([random.randrange(2)]) + len(piece).to_bytes(2, "big") + piece)
    return b"".join(pieces)


def read(data: bytes) -> None:
    """Decodes and renders the pieces whole and byte by byte, and their bytes as messages."""
    segments = []
    place = 0
    while place < len(data):
        side, size = data[place] & 1, int.from_bytes(data[place + 1 : place + 3], "big")
        segments.append(Segment(side=side, at=place, data=data[place + 3 : place + 3 + size]))
        place += 3 + size
    split = [
        Segment(side=one.side, at=one.at, data=one.data[at : at + 1]) for one in segments for at in range(len(one.data))
    ]
    whole, single = (
        reading.items(Connection(connector="a", binder="b", at=0, segments=each)) for each in (segments, split)
    )
    for side in (CONNECTOR, BINDER):
        if [item for item in whole if item.side == side] != [item for item in single if item.side == side]:
            raise AssertionError("another result when the bytes come one by one")
    for item in whole:
        str(text.describe(item))
    for name in _TYPES:
        protobuf.decode(data, payloads.of_project().find(name))
    protobuf.decode(data, None)
