"""Who gets what a ROUTER sends: names given by the one that connects, and names of peers that have gone; envelopes."""

from __future__ import annotations

import asyncio

from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, REP, REQ, ROUTER
from zmq_interop.scenarios.kit import expect, zmtp
from zmq_interop.scenarios.kit.cell_context import CellContext

MESSAGE: Message = (b"one", b"", b"\x00two\xff")
END: Message = (b"end",)
NAMES = (b"first", b"\x01\xff" * 60)


@scenario(
    roles={
        "router": needs(ROUTER, options=("CONNECT_ROUTING_ID",), operations=("set_option",)),
        "dealer": needs(DEALER),
    },
    binder="dealer",
    binders=("dealer",),
    primary=(),
)
async def connect_routing_id(cell: CellContext) -> None:
    """A ROUTER that names the peer of its next connect reaches it by that name, and by no other, at once.

    zmq_setsockopt(3), "ZMQ_CONNECT_ROUTING_ID": it applies to the next connect alone, and the peer is addressed by it
    before it has sent anything. Each peer here has a name of its own, so that a message at the wrong one shows.
    """
    router = cell.router.open(ROUTER)
    dealers = [cell.dealer.open(DEALER) for _ in NAMES]
    for name, dealer in zip(NAMES, dealers, strict=True):
        endpoint = await cell.bind(dealer)
        router.set("CONNECT_ROUTING_ID", name)
        await cell.connect(router, endpoint)
    for number, name in enumerate(NAMES):
        router.send((name, b"to %d" % number))
        router.send((name, *MESSAGE))
    for number, (name, dealer) in enumerate(zip(NAMES, dealers, strict=True)):
        expect.messages(await cell.receive(dealer, 2), [(b"to %d" % number,), MESSAGE])
        dealer.send(END)
        expect.messages(await cell.receive(router, 1), [(name, *END)])


@scenario(
    roles={
        "router": needs(ROUTER, options=("ROUTER_MANDATORY",), operations=("monitor", "receive_event")),
        "dealer": needs(DEALER, options=("ROUTING_ID",), operations=("close",)),
    },
    binder="router",
    binders=("router",),
    transports=WIRED,
    primary=(),
)
async def router_replaced(cell: CellContext) -> None:
    """A message for a peer that has gone is an error, and does not reach the one that came in its place.

    zmq_setsockopt(3), "ZMQ_ROUTER_MANDATORY": EHOSTUNREACH for a message that cannot be routed.
    """
    router = cell.router.open(ROUTER, ROUTER_MANDATORY=1)
    await router.monitor()
    endpoint = await cell.bind(router)
    old = cell.dealer.open(DEALER, ROUTING_ID=b"old")
    cell.connect(old, endpoint)
    old.send(MESSAGE)
    expect.messages(await cell.receive(router, 1), [(b"old", *MESSAGE)])
    await old.close()
    await cell.happens(router, "DISCONNECTED")
    new = cell.dealer.open(DEALER, ROUTING_ID=b"new")
    cell.connect(new, endpoint)
    new.send(MESSAGE)
    expect.messages(await cell.receive(router, 1), [(b"new", *MESSAGE)])
    with expect.error("NATIVE", "EHOSTUNREACH"):
        await router.send((b"old", b"for the one that has gone"), timeout=0)
    router.send((b"new", *END))
    expect.messages(await cell.receive(new, 1), [END])


# RFC 28/REQREP, "The REQ Socket Type": an empty frame stands between the envelope and the body.
REPLIES: dict[str, object] = {
    "without-delimiter": (b"body alone",),
    "two-frames": (b"id", b"body"),
    "delimiter-last": (b"body", b""),
}


@scenario(
    roles={"requester": needs(REQ)},
    binder="requester",
    transports=WIRED,
    axes=(Axis(name="reply", values=REPLIES),),
    primary=(),
    by_hand=True,
)
async def req_envelope(cell: CellContext) -> None:
    """A reply that does not begin with an empty frame never reaches the application of a REQ.

    RFC 28/REQREP, "The REQ Socket Type": an incoming message has an empty delimiter frame first, which the socket
    removes. It may take the well-formed reply that follows, or end the connection, as libzmq does.
    """
    req = cell.requester.open(REQ)
    async with zmtp.plugged(cell, req) as plug:
        wire = await plug.wire()
        await wire.handshake(REP)
        req.send(MESSAGE)
        await wire.receives((b"", *MESSAGE))
        bad: Message = cell.value("reply")
        await wire.message(bad)
        await wire.message((b"", *END))
        got: list[Message] = []
        clock = asyncio.get_running_loop().time
        end = clock() + cell.limit
        while not got and not wire.ended and clock() < end:
            got = await cell.collect([req.receive(timeout=0.05)])
        got = got or await cell.collect([req.receive(timeout=0)])
        expect.none([one for one in got if one != END], "its envelope is malformed")
        expect.messages(got, [] if wire.ended and not got else [END])
