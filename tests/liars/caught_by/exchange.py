"""Who lies to the scenarios of `exchange`."""

from __future__ import annotations

from tests.liars.caught import (
    ALTERED,
    BROKEN,
    DUPLICATED,
    HUNG,
    LOST,
    MISROUTED,
    REFUSED,
    REORDERED,
    UNEXPECTED,
    Caught,
    both,
)
from tests.liars.caught_by.delivery import content, delivery

PIPELINE = ("pusher", "puller")
REQUEST = ("requester", "replier")
PUBLISHING = ("publisher", "subscriber")
ROUTING = ("dealer", "router")
PAIR = ("left", "right")

# One scenario is enough for lies about the control channel, and one role: each costs an agent or some seconds.
CAUGHT: dict[str, list[Caught]] = {
    "push_pull": [
        *delivery(PIPELINE),
        Caught("send-nothing", "pusher", LOST),
        Caught("refuse", "pusher", REFUSED),
        Caught("claim-too-much", "puller", BROKEN),
        Caught("late", "puller", HUNG),
    ],
    "req_rep": [
        Caught("drop", "requester", LOST),
        Caught("drop", "replier", REFUSED),
        Caught("double", "requester", REFUSED),
        Caught("double", "replier", ALTERED),
        *content(REQUEST),
        Caught("out-of-step", "replier", ALTERED),
        Caught("leak", "requester", BROKEN),
    ],
    "pub_sub": [
        *both("drop", PUBLISHING, LOST),
        *both("double", PUBLISHING, DUPLICATED),
        Caught("swap-messages", "subscriber", REORDERED),
        *content(PUBLISHING),
        Caught("send-nothing", "publisher", LOST),
        Caught("ignore-options", "subscriber", LOST),
        Caught("every-topic", "subscriber", UNEXPECTED),
    ],
    "dealer_router": [
        *delivery(ROUTING),
        Caught("no-ids", "router", ALTERED),
        Caught("new-ids", "router", MISROUTED),
        Caught("wrong-ids", "router", LOST),
    ],
    "router_dealer": [
        *delivery(ROUTING),
        Caught("ignore-options", "dealer", MISROUTED),
        Caught("wrong-ids", "router", MISROUTED),
        Caught("no-ids", "router", MISROUTED),
    ],
    "dealer_dealer": delivery(PAIR),
    "router_router": [
        *delivery(PAIR),
        Caught("wrong-ids", "right", MISROUTED),
        Caught("no-ids", "left", MISROUTED),
    ],
    "pair": [
        *delivery(PAIR),
        Caught("answer-twice", "left", BROKEN),
        Caught("wrong-answer-ids", "right", BROKEN),
    ],
    "xpub_xsub": [
        *both("drop", PUBLISHING, LOST),
        *both("double", PUBLISHING, DUPLICATED),
        Caught("swap-messages", "subscriber", REORDERED),
        *content(PUBLISHING),
        Caught("every-topic", "publisher", UNEXPECTED),
        Caught("no-receipts", "publisher", LOST),
    ],
}
