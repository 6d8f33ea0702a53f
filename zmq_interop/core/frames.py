"""What messages are made of: frames, which are bytes or a protobuf message by its type and encoding."""

from __future__ import annotations

from typing import NamedTuple


class Typed(NamedTuple):
    """A protobuf message in a frame: its full type name and its encoding, which need not be canonical."""

    type: str
    value: bytes


Frame = bytes | Typed
Message = tuple[Frame, ...]
OptionValue = int | bytes
