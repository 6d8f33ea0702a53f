"""The protobuf wire format as scenarios write it, against protobuf's own library; and payloads by value."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.payload.v1.data_message_pb2 import DataMessage
from interop.payload.v1.scalars_pb2 import Lists, Scalars
from interop.payload.v1.shapes_pb2 import Shapes
from zmq_interop.core.frames import Typed
from zmq_interop.schemas import payloads, wire_format

DATA, SHAPES = "interop.payload.v1.DataMessage", "interop.payload.v1.Shapes"
SCALARS, LISTS = "interop.payload.v1.Scalars", "interop.payload.v1.Lists"
int64 = st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.text(), int64)
def test_a_message_is_what_the_library_reads(content: str, timestamp: int) -> None:
    data = wire_format.varint_field(2, timestamp) + wire_format.bytes_field(1, content.encode())
    assert DataMessage.FromString(data) == DataMessage(content=content, timestamp=timestamp)


@given(st.integers(0, (1 << 64) - 1), st.floats(allow_nan=False))
def test_fixed_fields_are_what_the_library_reads(code: int, ratio: float) -> None:
    read = Shapes.FromString(wire_format.fixed64_field(5, code) + wire_format.double_field(8, ratio))
    assert (read.code, read.ratio) == (code, ratio)
    assert math.copysign(1, read.ratio) == math.copysign(1, ratio)


@given(int64, st.floats(width=32), st.floats())
def test_numbers_are_what_the_library_reads(number: int, single: float, double: float) -> None:
    half = number >> 32
    read = Scalars.FromString(
        wire_format.zigzag_field(8, number)
        + wire_format.zigzag_field(7, half)
        + wire_format.fixed64_field(12, number)
        + wire_format.fixed32_field(11, half)
        + wire_format.float_field(2, single)
        + wire_format.double_field(1, double)
    )
    assert (read.sint64_value, read.sint32_value) == (read.sfixed64_value, read.sfixed32_value) == (number, half)
    assert repr((read.float_value, read.double_value)) == repr((single, double))


@given(st.lists(int64))
def test_a_packed_field_is_what_the_library_reads(numbers: list[int]) -> None:
    assert Lists.FromString(wire_format.packed_field(8, wire_format.zigzag, numbers)).sint64_values == numbers


def test_a_group_is_a_field_that_the_library_passes_over() -> None:
    data = wire_format.group_field(1000, wire_format.varint_field(1, 7)) + wire_format.varint_field(2, 5)
    assert DataMessage.FromString(data).timestamp == 5
    assert payloads.known(Typed(DATA, data)) == Typed(DATA, wire_format.varint_field(2, 5))
    assert payloads.known(Typed(DATA, b"\xff")) == Typed(DATA, b"\xff")


def test_a_negative_varint_is_ten_bytes_long() -> None:
    assert len(wire_format.varint(-1)) == 10
    assert wire_format.varint(300) == b"\xac\x02"


records = st.lists(
    st.one_of(
        st.builds(wire_format.zigzag_field, st.integers(1, 1000), int64),
        st.builds(wire_format.varint_field, st.integers(1, 1000), int64),
        st.builds(wire_format.fixed64_field, st.integers(1, 1000), st.integers(0, (1 << 64) - 1)),
        st.builds(wire_format.bytes_field, st.integers(1, 1000), st.binary(max_size=200)),
        st.builds(lambda number: wire_format.tag(number, wire_format.FIXED32) + b"1234", st.integers(1, 1000)),
    )
)


@given(records)
def test_a_message_is_cut_into_the_records_that_it_was_made_of(parts: list[bytes]) -> None:
    assert list(wire_format.records(b"".join(parts))) == parts


@given(st.binary(max_size=40))
def test_of_any_bytes_the_records_are_the_beginning(data: bytes) -> None:
    found = b""
    with contextlib.suppress(ValueError):
        for record in wire_format.records(data):
            found += record
    assert data.startswith(found)


@pytest.mark.parametrize("data", [b"\x80", b"\x80" * 11, b"\x08", b"\x0a\x05abc", b"\x09123", b"\x0b", b"\x0d12"])
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        list(wire_format.records(data))


@given(st.lists(st.integers(-(1 << 31), (1 << 31) - 1)), st.text())
def test_values_are_equal_however_they_are_encoded(numbers: list[int], text: str) -> None:
    packed = Shapes(numbers=numbers, text=text).SerializeToString()
    unpacked = wire_format.bytes_field(4, text.encode()) + b"".join(
        wire_format.varint_field(1, number) for number in numbers
    )
    assert payloads.comparable(Typed(SHAPES, unpacked)) == payloads.comparable(Typed(SHAPES, packed))


def test_one_nan_is_as_good_as_another() -> None:
    plain, other = (bytes.fromhex(bits) for bits in ("0000c07f", "0100c0ff"))
    single = [Typed(SCALARS, wire_format.tag(2, wire_format.FIXED32) + bits) for bits in (plain, other)]
    several = [Typed(LISTS, wire_format.bytes_field(2, bits + wire_format.float32(-0.0))) for bits in (plain, other)]
    unknown = [Typed(DATA, wire_format.tag(1000, wire_format.FIXED32) + bits) for bits in (plain, other)]
    assert payloads.comparable(single[0]) == payloads.comparable(single[1])
    assert payloads.comparable(several[0]) == payloads.comparable(several[1])
    assert payloads.comparable(unknown[0]) != payloads.comparable(unknown[1])  # nothing says that they are numbers


def test_a_value_of_another_type_or_none_at_all_is_another_value() -> None:
    assert payloads.comparable(Typed(DATA, b"")) != payloads.comparable(Typed(SHAPES, b""))
    assert payloads.comparable(Typed(DATA, b"\xff")) != payloads.comparable(Typed(DATA, b""))
    assert payloads.comparable(Typed(DATA, b"\xff")) == payloads.comparable(Typed(DATA, b"\xff"))


def test_every_message_type_of_the_protos_is_known_but_those_of_the_contract() -> None:
    types = set(payloads.message_types())
    assert {DATA, SHAPES, "interop.payload.v1.Point"} <= types
    assert not [name for name in types if name.startswith(("interop.control", "google."))]


def test_a_value_is_shown_on_one_line_and_shortened() -> None:
    assert payloads.show(Typed(DATA, b"\x0a\x01a\x10\x02")) == 'content: "a" timestamp: 2'
    assert payloads.show(Typed(DATA, b"\xff\xfe")) == "undecodable: fffe"
    long = payloads.show(Typed(DATA, wire_format.bytes_field(1, b"x" * (1 << 20))))
    assert len(long) < 300
    assert "bytes)" in long
    assert "\n" not in payloads.show(Typed(DATA, wire_format.bytes_field(1, b"a\nb")))


@given(st.text(max_size=200), int64, st.lists(st.integers(-5, 5)), st.floats(allow_nan=False))
def test_restated_bytes_are_others_of_the_same_value(text: str, x: int, numbers: list[int], ratio: float) -> None:
    shapes = Shapes(numbers=numbers, words=[text, text[1:]], text=text, ratio=ratio)
    shapes.origin.x = x % 7
    written = shapes.SerializeToString(deterministic=True)
    again = wire_format.restated(written)
    assert Shapes.FromString(again) == shapes
    assert again != written


def test_bytes_that_are_cut_into_no_records_stay_as_they_are() -> None:
    assert wire_format.restated(b"\x0b\x0c") == b"\x0b\x0c"  # a group
    assert wire_format.restated(b"") == b""
