"""Routing: ROUTER addresses each peer by a routing id, and REQ and REP take turns."""

from __future__ import annotations

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, REP, REQ, ROUTER
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext

MESSAGE = (b"one", b"", b"\x00two\xff")
END = (b"end",)
ID = b"peer \xff"  # an id need not be text
DEALERS = ("first", "second", "third")
QUIET = 2.5  # seconds to wait for a message that must not come: a busy machine is slow to deliver it

IDS: dict[str, object] = {
    "length-1": b"\x01",
    "length-127": bytes(range(1, 128)),
    "length-255": bytes(range(1, 256)),
    "not-utf-8": b"\xff\xfe\xc3\x28",
    "zero-inside": b"a\x00b\x00",
}


@scenario(
    roles={"router": needs(ROUTER), "dealer": needs(DEALER, options=("ROUTING_ID",))},
    binder="router",
    axes=(Axis(name="id", values=IDS),),
    primary=(),
)
async def routing_id(cell: CellContext) -> None:
    """A ROUTER addresses a peer by the routing id that the peer set: any bytes, up to 255 of them.

    RFC 37/ZMTP, "The Identity Property": 0 to 255 octets, the first one not zero; RFC 28/REQREP, "The ROUTER Socket
    Type"; zmq_setsockopt(3), "ZMQ_ROUTING_ID".
    """
    id: bytes = cell.value("id")
    router = cell.router.open(ROUTER)
    dealer = cell.dealer.open(DEALER, ROUTING_ID=id)
    await cell.link(router, dealer)
    got = await cell.carry(dealer, router, [MESSAGE, END])
    expect.that(
        {message[:1] for message in got} <= {(id,)}, Kind.MISROUTED, f"the id {expect.show(id)}", expect.show_all(got)
    )
    expect.messages([message[1:] for message in got], [MESSAGE, END])
    for reply in (MESSAGE, END):
        router.send((id, *reply))
    expect.messages(await cell.receive(dealer, 2), [MESSAGE, END])


@scenario(
    roles={"dealer": needs(DEALER, options=("ROUTING_ID",))},
    binder="dealer",
    transports=("tcp",),  # nothing is sent over it
    axes=(Axis(name="id", values={"empty": b"", "length-256": b"x" * 256}),),
)
async def routing_id_refused(cell: CellContext) -> None:
    """Setting a routing id that is empty or longer than 255 bytes fails with EINVAL.

    zmq_setsockopt(3), "ZMQ_ROUTING_ID": at least one byte and at most 255 bytes long; "ERRORS", EINVAL.
    """
    with expect.error("NATIVE", "EINVAL"):
        await cell.dealer.open(DEALER, ROUTING_ID=cell.value("id")).opened


@scenario(
    roles={"router": needs(ROUTER), **{role: needs(DEALER) for role in DEALERS}},
    binder="router",
    binders=("router",),
    axes=(
        Axis(
            name="ids",
            values={"generated-ids": False, "set-ids": True},
            default="generated-ids",
            needs={"set-ids": {role: Needs(options=("ROUTING_ID",)) for role in DEALERS}},
        ),
    ),
    primary=(),
)
async def router_to_each(cell: CellContext) -> None:
    """Each of three peers gets the replies that are sent to its routing id, and no others.

    RFC 28/REQREP, "The ROUTER Socket Type": each peer has a unique id, and an outgoing message goes to the peer that
    its first frame names. A generated id is opaque: it must exist, stay the same while the connection lasts, and differ
    from those of the other peers.
    """
    router = cell.router.open(ROUTER)
    where = await cell.bind(router)
    names = {role: role.encode() for role in DEALERS}
    dealers = {
        role: cell.lane(role).open(DEALER, **({"ROUTING_ID": names[role]} if cell.value("ids") else {}))
        for role in DEALERS
    }
    for role, dealer in dealers.items():
        cell.connect(dealer, where)
        dealer.send((names[role], b"1"))
        dealer.send((names[role], b"2"))
    got = await cell.receive(router, 2 * len(DEALERS))
    ids: dict[str, bytes] = {}
    for role, name in names.items():
        mine = [message for message in got if message[1:2] == (name,)]
        expect.messages([message[1:] for message in mine], [(name, b"1"), (name, b"2")])
        ids[role] = _one_id(mine)
    expect.that(len(set(ids.values())) == len(DEALERS), Kind.MISROUTED, "an id for each peer", expect.show_all(got))
    if cell.value("ids"):
        expect.that(ids == names, Kind.MISROUTED, "the ids that the peers set", expect.show_all(got))
    for number in (b"1", b"2"):
        for role in reversed(DEALERS):
            router.send((ids[role], names[role], number))
    replies = {role: [dealer.receive(), dealer.receive()] for role, dealer in dealers.items()}
    for role, name in names.items():
        arrived = await cell.collect(replies[role])
        strangers = [message for message in arrived if message[:1] != (name,)]
        expect.that(not strangers, Kind.MISROUTED, f"only what was sent to the {role} peer", expect.show_all(strangers))
        expect.messages(arrived, [(name, b"1"), (name, b"2")])


