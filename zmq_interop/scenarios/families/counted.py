"""Counted streams: single sends of numbered messages, each checked, so that a rare fault shows; and across a reconnect.

Bursts count too (`many_messages`), but in a loop inside the agent: here every message is a send and a receive.
"""

from __future__ import annotations

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB
from zmq_interop.scenarios.kit import expect, patterns
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.patterns import SocketPair

COUNT = 210  # more than twice a hundred, and below the high-water mark of 1,000
TURNS = 105  # of REQ and REP, which wait for each other


def _numbered(number: int) -> Message:
    """A message that says its number twice, with frames of a size that depends on it."""
    return (b"%d" % number, bytes([number % 251]) * (1 + number % 40), b"end of %d" % number)


@scenario(
    roles={"sender": needs(), "receiver": needs()},
    binder="receiver",
    binders=("receiver",),
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL),
            dealer_router=SocketPair(DEALER, ROUTER),
            router_dealer=SocketPair(ROUTER, DEALER),
            pair=SocketPair(PAIR, PAIR),
            dealer_rep=SocketPair(DEALER, REP),
            req_rep=SocketPair(REQ, REP),
        ),
    ),
    primary=(),
)
async def counted_stream(cell: CellContext) -> None:
    """Of 210 messages that were sent one by one, each arrives once, in order, with the frames that it was sent with.

    zmq_msg_send(3) and zmq_msg_recv(3); no queue is full, so no pattern may drop one (zmq_setsockopt(3), "ZMQ_SNDHWM").
    REQ and REP take 105 turns, which are as many requests and as many replies.
    """
    receiver, sender = patterns.open_receiver(cell), patterns.open_sender(cell)
    await cell.link(receiver, sender)
    if receiver.type == REP:
        await _turns(cell, sender, receiver)
        return
    head = await patterns.meet(cell, sender, receiver)
    await _counted(cell, sender, receiver, [_numbered(number) for number in range(COUNT)], head)


@scenario(
    roles={"sender": needs(), "receiver": needs()},
    binder="sender",
    binders=("sender",),
    transports=WIRED,
    axes=(patterns.axis(pub_sub=SocketPair(PUB, SUB), xpub_sub=SocketPair(XPUB, SUB)),),
    primary=(),
)
async def counted_publication(cell: CellContext) -> None:
    """Of 210 messages that were published one by one, each reaches the subscriber once, in order, and whole.

    RFC 29/PUBSUB, "The PUB Socket Type"; no queue is full, so a publisher has no reason to drop one
    (zmq_setsockopt(3), "ZMQ_SNDHWM").
    """
    receiver, sender = patterns.open_receiver(cell), patterns.open_sender(cell)
    await cell.link(receiver, sender)
    await patterns.meet(cell, sender, receiver)
    await _counted(cell, sender, receiver, [_numbered(number) for number in range(COUNT)])


async def _turns(cell: CellContext, sender: Socket, rep: Socket) -> None:
    """Requests and replies in turn. A DEALER writes the delimiter of a REQ itself (RFC 28/REQREP)."""
    head: Message = () if sender.type == REQ else (b"",)
    wanted = [_numbered(number) for number in range(TURNS)]
    for message in wanted:
        sender.send((*head, *message))
        expect.messages(await cell.receive(rep, 1), [message])
        rep.send(message[::-1])
        expect.messages(await cell.receive(sender, 1), [(*head, *message[::-1])])


@scenario(
    roles={
        "sender": needs(operations=("monitor", "receive_event")),
        "receiver": needs(operations=("close", "monitor", "receive_event")),
    },
    binder="receiver",
    binders=("receiver",),
    transports=WIRED,
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL),
            dealer_router=SocketPair(DEALER, ROUTER),
            dealer_dealer=SocketPair(DEALER, DEALER),
            pair=SocketPair(PAIR, PAIR),
        ),
    ),
    primary=(),
)
async def counted_reconnect(cell: CellContext) -> None:
    """After a receiver has gone and come back, the first message reaches it, and all others once and in order.

    RFC 30/PIPELINE, RFC 28/REQREP and RFC 31/EXPAIR: the sender keeps the queue of a peer to which it connects, whether
    or not there is a connection, and discards nothing. The messages are sent once the monitor of the new receiver has
    said that the handshake is done: the sender has one connection, and it is this one, so none can be lost on the way.
    """
    receiver, sender = patterns.open_receiver(cell), patterns.open_sender(cell)
    await sender.monitor()
    where = await cell.link(receiver, sender, cell.vacant("receiver"))
    await _counted(cell, sender, receiver, [_numbered(number) for number in range(3)])
    await receiver.close()
    await cell.happens(sender, "DISCONNECTED")
    receiver = patterns.open_receiver(cell)
    await receiver.monitor()
    await cell.bind(receiver, where)
    await cell.happens(receiver, "HANDSHAKE_SUCCEEDED")
    await _counted(cell, sender, receiver, [_numbered(number) for number in range(3, 9)])


async def _counted(
    cell: CellContext, sender: Socket, receiver: Socket, wanted: list[Message], head: Message = ()
) -> None:
    for message in wanted:
        sender.send((*head, *message))
    got = await cell.receive(receiver, len(wanted))
    expect.messages([one[1:] for one in got] if receiver.type == ROUTER else got, wanted)
