"""Multipart: a message is a list of frames of any size and content, and every pattern keeps it whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message, OptionValue
from zmq_interop.core.scenario import Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB, XSUB
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext

END = (b"end",)
ALL_BYTES = bytes(range(256))

SHAPES: dict[str, object] = {
    "only-empty": (b"",),
    "empty-first": (b"", b"a", b"b"),
    "empty-middle": (b"a", b"", b"b"),
    "empty-last": (b"a", b"b", b""),
    "all-empty": (b"", b"", b""),
    # No frame begins with 0 or 1: upstream, an XPUB would read it as a subscription (zmq_socket(3), "ZMQ_XSUB").
    "binary": (ALL_BYTES[::-1], ALL_BYTES[128:] + ALL_BYTES[:128], b"\r\n\x00\r\n"),
    "many": tuple(b"%d" % index for index in range(300)),  # more than libzmq's pipes hold in one chunk, which is 256
}


class Way(NamedTuple):
    """The way from one socket to another.

    address: frames that the sender prepends to a message. origin: how many frames the receiver finds before it.
    """

    sender: Socket
    receiver: Socket
    address: Message = ()
    origin: int = 0

    async def carry(self, cell: CellContext, messages: Sequence[Message]) -> list[Message]:
        """Sends the messages. Returns those that arrived, without the frames of the pattern."""
        if self.sender.type == REQ:
            return [one for message in messages for one in await self._ask(cell, message)]
        for message in messages:
            self.sender.send((*self.address, *message))
        return [one[self.origin :] for one in await cell.published(self.receiver, len(messages))]

    async def _ask(self, cell: CellContext, message: Message) -> list[Message]:
        """REQ and REP take turns. The reply repeats the request."""
        got = await cell.carry(self.sender, self.receiver, [message])
        await cell.transfer(self.receiver, self.sender, got)
        return got


async def _plain(
    cell: CellContext, sending: str, receiving: str, address: Message = (), origin: int = 0, **options: OptionValue
) -> Way:
    receiver = cell.receiver.open(receiving, **options)
    sender = cell.sender.open(sending)
    await cell.link(receiver, sender)
    return Way(sender, receiver, address, origin)


async def _subscribed(cell: CellContext, sending: str, receiving: str) -> Way:
    receiver = cell.receiver.open(receiving)
    if receiving == SUB:
        receiver.set("SUBSCRIBE", b"")
    else:
        receiver.send((b"\x01",))
    sender = cell.sender.open(sending)
    await cell.link(receiver, sender)
    await cell.join(sender, receiver)
    return Way(sender, receiver)


async def _router_dealer(cell: CellContext) -> Way:
    way = await _plain(cell, ROUTER, DEALER, address=(b"receiver",), ROUTING_ID=b"receiver")
    await cell.carry(way.receiver, way.sender, [(b"ready",)])
    return way


async def _router_router(cell: CellContext) -> Way:
    receiver = cell.receiver.open(ROUTER, ROUTING_ID=b"receiver")
    sender = cell.sender.open(ROUTER, ROUTING_ID=b"sender")
    await cell.link(receiver, sender)
    way = Way(sender, receiver, address=(b"receiver",), origin=1)
    await cell.join(sender, receiver, way.address)
    return way


Opening = Callable[[CellContext], Awaitable[Way]]
# Pattern -> how to open it, what the sender needs, what the receiver needs.
PATTERNS: dict[str, tuple[Opening, Needs, Needs]] = {
    "dealer-router": (partial(_plain, sending=DEALER, receiving=ROUTER, origin=1), needs(DEALER), needs(ROUTER)),
    "router-dealer": (_router_dealer, needs(ROUTER), needs(DEALER, options=("ROUTING_ID",))),
    "dealer-dealer": (partial(_plain, sending=DEALER, receiving=DEALER), needs(DEALER), needs(DEALER)),
    "router-router": (
        _router_router,
        needs(ROUTER, options=("ROUTING_ID",)),
        needs(ROUTER, options=("ROUTING_ID",)),
    ),
    "push-pull": (partial(_plain, sending=PUSH, receiving=PULL), needs(PUSH), needs(PULL)),
    "req-rep": (partial(_plain, sending=REQ, receiving=REP), needs(REQ), needs(REP)),
    "pair": (partial(_plain, sending=PAIR, receiving=PAIR), needs(PAIR), needs(PAIR)),
    "pub-sub": (
        partial(_subscribed, sending=PUB, receiving=SUB),
        needs(PUB),
        needs(SUB, options=("SUBSCRIBE",), operations=("set_option",)),
    ),
    "xpub-xsub": (partial(_subscribed, sending=XPUB, receiving=XSUB), needs(XPUB), needs(XSUB)),
    "xsub-xpub": (  # messages that an XSUB sends upstream and that are not subscriptions
        partial(_plain, sending=XSUB, receiving=XPUB, address=(b"upstream",), origin=1),
        needs(XSUB),
        needs(XPUB),
    ),
}


@scenario(
    roles={"sender": needs(), "receiver": needs()},
    binder="receiver",
    binders=("receiver",),
    primary=(),
    message_axes=("shape",),
    axes=(
        Axis(name="shape", values=SHAPES),
        Axis(
            name="pattern",
            values={name: opening for name, (opening, _, _) in PATTERNS.items()},
            default="dealer-router",
            needs={name: {"sender": from_, "receiver": to} for name, (_, from_, to) in PATTERNS.items()},
        ),
    ),
)
async def multipart(cell: CellContext) -> None:
    """A message arrives whole, once, in every pattern: the same number of frames, each with the same bytes or empty.

    RFC 23/ZMTP, "Framing": a message is one or more frames; zmq_msg_send(3), "Multi-part messages": it is delivered
    whole or not at all. Frames that a pattern prepends (RFC 28/REQREP: routing ids, the empty frame of REQ) leave the
    message's own frames unchanged; RFC 29/PUBSUB, "The XPUB Socket Type": messages that an XSUB sends upstream are
    delivered too.
    """
    messages = [cell.value("shape"), END]
    way: Way = await cell.shared(cell.value("pattern"))
    expect.messages(await way.carry(cell, messages), messages)


# ZMTP changes from short to long frames above 255 bytes (RFC 23, "size"), and 65,535 is the largest 16-bit size. libzmq
# stores small messages inside its message structure and larger ones outside. So the sizes around each limit are tried,
# and one above 8 MiB, where users found limits of their libraries.
SIZES = (0, 1, 254, 255, 256, 65_535, 65_536, 1 << 20, 9 << 20)


def body(size: int) -> bytes:
    """`size` bytes in which adjacent blocks differ, so that a cut or a swap shows."""
    block = b"".join(index.to_bytes(4, "big") for index in range(min(size // 4 + 1, 4096)))
    return (block * (size // len(block) + 1))[:size]


@scenario(
    roles={"pusher": needs(PUSH), "puller": needs(PULL)},
    binder="puller",
    binders=("puller",),
    axes=(Axis(name="size", values={f"size-{size}": body(size) for size in SIZES}),),
    message_axes=("size",),
    primary=(),
)
async def frame_sizes(cell: CellContext) -> None:
    """A frame of any size arrives with all its bytes, and so do the frames before and after it.

    RFC 23/ZMTP, "Framing": the size of a frame takes one byte up to 255, and eight bytes in network order above. The
    pattern makes no difference to a frame.
    """
    push, pull = await cell.shared(_pipeline)
    await cell.transfer(push, pull, [(b"before", cell.value("size"), b"after"), END])


async def _pipeline(cell: CellContext) -> tuple[Socket, Socket]:
    pull = cell.puller.open(PULL)
    push = cell.pusher.open(PUSH)
    await cell.link(pull, push)
    return push, pull
