"""Who lies to the scenarios of `topologies`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DUPLICATED, LOST, MISROUTED, UNEXPECTED, Caught

CAUGHT: dict[str, list[Caught]] = {
    "fan_out": [
        Caught("drop", "publisher", LOST),
        Caught("every-topic", "second", UNEXPECTED),
        Caught("truncate", "third", ALTERED),
    ],
    "workers": [
        Caught("drop", "boss", LOST),
        Caught("double", "second", DUPLICATED),
        Caught("swap-frames", "third", ALTERED),
    ],
    "broker": [
        Caught("no-ids", "broker", ALTERED),
        Caught("cross-replies", "broker", MISROUTED),
    ],
    "two_brokers": [
        Caught("no-ids", "near", ALTERED),
        Caught("drop-empty", "far", ALTERED),
        Caught("cross-replies", "near", MISROUTED),
    ],
}
