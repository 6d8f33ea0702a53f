"""Exchange: each pattern of ZeroMQ delivers the right frames, in the right order, once, in both bind directions.

Every scenario sends several messages, and the last one marks the end. So a duplicated, lost or reordered message shows
before the mark, without a wait for silence.
"""

from __future__ import annotations

from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import MULTICAST, TRANSPORTS, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB, XSUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext

MESSAGE = (b"one", b"", b"\x00two\xff")  # three frames: text, empty, binary
END = (b"end",)


@scenario(roles={"pusher": needs(PUSH), "puller": needs(PULL)}, binder="puller")
async def push_pull(cell: CellContext) -> None:
    """PULL receives what PUSH sends: same frames, same order, once.

    RFC 30/PIPELINE, "The PUSH Socket Type" and "The PULL Socket Type"; zmq_socket(3), "Pipeline pattern".
    """
    pull = cell.puller.open(PULL)
    push = cell.pusher.open(PUSH)
    await cell.link(pull, push)
    await cell.transfer(push, pull, [MESSAGE, END])


@scenario(roles={"requester": needs(REQ), "replier": needs(REP)}, binder="replier")
async def req_rep(cell: CellContext) -> None:
    """REP receives the request of REQ, and REQ the reply of REP, in lockstep, twice.

    RFC 28/REQREP, "The REQ Socket Type" and "The REP Socket Type": REQ adds the envelope and REP removes it, so neither
    application sees it.
    """
    rep = cell.replier.open(REP)
    req = cell.requester.open(REQ)
    await cell.link(rep, req)
    for request, reply in ((MESSAGE, (b"reply", b"")), (END, END)):
        await cell.transfer(req, rep, [request])
        await cell.transfer(rep, req, [reply])


@scenario(
    roles={"publisher": needs(PUB), "subscriber": needs(SUB, options=("SUBSCRIBE",), operations=("set_option",))},
    binder="publisher",
    transports=(*TRANSPORTS, *MULTICAST),
)
async def pub_sub(cell: CellContext) -> None:
    """SUB receives the messages of PUB that begin with its prefix, in order, once, and no others.

    RFC 29/PUBSUB, "The PUB Socket Type" and "The SUB Socket Type": a subscriber gets what it subscribed to and no more;
    zmq_setsockopt(3), "ZMQ_SUBSCRIBE": the message begins with these bytes.
    """
    pub = cell.publisher.open(PUB)
    sub = cell.subscriber.open(SUB, SUBSCRIBE=b"topic")
    sub.set("SUBSCRIBE", SYNC)
    await cell.link(pub, sub)
    await cell.join(pub, sub)
    wanted = [(b"topic", *MESSAGE), (b"topics too", b"2"), (b"topic", b"end")]
    for message in (wanted[0], (b"Topic", b"another case"), (b"topi", b"too short"), (b"", b"no topic"), *wanted[1:]):
        pub.send(message)
    got = await cell.published(sub, len(wanted))
    expect.none(
        [message for message in got if not _topic(message).startswith(b"topic")],
        "nothing subscribes to it",
    )
    expect.messages(got, wanted)


@scenario(roles={"dealer": needs(DEALER), "router": needs(ROUTER)}, binder="router")
async def dealer_router(cell: CellContext) -> None:
    """ROUTER receives the messages of DEALER with a routing id in front, and its reply to that id reaches the DEALER.

    RFC 28/REQREP, "The ROUTER Socket Type"; zmq_socket(3), "ZMQ_ROUTER": the id of the originating peer is prepended on
    receiving and removed on sending. A generated id is opaque: it must only be there.
    """
    router = cell.router.open(ROUTER)
    dealer = cell.dealer.open(DEALER)
    await cell.link(router, dealer)
    got = await cell.carry(dealer, router, [MESSAGE, END])
    expect.messages([message[1:] for message in got], [MESSAGE, END])
    ids = {message[0] for message in got}
    expect.that(
        len(ids) == 1 and ids != {b""}, Kind.MISROUTED, "one routing id, not empty, before both messages", f"{ids}"
    )
    (id,) = ids
    replies = [(b"reply", *MESSAGE), END]
    for reply in replies:
        router.send((id, *reply))
    expect.messages(await cell.receive(dealer, len(replies)), replies)


