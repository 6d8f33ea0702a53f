"""Who lies to the scenarios of `protobuf`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DUPLICATED, LOST, REORDERED, Caught, both

TYPED = ("sender", "receiver")

CAUGHT: dict[str, list[Caught]] = {
    "data_message": [
        *both("drop", TYPED, LOST),
        *both("double", TYPED, DUPLICATED),
        *both("swap-messages", TYPED, REORDERED),
        *both("narrow-integers", TYPED, ALTERED, values=("timestamp-max", "timestamp-min")),
        *both("ascii-strings", TYPED, ALTERED, values=("unicode", "long-content")),
    ],
    "decode_proof": [
        Caught("send-nothing", "sender", LOST),
        *both("pass-through", TYPED, ALTERED, spared=("any-order",)),
    ],
}
