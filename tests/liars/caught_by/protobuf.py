"""Who lies to the scenarios on protobuf messages: `protobuf`, `scalars`, `collections`, `evolution`, `bad_payloads`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, CRASHED, DUPLICATED, LOST, REFUSED, REORDERED, UNEXPECTED, Caught, both
from zmq_interop.scenarios.families.protobuf import PATTERNS

TYPED = ("sender", "receiver")
THROUGH_EVERY_PATTERN = tuple(f"plain/{pattern}" for pattern in PATTERNS)
NUMBERS = tuple(f"{message}/push-pull" for message in ("plain", "timestamp-max", "timestamp-min"))
TEXTS = tuple(f"{message}/push-pull" for message in ("plain", "unicode", "long-content"))

CAUGHT: dict[str, list[Caught]] = {
    "data_message": [
        *both("drop", TYPED, LOST, only=("plain/push-pull", "plain/pub-sub")),
        Caught("double", "sender", DUPLICATED, only=("plain/pub-sub",)),  # a PUSH first has to wait for its peer
        Caught("double", "receiver", DUPLICATED, only=("plain/push-pull", "plain/pub-sub")),
        Caught("swap-messages", "receiver", REORDERED, only=("plain/push-pull", "plain/pub-sub")),
        *both("alter", TYPED, ALTERED, only=THROUGH_EVERY_PATTERN),
        *both("narrow-integers", TYPED, ALTERED, values=NUMBERS[1:], only=NUMBERS),
        *both("ascii-strings", TYPED, ALTERED, values=TEXTS[1:], only=TEXTS),
    ],
    "decode_proof": [
        Caught("send-nothing", "sender", LOST, only=("any-order",)),
        *both("pass-through", TYPED, ALTERED, spared=("any-order",)),
        *both(
            "first-wins",
            TYPED,
            ALTERED,
            spared=("any-order", "default-on-the-wire", "overlong-varint", "nested-in-parts"),
        ),
    ],
    "scalar": [
        *both("no-negatives", TYPED, ALTERED, values=("limits", "borders", "floats")),
        *both("plain-zeros", TYPED, ALTERED, values=("minus-zero",)),
        *both(
            "narrow-negatives",
            TYPED,
            ALTERED,
            spared=("zeros", "minus-zero", "floats"),
            only=("limits", "borders", "zeros"),
        ),
    ],
    "repeated": [
        *both("short-lists", TYPED, ALTERED, values=("many",)),
        *both("first-wins", TYPED, ALTERED, spared=("special-floats", "none")),
    ],
    "map_field": [
        *both("drops-defaults", TYPED, ALTERED, values=("defaults", "entries")),
        *both("first-wins", TYPED, ALTERED, values=("doubled-key",)),
    ],
    "oneof": [
        *both("drops-defaults", TYPED, ALTERED, values=("defaults",)),
        *both("first-wins", TYPED, ALTERED, values=("last-one-wins",)),
    ],
    "enum": [
        *both("closes-enums", TYPED, ALTERED, values=("unknown",)),
        *both("narrow-negatives", TYPED, ALTERED, spared=("repeated",)),
    ],
    "nested": [
        *both("drops-defaults", TYPED, ALTERED, values=("empty",)),
        *both("shallow", TYPED, ALTERED, values=("deep",)),
        *both("short-lists", TYPED, ALTERED, values=("wide",)),
        *both("first-wins", TYPED, ALTERED, values=("many-kinds",)),
    ],
    "unknown_fields": [
        Caught("forgets-unknown", "relay", ALTERED),
        Caught("first-wins", "receiver", ALTERED, values=("each-wire-type", "in-order")),
    ],
    "schema_skew": [
        Caught("first-wins", "receiver", ALTERED, values=("one-many", "entries-map")),
        Caught("closes-enums", "receiver", ALTERED, values=("int32-enum",)),
        Caught(
            "no-negatives",
            "receiver",
            ALTERED,
            values=(
                *("int32-int64", "int32-uint32", "int32-enum", "sint32-sint64", "fixed32-sfixed32"),
                "unsafe-int32-sint32",
            ),
        ),
    ],
    "bad_payload_received": [
        Caught("lenient", "receiver", UNEXPECTED),
        Caught("sulks", "receiver", REFUSED),
        Caught("dies-of-bad-bytes", "receiver", CRASHED, only=("truncated",)),
    ],
    "bad_payload_sent": [
        Caught("lenient", "sender", UNEXPECTED),
        Caught("sulks", "sender", REFUSED),
        Caught("sends-anyway", "sender", ALTERED),
    ],
    "refused_or_right": [
        *both("lenient", TYPED, ALTERED, values=("deep",)),
        *both("sulks", TYPED, REFUSED, values=("deep",)),
    ],
}
