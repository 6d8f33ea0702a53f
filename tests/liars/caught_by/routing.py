"""Who lies to the scenarios of `routing`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DUPLICATED, LOST, MISROUTED, REFUSED, REORDERED, UNEXPECTED, Caught, both

ROUTING = ("router", "dealer")
REQUEST = ("requester", "replier")

CAUGHT: dict[str, list[Caught]] = {
    "routing_id": [
        Caught("ignore-options", "dealer", MISROUTED),
        Caught("wrong-ids", "router", MISROUTED),
        Caught("no-ids", "router", MISROUTED),
        *both("double", ROUTING, DUPLICATED),
        *both("swap-messages", ROUTING, REORDERED),
        *both("as-text", ROUTING, ALTERED),
    ],
    "routing_id_refused": [Caught("never-refuse", "dealer", UNEXPECTED)],
    "router_to_each": [
        Caught("new-ids", "router", MISROUTED),
        Caught("wrong-ids", "router", MISROUTED),
        Caught("ignore-options", "second", MISROUTED, values=("set-ids",)),
        Caught("swap-messages", "third", REORDERED),
    ],
    "router_mandatory": [
        Caught("plain-routing", "router", UNEXPECTED),
        Caught("new-ids", "router", REFUSED),
        *both("alter", ROUTING, ALTERED),
    ],
    "router_drops": [Caught("mandatory", "router", REFUSED), *both("alter", ROUTING, ALTERED)],
    "router_handover": [
        Caught("plain-routing", "router", LOST),
        Caught("ignore-options", "second", MISROUTED),
    ],
    "router_id_taken": [Caught("hand-over", "router", UNEXPECTED), Caught("ignore-options", "second", UNEXPECTED)],
    "probe_router": [
        Caught("plain-routing", "prober", LOST),
        Caught("ignore-options", "prober", ALTERED),
    ],
    "req_lockstep": [
        Caught("no-turns", "requester", UNEXPECTED),
        *both("alter", REQUEST, ALTERED),
    ],
    "rep_lockstep": [
        Caught("no-turns", "replier", UNEXPECTED),
        *both("alter", REQUEST, ALTERED),
    ],
    "req_relaxed": [
        Caught("plain-routing", "requester", ALTERED),
        Caught("merge", "router", ALTERED),
    ],
    "req_correlate": [
        *both("alter", REQUEST, ALTERED),
        Caught("out-of-step", "replier", ALTERED),
        Caught("drop", "replier", REFUSED),
    ],
}
