"""Faulty links: bytes that come in pieces, in one lump, late or not at all.

Both sockets belong to one agent, and a relay of the harness is between them, over tcp and ipc. Faults have the names
that Toxiproxy gives them: slicer, latency, bandwidth, timeout. Where chance decides, the seed is in the id.
"""

from __future__ import annotations

import asyncio

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, PULL, PUSH, ROUTER
from zmq_interop.core.transcript import CONNECTOR
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import exchanges, expect, faults
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext
from zmq_interop.scenarios.kit.faulty_pairs import MESSAGES, PAIRS, READY_OF_PUSH, REQUESTS, Pair, exchange, pairs
from zmq_interop.system.errors import Mismatch, OperationFailed
from zmq_interop.wire import encode
from zmq_interop.wire.toxics import Bandwidth, Blackhole, Coalesce, Hold, Latency, Slicer, SplitAt, Timeout, Toxic

PIECES: dict[str, object] = {
    "slicer-1": Slicer(1, first=48),
    "slicer-7": Slicer(7),
    "slicer-seed-1": Slicer(0, 1),
    "slicer-seed-2": Slicer(0, 2),
    "latency-seed-1": Latency(0.005, 0.01, 1),
    "bandwidth": Bandwidth(50_000),
    "coalesced": Coalesce(CONNECTOR, 5.0),  # READY and the message or subscription after it in one write
}


@scenario(
    roles={"peer": needs()},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="toxic", values=PIECES), pairs({**PAIRS, **REQUESTS})),
    primary=(),
    by_hand=True,
)
async def toxic_pieces(cell: CellContext) -> None:
    """Whatever pieces bytes come in, and however late, messages arrive whole, once and in order.

    RFC 37/ZMTP, "Framing" and "Socket Semantics": a connection is a stream of octets, which frames delimit; "all
    messages between two immediate peers SHALL be delivered in order", and none more than once.
    """
    pair: Pair = cell.value("pattern")
    toxic: Toxic = cell.value("toxic")
    bound = cell.peer.open(pair.bound)
    connected = exchanges.open_socket(cell.peer, pair.connects)
    async with faults.faulty(cell, bound, toxic.on) as link:
        connected.connect(link.endpoint)
        await exchange(cell, bound, connected, pair)


FIRST_FRAME = len(encode.frame(encode.Frame(1, b"one")))
PARTS: dict[str, object] = {
    "greeting": range(1, 65),
    "ready": range(65, 64 + READY_OF_PUSH + 1),
    "first-frames": range(64 + READY_OF_PUSH + 1, 64 + READY_OF_PUSH + FIRST_FRAME + 8),
}


@scenario(
    roles={"peer": needs(PUSH, PULL)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="part", values=PARTS),),
    primary=(),
    by_hand=True,
)
async def split_anywhere(cell: CellContext) -> None:
    """Greeting, READY and the first frames may be split at each byte: each is a connection, and its message arrives.

    RFC 37/ZMTP, "Formal Grammar": the protocol is a stream of octets. Both sides' bytes are split.
    """
    part: range = cell.value("part")
    pull = cell.peer.open(PULL)
    async with faults.faulty(cell, pull, SplitAt(part.start).on) as link:
        for place in part:
            with cell.noted(faults.WHO, "split", f"after byte {place} of each side"):
                push = cell.peer.open(PUSH)
                push.connect(link.endpoint)
                push.send(MESSAGES[0])
                expect.messages(await cell.receive(pull, 1), MESSAGES[:1])


BEAT = {"HEARTBEAT_IVL": 100, "HEARTBEAT_TIMEOUT": 500, "RECONNECT_IVL": 10}
SHORT_HANDSHAKE = {"HANDSHAKE_IVL": 500}
VANISH = {"in-greeting": 20, "in-ready": 70, "in-traffic": 110}  # bytes; greeting and READY are 92 to 105