def _one_id(messages: list[Message]) -> bytes:
    """Returns the routing id in front of every message. Raises Mismatch if it is empty or not always the same."""
    ids = {message[0] for message in messages}
    expect.that(len(ids) == 1 and ids != {b""}, Kind.MISROUTED, "one id that is not empty", expect.show_all(messages))
    (id,) = ids
    return id if isinstance(id, bytes) else id.value


@scenario(
    roles={"router": needs(ROUTER, options=("ROUTER_MANDATORY",)), "dealer": needs(DEALER)},
    binder="router",
    primary=(),
)
async def router_mandatory(cell: CellContext) -> None:
    """A ROUTER with ROUTER_MANDATORY refuses a message to an unknown id, and keeps serving the peers that it knows.

    zmq_setsockopt(3), "ZMQ_ROUTER_MANDATORY": EHOSTUNREACH if the message cannot be routed; RFC 28/REQREP, "The ROUTER
    Socket Type": "silently drop the message, or return an error, depending on configuration".
    """
    router = cell.router.open(ROUTER, ROUTER_MANDATORY=1)
    dealer = cell.dealer.open(DEALER)
    await cell.link(router, dealer)
    for _ in range(2):
        with expect.error("NATIVE", "EHOSTUNREACH"):
            await router.send((b"nobody", *MESSAGE))
        await _exchange(cell, router, dealer)


@scenario(roles={"router": needs(ROUTER), "dealer": needs(DEALER)}, binder="router", primary=())
async def router_drops(cell: CellContext) -> None:
    """A ROUTER silently drops a message to an unknown id, and keeps serving the peers that it knows.

    RFC 28/REQREP, "The ROUTER Socket Type": "silently drop the message, or return an error, depending on
    configuration"; zmq_setsockopt(3), "ZMQ_ROUTER_MANDATORY": dropping is the default.
    """
    router = cell.router.open(ROUTER)
    dealer = cell.dealer.open(DEALER)
    await cell.link(router, dealer)
    for _ in range(2):
        await router.send((b"nobody", *MESSAGE))
        await _exchange(cell, router, dealer)


@scenario(
    roles={
        "router": needs(ROUTER, options=("ROUTER_HANDOVER",)),
        "first": needs(DEALER, options=("ROUTING_ID", "RECONNECT_IVL")),
        "second": needs(DEALER, options=("ROUTING_ID",)),
    },
    binder="router",
    binders=("router",),
    primary=(),
)
async def router_handover(cell: CellContext) -> None:
    """With ROUTER_HANDOVER, a peer that connects with the routing id of another takes the id over.

    zmq_setsockopt(3), "ZMQ_ROUTER_HANDOVER": the ROUTER hands the id over to the new client and disconnects the
    previous one. Reconnection is off for the previous one ("ZMQ_RECONNECT_IVL", -1), or it would take the id back.
    """
    router = cell.router.open(ROUTER, ROUTER_HANDOVER=1)
    first = cell.first.open(DEALER, ROUTING_ID=ID, RECONNECT_IVL=-1)
    second = cell.second.open(DEALER, ROUTING_ID=ID)
    where = await cell.bind(router)
    for dealer in (first, second):
        cell.connect(dealer, where)
        await _exchange(cell, router, dealer, ID)


