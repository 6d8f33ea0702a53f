"""Faulty links: bytes that come in pieces, late or not at all, and connections that are reset at a chosen byte.

Both sockets belong to one agent, and a relay of the harness is between them, over tcp and ipc. Faults have the names
that Toxiproxy gives them: slicer, latency, bandwidth, reset_peer, timeout. Where chance decides, the seed is in the id.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PUB, PULL, PUSH, REP, REQ, SUB
from zmq_interop.core.transcript import CONNECTOR
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import exchanges, expect, faults
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext
from zmq_interop.scenarios.kit.faults import whole
from zmq_interop.wire import encode
from zmq_interop.wire.toxics import Bandwidth, Hold, Latency, ResetPeer, Slicer, SplitAt, Timeout, Toxic

MESSAGES: list[Message] = [(b"one", b"\x00two\xff"), (b"x" * 255, b"y" * 256), (b"end",)]
PIECES: dict[str, object] = {
    "slicer-1": Slicer(1, first=48),
    "slicer-7": Slicer(7),
    "slicer-seed-1": Slicer(0, 1),
    "slicer-seed-2": Slicer(0, 2),
    "latency-seed-1": Latency(0.005, 0.01, 1),
    "bandwidth": Bandwidth(50_000),
}


class Pair(NamedTuple):
    """Two socket types on a link. bound: of the socket before which the relay stands."""

    bound: str
    connects: str


PAIRS = {"push-pull": Pair(PULL, PUSH), "dealer-dealer": Pair(DEALER, DEALER), "pub-sub": Pair(PUB, SUB)}
REQUESTS = {"req-rep": Pair(REP, REQ)}


def _pairs(pairs: dict[str, Pair]) -> Axis:
    needs = {
        name: {"peer": Needs(sockets=tuple(dict.fromkeys(pair)), options=("SUBSCRIBE",) if SUB in pair else ())}
        for name, pair in pairs.items()
    }
    return Axis(name="pattern", values=dict(pairs), needs=needs)


async def _exchange(cell: CellContext, bound: Socket, connected: Socket, pair: Pair) -> None:
    """Sends MESSAGES in each direction of the pattern, and expects each of them once and in order. Raises Mismatch."""
    match pair.connects:
        case "SUB":
            await cell.join(bound, connected)
            for message in MESSAGES:
                bound.send(message)
            expect.messages(await cell.published(connected, len(MESSAGES)), MESSAGES)
        case "REQ":
            for message in MESSAGES:
                await cell.transfer(connected, bound, [message])
                await cell.transfer(bound, connected, [message[::-1]])
        case _:
            await cell.transfer(connected, bound, MESSAGES)
            if pair.bound == DEALER:
                await cell.transfer(bound, connected, MESSAGES)


@scenario(
    roles={"peer": needs()},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="toxic", values=PIECES), _pairs({**PAIRS, **REQUESTS})),
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
        await _exchange(cell, bound, connected, pair)


READY_OF_PUSH = len(encode.frame(encode.ready(PUSH)))
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
        for _ in part:
            push = cell.peer.open(PUSH)
            push.connect(link.endpoint)
            push.send(MESSAGES[0])
            expect.messages(await cell.receive(pull, 1), MESSAGES[:1])


GREETED = 64 + READY_OF_PUSH
BROKEN: Message = (b"first", b"second")
FIRST, SECOND = (len(encode.frame(frame)) for frame in encode.message(b"first", b"second"))


class Place(NamedTuple):
    """Where the connection is reset: after so many bytes of the PUSH. before: before it has got the other READY."""

    after: int
    before: bool = False


RESETS: dict[str, object] = {
    "in-signature": Place(5, before=True),
    "in-greeting": Place(40, before=True),
    "after-greeting": Place(64, before=True),
    "in-ready": Place(64 + 10, before=True),
    "in-a-frame": Place(GREETED + 4),
    "between-frames": Place(GREETED + FIRST),
    "in-the-last-frame": Place(GREETED + FIRST + SECOND - 1),
    "after-the-last-byte": Place(GREETED + FIRST + SECOND),
}


@scenario(
    roles={"peer": needs(PUSH, PULL, options=("RECONNECT_IVL",))},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="reset", values=RESETS),),
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
    pull = cell.peer.open(PULL)
    push = cell.peer.open(PUSH, RECONNECT_IVL=10)
    toxic = ResetPeer(place.after, CONNECTOR, 64 if place.before else None)  # 64: the greeting of the PULL
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


BEAT = {"HEARTBEAT_IVL": 100, "HEARTBEAT_TIMEOUT": 500, "RECONNECT_IVL": 10}
SHORT_HANDSHAKE = {"HANDSHAKE_IVL": 500}
VANISH = {"in-greeting": 20, "in-ready": 70, "in-traffic": 150}


@scenario(
    roles={"peer": needs(DEALER, options=(*BEAT, *SHORT_HANDSHAKE))},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="vanish", values=dict(VANISH)),),
    primary=(),
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


DOWN = 0.1  # seconds; ten times RECONNECT_IVL


@scenario(
    roles={"peer": needs(options=("RECONNECT_IVL",))},
    binder="peer",
    transports=WIRED,
    axes=(_pairs(PAIRS),),
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
        await _exchange(cell, bound, connected, pair)
        await link.down()
        await asyncio.sleep(DOWN)
        link.up()
        await link.connections(2)
        await _exchange(cell, bound, connected, pair)


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
