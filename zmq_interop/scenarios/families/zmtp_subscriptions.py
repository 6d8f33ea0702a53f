"""Subscriptions by hand, as ZMTP 3.0 writes them and as 3.1 does; the harness is the subscriber, or the publisher."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import PUB, SUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, zmtp
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.zmtp import Wire
from zmq_interop.wire import encode
from zmq_interop.wire.encode import Frame, command


class Style(NamedTuple):
    """How a subscriber writes subscriptions."""

    version: tuple[int, int]
    by_command: bool

    def subscribe(self, topic: bytes) -> Frame:
        """Asks for messages that begin with this topic."""
        return command("SUBSCRIBE", topic) if self.by_command else Frame(0, b"\x01" + topic)

    def cancel(self, topic: bytes) -> Frame:
        """Ends such a subscription."""
        return command("CANCEL", topic) if self.by_command else Frame(0, b"\x00" + topic)


STYLES: dict[str, object] = {
    "message-of-3.0": Style((3, 0), by_command=False),
    "message-of-3.1": Style((3, 1), by_command=False),
    "command-of-3.1": Style((3, 1), by_command=True),
}
TOPIC: Message = (b"topic", b"\0one")
OTHER: Message = (b"other", b"two")
LAST: Message = (b"last", b"three")


@scenario(
    roles={"peer": needs(PUB)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="style", values=STYLES),),
    primary=(),
    by_hand=True,
)
async def subscription_read(cell: CellContext) -> None:
    """A PUB takes subscriptions as messages, as ZMTP 3.0 has them, and as commands, as 3.1 does, and ends them too.

    RFC 37/ZMTP, "The Publish-Subscribe Pattern": the commands SUBSCRIBE and CANCEL; RFC 23/ZMTP, "The Publish-Subscribe
    Pattern": messages that begin with 1, or with 0. libzmq before 4.3.3 announces 3.1 and writes messages, so a
    publisher takes those from any subscriber. To a publisher that announces 3.0, only messages are written.
    """
    style: Style = cell.value("style")
    peer = cell.peer.open(PUB)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        if await wire.handshake(SUB, encode.greeting(style.version)) < (3, 1):
            style = style._replace(by_command=False)  # a publisher of 3.0 has no such commands
        await wire.send(style.subscribe(b"topic"))
        await _joins(wire, peer, TOPIC)
        await wire.send(style.subscribe(b"other"))
        await _joins(wire, peer, OTHER, TOPIC)
        await wire.send(style.cancel(b"topic"), style.subscribe(b"last"))
        await _joins(wire, peer, LAST, OTHER)  # subscriptions take effect in order, so "topic" has ended
        for message in (TOPIC, OTHER):
            await peer.send(message)
        expect.messages([await _next(wire, LAST)], [OTHER])


async def _joins(wire: Wire, peer: Socket, message: Message, earlier: Message = ()) -> None:
    """Publishes a message until it arrives. earlier: may still arrive before it. Raises Mismatch.

    A publisher drops messages until it has read the subscription (RFC 29/PUBSUB).
    """
    receiving = asyncio.ensure_future(_next(wire, earlier))
    wait = 0.002
    try:
        while not receiving.done():
            await peer.send(message)
            await asyncio.wait((receiving,), timeout=wait)
            wait = min(wait * 2, 0.25)
    finally:
        receiving.cancel()
    expect.messages([receiving.result()], [message])


async def _next(wire: Wire, earlier: Message) -> Message:
    """The next message that is not this earlier one."""
    while True:
        got = tuple(one.body for one in await wire.frames())
        if got != earlier:
            return got


@scenario(
    roles={"peer": needs(SUB, options=("SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option",))},
    binder="peer",
    transports=WIRED,
    axes=(
        Axis(name="publisher", values={"zmtp-3.0": (3, 0), "zmtp-3.1": (3, 1)}),
        Axis(name="side", values={"accepts": False, "connects": True}, default="accepts"),
    ),
    primary=(),
    by_hand=True,
)
async def subscription_written(cell: CellContext) -> None:
    """A SUB tells a publisher of ZMTP 3.0 its subscriptions in messages, and one of 3.1 in commands, in order.

    RFC 23/ZMTP, "The Publish-Subscribe Pattern"; RFC 37/ZMTP, the same section: a SUB "SHALL send a SUBSCRIBE
    command". Under 3.1 messages count too: libzmq before 4.3.3 writes them.
    """
    peer = cell.peer.open(SUB, SUBSCRIBE=b"topic")
    async with zmtp.plugged(cell, peer, connects=cell.value("side")) as plug:
        wire = await plug.wire()
        await wire.handshake(PUB, encode.greeting(cell.value("publisher")))
        await _told(cell, wire, peer, "subscribe", b"topic")
        await peer.set("SUBSCRIBE", b"last")
        await _told(cell, wire, peer, "subscribe", b"last")
        await peer.set("UNSUBSCRIBE", b"topic")
        await _told(cell, wire, peer, "cancel", b"topic")
        await wire.message(LAST)
        expect.messages(await cell.receive(peer, 1), [LAST])


async def _told(cell: CellContext, wire: Wire, peer: Socket, what: str, topic: bytes) -> None:
    """Expects a subscription, or its end, in a form that the publisher's version has. Raises Mismatch.

    The subscriber receives meanwhile, since libzmq handles new connections only then.
    """
    version: tuple[int, int] = cell.value("publisher")
    forms = [style for style in STYLES.values() if isinstance(style, Style) and style.version <= version]
    wanted = [getattr(style, what)(topic) for style in forms]
    reading = asyncio.ensure_future(wire.frame())
    wait = 0.002
    try:
        while not reading.done():
            expect.none(await cell.collect([peer.receive(timeout=wait)]), "nothing was published yet")
            wait = min(wait * 2, 0.25)
    finally:
        reading.cancel()
    got = reading.result()
    told = f"{what} {topic.decode()!r} in a form of ZMTP {version[0]}.{version[1]}"
    expect.that(got in wanted, Kind.ALTERED, told, f"{expect.show(got.body)} with flags {got.flags}")
