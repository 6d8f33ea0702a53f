"""Which message a frame on the wire is, and its bytes record by record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.core.frames import Message, Typed
from zmq_interop.core.transcript import CONNECTOR, Connection, Payload, Segment
from zmq_interop.schemas import payloads
from zmq_interop.schemas import wire_format as wf
from zmq_interop.wire import payload, protobuf

DATA = "interop.payload.v1.DataMessage"
TREE = "interop.payload.v1.Tree"
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48)


def told(data: bytes, name: str = DATA) -> list[str]:
    """The records of these bytes as "offset+size name wire value", and at last why they do not decode."""
    decoded = protobuf.decode(data, payloads.of_project().find(name))
    lines = []
    for one in decoded.fields:
        note = f" ({one.note})" if one.note else ""
        lines.append(f"{one.offset}+{one.size} {one.name or one.number} {one.wire} {one.value}{note}")
    return [*lines, f"{decoded.problem_at}: {decoded.problem}"] if decoded.problem else lines


def test_each_record_is_told_with_its_offset() -> None:
    data = wf.bytes_field(1, b"abc") + wf.varint_field(2, 5)
    assert told(data) == ["0+5 content LEN 'abc'", "5+2 timestamp VARINT 5"]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"\x0a\x05ab", "0: the record has 5 bytes, and 2 are left"),
        (b"\x10\xff", "1: a value is no varint"),
        (b"\x0f", "0: wire type 7 does not exist"),
        (b"\x00\x00", "0: field number 0 does not exist"),
        (b"\x0c", "0: a group of field 1 ends that did not begin"),
        (b"\x0b", "1: the group of field 1 does not end"),
        (wf.bytes_field(1, b"a\xff"), "0+4 content LEN 61ff (not UTF-8 at byte 3)"),
        (wf.varint_field(1, 1), "0+2 content VARINT 1 (the field has wire type LEN)"),
        (wf.varint_field(9, 1), "0+2 9 VARINT 1 (the type has no such field)"),
    ],
)
def test_what_does_not_decode_is_told(data: bytes, line: str) -> None:
    assert told(data)[-1].startswith(line)


def test_what_was_not_kept_is_told() -> None:
    decoded = protobuf.decode(wf.bytes_field(1, b"abc"), None, size=100)
    assert (decoded.problem, decoded.problem_at) == ("the other 95 bytes were not kept", 5)


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    for name in (DATA, TREE, "interop.payload.v1.Shapes"):
        protobuf.decode(data, payloads.of_project().find(name))


def found(sent: list[Message], wire: list[bytes], asked: list[tuple[str, ...]] | None = None) -> list[Payload]:
    """The payloads of messages of one frame each, which the role `a` sends to `b`."""
    data = GREETING + b"".join(bytes([0, len(one)]) + one for one in wire)
    segments = [Segment(side=CONNECTOR, at=0, data=data)]
    return payload.decode(
        [Connection(connector="a", binder="b", at=0, segments=segments)], {"a": sent}, {"b": asked or []}
    )


def test_a_frame_is_the_message_that_it_resembles() -> None:
    one, other = Typed(DATA, wf.bytes_field(1, b"one")), Typed(TREE, b"")
    (only,) = found([(other,), (one,), (b"raw",)], [b"raw", one.value])
    assert (only.message, only.offset, only.side) == (DATA, 64 + 5, CONNECTOR)


def test_a_frame_that_resembles_none_is_the_next_one() -> None:
    (only,) = found([(Typed(DATA, wf.bytes_field(1, b"one")),)], [b"\x0a\x05ab"])
    assert only.message == DATA
    assert only.problem == "the record has 5 bytes, and 2 are left"


def test_a_raw_frame_is_what_the_receiver_decodes_it_as() -> None:
    (only,) = found([(b"\x10\x05",)], [b"\x10\x05"], [(DATA,)])
    assert [one.name for one in only.fields] == ["timestamp"]
    assert found([(b"\x10\x05",)], [b"\x10\x05"], [(DATA,), (TREE,)]) == []