@scenario(roles={"router": needs(ROUTER), "dealer": needs(DEALER, options=("ROUTING_ID",))}, binder="dealer")
async def router_dealer(cell: CellContext) -> None:
    """ROUTER sends to a DEALER by the routing id that the DEALER set, and the DEALER's messages arrive with that id.

    RFC 28/REQREP, "The ROUTER Socket Type"; zmq_setsockopt(3), "ZMQ_ROUTING_ID". The DEALER sends first: a ROUTER drops
    messages that it cannot route, and it learns the id only in the handshake.
    """
    id = b"dealer \xff 1"  # an id need not be text
    dealer = cell.dealer.open(DEALER, ROUTING_ID=id)
    router = cell.router.open(ROUTER)
    await cell.link(router, dealer)
    ready = (b"ready",)
    got = await cell.carry(dealer, router, [ready])
    expect.that(
        got[:1] == [(id, *ready)],
        Kind.MISROUTED if got else Kind.LOST,
        expect.show_all([(id, *ready)]),
        expect.show_all(got),
    )
    messages = [MESSAGE, END]
    for message in messages:
        router.send((id, *message))
    expect.messages(await cell.receive(dealer, len(messages)), messages)


@scenario(roles={"left": needs(DEALER), "right": needs(DEALER)}, binder="right", binders=("right",), primary=())
async def dealer_dealer(cell: CellContext) -> None:
    """Two DEALER sockets deliver in both directions, and add or remove no frames.

    RFC 23/ZMTP, "The Socket-Type Property": DEALER is a valid peer of DEALER; RFC 28/REQREP, "The DEALER Socket Type":
    it does not modify messages in any way.
    """
    right = cell.right.open(DEALER)
    left = cell.left.open(DEALER)
    await cell.link(left, right)
    await cell.transfer(left, right, [MESSAGE, END])
    await cell.transfer(right, left, [END, MESSAGE, END])


@scenario(
    roles={"left": needs(ROUTER, options=("ROUTING_ID",)), "right": needs(ROUTER, options=("ROUTING_ID",))},
    binder="right",
    binders=("right",),
    primary=(),
)
async def router_router(cell: CellContext) -> None:
    """Two ROUTER sockets that know each other's routing id deliver in both directions, with the sender's id in front.

    RFC 28/REQREP, "The ROUTER Socket Type": a ROUTER may be connected to ROUTER peers; it routes by the first frame,
    which it removes, and it prepends the sender's id to each message that it receives.
    """
    right = cell.right.open(ROUTER, ROUTING_ID=b"right")
    left = cell.left.open(ROUTER, ROUTING_ID=b"left")
    await cell.link(left, right)
    await cell.join(left, right, address=(b"right",))
    for one, other, messages in ((left, right, [MESSAGE, END]), (right, left, [END, MESSAGE, END])):
        origin, address = (b"left", b"right") if one is left else (b"right", b"left")
        for message in messages:
            one.send((address, *message))
        got = await cell.published(other, len(messages))
        ids = {message[0] for message in got}
        expect.that(ids <= {origin}, Kind.MISROUTED, f"the routing id {origin!r} before each message", f"{ids}")
        expect.messages([message[1:] for message in got], messages)


@scenario(roles={"left": needs(PAIR), "right": needs(PAIR)}, binder="right")
async def pair(cell: CellContext) -> None:
    """Two PAIR sockets deliver in both directions: same frames, same order, once.

    RFC 31/EXPAIR, "The PAIR Socket Type"; zmq_socket(3), "Exclusive pair pattern".
    """
    right = cell.right.open(PAIR)
    left = cell.left.open(PAIR)
    await cell.link(left, right)
    await cell.transfer(left, right, [MESSAGE, END])
    await cell.transfer(right, left, [END, MESSAGE, END])


@scenario(roles={"publisher": needs(XPUB), "subscriber": needs(XSUB)}, binder="publisher")
async def xpub_xsub(cell: CellContext) -> None:
    """XPUB receives the subscription of XSUB, delivers the messages that match it, and receives the unsubscription.

    RFC 29/PUBSUB, "The XPUB Socket Type" and "The XSUB Socket Type"; zmq_socket(3), "ZMQ_XSUB": a message that
    begins with byte 1 subscribes, with byte 0 unsubscribes.
    """
    xpub = cell.publisher.open(XPUB)
    xsub = cell.subscriber.open(XSUB)
    await cell.link(xpub, xsub)
    wanted = [(b"topic", *MESSAGE), (b"topic", b"end")]
    subscription = (b"\x01topic",)
    xsub.send(subscription)
    # A bound socket accepts a connection, and sends its subscriptions there, only inside a call on its own thread.
    arriving = cell.receive(xsub, len(wanted))
    expect.messages(await cell.collect([xpub.receive()]), [subscription])
    for message in (wanted[0], (b"other", b"nothing subscribes to it"), wanted[1]):
        xpub.send(message)
    got = await arriving
    expect.none([message for message in got if message[:1] != (b"topic",)], "nothing subscribes to it")
    expect.messages(got, wanted)
    await cell.transfer(xsub, xpub, [(b"\x00topic",)])


def _topic(message: Message) -> bytes:
    """The first frame, which subscriptions are compared with; empty if there is none."""
    return message[0] if message and isinstance(message[0], bytes) else b""
