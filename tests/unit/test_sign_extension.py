"""Negative numbers in five bytes instead of ten: decoders read them alike, so the bytes themselves are looked at."""

from __future__ import annotations

import pytest

from zmq_interop.schemas import sign_extension
from zmq_interop.schemas.wire_format import VARINT, bytes_field, tag, varint

SCALARS, HOLDER, TREE, MAPS = (f"interop.payload.v1.{name}" for name in ("Scalars", "Holder", "Tree", "Maps"))
SHORT = varint((1 << 32) - 1)  # -1 as 32 bits
LONG = varint(-1)


@pytest.mark.parametrize(
    ("type", "data", "told"),
    [
        (SCALARS, tag(3, VARINT) + SHORT, ["int32_value"]),
        (SCALARS, tag(3, VARINT) + LONG, []),
        (SCALARS, tag(4, VARINT) + SHORT, []),  # an int64 that is positive
        (SCALARS, tag(5, VARINT) + SHORT, []),  # a uint32
        (SCALARS, tag(99, VARINT) + SHORT, []),  # an unknown field
        (SCALARS, b"", []),
        (SCALARS, tag(3, VARINT), []),  # cut off
        (HOLDER, tag(3, VARINT) + SHORT, ["color"]),
        (HOLDER, bytes_field(4, b"\x01" + SHORT + LONG), ["colors"]),
        (HOLDER, bytes_field(4, LONG + b"\x01"), []),
        (HOLDER, bytes_field(2, tag(9, VARINT) + SHORT) * 2, ["choices.weight"]),
        (
            TREE,
            bytes_field(2, bytes_field(3, tag(1, VARINT) + SHORT)) + tag(1, VARINT) + SHORT,
            ["child.children.value", "value"],
        ),
        (MAPS, bytes_field(2, tag(1, VARINT) + SHORT), ["names.key"]),
        (MAPS, bytes_field(4, tag(2, VARINT) + SHORT), ["colors.value"]),
    ],
)
def test_the_fields_with_32_bits_of_a_negative_number_are_told(type: str, data: bytes, told: list[str]) -> None:
    assert sign_extension.narrowed(type, data) == told


def test_of_an_unknown_type_nothing_can_be_said() -> None:
    with pytest.raises(KeyError):
        sign_extension.narrowed("interop.payload.v1.Nothing", b"")