@scenario(
    roles={"peer": needs(DEALER, options=(*BEAT, *SHORT_HANDSHAKE))},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="vanish", values=dict(VANISH)),),
    primary=(),
    slow=True,
    by_hand=True,
)
async def half_open(cell: CellContext) -> None:
    """A socket with heartbeats gives up a connection on which bytes vanish, connects again, and goes on.

    RFC 37/ZMTP, "Connection Heartbeating": network connections "can go stale and die without reporting TCP errors";
    after a failed heartbeat "the peer SHOULD reconnect as normal"; zmq_setsockopt(3), "ZMQ_HEARTBEAT_TIMEOUT" and,
    before the handshake is over, "ZMQ_HANDSHAKE_IVL".
    """
    after: int = cell.value("vanish")
    bound = cell.peer.open(DEALER)
    other = cell.peer.open(DEALER, **BEAT, **(SHORT_HANDSHAKE if after < VANISH["in-traffic"] else {}))
    async with faults.faulty(cell, bound, Timeout(after, CONNECTOR).on) as link:
        other.connect(link.endpoint)
        await link.connections(2)
        # On a busy machine the next connection may look dead as well, and a message be lost with it: one must arrive.
        expect.messages([await cell.join(other, bound)], [(SYNC,)])


ID, NEAR = b"from afar", b"near"


@scenario(
    roles={
        "peer": needs(ROUTER, DEALER, options=("ROUTER_MANDATORY", "ROUTING_ID", "HEARTBEAT_IVL", "HEARTBEAT_TIMEOUT"))
    },
    binder="peer",
    transports=WIRED,
    primary=(),
    slow=True,
    by_hand=True,
)
async def half_open_bound(cell: CellContext) -> None:
    """A bound socket with heartbeats gives up a connection on which bytes vanish, and the peer behind it is gone.

    RFC 37/ZMTP, "Connection Heartbeating"; zmq_setsockopt(3), "ZMQ_HEARTBEAT_TIMEOUT", and "ZMQ_ROUTER_MANDATORY": the
    ROUTER says EHOSTUNREACH when it can route a message to nobody. Who connects later is served.
    """
    begun, ended = asyncio.Event(), asyncio.Event()
    beat = {"HEARTBEAT_IVL": 100, "HEARTBEAT_TIMEOUT": 500}
    router = cell.peer.open(ROUTER, ROUTER_MANDATORY=1, **beat)
    far = cell.peer.open(DEALER, ROUTING_ID=ID)
    near = cell.peer.open(DEALER, ROUTING_ID=NEAR)
    async with faults.faulty(cell, router, Blackhole(begun, ended).on) as link:
        far.connect(link.endpoint)
        await cell.join(far, router)  # on a busy machine, a connection may look dead before, and a message be lost
        begun.set()
        await link.happens(ended, "the end of a connection whose PINGs nobody answers")
        await _unroutable(cell, router, ID)
        near.connect(link.endpoint)
        while (got := await cell.join(near, router)) == (ID, SYNC):
            pass  # it came from afar earlier
        expect.messages([got], [(NEAR, SYNC)])


async def _unroutable(cell: CellContext, router: Socket, id: bytes) -> None:
    """Sends to this id until the ROUTER refuses it: it learns of the end of a connection when it is used. Raises
    Mismatch (`unexpected`) at the cell's limit."""
    clock = asyncio.get_running_loop().time
    end = clock() + cell.limit
    wait = faults.STEP
    while clock() < end:
        try:
            await router.send((id, b"to nobody"))
        except OperationFailed as error:
            expect.that(error.errno_name == "EHOSTUNREACH", Kind.REFUSED, "EHOSTUNREACH", str(error))
            return
        await asyncio.sleep(wait)
        wait = min(wait * 2, 0.25)
    raise Mismatch(Kind.UNEXPECTED, "EHOSTUNREACH: the connection has ended", "messages that are sent to it")


HELD = 0.2  # seconds


@scenario(
    roles={"peer": needs(DEALER)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="held", values=dict(VANISH)),),
    primary=(),
    by_hand=True,
)
async def held_up(cell: CellContext) -> None:
    """Without heartbeats, a link on which nothing passes for a while loses nothing, and is not made anew.

    RFC 37/ZMTP, "Connection Heartbeating": without PING nobody deduces anything from silence; "Socket Semantics".
    """
    held, free = asyncio.Event(), asyncio.Event()
    bound = cell.peer.open(DEALER)
    other = cell.peer.open(DEALER)
    async with faults.faulty(cell, bound, Hold(cell.value("held"), CONNECTOR, held, free).on) as link:
        other.connect(link.endpoint)
        for message in MESSAGES:
            other.send(message)
        await link.happens(held, "bytes that can be held back")
        await asyncio.sleep(HELD)
        free.set()
        expect.messages(await cell.receive(bound, len(MESSAGES)), MESSAGES)
        expect.that(link.accepted == 1, Kind.DISCONNECTED, "the connection that there was", "another")
