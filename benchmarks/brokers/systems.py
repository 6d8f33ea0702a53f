"""Which systems there are, and what the settings of each are called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from benchmarks.brokers.servers import dbus, kafka, nats, none, rabbitmq, redis
from benchmarks.brokers.servers.server import Brought, Server, Site
from zmq_interop.system.workspace import Workspace

QUICKEST, CONFIRMED, DURABLE = "quickest", "confirmed", "durable"
REFERENCE = "zeromq-tcp"  # whose quickest setting is measured beside every other


class Setting(NamedTuple):
    """One way to use a system. what: in its own words. safe: whether each message is confirmed."""

    name: str
    what: str
    safe: bool


class System(NamedTuple):
    """name: for --only. module: of its client. one_process: whether both ends are threads of one."""

    name: str
    title: str
    module: str
    settings: tuple[Setting, ...]
    bring: Callable[[Workspace, Callable[[str], None]], Awaitable[Brought]]
    plan: Callable[[Brought, Site], Server]
    one_process: bool = False


def _quickest(what: str) -> Setting:
    return Setting(QUICKEST, what, safe=False)


def _confirmed(what: str) -> Setting:
    return Setting(CONFIRMED, what, safe=True)


def _durable(what: str) -> Setting:
    return Setting(DURABLE, what, safe=True)


_ZEROMQ = (_quickest("PUSH to PULL"), _confirmed("DEALER to ROUTER, each message answered"))

SYSTEMS = (
    System("zeromq-tcp", "ZeroMQ tcp", "zeromq", _ZEROMQ, none.bring, none.tcp),
    System("zeromq-ipc", "ZeroMQ ipc", "zeromq", _ZEROMQ, none.bring, none.ipc),
    System("zeromq-inproc", "ZeroMQ inproc", "zeromq", _ZEROMQ, none.bring, none.inproc, one_process=True),
    System(
        "dbus",
        "D-Bus",
        "dbus",
        (_quickest("method calls without a reply"), _confirmed("method calls, each with its reply")),
        dbus.bring,
        dbus.plan,
    ),
    System(
        "rabbitmq",
        "RabbitMQ",
        "rabbitmq",
        (
            _quickest("transient queue, no confirms, automatic acknowledgement"),
            _durable("quorum queue, publisher confirms, acknowledged after the work"),
        ),
        rabbitmq.bring,
        rabbitmq.plan,
    ),
    System(
        "kafka",
        "Kafka",
        "kafka",
        (
            _quickest("acks=0, linger.ms=1, offsets committed every 5 s"),
            _durable("acks=all, idempotent, fsync of each batch, offsets committed after the work"),
        ),
        kafka.bring,
        kafka.plan,
    ),
    System(
        "redis",
        "Redis streams",
        "redis",
        (
            _quickest("no persistence, group with NOACK"),
            _durable("appendfsync always, XACK after the work"),
        ),
        redis.bring,
        redis.plan,
    ),
    System(
        "nats",
        "NATS",
        "nats",
        (
            _quickest("publish and subscribe"),
            _durable("JetStream file store, sync always, acknowledged after the work"),
        ),
        nats.bring,
        nats.plan,
    ),
    System(
        "grpc",
        "gRPC",
        "grpc",
        (_quickest("one stream of the client"), _confirmed("a call for each message")),
        none.bring,
        none.grpc,
    ),
)
