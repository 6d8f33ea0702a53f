"""Options: what is set is what the library has, and what limits a socket limits it."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket, in_time
from zmq_interop.core.frames import OptionValue
from zmq_interop.core.scenario import WIRED, Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PULL, PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Lacking, OperationFailed


class Setting(NamedTuple):
    """A value for an option that is not its default, and the default."""

    value: OptionValue
    default: OptionValue


# zmq_setsockopt(3) names the defaults. ZMQ_HEARTBEAT_TTL is kept in tenths of a second. CURVE keys are left to `curve`:
# not every binding can read them.
SETTINGS: dict[str, Setting] = {
    "SNDHWM": Setting(7, 1000),
    "RCVHWM": Setting(9, 1000),
    "LINGER": Setting(1234, 0),  # the contract opens sockets with LINGER 0
    "SNDBUF": Setting(70_000, -1),
    "RCVBUF": Setting(80_000, -1),
    "SNDTIMEO": Setting(2345, -1),
    "RCVTIMEO": Setting(3456, -1),
    "IMMEDIATE": Setting(1, 0),
    "IPV6": Setting(1, 0),
    "MAXMSGSIZE": Setting(5_000_000_000, -1),  # 64 bits
    "BACKLOG": Setting(17, 100),
    "RECONNECT_IVL": Setting(321, 100),
    "RECONNECT_IVL_MAX": Setting(4321, 0),
    "HANDSHAKE_IVL": Setting(5432, 30_000),
    "HEARTBEAT_IVL": Setting(6543, 0),
    "HEARTBEAT_TIMEOUT": Setting(7654, -1),
    "HEARTBEAT_TTL": Setting(8700, 0),
    "CONFLATE": Setting(1, 0),
    "RATE": Setting(432, 100),
    "RECOVERY_IVL": Setting(5678, 10_000),
    "MULTICAST_HOPS": Setting(3, 1),
    "PLAIN_SERVER": Setting(1, 0),
    "ROUTING_ID": Setting(b"id \x80", b""),
    "PLAIN_USERNAME": Setting(b"somebody", b""),
    "PLAIN_PASSWORD": Setting(b"s3cret", b""),
    "CURVE_SERVER": Setting(1, 0),
    "ZAP_DOMAIN": Setting(b"domain", b""),
    "CONNECT_TIMEOUT": Setting(2222, 0),
    "TCP_MAXRT": Setting(3333, 0),
    "TCP_KEEPALIVE": Setting(1, -1),
    "TCP_KEEPALIVE_IDLE": Setting(55, -1),
    "TCP_KEEPALIVE_CNT": Setting(4, -1),
    "TCP_KEEPALIVE_INTVL": Setting(6, -1),
}


@scenario(
    roles={"owner": needs(DEALER, operations=("set_option", "get_option"))},
    binder="owner",
    transports=("tcp",),
    axes=(
        Axis(
            name="option",
            values=dict(SETTINGS),
            needs={name: {"owner": Needs(options=(name,))} for name in SETTINGS},
        ),
    ),
)
async def option_kept(cell: CellContext) -> None:
    """A socket has the value that an option was set to, when it was opened and afterwards.

    zmq_setsockopt(3) and zmq_getsockopt(3), each option's own section. A library that can set an option but not tell
    its value lacks what this needs.
    """
    name = cell.cell.values["option"]
    setting: Setting = cell.value("option")
    peer = cell.cell.peer("owner")
    opened = cell.owner.open(DEALER, **{name: setting.value})
    _same(name, setting, await _value(peer, opened, name), "the socket was opened with it")
    later = cell.owner.open(DEALER)
    await later.set(name, setting.value)
    _same(name, setting, await _value(peer, later, name), "it was set after the socket was opened")


async def _value(peer: str, socket: Socket, name: str) -> OptionValue:
    try:
        return await socket.get(name)
    except OperationFailed as error:
        if error.operation != "get_option" or error.code not in ("UNSUPPORTED", "NATIVE"):
            raise
        raise Lacking(f"{peer} cannot tell the value of option {name}") from None


def _same(name: str, setting: Setting, got: OptionValue, when: str) -> None:
    shown = "the default, " * (got == setting.default) + _shown(got)
    expect.that(got == setting.value, Kind.ALTERED, f"{name} to be {_shown(setting.value)}: {when}", shown)


def _shown(value: OptionValue) -> str:
    return str(value) if isinstance(value, int) else expect.show(value)


# Bytes. A small limit is one for messages: a READY command takes about 40.
LIMITS: dict[str, object] = {"most-1000": 1000, "most-100": 100, "most-50": 50, "most-20": 20}
SILENCE = 1.0  # seconds: ten times the default of ZMQ_RECONNECT_IVL


@scenario(
    roles={
        "sender": needs(PUSH),
        "receiver": needs(PULL, options=("MAXMSGSIZE",), operations=("monitor", "receive_event")),
    },
    binder="receiver",
    transports=WIRED,
    axes=(Axis(name="limit", values=LIMITS, default="most-1000"),),
    primary=(),
    slow=True,
)
async def message_too_large(cell: CellContext) -> None:
    """A socket with ZMQ_MAXMSGSIZE receives messages up to that size. A larger one ends the connection it came on.

    zmq_setsockopt(3), "ZMQ_MAXMSGSIZE": "If a peer sends a message larger than ZMQ_MAXMSGSIZE it is disconnected". The
    handshake has commands, and no message.
    """
    most: int = cell.value("limit")
    pull = cell.receiver.open(PULL, MAXMSGSIZE=most)
    await pull.monitor()
    push = cell.sender.open(PUSH)
    await cell.link(pull, push)
    await cell.transfer(push, pull, [(bytes(most),)])
    too_large = push.send((bytes(most + 1),))
    await cell.happens(pull, "DISCONNECTED")
    with contextlib.suppress(OperationFailed):  # the connection may end while the message is written
        await too_large
    await cell.silence(pull, SILENCE, "what came last is larger than ZMQ_MAXMSGSIZE")


@scenario(
    roles={
        "steady": needs(PUSH, options=("RECONNECT_IVL",), operations=("monitor", "receive_event")),
        "other": needs(PULL, operations=("close",)),
    },
    binder="other",
    binders=("other",),
    transports=WIRED,
    primary=(),
    slow=True,
)
async def no_reconnection(cell: CellContext) -> None:
    """A socket with ZMQ_RECONNECT_IVL -1 does not connect again once its connection has ended.

    zmq_setsockopt(3), "ZMQ_RECONNECT_IVL": "-1 means no reconnection".
    """
    pull = cell.other.open(PULL)
    push = cell.steady.open(PUSH, RECONNECT_IVL=-1)
    await push.monitor()
    where = await cell.link(pull, push, cell.vacant("other"))
    await cell.transfer(push, pull, [(b"before",)])
    await pull.close()
    await cell.happens(push, "DISCONNECTED")
    pull = cell.other.open(PULL)
    await cell.bind(pull, where)
    await in_time(push.send((b"after",), timeout=0))  # there is nobody to send it to
    await cell.silence(pull, SILENCE, "the sender does not connect again")
