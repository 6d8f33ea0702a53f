"""Options of publishers: what an XPUB tells, what it sends unasked, and who decides what a subscriber gets."""

from __future__ import annotations

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis, Needs, needs, scenario
from zmq_interop.core.sockets import SUB, XPUB, XSUB
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext

SUBSCRIBE, CANCEL = b"\x01", b"\x00"  # the first byte of a command, as an XPUB delivers it
TOPIC = b"topic"
WELCOME = b"welcome to all"


@scenario(
    roles={
        "publisher": needs(XPUB, options=("XPUB_MANUAL", "SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option",)),
        "subscriber": needs(XSUB),
    },
    binder="publisher",
    binders=("publisher",),
    primary=(),
)
async def xpub_manual(cell: CellContext) -> None:
    """With XPUB_MANUAL, a subscriber gets what the publisher's application subscribes it to, not what it asked for.

    zmq_setsockopt(3), "ZMQ_XPUB_MANUAL": subscription requests are not added to the list; the application adds or
    removes them with ZMQ_SUBSCRIBE and ZMQ_UNSUBSCRIBE, for the subscriber of the request that it received last. An
    XSUB filters nothing itself, so it shows what was sent.
    """
    xpub, xsub = cell.publisher.open(XPUB, XPUB_MANUAL=1), cell.subscriber.open(XSUB)
    await cell.link(xpub, xsub)
    await _asks(cell, xsub, xpub, SUBSCRIBE + b"asked")
    xpub.set("SUBSCRIBE", b"given")
    await _only_the_last(cell, xpub, xsub, [(b"asked", b"1"), (b"given", b"2")])
    await _asks(cell, xsub, xpub, SUBSCRIBE + b"asked again")
    xpub.set("UNSUBSCRIBE", b"given")
    xpub.set("SUBSCRIBE", b"instead")
    await _only_the_last(cell, xpub, xsub, [(b"given", b"3"), (b"asked again", b"4"), (b"instead", b"5")])


@scenario(
    roles={
        "publisher": needs(XPUB),
        "proxy": needs(XSUB, XPUB, options=("XPUB_VERBOSER",)),
        "subscriber": needs(SUB, options=("SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option",)),
    },
    binder="proxy",
    binders=("proxy",),
    primary=(),
)
async def xpub_verboser(cell: CellContext) -> None:
    """With XPUB_VERBOSER, an XPUB delivers each subscription and each cancellation, so that a proxy can count them.

    zmq_setsockopt(3), "ZMQ_XPUB_VERBOSER": duplicate subscriptions and unsubscriptions are passed too. A proxy sends
    them on; its XSUB counts equal ones (RFC 37/ZMTP, "The Publish-Subscribe Pattern"), so its publisher hears of the
    first subscription and of the last cancellation.
    """
    xsub, xpub = cell.proxy.open(XSUB), cell.proxy.open(XPUB, XPUB_VERBOSER=1)
    upstream = cell.publisher.open(XPUB)
    cell.connect(upstream, await cell.bind(xsub))
    endpoint = await cell.bind(xpub)
    first, second = cell.subscriber.open(SUB), cell.subscriber.open(SUB)
    for sub in (first, second):
        cell.connect(sub, endpoint)
    await _passes_on(cell, first, "SUBSCRIBE", xpub, xsub)
    # A bound socket accepts a connection, and sends its subscriptions there, only inside a call on its own thread.
    listening = xsub.receive()
    expect.messages(await cell.receive(upstream, 1), [(SUBSCRIBE + TOPIC,)])
    upstream.send((TOPIC,))
    expect.messages(await cell.collect([listening]), [(TOPIC,)])
    await _passes_on(cell, second, "SUBSCRIBE", xpub, xsub)
    await _passes_on(cell, first, "UNSUBSCRIBE", xpub, xsub)
    await _passes_on(cell, second, "UNSUBSCRIBE", xpub, xsub)
    xsub.send((SUBSCRIBE + b"end",))
    wanted: list[Message] = [(CANCEL + TOPIC,), (SUBSCRIBE + b"end",)]
    expect.messages(await cell.receive(upstream, 2), wanted)


