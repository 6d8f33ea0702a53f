"""Reconnection: what was cut off comes back by itself, on the same endpoint.

Not over inproc: zmq_inproc(7) knows no peer that goes and comes back by itself.
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
NEXT = 1_000_000  # number of the first message of the sender that comes after the one that was killed
HEAD = b"head"  # a first frame, so that a message could be cut between two
KNOCK = 0.5  # seconds for a PAIR to take a peer
WAIT = 0.05  # seconds between two looks
MORE = 100  # messages of the next sender

# A request that goes to a peer that is gone is lost, and REQ waits for its reply for ever (RFC 28, "The REQ Socket
# Type"): it may ask again only when it knows that it is connected anew.
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
    """A socket whose peer is killed goes on with the one that comes in its place, on the same endpoint.

    zmq_tcp(7), zmq_ipc(7) and zmq_connect(3): a connection that is lost is made anew without the application;
    zmq_setsockopt(3), "ZMQ_RECONNECT_IVL". The one that was bound is bound again, the one that was connected connects
    again. Killed between two exchanges: what was under way to the dead is nobody's promise. (PAIR is asked too, though
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
    """A socket whose peer is closed goes on with the one that is opened in its place, on the same endpoint.

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
    """Lets a survivor see that its peer is gone, where it would otherwise send to the dead, or turn away who comes.

    A bound socket that sends to one peer at a time deals out among those that it knows; it does not send when it knows
    none (RFC 28, 30, 31, "SHALL block on sending"). zmq_socket(3), "ZMQ_PAIR": connections are terminated as long as a
    previous one exists, be it in a closing state.
    """
    if survivor.type == REQ:
        await cell.happens(survivor, "DISCONNECTED")
    elif survivor.type in (PUSH, DEALER, PAIR) and cell.cell.binder == "survivor":
        for _ in range(round(cell.limit / WAIT)):
            sent = await in_time(survivor.send((SYNC,), timeout=0))
            if survivor.type != PUSH:  # libzmq is rid of a connection only when it has read up to its end, also if
                await cell.collect([survivor.receive(timeout=0)])  # it no longer sends: so this comes after the send
            if not sent:
                return
            await asyncio.sleep(WAIT)
        raise Mismatch(Kind.UNEXPECTED, f"a {survivor.type} whose peer is gone not to send", "it sends")


async def _go_on(cell: CellContext, survivor: Socket, where: Endpoint) -> None:
    """The other side is there again, and so is the traffic."""
    pattern: LinkedPair = cell.value("pattern")
    other = exchanges.open_socket(cell.other, pattern.other)
    await _come(cell, other, where)
    if survivor.type == REQ:
        await cell.happens(survivor, "HANDSHAKE_SUCCEEDED")
    elif survivor.type == PAIR and cell.cell.binder == "survivor":
        other = await _let_in(cell, survivor, other, where)
    await pattern.exchange(cell, survivor, other)


async def _let_in(cell: CellContext, survivor: Socket, other: Socket, where: Endpoint) -> Socket:
    """Has the one that connects come again until the PAIR takes it, which it need not while it rids itself of the last.

    zmq_socket(3), "ZMQ_PAIR", as in `_notice`: nobody but the PAIR's own library knows when that has been done.
    """
    for _ in range(round(cell.limit / KNOCK)):
        if await in_time(survivor.send((SYNC,), timeout=KNOCK)):
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
    binder="other",  # that is: both senders are bound
    binders=("other", "receiver"),
    transports=WIRED,
    primary=(),
)
async def one_of_two_killed(cell: CellContext) -> None:
    """With two endpoints, the loss of the peer at one does not touch the other, and it comes back beside it.

    zmq_socket(3), "ZMQ_PULL": messages are taken from all that are connected; zmq_setsockopt(3), "ZMQ_RECONNECT_IVL".
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
    """A sender that is killed while it sends leaves the beginning of its stream, whole and in order, and nothing else.

    zmq_msg_send(3), "Multi-part messages": a message arrives with all its frames or not at all; RFC 23, "Framing". The
    receiver then goes on with the next sender.
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
