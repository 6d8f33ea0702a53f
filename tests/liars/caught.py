"""Which lie each scenario finds out, in which role, and as what. The test holds the verdicts against this table."""

from __future__ import annotations

from typing import NamedTuple

from harness.verdicts import Kind, Verdict

BROKEN = Verdict.BROKEN
ALTERED, DUPLICATED, HUNG, LOST = Kind.ALTERED, Kind.DUPLICATED, Kind.HUNG, Kind.LOST
MISROUTED, REFUSED, REORDERED, UNEXPECTED = Kind.MISROUTED, Kind.REFUSED, Kind.REORDERED, Kind.UNEXPECTED


class Caught(NamedTuple):
    """A liar in this role turns the scenario red.

    kind: how it fails, or that it cannot be judged. values: on a scenario with an axis, those of its values that find
    the lie out, where not all do; `spared` the other way round.
    """

    lie: str
    role: str
    kind: Kind | Verdict
    values: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()

    def by(self, value: str) -> bool:
        """Whether this value finds the lie out."""
        return value in self.values if self.values else value not in self.spared


def both(
    lie: str, roles: tuple[str, str], kind: Kind, values: tuple[str, ...] = (), spared: tuple[str, ...] = ()
) -> list[Caught]:
    """The same in either role."""
    return [Caught(lie, role, kind, values, spared) for role in roles]


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


PIPELINE = ("pusher", "puller")
REQUEST = ("requester", "replier")
PUBLISHING = ("publisher", "subscriber")
ROUTING = ("dealer", "router")
PAIR = ("left", "right")
TYPED = ("sender", "receiver")

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
    "data_message": [
        *both("drop", TYPED, LOST),
        *both("double", TYPED, DUPLICATED),
        *both("swap-messages", TYPED, REORDERED),
        *both("narrow-integers", TYPED, ALTERED, values=("timestamp-max", "timestamp-min")),
        *both("ascii-strings", TYPED, ALTERED, values=("unicode", "long-content")),
    ],
    "decode_proof": [
        Caught("send-nothing", "sender", LOST),
        *both("pass-through", TYPED, ALTERED, spared=("any-order",)),
    ],
}
