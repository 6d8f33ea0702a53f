"""Bytes that one connection sends to a PULL, what the specification lets become of it, and who must be served after it.

RFC 37/ZMTP lets a peer close a connection in most places ("Overall Behavior": "either peer may at any moment close the
connection"), so many cases have two right ends. What no case may do is to harm the application or other connections.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from zmq_interop.agents.control.handles import PendingMessages, Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis
from zmq_interop.core.sockets import PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.zmtp import Plug, Wire
from zmq_interop.system.errors import Mismatch

MESSAGE: Message = (b"of the connection under test", b"\x00end")
OTHERS: list[Message] = [(b"of another connection", b"1"), (b"of another connection", b"2"), (b"end", b"3")]


class Rule(StrEnum):
    """What must become of a connection and of MESSAGE, which it sends last.

    SERVED: the message arrives. CLOSED: the socket closes the connection, and the message does not arrive. EITHER: the
    specification leaves it open, or libzmq differs from it; the message may arrive, whole, or not.
    """

    SERVED = "served"
    CLOSED = "closed"
    EITHER = "either"


class Case(NamedTuple):
    """What one connection sends at the place that the scenario is about. why: the reason for its rule, in brief."""

    sent: bytes
    rule: Rule
    why: str = "the specification leaves open what becomes of it"


def axis(name: str, cases: Mapping[str, Case]) -> Axis:
    """The axis of these cases."""
    return Axis(name=name, values=dict(cases))


async def judge(cell: CellContext, plug: Plug, wire: Wire, peer: Socket, case: Case, *, greeted: bool = False) -> None:
    """Expects of a connection that has sent a greeting and a READY what its case says, and that another is served.

    greeted: the socket's greeting was read. MESSAGE follows once the socket's own READY was read: before, a peer need
    not take it (RFC 37/ZMTP, "The NULL Security Mechanism"). Raises Mismatch: `lost` or `disconnected` if it had to
    arrive, `unexpected` if the connection had to be closed, and what `others_are_served` raises.
    """
    try:
        ready = await wire.settles(greeted=greeted)
    except Mismatch as mismatch:
        if case.rule is not Rule.CLOSED:
            raise
        told = f"a connection that stayed open, and on which nothing comes ({mismatch.got})"
        raise Mismatch(Kind.UNEXPECTED, f"the connection to be closed: {case.why}", told) from None
    if ready:
        await wire.message(MESSAGE)
    elif case.rule is Rule.SERVED:
        raise Mismatch(Kind.DISCONNECTED, f"the connection to be served: {case.why}", "the end of the connection")
    await follow(cell, plug, wire, peer, case)


async def follow(cell: CellContext, plug: Plug, wire: Wire, peer: Socket, case: Case) -> None:
    """The same of a connection that has sent everything, MESSAGE last."""
    match case.rule:
        case Rule.SERVED:
            await arrives(cell, wire, peer, case.why)
            await others_are_served(cell, plug, peer)
        case Rule.CLOSED:
            with _asked(cell.receive(peer, 1)) as receiving:
                if not await wire.ends_before(receiving):
                    got = expect.show_all(receiving.result()) if receiving.done() else "nothing"
                    told = f"a connection that stayed open, and {got} at the application"
                    raise Mismatch(Kind.UNEXPECTED, f"the connection to be closed: {case.why}", told)
                await others_are_served(cell, plug, peer, asked=receiving)
        case Rule.EITHER:
            await others_are_served(cell, plug, peer, may=MESSAGE)


async def arrives(cell: CellContext, wire: Wire, peer: Socket, why: str, message: Message = MESSAGE) -> None:
    """Expects that a message which was sent on this connection arrives. Raises Mismatch, with `why` it must."""
    got = await cell.receive(peer, 1)
    if not got and wire.ended:
        raise Mismatch(Kind.DISCONNECTED, f"the connection to be served: {why}", "the end of the connection")
    expect.messages(got, [message])


@contextlib.contextmanager
def _asked(receive: PendingMessages) -> Iterator[asyncio.Future[list[Message]]]:
    """A receive as something that can be waited for beside others."""

    async def receiving() -> list[Message]:
        return await receive

    asked = asyncio.ensure_future(receiving())
    try:
        yield asked
    finally:
        asked.cancel()
        asked.add_done_callback(lambda one: one.cancelled() or one.exception())  # an agent that was lost is told anyway


async def others_are_served(
    cell: CellContext,
    plug: Plug,
    peer: Socket,
    *,
    may: Message | None = None,
    asked: asyncio.Future[list[Message]] | None = None,
) -> None:
    """Expects that a new connection is served, and nothing else arrives.

    may: a message that may arrive as well. asked: a receive of one message, which may still wait. PULL takes messages
    from its connections in turn (RFC 30/PIPELINE, "The PULL Socket Type"), so a message that an earlier connection had
    left would be among the first. Raises Mismatch.
    """
    other = await plug.wire()
    await other.handshake(PUSH)
    for message in OTHERS:
        await other.message(message)
    got = [] if asked is None else await asked
    got += await cell.receive(peer, len(OTHERS) - len(got))
    if may is not None and may in got:
        got.remove(may)
        got += await cell.receive(peer, 1)
    strange = [one for one in got if one not in OTHERS]
    expect.none(strange, "nothing that another connection sent may reach the application")
    expect.messages(got, OTHERS)
