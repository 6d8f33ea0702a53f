"""Lanes: bursts of many messages, threads that share one context, and inproc, which works only within a context.

A burst is a loop inside the agent. Its messages are numbered, so the numbers show which were lost, duplicated or
reordered, whatever frames the socket type prepends.
"""

from __future__ import annotations

from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB, XSUB
from zmq_interop.scenarios.kit import expect, patterns
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.patterns import SocketPair

MANY = 10_000
SIZE = 32
LANES = 4
EACH = 500  # messages of one lane
APART = 1_000_000  # distance between the first numbers of two lanes
MESSAGE = (b"one", b"\x00two\xff", b"three")
END = (b"end",)


@scenario(
    roles={
        "sender": needs(options=("SNDHWM",), operations=("send_burst",)),
        "receiver": needs(options=("RCVHWM",), operations=("receive_burst",)),
    },
    binder="receiver",
    axes=(
        patterns.axis(
            default="push-pull",
            push_pull=SocketPair(PUSH, PULL),
            dealer_router=SocketPair(DEALER, ROUTER),
            router_dealer=SocketPair(ROUTER, DEALER),
            pair=SocketPair(PAIR, PAIR),
            pub_sub=SocketPair(PUB, SUB),
            xpub_xsub=SocketPair(XPUB, XSUB),
        ),
    ),
    primary=(),
)
async def many_messages(cell: CellContext) -> None:
    """10,000 messages sent in one burst arrive, each once, in order.

    zmq_setsockopt(3), "ZMQ_SNDHWM" and "ZMQ_RCVHWM": zero means no limit, so even PUB and ROUTER have no reason to drop
    any. RFC 30/PIPELINE, RFC 28/REQREP and RFC 31/EXPAIR: "SHALL NOT discard messages".
    """
    receiver = patterns.open_receiver(cell, RCVHWM=0)
    sender = patterns.open_sender(cell, SNDHWM=0)
    await cell.link(receiver, sender)
    head = await patterns.meet(cell, sender, receiver)
    sender.send_burst(MANY, SIZE, cell.limit, head=head)
    burst = await receiver.receive_burst(MANY, cell.limit)
    expect.numbers(burst.numbers, range(MANY))


@scenario(
    roles={
        "pusher": needs(PUSH, operations=("send_burst",), lanes=LANES),
        "puller": needs(PULL, operations=("receive_burst",)),
    },
    binder="puller",
    binders=("puller",),
    primary=(),
)
async def lanes(cell: CellContext) -> None:
    """Four threads, each with a socket, share one context. They send concurrently, and every message reaches one PULL.

    zmq(7), "Thread safety": a context is thread safe and may be shared among as many threads as necessary; sockets are
    not, zmq_socket(3), so each stays on the thread that opened it. RFC 30/PIPELINE: PUSH discards nothing.
    """
    pull = cell.puller.open(PULL)
    endpoint = await cell.bind(pull)
    for number in range(LANES):
        push = cell.lane("pusher", number).open(PUSH)
        cell.connect(push, endpoint)
        push.send_burst(EACH, SIZE, cell.limit, first=number * APART)
    got = (await pull.receive_burst(LANES * EACH, cell.limit)).numbers
    for number in range(LANES):
        first = number * APART
        expect.numbers([one for one in got if one // APART == number], range(first, first + EACH))


@scenario(
    roles={"worker": needs(PUSH, PULL, lanes=LANES)},
    binder="worker",
)
async def lane_ring(cell: CellContext) -> None:
    """A message passes through a PULL and a PUSH on each of four threads in turn, and comes back unchanged.

    zmq(7), "Thread safety", and zmq_socket(3): threads that share a context run concurrently, each with its own
    sockets, whichever transport connects them.
    """
    pulls = [cell.lane("worker", number).open(PULL) for number in range(LANES)]
    pushes = [cell.lane("worker", number).open(PUSH) for number in range(LANES)]
    for number, pull in enumerate(pulls):
        cell.connect(pushes[number - 1], await cell.bind(pull))
    going: list[Message] = [MESSAGE, END]
    for number in (*range(1, LANES), 0):
        going = await cell.carry(pushes[number - 1], pulls[number], going)
    expect.messages(going, [MESSAGE, END])


ORDERS: dict[str, object] = {"bind-first": True, "connect-first": False}


@scenario(
    roles={"sender": needs(), "receiver": needs()},
    binder="receiver",
    transports=("inproc",),
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL),
            req_rep=SocketPair(REQ, REP),
            dealer_router=SocketPair(DEALER, ROUTER),
            router_dealer=SocketPair(ROUTER, DEALER),
            pair=SocketPair(PAIR, PAIR),
            pub_sub=SocketPair(PUB, SUB),
            xpub_xsub=SocketPair(XPUB, XSUB),
        ),
        Axis(name="order", values=ORDERS),
    ),
    primary=("pattern", "order"),
)
async def inproc_order(cell: CellContext) -> None:
    """Two threads exchange messages over inproc, whichever of bind and connect comes first.

    zmq_inproc(7), "Connecting a socket": since version 4.0 the order of zmq_bind() and zmq_connect() does not matter.
    """
    receiver = patterns.open_receiver(cell)
    sender = patterns.open_sender(cell)
    binder, connector = (receiver, sender) if cell.cell.binder == "receiver" else (sender, receiver)
    endpoint = cell.vacant(cell.cell.binder)
    if cell.value("order"):
        await cell.bind(binder, endpoint)
        await cell.connect(connector, endpoint)
    else:
        await cell.connect(connector, endpoint)
        await cell.bind(binder, endpoint)
    head = await patterns.meet(cell, sender, receiver)
    if sender.type == REQ:  # the request that `meet` sent needs its reply first
        await cell.transfer(receiver, sender, [MESSAGE])
        await cell.transfer(sender, receiver, [END])
        return
    for message in (MESSAGE, END):
        sender.send((*head, *message))
    got = await cell.receive(receiver, 2)
    expect.messages([one[1:] for one in got] if receiver.type == ROUTER else got, [MESSAGE, END])
