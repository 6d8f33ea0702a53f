"""The table of socket options: which there are, of what kind, and on which type of socket each can be tried."""

from typing import Any, NamedTuple

import zmq


class Option(NamedTuple):
    number: zmq.SocketOption
    kind: str  # the field of OptionValue
    socket_type: str  # a type that the option belongs to


_TABLE = {
    ("number", "DEALER"): """
        LINGER SNDHWM RCVHWM SNDBUF RCVBUF SNDTIMEO RCVTIMEO IMMEDIATE IPV6 MAXMSGSIZE BACKLOG RECONNECT_IVL
        RECONNECT_IVL_MAX HANDSHAKE_IVL HEARTBEAT_IVL HEARTBEAT_TIMEOUT HEARTBEAT_TTL CONFLATE RATE RECOVERY_IVL
        MULTICAST_HOPS PLAIN_SERVER CURVE_SERVER CONNECT_TIMEOUT TCP_MAXRT TCP_KEEPALIVE TCP_KEEPALIVE_IDLE
        TCP_KEEPALIVE_CNT TCP_KEEPALIVE_INTVL""",
    ("number", "ROUTER"): "ROUTER_MANDATORY ROUTER_HANDOVER PROBE_ROUTER",
    ("number", "REQ"): "REQ_CORRELATE REQ_RELAXED",
    ("number", "XPUB"): "XPUB_VERBOSE XPUB_NODROP XPUB_MANUAL XPUB_VERBOSER",
    ("number", "PUB"): "INVERT_MATCHING",
    ("number", "STREAM"): "STREAM_NOTIFY",
    ("data", "DEALER"): """
        ROUTING_ID PLAIN_USERNAME PLAIN_PASSWORD CURVE_SERVERKEY CURVE_PUBLICKEY CURVE_SECRETKEY ZAP_DOMAIN
        LAST_ENDPOINT""",
    ("data", "SUB"): "SUBSCRIBE UNSUBSCRIBE",
    ("data", "XPUB"): "XPUB_WELCOME_MSG",
    ("data", "ROUTER"): "CONNECT_ROUTING_ID",
}
OPTIONS = {
    name: Option(zmq.SocketOption[name], kind, socket_type)
    for (kind, socket_type), names in _TABLE.items()
    for name in names.split()
}


def settable(context: zmq.Context[Any]) -> list[str]:
    """The options that the library takes, found by setting each once."""
    return [name for name, option in OPTIONS.items() if _takes(context, option)]


def _takes(context: zmq.Context[Any], option: Option) -> bool:
    with context.socket(zmq.SocketType[option.socket_type]) as socket:
        try:
            # 32 bytes are a key, and no other option of this kind minds them; a ROUTING_ID must not begin with zero.
            socket.set(option.number, 1 if option.kind == "number" else b"x" + bytes(31))
        except zmq.ZMQError:
            return False
        return True