@scenario(
    roles={
        "router": needs(ROUTER),
        "first": needs(DEALER, options=("ROUTING_ID",)),
        "second": needs(DEALER, options=("ROUTING_ID",)),
    },
    binder="router",
    binders=("router",),
    primary=(),
    slow=True,
)
async def router_id_taken(cell: CellContext) -> None:
    """Without ROUTER_HANDOVER, a ROUTER rejects a peer that connects with the routing id of another.

    zmq_setsockopt(3), "ZMQ_ROUTER_HANDOVER": "if that is not set, the ROUTER socket shall reject clients trying to
    connect with an already-used routing id". It keeps serving the peer that has the id.
    """
    router = cell.router.open(ROUTER)
    first, second = (cell.lane(role).open(DEALER, ROUTING_ID=ID) for role in ("first", "second"))
    where = await cell.bind(router)
    cell.connect(first, where)
    await _exchange(cell, router, first, ID)
    cell.connect(second, where)
    second.send((b"from the second", *MESSAGE))
    await cell.silence(router, QUIET, "the routing id of the second peer is taken")
    await _exchange(cell, router, first, ID)
    await cell.silence(second, QUIET, "the reply is for the first peer")


@scenario(
    roles={"router": needs(ROUTER), "prober": needs(options=("PROBE_ROUTER", "ROUTING_ID"))},
    binder="router",
    axes=(
        Axis(
            name="probes",
            values={"dealer-probes": DEALER, "router-probes": ROUTER},
            needs={
                "dealer-probes": {"prober": Needs(sockets=(DEALER,))},
                "router-probes": {"prober": Needs(sockets=(ROUTER,))},
            },
        ),
    ),
    primary=(),
)
async def probe_router(cell: CellContext) -> None:
    """A socket with PROBE_ROUTER announces itself to a ROUTER by an empty message, and the ROUTER can then send to it.

    zmq_setsockopt(3), "ZMQ_PROBE_ROUTER": an empty message is sent when a new connection is made or accepted.
    """
    router = cell.router.open(ROUTER)
    prober = cell.prober.open(cell.value("probes"), PROBE_ROUTER=1, ROUTING_ID=ID)
    await cell.link(router, prober)
    # A bound socket accepts a connection, and then probes, only inside a call on its own thread.
    hearing = prober.receive()
    got = await cell.collect([router.receive()])
    for probe in got:
        router.send((*probe[:1], *MESSAGE))
    heard = await cell.collect([hearing])
    expect.messages(got, [(ID, b"")])
    expect.messages([message[1:] if prober.type == ROUTER else message for message in heard], [MESSAGE])


async def _exchange(cell: CellContext, router: Socket, dealer: Socket, id: bytes | None = None) -> None:
    """Sends a message from the dealer to the router, and a reply back. Raises Mismatch.

    id: the routing id that the router must see; None for any.
    """
    got = await cell.carry(dealer, router, [MESSAGE])
    expect.messages([message[1:] for message in got], [MESSAGE])
    under = _one_id(got)
    expect.that(id in (None, under), Kind.MISROUTED, f"the id {expect.show(ID)}", expect.show(under))
    router.send((under, *END))
    expect.messages(await cell.collect([dealer.receive()]), [END])


@scenario(roles={"requester": needs(REQ), "replier": needs(REP)}, binder="replier", primary=())
async def req_lockstep(cell: CellContext) -> None:
    """A REQ that is used out of turn answers EFSM, and still works afterwards.

    zmq_socket(3), "ZMQ_REQ", zmq_send(3) and zmq_recv(3), "ERRORS": EFSM for a receive before a send and for a second
    send before the reply; RFC 28/REQREP, "The REQ Socket Type": "send and then receive exactly one message at a time".
    """
    req = cell.requester.open(REQ)
    rep = cell.replier.open(REP)
    await cell.link(req, rep)
    for _ in range(2):
        with expect.error("NATIVE", "EFSM"):
            await req.receive(timeout=0)
        req.send(MESSAGE)
        with expect.error("NATIVE", "EFSM"):
            await req.send((b"out of turn",))
        expect.messages(await cell.collect([rep.receive()]), [MESSAGE])
        await cell.transfer(rep, req, [END])


