"""Heartbeats: a socket keeps a live connection, even an idle one, and closes a dead one.

Not over inproc, where there is no connection: zmq_setsockopt(3), "ZMQ_HEARTBEAT_IVL".
"""

from __future__ import annotations

from zmq_interop.core.scenario import WIRED, Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, ROUTER
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, mechanisms, zmtp
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.wire import encode
from zmq_interop.wire.encode import Frame

MESSAGE = (b"one", b"", b"x" * 1000)
END = (b"end",)
PATIENCE = 2500  # ms; a live peer may stall for seconds on a busy machine
BEAT = {"HEARTBEAT_IVL": 100, "HEARTBEAT_TIMEOUT": PATIENCE, "HEARTBEAT_TTL": PATIENCE}
PINGS: dict[str, object] = {
    "dealer-pings": ("dealer",),
    "router-pings": ("router",),
    "both-ping": ("dealer", "router"),
}
QUIET: dict[str, object] = {"idle": [3.0], "busy": [0.2] * 15}  # seconds; in total longer than PATIENCE


@scenario(
    roles={"router": needs(ROUTER), "dealer": needs(DEALER)},
    binder="router",
    binders=("router",),  # a ROUTER that connects keeps a peer's id across a reconnect
    transports=WIRED,
    axes=(
        Axis(
            name="pings",
            values=PINGS,
            needs={
                name: {role: Needs(options=tuple(BEAT)) for role in roles}
                for name, roles in (("dealer-pings", ["dealer"]), ("router-pings", ["router"]))
            }
            | {"both-ping": {role: Needs(options=tuple(BEAT)) for role in ("dealer", "router")}},
        ),
        Axis(name="traffic", values=QUIET),
        Axis(
            name="mechanism",
            values={"NULL": "NULL", "CURVE": "CURVE"},
            default="NULL",
            needs={
                "CURVE": {
                    "router": mechanisms.needs("CURVE", mechanisms.SERVER["CURVE"]),
                    "dealer": mechanisms.needs("CURVE", mechanisms.CLIENT["CURVE"]),
                }
            },
        ),
    ),
    primary=(),
    slow=True,
)
async def heartbeats(cell: CellContext) -> None:
    """Heartbeats keep a connection open beyond their timeout, with and without traffic, unseen by the applications.

    RFC 37/ZMTP, "Connection Heartbeating": a peer responds to PING with PONG, and one that receives nothing within some
    timeout considers the connection dead; zmq_setsockopt(3), "ZMQ_HEARTBEAT_IVL", "ZMQ_HEARTBEAT_TIMEOUT" and
    "ZMQ_HEARTBEAT_TTL". The id that ROUTER generated shows that the connection is still the same: a peer that
    reconnects gets a new one (RFC 28/REQREP, "The ROUTER Socket Type").
    """
    pings: tuple[str, ...] = cell.value("pings")
    mechanism: str = cell.value("mechanism")
    router = cell.router.open(ROUTER, **mechanisms.SERVER[mechanism], **(BEAT if "router" in pings else {}))
    dealer = cell.dealer.open(DEALER, **mechanisms.CLIENT[mechanism], **(BEAT if "dealer" in pings else {}))
    await cell.link(router, dealer)
    ids = set()
    for quiet in (0.0, *cell.value("traffic")):
        if quiet:
            listening = [socket.receive(timeout=quiet) for socket in (router, dealer)]
            expect.none(await cell.collect(listening), "a heartbeat is no message")
        got = await cell.carry(dealer, router, [MESSAGE])
        expect.messages([message[1:] for message in got], [MESSAGE])
        id = got[0][0]
        ids.add(id)
        expect.that(len(ids) == 1, Kind.DISCONNECTED, "the connection that there was", "another")
        router.send((id, *END))
        expect.messages(await cell.collect([dealer.receive()]), [END])


@scenario(roles={"peer": needs(DEALER)}, binder="peer", transports=WIRED, primary=(), by_hand=True)
async def pong(cell: CellContext) -> None:
    """A socket answers a PING with a PONG of the same context (0 to 16 octets), and the application sees neither.

    RFC 37/ZMTP, "Connection Heartbeating": "it SHALL respond with a PONG command that echoes the ping-context".
    """
    peer = cell.peer.open(DEALER)
    bodies = (b"1", b"2", b"3")
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.handshake(DEALER)
        for context, body in zip((b"", b"c", bytes(range(16))), bodies, strict=True):
            await wire.send(encode.ping(0, context), Frame(0, body))
            await wire.expects(encode.command("PONG", context))
        expect.messages(await cell.receive(peer, len(bodies)), [(body,) for body in bodies])
        await peer.send(END)
        await wire.receives(END)


@scenario(
    roles={"peer": needs(DEALER, options=("HEARTBEAT_IVL", "HEARTBEAT_TIMEOUT", "HEARTBEAT_TTL"))},
    binder="peer",
    transports=WIRED,
    primary=(),
    by_hand=True,
)
async def heartbeat_timeout(cell: CellContext) -> None:
    """A socket with HEARTBEAT_IVL sends PINGs, and closes a connection on which nothing comes back in time.

    RFC 37/ZMTP, "Connection Heartbeating": a connection is dead if the peer "does not receive any traffic within some
    timeout" after a PING, which carries the time to live in tenths of a second; zmq_setsockopt(3), "ZMQ_HEARTBEAT_IVL",
    "ZMQ_HEARTBEAT_TIMEOUT" and "ZMQ_HEARTBEAT_TTL", which is "rounded down to the nearest decisecond".
    """
    peer = cell.peer.open(DEALER, HEARTBEAT_IVL=100, HEARTBEAT_TIMEOUT=300, HEARTBEAT_TTL=12_345)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.handshake(DEALER)
        got = await wire.frame()
        wanted = encode.ping(123)
        expect.that(
            got.flags == wanted.flags and got.body.startswith(wanted.body) and len(got.body) <= len(wanted.body) + 16,
            Kind.ALTERED,
            f"{expect.show(wanted.body)} and a context of at most 16 octets",
            expect.show(got.body),
        )
        await wire.closed("its PINGs are not answered")


@scenario(roles={"peer": needs(DEALER)}, binder="peer", transports=WIRED, primary=(), by_hand=True)
async def heartbeat_ttl(cell: CellContext) -> None:
    """A socket closes a connection if nothing follows a PING within the time to live that the PING gives.

    RFC 37/ZMTP, "Connection Heartbeating": a peer SHOULD consider the connection dead if "it receives a PING command
    with a non-zero TTL and then does not receive any further traffic within that TTL".
    """
    peer = cell.peer.open(DEALER)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.handshake(DEALER)
        await wire.send(encode.ping(3))
        await wire.expects(encode.command("PONG"))
        await wire.closed("nothing followed a PING that gives 0.3 s to live")
