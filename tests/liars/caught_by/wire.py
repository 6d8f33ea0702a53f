"""Who lies to the scenarios in which the harness is the other end of the connection: `zmtp_greeting` and so on."""

from __future__ import annotations

from tests.liars.caught import ALTERED, CRASHED, DISCONNECTED, LOST, UNEXPECTED, Caught

CLOSED_TYPES = ("pull", "pub", "sub")
CAUGHT: dict[str, list[Caught]] = {
    "greeting_version": [
        Caught("alter", "peer", ALTERED, only=("zmtp-3.0/accepts", "zmtp-9.9/connects")),
        Caught("only-newest", "peer", DISCONNECTED, only=("zmtp-9.9/accepts",)),
    ],
    "greeting_old": [Caught("alter", "peer", ALTERED)],
    "greeting_mechanism": [
        Caught("stays-open", "peer", UNEXPECTED, only=("unknown", "curve")),
        Caught("any-mechanism", "peer", UNEXPECTED, only=("unknown", "lower-case", "plain")),
    ],
    "greeting_field": [
        Caught("only-newest", "peer", DISCONNECTED, only=("minor-version", "highest-version")),
        Caught("validates-padding", "peer", DISCONNECTED, only=("padding",)),
        Caught("alter", "peer", UNEXPECTED, only=("as-server", "filler")),
    ],
    "greeting_garbage": [Caught("dies-of-garbage", "peer", CRASHED, only=("http", "one-byte", "version-0"))],
    "slow_handshakes": [Caught("one-at-a-time", "peer", LOST, only=("nothing", "greeting"))],
    "handshake_timeout": [
        Caught("no-handshake-limit", "peer", UNEXPECTED, only=("nothing/accepts", "greeting/connects")),
        Caught("stays-open", "peer", UNEXPECTED, only=("half-of-ready/accepts",)),
    ],
    "ready_properties": [
        Caught("few-properties", "peer", DISCONNECTED, only=("lower-case", "application", "resource")),
        Caught("alter", "peer", ALTERED, only=("many",)),
    ],
    "ready_in_doubt": [Caught("alter", "peer", UNEXPECTED, only=("doubled", "without-socket-type"))],
    "ready_socket_type": [
        Caught("stays-open", "peer", UNEXPECTED, only=CLOSED_TYPES),
        Caught("any-socket-type", "peer", UNEXPECTED, only=("pull", "pair")),
    ],
    "ready_malformed": [
        Caught("alter", "peer", UNEXPECTED, only=("value-cut",)),
    ],
    "ready_missing": [
        Caught("stays-open", "peer", UNEXPECTED, only=("message", "error")),
        Caught("no-handshake", "peer", UNEXPECTED, only=("message",)),
    ],
    "ready_written": [Caught("no-socket-type", "peer", ALTERED)],
    "plain_server": [
        Caught("stays-open", "peer", LOST, only=("initiate-first", "hello-cut")),
        Caught("alter", "peer", ALTERED, only=("in-order",)),
    ],
    "plain_client": [
        Caught("other-user", "peer", ALTERED, only=("error", "in-order")),
        Caught("alter", "peer", ALTERED, only=("in-order",)),
    ],
    "curve_server": [
        Caught("stays-open", "peer", LOST, only=("hello-forged", "message-first")),
        Caught("truncate", "peer", UNEXPECTED, only=("ready-first",)),
    ],
    "odd_command": [Caught("shows-commands", "peer", UNEXPECTED, only=("unknown", "ping-without-ttl", "of-64-KiB"))],
    "odd_frames": [
        Caught("no-long-form", "peer", DISCONNECTED, only=("long-form", "long-form-of-first")),
        Caught("swap-frames", "peer", UNEXPECTED, only=("reserved-bit-3",)),
    ],
    "huge_frame": [Caught("dies-of-size", "peer", CRASHED, only=("frame-of-2-63-minus-1", "command-of-2-31"))],
    "cut_message": [Caught("completes-messages", "peer", UNEXPECTED, only=("after-a-frame/closed",))],
    "subscription_read": [
        Caught("no-subscribe-command", "peer", LOST, only=("command-of-3.1",)),
        Caught("no-subscribe-message", "peer", LOST, only=("message-of-3.0", "message-of-3.1")),
    ],
    "subscription_written": [Caught("other-topic", "peer", ALTERED, only=("zmtp-3.0/accepts", "zmtp-3.1/accepts"))],
    "toxic_pieces": [
        Caught(
            "truncate",
            "peer",
            ALTERED,
            only=("latency-seed-1/dealer-dealer", "bandwidth/push-pull", "slicer-1/push-pull"),
        ),
        Caught("ready-alone", "peer", LOST, only=("coalesced/push-pull",)),
    ],
    "split_anywhere": [Caught("truncate", "peer", ALTERED, only=("first-frames",))],
    "reset_peer": [Caught("truncate", "peer", ALTERED, only=("in-greeting", "between-frames", "in-other-ready"))],
    "limit_data": [
        Caught("truncate", "peer", ALTERED, only=("in-greeting", "in-other-ready")),
        Caught("completes-messages", "peer", ALTERED, only=("between-frames",)),
    ],
    "slow_close": [Caught("plain-routing", "peer", LOST)],
    "half_open": [Caught("no-heartbeats", "peer", LOST, only=("in-traffic",))],
    "half_open_bound": [Caught("no-heartbeats", "peer", LOST), Caught("plain-routing", "peer", UNEXPECTED)],
    "held_up": [
        Caught("truncate", "peer", ALTERED, only=("in-greeting",)),
        Caught("drop", "peer", LOST, only=("in-ready",)),
    ],
    "link_down": [Caught("give-up", "peer", LOST, only=("push-pull",))],
    "request_over_a_cut": [Caught("give-up", "peer", LOST)],
}
