"""Who lies to the scenarios of `multipart`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, LOST, REORDERED, Caught, both

ROUTING = ("dealer", "router")

CAUGHT: dict[str, list[Caught]] = {
    "multipart": [
        *both("drop", ROUTING, LOST),
        *both("swap-frames", ROUTING, REORDERED, spared=("all-empty",)),
        *both("alter", ROUTING, ALTERED, spared=("all-empty",)),
        *both("truncate", ROUTING, ALTERED, spared=("all-empty",)),
        *both(
            "drop-empty", ROUTING, ALTERED, values=("empty-first", "empty-middle", "empty-last", "all-empty", "size-0")
        ),
        *both("merge", ROUTING, ALTERED),
        *both(
            "cut-at-nul",
            ROUTING,
            ALTERED,
            spared=("empty-first", "empty-middle", "empty-last", "all-empty", "many", "size-0"),
        ),
        *both("as-text", ROUTING, ALTERED, values=("binary", "size-65535", "size-65536", "size-1048576")),
        *both("short-lengths", ROUTING, ALTERED, values=("size-65536", "size-1048576")),
    ],
}
