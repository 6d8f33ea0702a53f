"""Reconnection: a lost connection comes back without the application's help, on the same endpoint.

Not over inproc: zmq_inproc(7) describes no reconnection.
"""

from __future__ import annotations

import asyncio

from zmq_interop.agents.control.handles import Socket, in_time
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PULL, PUSH, REQ
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import exchanges, expect
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext, Endpoint
from zmq_interop.scenarios.kit.exchanges import PATTERNS, TURNED, LinkedPair
from zmq_interop.system.errors import Mismatch

MESSAGES: list[Message] = [(b"one", b"", b"two"), (b"end",)]
NEXT = 1_000_000  # first message number of the sender that replaces the killed one
HEAD = b"head"  # a first frame, so that a message could be cut between two frames
KNOCK = 0.5  # seconds for a PAIR to accept a peer
WAIT = 0.05  # seconds between two attempts
MORE = 100  # messages of the next sender

# A request to a peer that is gone is lost, and REQ waits for its reply forever (RFC 28, "The REQ Socket Type"). So it
# sends the next request only after its monitor has reported the new connection.
_PATTERNS = exchanges.axis(
    {**PATTERNS, **TURNED}, "survivor", "other", {"req-rep": Needs(operations=("monitor", "receive_event"))}
)


@scenario(
    roles={"survivor": needs(), "other": needs(operations=("close",), own=True)},
    binder="other",
    binders=("other", "survivor"),
    transports=WIRED,
    axes=(_PATTERNS,),
    primary=(),
)
async def peer_killed(cell: CellContext) -> None:
    """A socket whose peer is killed continues with the peer that replaces it, on the same endpoint.

    zmq_tcp(7), zmq_ipc(7) and zmq_connect(3): a lost connection is reestablished without the application;
    zmq_setsockopt(3), "ZMQ_RECONNECT_IVL". The new peer binds or connects as the killed one did. The kill comes between
    two exchanges, since no document promises delivery of messages in flight to a dead peer. (PAIR is included, although
    zmq_socket(3) advises against it over transports on which peers come and go.)
    """
    survivor, _, where = await _exchange(cell)
    await cell.kill("other")
    await _notice(cell, survivor)
    await cell.restart("other")
    await _go_on(cell, survivor, where)


@scenario(
    roles={"survivor": needs(), "other": needs(operations=("close",))},
    binder="other",
    binders=("other", "survivor"),
    transports=WIRED,
    axes=(_PATTERNS,),
    primary=(),
)
async def peer_closed(cell: CellContext) -> None:
    """A socket whose peer is closed continues with the peer that replaces it, on the same endpoint.

    As in peer_killed: zmq_connect(3), zmq_setsockopt(3), "ZMQ_RECONNECT_IVL"; zmq_close(3).
    """
    survivor, other, where = await _exchange(cell)
    await other.close()
    await _notice(cell, survivor)
    await _go_on(cell, survivor, where)


async def _exchange(cell: CellContext) -> tuple[Socket, Socket, Endpoint]:
    pattern: LinkedPair = cell.value("pattern")
    survivor = exchanges.open_socket(cell.survivor, pattern.one)
    if survivor.type == REQ:
        survivor.monitor()
    other = exchanges.open_socket(cell.other, pattern.other)
    where = await cell.link(survivor, other, cell.vacant(cell.cell.binder))
    await pattern.exchange(cell, survivor, other)
    return survivor, other, where


async def _notice(cell: CellContext, survivor: Socket) -> None:
    """Waits until the survivor has noticed the loss, if it would otherwise send to the lost peer or reject the next.

    A bound socket that sends to one peer at a time picks one that it knows, and does not send if it knows none (RFC 28,
    30, 31, "SHALL block on sending"). zmq_socket(3), "ZMQ_PAIR": connections are terminated as long as a previous one
    exists, be it in a closing state. Raises Mismatch if the survivor still sends when the cell's limit has passed.
    """
    if survivor.type == REQ:
        await cell.happens(survivor, "DISCONNECTED")
    elif survivor.type in (PUSH, DEALER, PAIR) and cell.cell.binder == "survivor":
        for _ in range(round(cell.limit / WAIT)):
            sent = await in_time(survivor.send((SYNC,), timeout=0))
            if survivor.type != PUSH:  # libzmq removes a connection only when it has read to its end, even if it no
                await cell.collect([survivor.receive(timeout=0)])  # longer sends there: so receive after the send
            if not sent:
                return
            await asyncio.sleep(WAIT)
        raise Mismatch(Kind.UNEXPECTED, f"a {survivor.type} whose peer is gone not to send", "it sends")


