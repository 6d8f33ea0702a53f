"""Who lies to the scenarios of `flow`, `pending`, `balance` and `lanes`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DUPLICATED, HUNG, LOST, MISROUTED, REFUSED, REORDERED, UNEXPECTED, Caught
from zmq_interop.core.verdicts import Kind

PUSHING = ("push-pull",)


def in_burst(role: str, only: tuple[str, ...] = (), *, lost: bool = True) -> list[Caught]:
    """What every scenario finds out that looks at the numbers of a burst."""
    kinds: dict[str, Kind] = {"double-in-burst": DUPLICATED, "swap-in-burst": REORDERED}
    if lost:
        kinds["lose-in-burst"] = LOST
    return [Caught(lie, role, kind, only=only) for lie, kind in kinds.items()]


CAUGHT: dict[str, list[Caught]] = {
    "many_messages": in_burst("receiver"),
    "lanes": in_burst("puller"),
    "lane_ring": [Caught("truncate", "worker", ALTERED)],
    "inproc_order": [
        Caught(
            "bind-first",
            "sender",
            REFUSED,
            spared=tuple(
                f"{name}/bind-first"
                for name in ("push-pull", "req-rep", "dealer-router", "router-dealer", "pair", "pub-sub", "xpub-xsub")
            ),
        ),
        Caught("truncate", "sender", ALTERED, spared=()),
    ],
    "hwm_block": [
        *in_burst("receiver", PUSHING),
        Caught("keep-defaults", "sender", UNEXPECTED),
        Caught("keep-defaults", "receiver", UNEXPECTED),
        Caught("never-again", "sender", UNEXPECTED, only=PUSHING),
    ],
    "hwm_again": [
        *in_burst("receiver"),
        Caught("keep-defaults", "sender", UNEXPECTED),
        Caught("never-again", "sender", UNEXPECTED, only=("router-mandatory",)),
    ],
    "hwm_drop": [
        *in_burst("receiver"),
        Caught("keep-defaults", "sender", UNEXPECTED),
        Caught("hold-back", "sender", UNEXPECTED),
    ],
    "hwm_alone": [
        *in_burst("receiver", PUSHING),
        Caught("keep-defaults", "sender", UNEXPECTED),
        Caught("impatient", "sender", UNEXPECTED),
    ],
    "dontwait_receive": [Caught("wait-anyway", "waiter", HUNG, only=("pull",))],
    "dontwait_send": [
        Caught("wait-anyway", "sender", HUNG, only=PUSHING),
        Caught("never-again", "sender", UNEXPECTED),
    ],
    "dontwait_dropped": [
        Caught("wait-anyway", "sender", HUNG, only=("pub-sub",)),
        Caught("hold-back", "sender", REFUSED, values=("router-dealer",)),  # EHOSTUNREACH,
    ],
    "dontwait_out_of_turn": [
        Caught("again-out-of-turn", "requester", UNEXPECTED),
        Caught("again-out-of-turn", "replier", UNEXPECTED),
    ],
    "linger": [
        *in_burst("receiver", ("push-pull/for-ever",)),
        Caught("keep-defaults", "sender", LOST, only=("push-pull/for-ever", "dealer-router/a-minute")),
    ],
    "linger_zero": [
        *in_burst("receiver", PUSHING),
        Caught("close-late", "sender", HUNG, only=PUSHING),
    ],
    "queue_before_connect": [
        *in_burst("receiver", PUSHING),
        Caught("queue-for-nobody", "sender", REFUSED),
    ],
    "immediate": [
        Caught("keep-defaults", "sender", UNEXPECTED),
        Caught("never-again", "sender", UNEXPECTED),
        Caught("impatient", "sender", UNEXPECTED),
    ],
    "fair_queue": [
        *in_burst("receiver", PUSHING),
        Caught("unfair", "receiver", UNEXPECTED),
    ],
    "load_balance": [
        *in_burst("left", PUSHING, lost=False),
        Caught("favour", "sender", MISROUTED),
    ],
    "request_round_robin": [Caught("favour", "requester", MISROUTED)],
}
