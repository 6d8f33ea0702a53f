"""Who lies to the scenarios of `security` and `zap`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, LOST, UNEXPECTED, Caught, both

SIDES = ("server", "client")
PUBLISHING = ("publisher", "subscriber")

CAUGHT: dict[str, list[Caught]] = {
    "curve": [
        Caught("no-security", "client", LOST),
        *both("alter", SIDES, ALTERED),
        *both("drop-empty", SIDES, ALTERED),
    ],
    "curve_pub_sub": [*both("alter", PUBLISHING, ALTERED), Caught("every-topic", "subscriber", UNEXPECTED)],
    "curve_reconnect": [*both("alter", SIDES, ALTERED), *both("merge", SIDES, ALTERED)],
    "plain": [*both("alter", SIDES, ALTERED), Caught("put-off", "server", LOST)],
    "stranger_refused": [
        Caught("no-security", "server", UNEXPECTED, only=("null-to-curve",)),
        Caught("right-credentials", "client", UNEXPECTED, only=("wrong-server-key",)),
    ],
    "refusal_seen": [
        *(
            Caught("all-is-well", role, UNEXPECTED, only=(f"wrong-server-key/{role}-watched",))
            for role in ("server", "client")
        ),
        Caught("no-security", "server", UNEXPECTED, only=("null-to-plain/client-watched",)),
        Caught("right-credentials", "client", UNEXPECTED, only=("wrong-server-key/server-watched",)),
    ],
    "zap_refused": [
        Caught("let-in", "server", UNEXPECTED, only=("wrong-password", "unknown-client-key")),
        Caught("put-off", "server", LOST, only=("wrong-password",)),
    ],
    "zap_request": [
        Caught("no-domain", "server", ALTERED, only=("PLAIN", "CURVE")),
        Caught("alter", "server", ALTERED),
    ],
    "zap_temporary": [Caught("let-in", "server", LOST, only=("PLAIN",))],
    "zap_refusal_seen": [
        Caught("let-in", "server", UNEXPECTED, only=("wrong-password/client-watched", "null-denied/server-watched")),
        Caught("all-is-well", "client", UNEXPECTED, only=("unknown-client-key/client-watched",)),
    ],
}
