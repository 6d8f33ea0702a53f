"""What scenarios that send several frames, or several messages, find out in the same way."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DUPLICATED, LOST, REORDERED, Caught, both


def delivery(roles: tuple[str, str]) -> list[Caught]:
    """What every scenario finds out that sends several frames in several messages."""
    return [
        *both("drop", roles, LOST),
        *both("double", roles, DUPLICATED),
        *both("swap-messages", roles, REORDERED),
        *content(roles),
    ]


def content(roles: tuple[str, str]) -> list[Caught]:
    """What every scenario finds out that sends several frames."""
    return [
        *both("swap-frames", roles, REORDERED),
        *both("alter", roles, ALTERED),
        *both("truncate", roles, ALTERED),
        *both("drop-empty", roles, ALTERED),
        *both("merge", roles, ALTERED),
        *both("cut-at-nul", roles, ALTERED),
        *both("as-text", roles, ALTERED),
    ]