async def _go_on(cell: CellContext, survivor: Socket, where: Endpoint) -> None:
    """Opens the other side again, and exchanges messages with it. Raises Mismatch."""
    pattern: LinkedPair = cell.value("pattern")
    other = exchanges.open_socket(cell.other, pattern.other)
    await _come(cell, other, where)
    if survivor.type == REQ:
        await cell.happens(survivor, "HANDSHAKE_SUCCEEDED")
    elif survivor.type == PAIR and cell.cell.binder == "survivor":
        other = await _let_in(cell, survivor, other, where)
    await pattern.exchange(cell, survivor, other)


async def _let_in(cell: CellContext, survivor: Socket, other: Socket, where: Endpoint) -> Socket:
    """Reopens the connecting side until the PAIR accepts it. Returns the accepted socket.

    While a PAIR closes its last connection, it may reject the next one (zmq_socket(3), "ZMQ_PAIR", as in `_notice`).
    Only its own library knows when that is over. A message that the survivor could send is no proof: it may have gone
    to the socket before, which was given up too early. So it has to arrive. Raises Mismatch at the cell's limit.
    """
    for _ in range(round(cell.limit / (2 * KNOCK))):
        if await in_time(survivor.send((SYNC,), timeout=KNOCK)):
            arrived = await in_time(other.receive(timeout=KNOCK))
            if arrived:
                return other
        await other.close()
        other = cell.other.open(PAIR)
        cell.connect(other, where)
    raise Mismatch(Kind.LOST, "a PAIR to take the next peer once the last is gone", f"no peer for {cell.limit:g} s")


async def _come(cell: CellContext, socket: Socket, where: Endpoint) -> None:
    if cell.role(socket) == cell.cell.binder:
        await cell.bind(socket, where)
    else:
        cell.connect(socket, where)


@scenario(
    roles={"steady": needs(PUSH), "other": needs(PUSH, own=True), "receiver": needs(PULL)},
    binder="other",  # both senders bind
    binders=("other", "receiver"),
    transports=WIRED,
    primary=(),
)
async def one_of_two_killed(cell: CellContext) -> None:
    """With two endpoints, the loss of the peer at one does not affect the other, and the lost one can come back.

    zmq_socket(3), "ZMQ_PULL": it receives from all connected peers; zmq_setsockopt(3), "ZMQ_RECONNECT_IVL".
    """
    pull = cell.receiver.open(PULL)
    steady, other = cell.steady.open(PUSH), cell.other.open(PUSH)
    await cell.link(pull, steady)
    where = await cell.link(pull, other, cell.vacant(cell.cell.binder))
    for push in (steady, other):
        await cell.transfer(push, pull, MESSAGES)
    await cell.kill("other")
    await cell.transfer(steady, pull, MESSAGES)
    await cell.restart("other")
    other = cell.other.open(PUSH)
    await _come(cell, other, where)
    await cell.join(other, pull)
    for push in (other, steady):
        for message in MESSAGES:
            push.send(message)
        expect.messages(await cell.published(pull, len(MESSAGES)), MESSAGES)


@scenario(
    roles={
        "sender": needs(PUSH, operations=("send_burst",), own=True),
        "receiver": needs(PULL, operations=("receive_burst",)),
    },
    binder="receiver",
    transports=WIRED,
    axes=(Axis(name="size", values={"small": 32, "large": 20_000}),),
    primary=(),
)
async def sender_killed(cell: CellContext) -> None:
    """If a sender is killed while it sends, the start of its stream arrives, whole and in order, and nothing else.

    zmq_msg_send(3), "Multi-part messages": a message arrives with all its frames or not at all; RFC 23, "Framing". The
    receiver then continues with the next sender.
    """
    size = cell.value("size")
    pull = cell.receiver.open(PULL)
    push = cell.sender.open(PUSH)
    where = await cell.link(pull, push, cell.vacant(cell.cell.binder))
    push.send_burst(NEXT, size, cell.limit, head=(HEAD,))
    bursts = [await pull.receive_burst(100, cell.limit)]
    await cell.kill("sender")
    await cell.restart("sender")
    push = cell.sender.open(PUSH)
    await _come(cell, push, where)
    push.send_burst(MORE, size, cell.limit, first=NEXT, head=(HEAD,))
    waits = 0
    while NEXT + MORE - 1 not in bursts[-1].numbers and waits * WAIT < cell.limit:
        bursts.append(await pull.receive_burst(10_000, WAIT))
        waits += not bursts[-1].messages
    numbers = [number for burst in bursts for number in burst.numbers]
    old = [number for number in numbers if number < NEXT]
    expect.numbers(old, range(max(old, default=-1) + 1))
    expect.numbers([number for number in numbers if number >= NEXT], range(NEXT, NEXT + MORE))
    size_of_all = sum(burst.bytes for burst in bursts)
    expect.that(
        size_of_all == len(numbers) * (size + len(HEAD)),
        Kind.ALTERED,
        f"{len(numbers)} messages of {size + len(HEAD)} bytes",
        f"{size_of_all} bytes",
    )
