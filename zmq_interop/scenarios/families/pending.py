"""Pending: messages that a socket has accepted but not delivered, because the other side is slow or absent."""

from __future__ import annotations

from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PULL, PUSH, REP, REQ, ROUTER
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.families.flow import BUFFER, MARK, PATIENCE, SIZE, takes, waits
from zmq_interop.scenarios.kit import expect, patterns
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.patterns import SocketPair

WAITING = 100
LATER = 5
MESSAGE = (b"one", b"\x00two\xff", b"three")
ENDS: dict[str, object] = {"for-ever": -1, "a-minute": 60_000}


@scenario(
    roles={
        "sender": needs(options=("LINGER",), operations=("send_burst", "close")),
        "receiver": needs(options=("RCVHWM", "RCVBUF"), operations=("receive_burst",)),
    },
    binder="receiver",
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL), dealer_router=SocketPair(DEALER, ROUTER), pair=SocketPair(PAIR, PAIR)
        ),
        Axis(name="linger", values=ENDS),
    ),
    primary=(),
)
async def linger(cell: CellContext) -> None:
    """Messages that a socket accepted just before it was closed all arrive, in order, if it may linger.

    zmq_setsockopt(3), "ZMQ_LINGER": with -1 or a positive value, pending messages shall not be discarded after a call
    to zmq_close().
    """
    receiver = patterns.open_receiver(cell, RCVHWM=MARK, RCVBUF=BUFFER)  # so that most messages wait at the sender
    sender = patterns.open_sender(cell, LINGER=cell.value("linger"))
    await cell.link(receiver, sender)
    await patterns.meet(cell, sender, receiver)
    sent = await sender.send_burst(WAITING, SIZE, cell.limit)
    await sender.close()
    expect.numbers((await receiver.receive_burst(sent.messages, cell.limit)).numbers, range(WAITING))


@scenario(
    roles={
        "sender": needs(options=("LINGER",), operations=("send_burst", "close")),
        "receiver": needs(operations=("receive_burst",)),
    },
    binder="receiver",
    binders=("receiver",),
    transports=WIRED,
    axes=(patterns.axis(push_pull=SocketPair(PUSH, PULL), dealer_router=SocketPair(DEALER, ROUTER)),),
    primary=(),
    slow=True,
)
async def linger_zero(cell: CellContext) -> None:
    """A socket that may not linger closes at once, even with undelivered messages, and does not affect the next socket.

    zmq_setsockopt(3), "ZMQ_LINGER": with 0, pending messages shall be discarded after a call to zmq_close(). That call
    returns before it takes effect, so some messages may still arrive: the first ones, in order. Over inproc no message
    is pending: it is in the other socket's queue from the start.
    """
    first = patterns.open_sender(cell, LINGER=0)
    endpoint = cell.vacant("receiver")
    await cell.connect(first, endpoint)
    first.send_burst(WAITING, SIZE, cell.limit)
    await first.close()
    receiver = patterns.open_receiver(cell)
    await cell.bind(receiver, endpoint)
    second = patterns.open_sender(cell, LINGER=0)
    cell.connect(second, endpoint)
    second.send_burst(LATER, SIZE, cell.limit, first=WAITING)
    got: list[int] = []
    while sum(number >= WAITING for number in got) < LATER:
        fresh = (await receiver.receive_burst(LATER, cell.limit)).numbers
        if not fresh:
            raise expect.lost(f"{LATER} messages of the second socket", f"{got}")
        got += fresh
    old = [number for number in got if number < WAITING]
    expect.numbers(old, range(len(old)))
    expect.numbers([number for number in got if number >= WAITING], range(WAITING, WAITING + LATER))


@scenario(
    roles={"sender": needs(operations=("send_burst",)), "receiver": needs(operations=("receive_burst",))},
    binder="receiver",
    binders=("receiver",),
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL), dealer_router=SocketPair(DEALER, ROUTER), pair=SocketPair(PAIR, PAIR)
        ),
    ),
    primary=(),
    slow=True,
)
async def queue_before_connect(cell: CellContext) -> None:
    """Messages sent to a peer that does not exist yet all arrive, in order, once it does.

    RFC 30/PIPELINE, RFC 28/REQREP ("The DEALER Socket Type") and RFC 31/EXPAIR: a queue is created "when initiating an
    outgoing connection to a peer", and maintained "whether or not the connection is established"; zmq_connect(3): it
    succeeds before the other side is bound.
    """
    sender = patterns.open_sender(cell)
    endpoint = cell.vacant("receiver")
    await cell.connect(sender, endpoint)
    sent = (await sender.send_burst(WAITING, SIZE, cell.limit)).messages
    expect.that(sent == WAITING, Kind.REFUSED, f"{WAITING} messages to be taken", f"{sent}")
    receiver = patterns.open_receiver(cell)
    await cell.bind(receiver, endpoint)
    expect.numbers((await receiver.receive_burst(WAITING, cell.limit)).numbers, range(WAITING))


@scenario(
    roles={"sender": needs(options=("IMMEDIATE",), operations=("send_burst",)), "receiver": needs()},
    binder="receiver",
    binders=("receiver",),
    transports=WIRED,
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL),
            dealer_dealer=SocketPair(DEALER, DEALER),
            pair=SocketPair(PAIR, PAIR),
            req_rep=SocketPair(REQ, REP),
        ),
    ),
    primary=(),
    slow=True,
)
async def immediate(cell: CellContext) -> None:
    """A socket that queues only to completed connections answers AGAIN until there is one.

    zmq_setsockopt(3), "ZMQ_IMMEDIATE": messages are queued only to completed connections, and the socket blocks if
    there is none; only for connection-oriented transports, so not over inproc.
    """
    sender = patterns.open_sender(cell, IMMEDIATE=1)
    endpoint = cell.vacant("receiver")
    await cell.connect(sender, endpoint)
    taken = (
        await takes(sender, MESSAGE, timeout=0)
        or await takes(sender, MESSAGE, timeout=PATIENCE)
        or await waits(sender, number=0)
    )
    expect.that(not taken, Kind.UNEXPECTED, "AGAIN, since there is no connection", "the message was taken")
    sender.send(MESSAGE)
    receiver = patterns.open_receiver(cell)
    await cell.bind(receiver, endpoint)
    expect.messages(await cell.collect([receiver.receive()]), [MESSAGE])
