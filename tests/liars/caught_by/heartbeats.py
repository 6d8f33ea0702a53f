"""Who lies to the scenarios of `heartbeats`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DISCONNECTED, LOST, UNEXPECTED, Caught, both

BUSY = ("both-ping/busy/NULL",)
IDLE = ("dealer-pings/idle/NULL", "router-pings/idle/CURVE")

CAUGHT: dict[str, list[Caught]] = {
    "heartbeats": [
        Caught("connect-anew", "dealer", DISCONNECTED, only=IDLE),
        *both("show-heartbeats", ("router", "dealer"), UNEXPECTED, only=BUSY),
        *both("alter", ("router", "dealer"), ALTERED, only=BUSY),
    ],
    "pong": [Caught("other-context", "peer", ALTERED)],
    "heartbeat_timeout": [Caught("no-heartbeats", "peer", LOST)],
    "heartbeat_ttl": [Caught("no-time-to-live", "peer", UNEXPECTED)],
}
