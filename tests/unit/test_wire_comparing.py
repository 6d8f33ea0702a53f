"""Where two wires differ, and what may differ."""

from __future__ import annotations

import pytest

from zmq_interop.core.transcript import BINDER, CONNECTOR, Connection, Field, Payload, Segment, Transcript
from zmq_interop.wire import comparing, text

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48)
NAME = b"\x0bSocket-Type\x00\x00\x00\x04PUSH"
IDENTITY = b"\x08Identity\x00\x00\x00\x00"


def ready(*properties: bytes) -> bytes:
    body = b"\x05READY" + b"".join(properties)
    return bytes([4, len(body)]) + body


def wire(*data: bytes, greeting: bytes = GREETING, payloads: list[Payload] | None = None) -> Transcript:
    segments = [Segment(side=CONNECTOR, at=number, data=one) for number, one in enumerate((greeting, *data))]
    segments.append(Segment(side=BINDER, at=9, data=GREETING))
    return Transcript(
        connections=[Connection(connector="a", binder="b", at=0, segments=segments)], payloads=payloads or []
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (wire(ready(NAME), b"\x00\x01a"), wire(ready(NAME) + b"\x00\x01a")),
        (wire(ready(NAME, IDENTITY)), wire(ready(NAME))),
        (
            wire(ready(NAME, b"\x01X\x00\x00\x00\x00")),
            wire(ready(b"\x01x\x00\x00\x00\x00", NAME.replace(b"Socket", b"socket"))),
        ),
        (wire(), wire(greeting=GREETING[:8] + b"\x01" + GREETING[9:])),
        (wire(b"\x04\x07\x04PING\x00\x01", b"\x00\x01a"), wire(b"\x00\x01a")),
    ],
)
def test_what_may_differ_is_not_a_difference(one: Transcript, other: Transcript) -> None:
    assert comparing.first(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "offset", "here", "there"),
    [
        (b"\x00\x02ab", b"\x00\x02ac", 67, "62", "63"),
        (b"\x01\x01a", b"\x00\x01a", 64, "01 01 61", "00 01 61"),
        (b"\x02" + bytes(7) + b"\x01a", b"\x00\x01a", 64, "02 00 00 00 00 00 00 00 ...", "00 01 61"),
        (b"\x00\x01a", b"", 64, "00 01 61", "nothing more"),
        (b"", b"\x00\x01a", 64, "nothing more", "00 01 61"),
        (b"\x00\x01", b"\x00\x01a", 66, "nothing", "61"),
        (ready(NAME), ready(NAME.replace(b"PUSH", b"PULL")), 64 + 8 + 12 + 4 + 2, "53 48", "4c 4c"),
    ],
)
def test_the_first_byte_that_differs(one: bytes, other: bytes, offset: int, here: str, there: str) -> None:
    (found,) = comparing.first(wire(one), wire(other))
    assert (found.connection, found.side, found.offset, found.here, found.there) == (0, CONNECTOR, offset, here, there)


def test_a_connection_that_the_other_has_not() -> None:
    two = wire()
    two = Transcript(connections=two.connections * 2)
    (found,) = comparing.first(two, wire())
    assert (found.connection, found.there) == (1, "no such connection")


def test_another_encoding_of_the_same_value_is_no_difference() -> None:
    def payload(*fields: Field) -> list[Payload]:
        return [Payload(connection=0, side=CONNECTOR, offset=64, message="M", fields=list(fields))]

    one, other = (Field(offset=0, size=2, number=number, wire="VARINT", value="1") for number in (1, 2))
    first = wire(b"\x00\x04\x08\x01\x10\x01", payloads=payload(one, other))
    second = wire(b"\x00\x04\x10\x01\x08\x01", payloads=payload(other, one))
    assert comparing.first(first, second) == []
    assert len(comparing.first(first, wire(b"\x00\x04\x10\x01\x08\x01", payloads=payload(other)))) == 1


def test_the_text_marks_the_item() -> None:
    lines = text.render(wire(b"\x00\x01a"), {"a": "c"}, {(0, CONNECTOR, 64): "this one"})
    (place,) = [number for number, line in enumerate(lines) if ">>>  this one" in line]
    assert lines[place - 1].endswith("message frame, 1 bytes")
