"""Two sockets of one agent with a faulty link between them: which types, and what they say to each other."""

from __future__ import annotations

from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis, Needs
from zmq_interop.core.sockets import DEALER, PUB, PULL, PUSH, REP, REQ, SUB
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.wire import encode

MESSAGES: list[Message] = [(b"one", b"\x00two\xff"), (b"x" * 255, b"y" * 256), (b"end",)]
READY_OF_PUSH = len(encode.frame(encode.ready(PUSH)))  # bytes, at least: a socket may say more than its type


class Pair(NamedTuple):
    """Two socket types on a link. bound: of the socket before which the relay stands."""

    bound: str
    connects: str


PAIRS = {"push-pull": Pair(PULL, PUSH), "dealer-dealer": Pair(DEALER, DEALER), "pub-sub": Pair(PUB, SUB)}
REQUESTS = {"req-rep": Pair(REP, REQ)}


def pairs(pairs: dict[str, Pair]) -> Axis:
    """The axis of these pairs, with what each needs of the peer."""
    needs = {
        name: {"peer": Needs(sockets=tuple(dict.fromkeys(pair)), options=("SUBSCRIBE",) if SUB in pair else ())}
        for name, pair in pairs.items()
    }
    return Axis(name="pattern", values=dict(pairs), needs=needs)


async def exchange(cell: CellContext, bound: Socket, connected: Socket, pair: Pair) -> None:
    """Sends MESSAGES in each direction of the pattern, and expects each of them once and in order. Raises Mismatch."""
    match pair.connects:
        case "SUB":
            await cell.join(bound, connected)
            for message in MESSAGES:
                bound.send(message)
            expect.messages(await cell.published(connected, len(MESSAGES)), MESSAGES)
        case "REQ":
            for message in MESSAGES:
                await cell.transfer(connected, bound, [message])
                await cell.transfer(bound, connected, [message[::-1]])
        case _:
            await cell.transfer(connected, bound, MESSAGES)
            if pair.bound == DEALER:
                await cell.transfer(bound, connected, MESSAGES)
