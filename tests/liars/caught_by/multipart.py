"""Who lies to the scenarios of `multipart`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, LOST, REORDERED, Caught, both
from zmq_interop.scenarios.families.multipart import PATTERNS, SHAPES

SMALL = ("size-1", "size-254", "size-255", "size-256", "size-65535", "size-65536")
ENDS = ("sender", "receiver")
PIPELINE = ("pusher", "puller")
EMPTY = ("empty-first", "empty-middle", "empty-last", "all-empty")
USUAL = "dealer-router"
OF_USUAL = tuple(f"{shape}/{USUAL}" for shape in SHAPES)
OF_EMPTY = tuple(f"empty-middle/{pattern}" for pattern in PATTERNS)


def usual(*shapes: str) -> tuple[str, ...]:
    """The shapes in the usual pattern."""
    return tuple(f"{shape}/{USUAL}" for shape in shapes)


CAUGHT: dict[str, list[Caught]] = {
    "multipart": [
        *both("drop", ENDS, LOST, only=usual("many")),
        *both("swap-frames", ENDS, REORDERED, spared=usual("only-empty", "all-empty"), only=OF_USUAL),
        *both("alter", ENDS, ALTERED, spared=usual("only-empty", "all-empty"), only=OF_USUAL),
        *both("truncate", ENDS, ALTERED, spared=usual("only-empty", "all-empty"), only=OF_USUAL),
        *both("drop-empty", ENDS, ALTERED, values=(*usual(*EMPTY), *OF_EMPTY), only=(*OF_USUAL, *OF_EMPTY)),
        *both("merge", ENDS, ALTERED, only=usual(*EMPTY, "binary", "many")),
        *both("cut-at-nul", ENDS, ALTERED, values=usual("binary"), only=OF_USUAL),
        *both("as-text", ENDS, ALTERED, values=usual("binary"), only=OF_USUAL),
    ],
    "frame_sizes": [
        *both("drop", PIPELINE, LOST, only=("size-1",)),
        # Not of MiB: a liar works on each byte in Python, and on a busy machine that takes longer than the limit.
        *both("alter", PIPELINE, ALTERED, only=SMALL),
        *both("cut-at-nul", PIPELINE, ALTERED, only=SMALL),
        *both("drop-empty", PIPELINE, ALTERED, values=("size-0",)),
        *both("short-lengths", PIPELINE, ALTERED, values=("size-65536", "size-1048576", "size-9437184")),
    ],
}