@scenario(roles={"requester": needs(REQ), "replier": needs(REP)}, binder="replier", primary=())
async def rep_lockstep(cell: CellContext) -> None:
    """A REP that is used out of turn answers EFSM, and still works afterwards.

    zmq_socket(3), "ZMQ_REP", zmq_send(3) and zmq_recv(3), "ERRORS": EFSM for a send before a request and for a second
    receive before the reply; RFC 28/REQREP, "The REP Socket Type": "receive and then send exactly one message at a
    time".
    """
    req = cell.requester.open(REQ)
    rep = cell.replier.open(REP)
    await cell.link(req, rep)
    for _ in range(2):
        with expect.error("NATIVE", "EFSM"):
            await rep.send((b"out of turn",), timeout=0)
        await cell.transfer(req, rep, [MESSAGE])
        with expect.error("NATIVE", "EFSM"):
            await rep.receive(timeout=0)
        await cell.transfer(rep, req, [END])


@scenario(
    roles={"requester": needs(REQ, options=("REQ_RELAXED", "REQ_CORRELATE")), "router": needs(ROUTER)},
    binder="router",
    primary=(),
)
async def req_relaxed(cell: CellContext) -> None:
    """A relaxed REQ may send a new request before it has the reply to the last; it discards a late reply to an old one.

    zmq_setsockopt(3), "ZMQ_REQ_RELAXED" and "ZMQ_REQ_CORRELATE": requests carry an id, and the REQ discards replies
    that do not begin with the id of the last request.
    """
    req = cell.requester.open(REQ, REQ_RELAXED=1, REQ_CORRELATE=1)
    router = cell.router.open(ROUTER)
    await cell.link(req, router)
    late, second = [await _asked(cell, req, router, request) for request in ((b"first",), (b"second",))]
    router.send((*late, b"late"))
    router.send((*second, b"in time"))
    expect.messages(await cell.collect([req.receive()]), [(b"in time",)])
    third = await _asked(cell, req, router, MESSAGE)
    router.send((*second, b"late"))
    router.send((*third, *END))
    expect.messages(await cell.collect([req.receive()]), [END])


async def _asked(cell: CellContext, req: Socket, router: Socket, request: Message) -> Message:
    """Sends the request. Returns its envelope at the router: all frames up to the empty delimiter (RFC 28).

    Raises Mismatch if the envelope is not that of REQ_CORRELATE, or the request is altered.
    """
    await req.send(request)
    (got,) = await cell.collect([router.receive()]) or [()]
    border = len(got) - len(request)
    expect.messages([got[border:]], [request])
    expect.that(
        got[border - 1 : border] == (b"",) and border > 2,
        Kind.ALTERED,
        "a routing id, a request id and an empty frame before the request",
        expect.show_all([got]),
    )
    return got[:border]


@scenario(
    roles={"requester": needs(REQ, options=("REQ_CORRELATE",)), "replier": needs(REP)},
    binder="replier",
    primary=(),
)
async def req_correlate(cell: CellContext) -> None:
    """A REP returns the request id that a REQ prepends to its requests, and its application does not see the id.

    zmq_setsockopt(3), "ZMQ_REQ_CORRELATE": the REQ discards replies that do not begin with the id; RFC 28/REQREP, "The
    REP Socket Type": it keeps all frames up to the empty one and prepends them to the reply.
    """
    req = cell.requester.open(REQ, REQ_CORRELATE=1)
    rep = cell.replier.open(REP)
    await cell.link(req, rep)
    for request, reply in ((MESSAGE, END), ((b"", b"again"), (b"", b"again"))):
        await cell.transfer(req, rep, [request])
        await cell.transfer(rep, req, [reply])
