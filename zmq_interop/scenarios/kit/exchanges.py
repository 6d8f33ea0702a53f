"""The patterns of ZeroMQ as two socket types and an exchange, for scenarios about the connection between them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from zmq_interop.agents.control.handles import Lane, Socket
from zmq_interop.core.frames import Message, OptionValue
from zmq_interop.core.scenario import Axis, Needs
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB, XSUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext

# No frame is empty: req_rep, not these, tests whether REP mistakes an empty frame for the end of the envelope.
MESSAGES: list[Message] = [(b"one", b"\x00two\xff"), (b"end",)]
SUBSCRIBE_TO_ALL = b"\x01"  # as a message of XSUB (zmq_socket(3), "ZMQ_XSUB")


class LinkedPair(NamedTuple):
    """Two socket types that can be connected, and an exchange that works on every connection between them.

    exchange: sends messages in every direction of the pattern, and expects each of them once and in order. If the
    pattern may lose messages during a reconnect (RFC 29, RFC 30), it first repeats one until it arrives.
    """

    one: str
    other: str
    exchange: Callable[[CellContext, Socket, Socket], Awaitable[None]]


def open_socket(lane: Lane, type: str, **options: OptionValue) -> Socket:
    """Opens a socket of this type. SUB and XSUB subscribe to everything."""
    if type == SUB:
        options["SUBSCRIBE"] = b""
    socket = lane.open(type, **options)
    if type == XSUB:
        socket.send((SUBSCRIBE_TO_ALL,))
    return socket


async def _one_way(cell: CellContext, sender: Socket, receiver: Socket) -> None:
    await cell.join(sender, receiver)
    for message in MESSAGES:
        sender.send(message)
    expect.messages(await cell.published(receiver, len(MESSAGES)), MESSAGES)


async def _both_ways(cell: CellContext, one: Socket, other: Socket) -> None:
    await _one_way(cell, one, other)
    await cell.transfer(other, one, MESSAGES)


async def _request(cell: CellContext, requester: Socket, replier: Socket) -> None:
    for message in MESSAGES:
        await cell.transfer(requester, replier, [message])
        await cell.transfer(replier, requester, [message[::-1]])


async def _route(cell: CellContext, dealer: Socket, router: Socket) -> None:
    id, *_ = await cell.join(dealer, router)
    for message in MESSAGES:
        dealer.send(message)
    got = await cell.published(router, len(MESSAGES))
    expect.messages([message[1:] for message in got], MESSAGES)
    ids = {id, *(message[0] for message in got)}
    expect.that(len(ids) == 1, Kind.MISROUTED, "the same routing id before all messages", f"{ids}")
    for message in MESSAGES:
        router.send((id, *message))
    expect.messages(await cell.receive(dealer, len(MESSAGES)), MESSAGES)


def _turned(pattern: LinkedPair) -> LinkedPair:
    async def exchange(cell: CellContext, one: Socket, other: Socket) -> None:
        await pattern.exchange(cell, other, one)

    return LinkedPair(pattern.other, pattern.one, exchange)


PATTERNS = {
    "push-pull": LinkedPair(PUSH, PULL, _one_way),
    "req-rep": LinkedPair(REQ, REP, _request),
    "pub-sub": LinkedPair(PUB, SUB, _one_way),
    "dealer-router": LinkedPair(DEALER, ROUTER, _route),
    "pair": LinkedPair(PAIR, PAIR, _both_ways),
    "xpub-xsub": LinkedPair(XPUB, XSUB, _one_way),
}
TURNED = {"-".join(reversed(name.split("-"))): _turned(pattern) for name, pattern in PATTERNS.items() if name != "pair"}


def axis(patterns: dict[str, LinkedPair], one: str, other: str, more: dict[str, Needs] | None = None) -> Axis:
    """An axis of patterns between two roles, with the sockets that each role needs.

    more: pattern -> further needs of the first role.
    """
    needs = {
        name: {one: _needs(pattern.one, (more or {}).get(name, Needs())), other: _needs(pattern.other, Needs())}
        for name, pattern in patterns.items()
    }
    return Axis(name="pattern", values=dict(patterns), needs=needs)


def _needs(type: str, more: Needs) -> Needs:
    options = ("SUBSCRIBE",) if type == SUB else ()
    return Needs(sockets=(type,), options=(*options, *more.options), operations=more.operations)
