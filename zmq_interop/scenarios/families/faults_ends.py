"""Faulty links that end: at a chosen byte, by a reset or a close, late, or for longer than a socket waits.

Both sockets belong to one agent, and a relay of the harness is between them, over tcp and ipc. Faults have the names
that Toxiproxy gives them: reset_peer, limit_data, slow_close.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, PULL, PUSH, REP, REQ, ROUTER
from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.scenarios.kit import exchanges, expect, faults
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.faults import whole
from zmq_interop.scenarios.kit.faulty_pairs import MESSAGES, PAIRS, READY_OF_PUSH, Pair, exchange, pairs
from zmq_interop.wire import encode
from zmq_interop.wire.toxics import LimitData, ResetPeer, SlowClose

GREETED = 64 + READY_OF_PUSH
BROKEN: Message = (b"first", b"second")
FIRST, SECOND = (len(encode.frame(frame)) for frame in encode.message(b"first", b"second"))


class Place(NamedTuple):
    """Where the connection ends: after so many bytes of a side. before: before the PUSH has got the other READY."""

    after: int
    before: bool = False
    side: int = CONNECTOR

    @property
    def other(self) -> int | None:
        """How much the other side may say: the greeting of the PULL, if the PUSH must not get its READY."""
        return 64 if self.before and self.side == CONNECTOR else None


PLACES: dict[str, object] = {
    "in-signature": Place(5, before=True),
    "in-greeting": Place(40, before=True),
    "after-greeting": Place(64, before=True),
    "in-ready": Place(64 + 10, before=True),
    "in-other-signature": Place(5, before=True, side=BINDER),
    "in-other-greeting": Place(40, before=True, side=BINDER),
    "in-other-ready": Place(64 + 10, before=True, side=BINDER),
    "in-a-frame": Place(GREETED + 4),
    "between-frames": Place(GREETED + FIRST),
    "in-the-last-frame": Place(GREETED + FIRST + SECOND - 1),
    "after-the-last-byte": Place(GREETED + FIRST + SECOND),
}


@scenario(
    roles={"peer": needs(PUSH, PULL, options=("RECONNECT_IVL",))},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="reset", values=PLACES),),
    primary=(),
    by_hand=True,
)
async def reset_peer(cell: CellContext) -> None:
    """A connection that is reset comes back; no part of a message arrives without the rest, and later ones arrive once.

    RFC 37/ZMTP, "Socket Semantics": "all frames or none", and a message "SHALL NOT be delivered more than once";
    "Error Handling": a peer SHOULD reconnect; zmq_setsockopt(3), "ZMQ_RECONNECT_IVL". A message that was on its way may
    be lost with the connection, and one that is queued before there is a connection is not: zmq_setsockopt(3),
    "ZMQ_IMMEDIATE".
    """
    place: Place = cell.value("reset")
    await _comes_back(cell, place, ResetPeer(place.after, place.side, place.other))


@scenario(
    roles={"peer": needs(PUSH, PULL, options=("RECONNECT_IVL",))},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="limit", values=PLACES),),
    primary=(),
    by_hand=True,
)
async def limit_data(cell: CellContext) -> None:
    """The same of a connection that both ends find closed: in the middle of the protocol, an end is no message.

    RFC 37/ZMTP, "Socket Semantics" and "Error Handling"; zmq_setsockopt(3), "ZMQ_RECONNECT_IVL" and "ZMQ_IMMEDIATE".
    """
    place: Place = cell.value("limit")
    await _comes_back(cell, place, LimitData(place.after, place.side, place.other))


async def _comes_back(cell: CellContext, place: Place, toxic: ResetPeer | LimitData) -> None:
    """Sends messages over a link that ends once, at this place. Raises Mismatch."""
    pull = cell.peer.open(PULL)
    push = cell.peer.open(PUSH, RECONNECT_IVL=10)
    async with faults.faulty(cell, pull, toxic.on) as link:
        push.connect(link.endpoint)
        push.send(BROKEN)
        await link.connections(2)
        for message in MESSAGES:
            push.send(message)
        got = await cell.receive(pull, len(MESSAGES) + place.before)
        if place.before:
            expect.messages(got, [BROKEN, *MESSAGES])
            return
        if got[:1] == [BROKEN]:
            got = [*got[1:], *await cell.receive(pull, 1)]
        expect.messages(got, MESSAGES)


ID = b"the same"


@scenario(
    roles={"peer": needs(ROUTER, DEALER, options=("ROUTER_HANDOVER", "ROUTING_ID"), operations=("close",))},
    binder="peer",
    transports=WIRED,
    primary=(),
    by_hand=True,
)
async def slow_close(cell: CellContext) -> None:
    """A peer that comes back before the ROUTER has seen its old connection end gets the messages for its id.

    zmq_setsockopt(3), "ZMQ_ROUTER_HANDOVER": the ROUTER hands the id over to the new connection. The end of the old one
    then changes nothing.
    """
    free, ended = asyncio.Event(), asyncio.Event()
    router = cell.peer.open(ROUTER, ROUTER_HANDOVER=1)
    async with faults.faulty(cell, router, SlowClose(free, ended).on) as link:
        for number in (b"first", b"second"):
            dealer = cell.peer.open(DEALER, ROUTING_ID=ID)
            dealer.connect(link.endpoint)
            dealer.send((number,))
            expect.messages(await cell.receive(router, 1), [(ID, number)])
            router.send((ID, number))
            expect.messages(await cell.receive(dealer, 1), [(number,)])
            if link.accepted == 1:
                await dealer.close()
        free.set()
        await link.happens(ended, "the end of the first connection at the ROUTER")
        router.send((ID, b"after the end of the first"))
        expect.messages(await cell.receive(dealer, 1), [(b"after the end of the first",)])


DOWN = 0.1  # seconds; ten times RECONNECT_IVL


@scenario(
    roles={"peer": needs(options=("RECONNECT_IVL",))},
    binder="peer",
    transports=WIRED,
    axes=(pairs(PAIRS),),
    primary=(),
    by_hand=True,
)
async def link_down(cell: CellContext) -> None:
    """A link that is down for longer than RECONNECT_IVL and comes back carries messages again, and subscriptions too.

    zmq_setsockopt(3), "ZMQ_RECONNECT_IVL"; RFC 29/PUBSUB, "The SUB Socket Type": after a reconnection the SUB sends its
    subscriptions again.
    """
    pair: Pair = cell.value("pattern")
    bound = cell.peer.open(pair.bound)
    connected = exchanges.open_socket(cell.peer, pair.connects, RECONNECT_IVL=10)
    async with faults.faulty(cell, bound, whole) as link:
        connected.connect(link.endpoint)
        await exchange(cell, bound, connected, pair)
        await link.down()
        await asyncio.sleep(DOWN)
        link.up()
        await link.connections(2)
        await exchange(cell, bound, connected, pair)


@scenario(
    roles={"peer": needs(REQ, REP, options=("RECONNECT_IVL", "REQ_RELAXED", "REQ_CORRELATE"))},
    binder="peer",
    transports=WIRED,
    primary=(),
    by_hand=True,
)
async def request_over_a_cut(cell: CellContext) -> None:
    """A REQ with REQ_RELAXED whose reply is lost with the connection sends the next request, and gets its reply.

    zmq_setsockopt(3), "ZMQ_REQ_RELAXED" and "ZMQ_REQ_CORRELATE".
    """
    rep = cell.peer.open(REP)
    req = cell.peer.open(REQ, RECONNECT_IVL=10, REQ_RELAXED=1, REQ_CORRELATE=1)
    async with faults.faulty(cell, rep, whole) as link:
        req.connect(link.endpoint)
        await cell.transfer(req, rep, [(b"first",)])
        await link.down()
        rep.send((b"reply to the first",))
        link.up()
        await link.connections(2)
        await cell.transfer(req, rep, [(b"second",)])
        await cell.transfer(rep, req, [(b"reply to the second",)])
