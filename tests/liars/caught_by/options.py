"""Who lies to the scenarios of `options`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, LOST, UNEXPECTED, Caught

CAUGHT: dict[str, list[Caught]] = {
    "option_kept": [Caught("keep-every-default", "owner", ALTERED, only=("SNDTIMEO", "BACKLOG", "ZAP_DOMAIN"))],
    "message_too_large": [Caught("keep-every-default", "receiver", LOST)],
    "no_reconnection": [Caught("keep-every-default", "steady", UNEXPECTED)],
}
