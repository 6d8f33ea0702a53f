"""Who lies to the scenario of users' own schemas: two messages are enough, since the agents see no difference."""

from __future__ import annotations

from tests.liars.caught import ALTERED, LOST, Caught

SOME = ("interop.payload.v1.DataMessage@defaults", "interop.payload.v1.DataMessage@hello")

CAUGHT: dict[str, list[Caught]] = {
    "own_schemas": [
        Caught("send-nothing", "sender", LOST, only=SOME),
        *(Caught("pass-through", role, ALTERED, only=SOME) for role in ("sender", "receiver")),
        *(Caught("ascii-strings", role, ALTERED, only=SOME[1:]) for role in ("sender", "receiver")),
    ],
}
