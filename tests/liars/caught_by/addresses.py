"""Who lies to the scenarios of `publisher_options`, `stream_sockets`, `endpoints`, `addressing` and `counted`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DUPLICATED, LOST, REFUSED, UNEXPECTED, Caught

CAUGHT: dict[str, list[Caught]] = {
    "counted_stream": [
        Caught("rarely-lose", "sender", LOST, only=("push-pull", "req-rep", "dealer-router")),
        Caught("rarely-double", "sender", DUPLICATED, only=("push-pull", "pair")),
    ],
    "counted_publication": [
        Caught("rarely-lose", "sender", LOST),
        Caught("rarely-double", "sender", DUPLICATED),
    ],
    "counted_reconnect": [Caught("forget-the-first", "sender", LOST, only=("push-pull", "dealer-router"))],
    "monitor_apart": [Caught("events-of-another", "watched", LOST)],
    "xpub_manual": [
        Caught("give-what-is-asked", "publisher", UNEXPECTED),
        Caught("no-receipts", "publisher", LOST),
    ],
    "xpub_verboser": [
        Caught("no-extras", "proxy", LOST),
        Caught("loyal", "subscriber", LOST),
    ],
    "xpub_welcome": [Caught("no-extras", "publisher", LOST)],
    "invert_matching": [
        Caught("no-extras", "publisher", UNEXPECTED, values=("xsub",), only=("xsub",)),
        Caught("no-extras", "subscriber", LOST, only=("sub",)),
    ],
    "stream_received": [
        Caught("short-parts", "peer", LOST),
        Caught("keep-every-default", "peer", UNEXPECTED, values=("not-notified",)),
    ],
    "stream_sent": [
        Caught("short-parts", "peer", LOST),
        Caught("never-hang-up", "peer", UNEXPECTED),
    ],
    "host_name": [Caught("no-names", "peer", REFUSED), Caught("drop", "peer", LOST)],
    "dual_stack": [Caught("one-family", "server", LOST)],
    "source_address": [Caught("no-source", "peer", ALTERED)],
    "reconnect_pace": [Caught("hasty", "peer", UNEXPECTED)],
    "connect_routing_id": [
        Caught("keep-every-default", "router", LOST),
        Caught("wrong-ids", "router", ALTERED),
    ],
    "router_replaced": [
        Caught("plain-routing", "router", UNEXPECTED),
        Caught("heir", "router", UNEXPECTED),
    ],
    "req_envelope": [Caught("any-envelope", "requester", UNEXPECTED)],
}
