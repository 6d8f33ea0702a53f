"""Flow: how a socket behaves when its queue is full, and when there is nothing to receive.

No document says how many messages can be in flight: network buffers add to both high-water marks, and libzmq may accept
up to 90 % fewer than the mark (zmq_setsockopt(3), "ZMQ_SNDHWM"). So the scenarios check counts only against bounds, and
require that no message is lost, duplicated or reordered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zmq_interop.agents.control.handles import Call, Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB, XSUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, patterns
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.patterns import SocketPair
from zmq_interop.system.errors import OperationFailed

MARK = 20  # high-water mark of both sides
FEW = 2  # messages that a queue accepts at least: a tenth of the mark
SIZE = 65_536  # large, so that the network's buffers hold few messages
BUFFER = 65_536
MORE_THAN_FITS = 600  # messages: several times what both marks and all buffers hold
PATIENCE = 0.05  # seconds
IN_A_ROW = 50  # operations that must answer at once: a wait in each of them adds up to a timeout
MESSAGE = (b"one", b"\x00two\xff", b"three")
SUBSCRIPTION = (b"\x01one",)
BURSTS = {
    "sender": needs(options=("SNDHWM",), operations=("send_burst",)),
    "receiver": needs(options=("RCVHWM", "RCVBUF"), operations=("receive_burst",)),
}


def numbered(number: int) -> bytes:
    """A frame with the content that SendBurst writes."""
    return number.to_bytes(8, "big") + bytes(SIZE - 8)


async def takes(sender: Socket, message: Message, timeout: float) -> bool:
    """Whether the socket accepts the message within `timeout` seconds; False if it answers AGAIN."""
    return await outcomes([sender.send(message, timeout)]) != {"AGAIN"}


async def waits(sender: Socket, number: int, head: tuple[bytes, ...] = ()) -> bool:
    """Whether the socket accepts the numbered message within PATIENCE.

    Raises Mismatch if it gives up earlier, by the agent's clock.
    """
    burst = await sender.send_burst(1, SIZE, PATIENCE, first=number, head=head)
    expect.that(
        burst.messages == 1 or burst.seconds > 0.9 * PATIENCE,
        Kind.UNEXPECTED,
        f"the socket to wait for room for {PATIENCE:g} s",
        f"the end after {burst.seconds:g} s",
    )
    return burst.messages == 1


async def outcomes(calls: Sequence[Call[Any]]) -> set[str]:
    """Returns the outcomes: "done" for operations that succeeded, "AGAIN" for those that would block.

    Each operation goes in a Program of its own, so that an AGAIN does not end the Program of the next one. Raises
    OperationFailed for any other error.
    """
    for call in calls:
        call.hurry()
    found: set[str] = set()
    other: OperationFailed | None = None
    for call in calls:  # await all of them, so that no failure goes unseen
        try:
            await call
            found.add("done")
        except OperationFailed as error:
            other = other or (error if error.code != "AGAIN" else None)
            found.add(error.code)
    if other is not None:
        raise other
    return found


async def fill(sender: Socket, head: tuple[bytes, ...] = ()) -> int:
    """Sends numbered messages until the socket accepts no more, neither at once nor within PATIENCE.

    Returns how many it accepted. Raises Mismatch for fewer than FEW, or for MORE_THAN_FITS.
    """
    taken = (await sender.send_burst(MORE_THAN_FITS, SIZE, 0, head=head)).messages
    more = taken
    while more and taken < MORE_THAN_FITS:  # messages that have since left for the other side may have made room
        more = (await sender.send_burst(MORE_THAN_FITS - taken, SIZE, PATIENCE, first=taken, head=head)).messages
        taken += more
    for timeout in (0, PATIENCE):
        while taken < MORE_THAN_FITS and await takes(sender, (*head, numbered(taken)), timeout):
            taken += 1
    while taken < MORE_THAN_FITS and await waits(sender, taken, head):
        taken += 1
    expect.that(
        FEW <= taken < MORE_THAN_FITS,
        Kind.UNEXPECTED,
        f"AGAIN after {FEW} to {MORE_THAN_FITS - 1} messages, with a high-water mark of {MARK}",
        f"{taken} messages taken",
    )
    return taken


async def drain(cell: CellContext, sender: Socket, receiver: Socket, taken: int, head: tuple[bytes, ...] = ()) -> None:
    """Receives the messages that `fill` sent, and one more that waits for room. Raises Mismatch if any is wrong."""
    sending = sender.send((*head, numbered(taken)))
    burst = await receiver.receive_burst(taken + 1, cell.limit)
    expect.numbers(burst.numbers, range(taken + 1))
    await sending


@scenario(
    roles=BURSTS,
    binder="receiver",
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL),
            dealer_dealer=SocketPair(DEALER, DEALER),
            dealer_router=SocketPair(DEALER, ROUTER),
            pair=SocketPair(PAIR, PAIR),
        ),
    ),
    primary=(),
)
async def hwm_block(cell: CellContext) -> None:
    """A sender whose peer does not read accepts some messages, then answers AGAIN, at once or after its timeout.

    RFC 30/PIPELINE, RFC 28/REQREP ("The DEALER Socket Type") and RFC 31/EXPAIR: with its queue full, a socket "SHALL
    block on sending, or return a suitable error", and "SHALL NOT discard messages that it cannot queue".
    It loses no message. zmq_setsockopt(3), "ZMQ_SNDHWM", "ZMQ_RCVHWM", "ZMQ_SNDTIMEO".
    """
    receiver = patterns.open_receiver(cell, RCVHWM=MARK, RCVBUF=BUFFER)
    sender = patterns.open_sender(cell, SNDHWM=MARK)
    await cell.link(receiver, sender)
    await patterns.meet(cell, sender, receiver)
    await drain(cell, sender, receiver, await fill(sender))


@scenario(
    roles=BURSTS,
    binder="receiver",
    axes=(
        patterns.axis(
            router_mandatory=SocketPair(ROUTER, DEALER, "ROUTER_MANDATORY"),
            xpub_nodrop=SocketPair(XPUB, SUB, "XPUB_NODROP"),
        ),
    ),
    primary=(),
)
async def hwm_again(cell: CellContext) -> None:
    """ROUTER and XPUB drop messages when a queue is full. With an option set, they answer AGAIN instead, and lose none.

    zmq_setsockopt(3), "ZMQ_ROUTER_MANDATORY" and "ZMQ_XPUB_NODROP": EAGAIN when the high-water mark is reached.
    """
    receiver = patterns.open_receiver(cell, RCVHWM=MARK, RCVBUF=BUFFER)
    sender = patterns.open_sender(cell, SNDHWM=MARK)
    await cell.link(receiver, sender)
    head = await patterns.meet(cell, sender, receiver)
    await drain(cell, sender, receiver, await fill(sender, head), head)


@scenario(
    roles=BURSTS,
    binder="receiver",
    axes=(
        patterns.axis(
            pub_sub=SocketPair(PUB, SUB),
            xpub_xsub=SocketPair(XPUB, XSUB),
            router_dealer=SocketPair(ROUTER, DEALER),
        ),
    ),
    primary=(),
)
async def hwm_drop(cell: CellContext) -> None:
    """PUB, XPUB and ROUTER never wait for a peer that does not read: it misses messages, and gets later ones again.

    RFC 29/PUBSUB, "The PUB Socket Type", and RFC 28/REQREP, "The ROUTER Socket Type": "SHALL silently drop the message"
    when the peer's queue is full, and "SHALL NOT block on sending". The messages that arrive are in order, without
    duplicates, and begin with the first ones sent, for which there was room.
    """
    receiver = patterns.open_receiver(cell, RCVHWM=MARK, RCVBUF=BUFFER)
    sender = patterns.open_sender(cell, SNDHWM=MARK)
    await cell.link(receiver, sender)
    head = await patterns.meet(cell, sender, receiver)
    sent = (await sender.send_burst(MORE_THAN_FITS, SIZE, 0, head=head)).messages
    expect.that(sent == MORE_THAN_FITS, Kind.UNEXPECTED, "no AGAIN from a socket that drops", f"one after {sent}")
    got: list[int] = []
    wait = waited = 0.01
    while not got or got[-1] < MORE_THAN_FITS:  # until one arrives that was sent after the others had been read
        if waited > cell.limit:
            raise expect.lost("messages that are sent when there is room again", f"number {got[-1:]} was the last")
        sender.send_burst(1, SIZE, 0, first=sent, head=head)
        sent += 1
        got += (await receiver.receive_burst(sent, wait)).numbers
        waited += wait
        wait = min(wait * 2, 0.25)
    expect.numbers(got, sorted(set(got)))
    expect.that(got[:FEW] == list(range(FEW)), Kind.LOST, f"the first {FEW} messages", f"{got[:FEW]}")
    expect.that(len(got) < MORE_THAN_FITS, Kind.UNEXPECTED, "messages to be dropped", "none was")


@scenario(
    roles={
        "sender": needs(options=("SNDHWM",), operations=("send_burst",)),
        "receiver": needs(operations=("receive_burst",)),
    },
    binder="receiver",
    binders=("receiver",),
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL), dealer_dealer=SocketPair(DEALER, DEALER), pair=SocketPair(PAIR, PAIR)
        ),
    ),
    primary=(),
)
async def hwm_alone(cell: CellContext) -> None:
    """A sender whose peer does not exist yet accepts some messages, then answers AGAIN, at once or after its timeout.

    RFC 30/PIPELINE, RFC 28/REQREP ("The DEALER Socket Type") and RFC 31/EXPAIR: it "SHALL maintain the queue whether or
    not the connection is established", and "SHALL NOT discard messages that it cannot queue". It loses no message.
    """
    sender = patterns.open_sender(cell, SNDHWM=MARK)
    endpoint = cell.vacant("receiver")
    await cell.connect(sender, endpoint)
    taken = await fill(sender)
    receiver = patterns.open_receiver(cell)
    await cell.bind(receiver, endpoint)
    await drain(cell, sender, receiver, taken)


PARTNERS = {  # type -> a type that can send to it
    PULL: PUSH,
    SUB: XPUB,
    XSUB: XPUB,
    XPUB: XSUB,
    PAIR: PAIR,
    REQ: REP,
    REP: REQ,
    DEALER: DEALER,
    ROUTER: DEALER,
}
FIRST: dict[str, Message] = {REQ: (b"question",), XSUB: SUBSCRIPTION}  # type -> what it must send before it can receive


@scenario(
    roles={"waiter": needs(), "other": needs()},
    binder="waiter",
    axes=(
        Axis(
            name="type",
            values={type.lower(): type for type in PARTNERS},
            needs={
                type.lower(): {
                    "waiter": Needs(sockets=(type,), options=("SUBSCRIBE",) if type == SUB else ()),
                    "other": Needs(sockets=(partner,)),
                }
                for type, partner in PARTNERS.items()
            },
        ),
    ),
    primary=(),
)
async def dontwait_receive(cell: CellContext) -> None:
    """A receive that may not wait answers AGAIN at once if no message is there, and a later message arrives whole.

    zmq_msg_recv(3), "ZMQ_DONTWAIT": EAGAIN when no message is there. Fifty in a row must all answer within the time
    limit of one answer.
    """
    type: str = cell.value("type")
    waiter = cell.waiter.open(type, **({"SUBSCRIBE": b""} if type == SUB else {}))
    other = cell.other.open(PARTNERS[type])
    await cell.link(waiter, other)
    if type in FIRST:
        waiter.send(FIRST[type])
    answers = await outcomes([waiter.receive(timeout=0) for _ in range(IN_A_ROW)])
    expect.that(answers == {"AGAIN"}, Kind.UNEXPECTED, "AGAIN, since nothing was sent", f"{answers}")
    arriving = waiter.receive()
    if type in (REQ, SUB, XSUB):
        await other.receive()  # the question, or the subscription
    if type == XPUB:
        other.send(SUBSCRIPTION)
        back = other.receive()  # a bound XSUB sends its subscriptions only inside a call on its own thread
        expect.messages(await cell.collect([arriving]), [SUBSCRIPTION])
        waiter.send(MESSAGE)
        arriving = back
    else:
        other.send(MESSAGE)
    got = await cell.collect([arriving])
    expect.messages([one[1:] for one in got] if type == ROUTER else got, [MESSAGE])


@scenario(
    roles={"sender": needs(), "receiver": needs()},
    binder="sender",
    binders=("sender",),
    axes=(
        patterns.axis(
            push_pull=SocketPair(PUSH, PULL),
            dealer_dealer=SocketPair(DEALER, DEALER),
            pair=SocketPair(PAIR, PAIR),
            req_rep=SocketPair(REQ, REP),
        ),
    ),
    primary=(),
)
async def dontwait_send(cell: CellContext) -> None:
    """A send that may not wait answers AGAIN at once if no peer is connected, and succeeds once one is.

    zmq_msg_send(3), "ZMQ_DONTWAIT"; RFC 30/PIPELINE, RFC 28/REQREP and RFC 31/EXPAIR: with no peer available, a socket
    "SHALL block on sending, or return a suitable error". Fifty in a row must all answer within the time limit of one
    answer.
    """
    sender = patterns.open_sender(cell)
    endpoint = await cell.bind(sender)
    answers = await outcomes([sender.send(MESSAGE, timeout=0) for _ in range(IN_A_ROW)])
    expect.that(answers == {"AGAIN"}, Kind.UNEXPECTED, "AGAIN, since nobody is there", f"{answers}")
    receiver = patterns.open_receiver(cell)
    cell.connect(receiver, endpoint)
    await cell.transfer(sender, receiver, [MESSAGE])


@scenario(
    roles={"sender": needs(), "receiver": needs()},
    binder="sender",
    binders=("sender",),
    axes=(
        patterns.axis(
            pub_sub=SocketPair(PUB, SUB),
            xpub_xsub=SocketPair(XPUB, XSUB),
            router_dealer=SocketPair(ROUTER, DEALER),
        ),
    ),
    primary=(),
)
async def dontwait_dropped(cell: CellContext) -> None:
    """A send that may not wait never answers AGAIN on a socket that drops messages: without a peer, it succeeds.

    RFC 29/PUBSUB and RFC 28/REQREP, "The ROUTER Socket Type": PUB, XPUB and ROUTER "SHALL NOT block on sending".
    Dropped messages do not arrive later, either: the first to arrive is one sent after the peer connected.
    """
    sender = patterns.open_sender(cell)
    endpoint = await cell.bind(sender)
    answers = await outcomes([sender.send((b"nobody", *MESSAGE), timeout=0) for _ in range(IN_A_ROW)])
    expect.that(answers == {"done"}, Kind.UNEXPECTED, "messages to be taken, and dropped", f"{answers}")
    receiver = patterns.open_receiver(cell)
    cell.connect(receiver, endpoint)
    head = await patterns.meet(cell, sender, receiver)
    sender.send((*head, *MESSAGE))
    expect.messages(await cell.collect([receiver.receive()]), [MESSAGE])


@scenario(roles={"requester": needs(REQ), "replier": needs(REP)}, binder="replier", primary=())
async def dontwait_out_of_turn(cell: CellContext) -> None:
    """Out of turn, REQ and REP answer EFSM and not AGAIN, even if they may not wait, and still work afterwards.

    zmq_msg_send(3) and zmq_msg_recv(3), "EFSM": the operation cannot be performed due to the socket not being in the
    appropriate state. RFC 28/REQREP: REQ sends and then receives, REP receives and then sends.
    """
    rep = cell.replier.open(REP)
    req = cell.requester.open(REQ)
    await cell.link(rep, req)
    with expect.error("NATIVE", "EFSM"):
        await req.receive(timeout=0)
    with expect.error("NATIVE", "EFSM"):
        await rep.send(MESSAGE, timeout=0)
    await cell.transfer(req, rep, [MESSAGE])
    await cell.transfer(rep, req, [MESSAGE])
