"""Who lies to the scenarios of `subscriptions`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, LOST, UNEXPECTED, Caught

TAKEN_BACK = ("taken-back", "both-of-two-equal", "all-but-longest")

CAUGHT: dict[str, list[Caught]] = {
    "subscriptions": [
        Caught("send-nothing", "publisher", LOST, only=("several",)),
        Caught("every-topic", "subscriber", UNEXPECTED, only=("nothing", "binary", "first-frame", *TAKEN_BACK)),
        Caught("loyal", "subscriber", UNEXPECTED, values=TAKEN_BACK),
        Caught("forget-equal", "subscriber", LOST, values=("one-of-two-equal",)),
        Caught("short-topics", "subscriber", UNEXPECTED, values=("long",)),
    ],
    "subscription_receipts": [
        Caught("no-receipts", "publisher", LOST, only=("several",)),
        Caught("every-topic", "subscriber", ALTERED, only=("several",)),
        Caught("loyal", "subscriber", ALTERED, values=TAKEN_BACK),
        Caught("forget-equal", "subscriber", ALTERED, values=("one-of-two-equal",)),
        Caught("short-topics", "subscriber", ALTERED, values=("long", "long-command")),
    ],
    "xpub_verbose": [Caught("no-tuning", "publisher", LOST, values=("verbose",))],
    "pub_sub_proxy": [
        Caught("no-receipts", "proxy", LOST),
        Caught("loyal", "subscriber", LOST),
        Caught("merge", "proxy", ALTERED),
    ],
    "resubscribe": [
        Caught("give-up", "subscriber", LOST),
        Caught("loyal", "subscriber", UNEXPECTED),
    ],
    "conflate": [Caught("no-tuning", "subscriber", UNEXPECTED)],
    "stream": [
        Caught("send-nothing", "publisher", LOST),
        Caught("burst-gap", "subscriber", LOST),
    ],
}
