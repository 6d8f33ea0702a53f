"""Monitoring: a socket's monitor reports events of its connections, and none on an idle link.

Only over tcp and ipc: zmq_socket_monitor(3), "supports only connection-oriented transports".
"""

from __future__ import annotations

from zmq_interop.agents.control.handles import Event, Socket
from zmq_interop.core import endpoints
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch

MESSAGES: list[Message] = [(b"one", b"", b"two"), (b"end",)]
EVENTS = ("monitor", "receive_event")

PATIENCE = 2500  # ms, for every timer that ends a connection: a busy machine may stall for seconds
HEARTBEATS = {"HEARTBEAT_IVL": 500, "HEARTBEAT_TIMEOUT": PATIENCE, "HEARTBEAT_TTL": PATIENCE}
QUIET = 3.0  # seconds, longer than all of them


@scenario(
    roles={
        "left": needs(DEALER, operations=(*EVENTS, "close")),
        "right": needs(DEALER, operations=(*EVENTS, "close")),
    },
    binder="right",
    transports=WIRED,
    axes=(Axis(name="closes", values={"left-closes": "left", "right-closes": "right"}),),
    primary=(),
)
async def monitor_events(cell: CellContext) -> None:
    """The monitors on both sides report a connection from start to end.

    zmq_socket_monitor(3), "Supported events": LISTENING and ACCEPTED on the socket that binds, CONNECTED on the one
    that connects, HANDSHAKE_SUCCEEDED on both, and DISCONNECTED on the one that did not close.
    """
    left, right = cell.left.open(DEALER), cell.right.open(DEALER)
    binder, connector = (left, right) if cell.cell.binder == "left" else (right, left)
    for socket in (left, right):
        socket.monitor()
    where = await cell.link(left, right)
    listening, _, _ = await cell.happens(binder, "LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED")
    names(listening, where.bound)
    await cell.happens(connector, "CONNECTED", "HANDSHAKE_SUCCEEDED")
    await cell.transfer(left, right, MESSAGES)
    closing, other = (left, right) if cell.value("closes") == "left" else (right, left)
    await closing.close()
    await cell.happens(other, "DISCONNECTED")


@scenario(
    roles={"listener": needs(DEALER, operations=(*EVENTS, "unbind")), "connector": needs(DEALER)},
    binder="listener",
    binders=("listener",),
    transports=WIRED,
    primary=(),
)
async def monitor_unbind(cell: CellContext) -> None:
    """After unbind, the monitor reports CLOSED, and by then the endpoint is free.

    zmq_socket_monitor(3), "ZMQ_EVENT_CLOSED"; zmq_unbind(3).
    """
    dealer = cell.listener.open(DEALER)
    dealer.monitor()
    where = await cell.bind(dealer, cell.vacant("listener"))
    await cell.happens(dealer, "LISTENING")
    await dealer.unbind(where.bound)
    (closed,) = await cell.happens(dealer, "CLOSED")
    names(closed, where.bound)
    again = cell.listener.open(DEALER)
    await again.bind(where.bound)
    connector = cell.connector.open(DEALER)
    cell.connect(connector, where)
    await cell.transfer(connector, again, MESSAGES)


@scenario(
    roles={"watched": needs(DEALER, operations=EVENTS), "other": needs(DEALER)},
    binder="watched",
    binders=("watched",),
    transports=WIRED,
    primary=(),
)
async def monitor_apart(cell: CellContext) -> None:
    """Each of two sockets of one thread has a monitor, which reports what happens to this socket and not to the other.

    zmq_socket_monitor(3): it "tracks socket events of a socket".
    """
    idle, used = cell.watched.open(DEALER), cell.watched.open(DEALER)
    for socket in (idle, used):
        socket.monitor()
    places = [await cell.bind(socket) for socket in (idle, used)]
    connector = cell.other.open(DEALER)
    cell.connect(connector, places[1])
    await cell.transfer(connector, used, MESSAGES)
    for socket, place, more in ((used, places[1], ("ACCEPTED", "HANDSHAKE_SUCCEEDED")), (idle, places[0], ())):
        listening, *_ = await cell.happens(socket, "LISTENING", *more)
        names(listening, place.bound)
    for event in await cell.events_of([idle], 0):
        raise Mismatch(
            Kind.MISROUTED, "no event of a socket that nobody connects to", f"{event.name} ({event.endpoint})"
        )


@scenario(
    roles={
        "left": needs(DEALER, options=("HANDSHAKE_IVL",), operations=EVENTS),
        "right": needs(DEALER, options=("HANDSHAKE_IVL",), operations=EVENTS),
    },
    binder="right",
    transports=WIRED,
    axes=(
        Axis(
            name="timers",
            values={"handshake": {}, "heartbeats": HEARTBEATS},
            needs={"heartbeats": {role: Needs(options=tuple(HEARTBEATS)) for role in ("left", "right")}},
        ),
    ),
    primary=(),
    slow=True,
)
async def quiet_link(cell: CellContext) -> None:
    """An idle link has no events for longer than every timer involved, and still works afterwards.

    The timers, zmq_setsockopt(3): ZMQ_HANDSHAKE_IVL (2.5 s here) ends with the handshake, ZMQ_RECONNECT_IVL (0.1 s)
    starts when a connection is lost, and a heartbeat that is answered within ZMQ_HEARTBEAT_TIMEOUT (2.5 s here) keeps
    the link up. A link that reconnects still delivers every message, so only the monitor, zmq_socket_monitor(3), shows
    it.
    """
    options: dict[str, int] = {"HANDSHAKE_IVL": PATIENCE, **cell.value("timers")}
    left, right = cell.left.open(DEALER, **options), cell.right.open(DEALER, **options)
    for socket in (left, right):
        socket.monitor()
    await cell.link(left, right)
    await _talk(cell, left, right)
    for socket in (left, right):
        await cell.happens(socket, "HANDSHAKE_SUCCEEDED")
    for quiet in (QUIET, 0.0):
        for event in await cell.events_of((left, right), quiet):
            told = f"{event.name} ({event.endpoint})"
            raise Mismatch(Kind.DISCONNECTED, "no event: nobody touches the link", told)
        await _talk(cell, left, right)


def names(event: Event, endpoint: str) -> None:
    """Expects that an event names this endpoint, in any notation of the address. Raises Mismatch."""
    named = endpoints.same(event.endpoint, endpoint)
    expect.that(named, Kind.ALTERED, f"{event.name} to name {endpoint}", f"{event.endpoint!r}")


async def _talk(cell: CellContext, left: Socket, right: Socket) -> None:
    await cell.transfer(left, right, MESSAGES)
    await cell.transfer(right, left, MESSAGES)
