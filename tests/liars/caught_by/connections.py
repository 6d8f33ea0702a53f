"""Who lies to the scenarios of `connections`, `reconnection` and `monitoring`."""

from __future__ import annotations

from tests.liars.caught import ALTERED, DISCONNECTED, LOST, REFUSED, UNEXPECTED, Caught

CAUGHT: dict[str, list[Caught]] = {
    "connect_first": [Caught("refuse", "left", REFUSED), Caught("give-up", "left", LOST, only=("push-pull",))],
    "several_endpoints": [Caught("first-endpoint", "receiver", LOST), Caught("drop", "sender", LOST)],
    "unbind": [Caught("stay", "receiver", REFUSED)],
    "disconnect": [Caught("stay", "sender", LOST)],
    "no_such_endpoint": [
        Caught("leave-anything", "sender", UNEXPECTED),
        Caught("leave-anything", "receiver", UNEXPECTED),
    ],
    "bind_again": [Caught("stay", "receiver", REFUSED)],
    "address_in_use": [Caught("share-addresses", "receiver", UNEXPECTED)],
    "wildcard": [Caught("tell-what-was-asked", "receiver", UNEXPECTED)],
    "ipv6": [Caught("no-ipv6", "receiver", REFUSED)],
    "ipc_file": [Caught("remove-file", "receiver", UNEXPECTED)],
    "ipc_abstract": [Caught("no-abstract-names", "receiver", LOST)],
    "ipc_path_length": [Caught("cut-paths", "receiver", UNEXPECTED)],
    "ipc_taken_over": [Caught("respect-files", "taker", REFUSED)],
    "peer_killed": [Caught("give-up", "survivor", LOST, only=("push-pull", "sub-pub"))],
    "peer_closed": [Caught("give-up", "survivor", LOST, only=("pair", "req-rep"))],
    "one_of_two_killed": [Caught("give-up", "receiver", LOST)],
    "sender_killed": [Caught("burst-gap", "receiver", LOST), Caught("burst-cut", "receiver", ALTERED)],
    "monitor_events": [
        Caught("hide-ends", "left", LOST, only=("right-closes",)),
        Caught("events-of-nowhere", "right", ALTERED),
    ],
    "monitor_unbind": [Caught("hide-ends", "listener", LOST), Caught("events-of-nowhere", "listener", ALTERED)],
    "quiet_link": [Caught("restless", "left", DISCONNECTED)],
}