async def _passes_on(cell: CellContext, sub: Socket, option: str, xpub: Socket, xsub: Socket) -> None:
    """The subscriber subscribes or unsubscribes; the proxy hears of it, and sends it on."""
    command = ((SUBSCRIBE if option == "SUBSCRIBE" else CANCEL) + TOPIC,)
    sub.set(option, TOPIC)
    expect.messages(await cell.receive(xpub, 1), [command])
    xsub.send(command)


@scenario(
    roles={
        "publisher": needs(XPUB, options=("XPUB_WELCOME_MSG",)),
        "subscriber": needs(SUB, options=("SUBSCRIBE",), operations=("set_option",)),
    },
    binder="publisher",
    binders=("publisher",),
    primary=(),
)
async def xpub_welcome(cell: CellContext) -> None:
    """With XPUB_WELCOME_MSG, each new subscriber to the topic of that message receives it once, before any other.

    zmq_setsockopt(3), "ZMQ_XPUB_WELCOME_MSG": a message that will be received by a subscriber when connecting; the
    subscriber must subscribe to it before it connects.
    """
    xpub = cell.publisher.open(XPUB, XPUB_WELCOME_MSG=WELCOME)
    endpoint = await cell.bind(xpub)
    subs = []
    for topic in (b"first", b"second"):
        sub = cell.subscriber.open(SUB, SUBSCRIBE=WELCOME[:7])
        sub.set("SUBSCRIBE", topic)
        cell.connect(sub, endpoint)
        while (heard := await cell.receive(xpub, 1)) != [(SUBSCRIBE + topic,)]:
            if not heard:
                raise expect.lost(f"the subscription to {topic.decode()}", "nothing more")
        subs.append(sub)
    wanted: list[Message] = [(WELCOME,), (b"welcome, one",), (b"welcome, two",)]
    for message in wanted[1:]:
        xpub.send(message)
    for sub in subs:
        expect.messages(await cell.receive(sub, len(wanted)), wanted)


RECEIVERS: dict[str, object] = {"sub": SUB, "xsub": XSUB}


@scenario(
    roles={"publisher": needs(XPUB, options=("INVERT_MATCHING",)), "subscriber": needs()},
    binder="publisher",
    axes=(
        Axis(
            name="receiver",
            values=RECEIVERS,
            needs={
                "sub": {"subscriber": Needs(sockets=(SUB,), options=("SUBSCRIBE", "INVERT_MATCHING"))},
                "xsub": {"subscriber": Needs(sockets=(XSUB,))},
            },
        ),
    ),
    binders=("publisher",),
    primary=(),
)
async def invert_matching(cell: CellContext) -> None:
    """With INVERT_MATCHING, what begins as a subscription does not arrive, and everything else does.

    zmq_setsockopt(3), "ZMQ_INVERT_MATCHING": the publisher sends to those whose subscriptions do not match. A SUB must
    have the option too, since it filters itself; an XSUB does not, and so shows what was sent.
    """
    xpub = cell.publisher.open(XPUB, INVERT_MATCHING=1)
    if cell.value("receiver") == SUB:
        sub = cell.subscriber.open(SUB, INVERT_MATCHING=1, SUBSCRIBE=TOPIC)
    else:
        sub = cell.subscriber.open(XSUB)
    await cell.link(xpub, sub)
    if cell.value("receiver") == XSUB:
        sub.send((SUBSCRIBE + TOPIC,))
    expect.messages(await cell.receive(xpub, 1), [(SUBSCRIBE + TOPIC,)])
    wanted: list[Message] = [(b"other", b"1"), (b"", b"2"), (TOPIC[:-1], b"3")]
    for message in ((TOPIC, b"0"), (TOPIC + b"!", b"0"), *wanted):
        xpub.send(message)
    got = await cell.receive(sub, len(wanted))
    expect.none([message for message in got if message[1:] == (b"0",)], "it begins with the inverted subscription")
    expect.messages(got, wanted)


async def _asks(cell: CellContext, xsub: Socket, xpub: Socket, command: bytes) -> None:
    xsub.send((command,))
    expect.messages(await cell.receive(xpub, 1), [(command,)])


async def _only_the_last(cell: CellContext, xpub: Socket, sub: Socket, published: list[Message]) -> None:
    for message in published:
        xpub.send(message)
    got = await cell.receive(sub, 1)
    expect.none([message for message in got if message in published[:-1]], "the publisher did not subscribe it to that")
    expect.messages(got, published[-1:])
