"""Subscriptions: which messages of a publisher reach a subscriber, and which subscriptions the publisher sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import MULTICAST, WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import PUB, SUB, XPUB, XSUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext

END = SYNC + b" is over"  # begins with SYNC, so that every subscriber to SYNC receives it

# Commands as an XPUB delivers them: byte 1 and a topic subscribe, byte 0 and a topic unsubscribe.
SUBSCRIBE, UNSUBSCRIBE = b"\x01", b"\x00"
OPTIONS = {SUBSCRIBE: "SUBSCRIBE", UNSUBSCRIBE: "UNSUBSCRIBE"}


class Case(NamedTuple):
    """Commands of a subscriber, and the messages that must reach it, or must not.

    asked: the commands, in order. come: published messages that reach the subscriber. stay: those that do not.
    unheard: the places in `asked` of commands that change nothing for the publisher.
    """

    asked: tuple[bytes, ...]
    come: tuple[Message, ...] = ()
    stay: tuple[Message, ...] = ()
    unheard: tuple[int, ...] = ()

    @property
    def heard(self) -> list[Message]:
        """The commands that an XPUB delivers to its application."""
        return [(command,) for place, command in enumerate(self.asked) if place not in self.unheard]


def plus(*topics: bytes) -> tuple[bytes, ...]:
    """Commands that subscribe to the topics."""
    return tuple(SUBSCRIBE + topic for topic in topics)


def minus(*topics: bytes) -> tuple[bytes, ...]:
    """Commands that unsubscribe from the topics."""
    return tuple(UNSUBSCRIBE + topic for topic in topics)


A, B, C = (b"a", b"1"), (b"b", b"2"), (b"c", b"3")
# A frame's size takes one byte up to 255 (RFC 23, "Framing"). A topic follows one byte, or the name of a command of
# ZMTP 3.1 (RFC 37, "The Publish-Subscribe Pattern"), ten bytes: such a frame is long from a topic of 246 bytes on.
LONG = (b"s" * 256, b"t" * 1000)
BORDER = (b"u" * 245, b"v" * 246, b"w" * 254, b"x" * 255)

CASES: dict[str, object] = {
    "nothing": Case((), stay=(A, (b"",))),
    "everything": Case(plus(b""), come=(A, (b"",), (b"", b"a"), (b"\x00\xff",))),
    "binary": Case(
        plus(b"\x00\xff", b"\xc3"),  # the second is the first byte of "é" in UTF-8
        come=((b"\x00\xff",), (b"\x00\xff\x00", b"1"), ("é".encode(),)),
        stay=((b"\x00",), (b"\x00\xfe",), (b"\xff",), ("é".encode("latin-1"),)),
    ),
    "long": Case(
        plus(*LONG),
        come=(*((topic,) for topic in LONG), *((topic + b"!", b"1") for topic in LONG)),
        stay=tuple((topic[:-1],) for topic in LONG),
    ),
    "several": Case(plus(b"a", b"b"), come=(A, B, A), stay=(C,)),
    "overlapping": Case(plus(b"a", b"ab", b"abc"), come=((b"abcd",), (b"ab",), (b"a",)), stay=(B,)),
    "first-frame": Case(plus(b"a"), come=((b"a", b"b"),), stay=((b"b", b"a"), (b"", b"a"))),
    "equal": Case(plus(b"a", b"a"), come=(A, A), stay=(B,), unheard=(1,)),
    "taken-back": Case((*plus(b"a", b"b"), *minus(b"a")), come=(B,), stay=(A,)),
    "one-of-two-equal": Case((*plus(b"a", b"a"), *minus(b"a")), come=(A,), stay=(B,), unheard=(1, 2)),
    "both-of-two-equal": Case((*plus(b"a", b"a"), *minus(b"a", b"a")), stay=(A,), unheard=(1, 2)),
    "all-but-longest": Case(
        (*plus(b"", b"a", b"ab"), *minus(b"", b"a")), come=((b"ab",), (b"abc",)), stay=(A, (b"",), (b"ac",))
    ),
}

# Not for `subscriptions`: an XPUB receives a wrong command at once, while a PUB would show it only by a timeout.
COMMANDS: dict[str, object] = {
    **CASES,
    "long-command": Case(plus(*BORDER), come=tuple((topic,) for topic in BORDER), stay=((BORDER[-1][:-1],),)),
}


@scenario(
    roles={
        "publisher": needs(PUB),
        "subscriber": needs(SUB, options=("SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option",)),
    },
    binder="publisher",
    primary=(),
    axes=(Axis(name="case", values=CASES),),
)
async def subscriptions(cell: CellContext) -> None:
    """A SUB receives the messages whose first frame begins with one of its topics, each once, and no others.

    zmq_setsockopt(3), "ZMQ_SUBSCRIBE": a new SUB filters out everything, the empty topic matches everything, and with
    several filters a message needs to match only one; "ZMQ_UNSUBSCRIBE": it removes one of several equal filters.
    RFC 29/PUBSUB, "The PUB Socket Type": a binary comparison with the start of the first frame.
    """
    case: Case = cell.value("case")
    pub = cell.publisher.open(PUB)
    sub = cell.subscriber.open(SUB)
    _ask(sub, (*case.asked, SUBSCRIBE + SYNC))
    await cell.link(pub, sub)
    await cell.join(pub, sub)
    await _publish(cell, pub, sub, case)


@scenario(
    roles={
        "publisher": needs(XPUB),
        "subscriber": needs(SUB, options=("SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option", "close")),
    },
    binder="publisher",
    binders=("publisher",),
    primary=(),
    axes=(Axis(name="case", values=COMMANDS),),
)
async def subscription_receipts(cell: CellContext) -> None:
    """An XPUB receives each command of a SUB that changes something, in order, and unsubscriptions when the SUB closes.

    RFC 29/PUBSUB, "The XPUB Socket Type": subscribe and unsubscribe requests are delivered to the application, also
    those that result from a subscriber's disconnection; zmq_setsockopt(3), "ZMQ_XPUB_VERBOSE": by default only new
    ones, so the second of two equal subscriptions is not delivered. RFC 37/ZMTP, "The Publish-Subscribe Pattern": equal
    subscriptions are counted, and each must be cancelled.
    """
    case: Case = cell.value("case")
    xpub = cell.publisher.open(XPUB)
    sub = cell.subscriber.open(SUB)
    await cell.link(xpub, sub)
    _ask(sub, (*case.asked, SUBSCRIBE + SYNC))
    wanted = [*case.heard, (SUBSCRIBE + SYNC,)]
    for command in wanted:  # one by one: after a wrong one there may be fewer, and waiting for the rest takes long
        expect.messages(await cell.collect([xpub.receive()]), [command])
    await _publish(cell, xpub, sub, case)
    sub.close()
    left = [(UNSUBSCRIBE + topic,) for topic in _left((*case.asked, SUBSCRIBE + SYNC))]
    got = await cell.receive(xpub, len(left))
    expect.messages(sorted(got, key=repr), sorted(left, key=repr))


def _left(commands: Sequence[bytes]) -> set[bytes]:
    """The topics that are still subscribed to after these commands. Equal subscriptions are counted."""
    counts = Counter(command[1:] for command in commands if command[:1] == SUBSCRIBE)
    counts.subtract(command[1:] for command in commands if command[:1] == UNSUBSCRIBE)
    return {topic for topic, count in counts.items() if count > 0}


def _ask(sub: Socket, commands: Sequence[bytes]) -> None:
    for command in commands:
        sub.set(OPTIONS[command[:1]], command[1:])


async def _publish(cell: CellContext, publisher: Socket, subscriber: Socket, case: Case) -> None:
    """Publishes the messages of the case, first those that must not arrive, then the others, and END.

    Expects exactly the others. Raises Mismatch.
    """
    wanted = [*case.come, (END,)]
    for message in (*case.stay, *wanted):
        publisher.send(message)
    got = await cell.published(subscriber, len(wanted))
    expect.none([message for message in got if message in case.stay], "nothing subscribes to it")
    expect.messages(got, wanted)


VERBOSE: dict[str, object] = {"verbose": 1, "quiet": 0}


@scenario(
    roles={
        "publisher": needs(XPUB, options=("XPUB_VERBOSE",)),
        "subscriber": needs(SUB, options=("SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option",)),
    },
    binder="publisher",
    binders=("publisher",),
    primary=("verbose",),
    axes=(Axis(name="verbose", values=VERBOSE),),
)
async def xpub_verbose(cell: CellContext) -> None:
    """With XPUB_VERBOSE, an XPUB also delivers the equal subscription of a second subscriber; otherwise only the first.

    zmq_setsockopt(3), "ZMQ_XPUB_VERBOSE": 0 passes only new subscriptions, 1 all of them. With either, an
    unsubscription is delivered only when the last subscriber unsubscribes: only XPUB_VERBOSER passes all of those.
    """
    verbose: int = cell.value("verbose")
    xpub = cell.publisher.open(XPUB, XPUB_VERBOSE=verbose)
    endpoint = await cell.bind(xpub)
    first, second = cell.subscriber.open(SUB), cell.subscriber.open(SUB)
    steps: tuple[tuple[Socket, tuple[bytes, ...], int], ...] = (
        # the subscriber, its commands, and the index of the first command that the XPUB delivers
        (first, plus(b"topic", b"first"), 0),
        (second, plus(b"topic", b"second"), 0 if verbose else 1),
        (first, minus(b"topic", b"first"), 1),
        (second, minus(b"topic", b"second"), 0),
    )
    for sub in (first, second):
        cell.connect(sub, endpoint)
    for sub, commands, heard in steps:
        _ask(sub, commands)
        wanted = [(command,) for command in commands[heard:]]
        expect.messages(await cell.receive(xpub, len(wanted)), wanted)


@scenario(
    roles={
        "publisher": needs(XPUB),
        "proxy": needs(XSUB, XPUB),
        "subscriber": needs(SUB, options=("SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option",)),
    },
    binder="proxy",
    binders=("proxy",),
    primary=(),
)
async def pub_sub_proxy(cell: CellContext) -> None:
    """Through a proxy of XSUB and XPUB, subscriptions travel upstream, and only matching messages downstream.

    RFC 29/PUBSUB, "Overall Goals of this Pattern": XPUB and XSUB exist to construct proxies; "The XSUB Socket Type": it
    sends subscribe and unsubscribe requests on to its publishers.
    """
    xsub, xpub = cell.proxy.open(XSUB), cell.proxy.open(XPUB)
    pub = cell.publisher.open(XPUB)
    cell.connect(pub, await cell.bind(xsub))
    sub = cell.subscriber.open(SUB)
    cell.connect(sub, await cell.bind(xpub))
    wanted: list[Message] = [(b"topic", b"", b"one"), (b"topic", b"end")]

    sub.set("SUBSCRIBE", b"topic")
    await _pass_on(cell, xpub, xsub)
    # A bound socket accepts a connection, and sends its subscriptions there, only inside a call on its own thread.
    arriving = cell.receive(xsub, len(wanted))
    expect.messages(await cell.collect([pub.receive()]), [(b"\x01topic",)])

    for message in (wanted[0], (b"other", b"nothing subscribes to it"), wanted[1]):
        pub.send(message)
    got = await arriving
    expect.none([message for message in got if message[:1] == (b"other",)], "nothing subscribes to it")
    for message in got:
        xpub.send(message)
    expect.messages(await cell.receive(sub, len(wanted)), wanted)

    sub.set("UNSUBSCRIBE", b"topic")
    await _pass_on(cell, xpub, xsub)
    expect.messages(await cell.collect([pub.receive()]), [(b"\x00topic",)])


async def _pass_on(cell: CellContext, source: Socket, target: Socket) -> None:
    for message in await cell.collect([source.receive()]):
        target.send(message)


@scenario(
    roles={
        "publisher": needs(XPUB, operations=("close",)),
        "subscriber": needs(SUB, options=("SUBSCRIBE", "UNSUBSCRIBE"), operations=("set_option",)),
    },
    binder="publisher",
    transports=WIRED,  # inproc does not reconnect
    primary=(),
)
async def resubscribe(cell: CellContext) -> None:
    """A publisher that comes back receives its subscriber's current subscriptions: those kept, and those new meanwhile.

    RFC 29/PUBSUB, "The XPUB Socket Type": when a subscriber's connection ends, so do its subscriptions; zmq_tcp(7),
    zmq_ipc(7): a lost connection is reestablished. So a SUB must send its subscriptions on each new connection.
    """
    pub = cell.publisher.open(XPUB)
    sub = cell.subscriber.open(SUB)
    _ask(sub, plus(b"kept", b"dropped"))
    endpoint = await cell.link(pub, sub, cell.vacant(cell.cell.binder))
    arriving = cell.receive(sub, 1)  # a bound SUB sends its subscriptions only inside its own calls
    await _heard(cell, pub, plus(b"kept", b"dropped"))
    pub.send((b"kept", b"before"))
    expect.messages(await arriving, [(b"kept", b"before")])

    await pub.close()
    _ask(sub, (*minus(b"dropped"), *plus(b"new", END)))
    wanted = [(b"kept", b"after"), (b"new", b"after"), (END,)]
    arriving = cell.receive(sub, len(wanted))
    pub = cell.publisher.open(XPUB)
    if cell.role(pub) == cell.cell.binder:
        await cell.bind(pub, endpoint)
    else:
        cell.connect(pub, endpoint)
    await _heard(cell, pub, plus(b"kept", b"new", END))
    for message in ((b"dropped", b"after"), *wanted):
        pub.send(message)
    got = await arriving
    expect.none([message for message in got if message[:1] == (b"dropped",)], "nothing subscribes to it any more")
    expect.messages(got, wanted)


async def _heard(cell: CellContext, xpub: Socket, commands: Sequence[bytes]) -> None:
    """Waits until the publisher has received these commands, in any order (a trie has its own), possibly among others.

    Raises Mismatch (`lost`) when no more commands come.
    """
    missing = {(command,) for command in commands}
    while missing:
        heard = await cell.collect([xpub.receive()])
        if not heard:
            raise expect.lost(expect.show_all(sorted(missing, key=repr)), "nothing more")
        missing -= set(heard)


MANY = 900  # below the high-water mark of 1,000 at which a PUB drops (zmq_setsockopt(3), "ZMQ_SNDHWM")


@scenario(
    roles={
        "publisher": needs(PUB, operations=("send_burst",)),
        "subscriber": needs(SUB, options=("SUBSCRIBE", "CONFLATE")),
    },
    binder="publisher",
    binders=("publisher",),
)
async def conflate(cell: CellContext) -> None:
    """A SUB with CONFLATE that reads slower than its publisher sends keeps the newest message, and skips older ones.

    zmq_setsockopt(3), "ZMQ_CONFLATE": a socket keeps only one message in its queue, the last one received. The exact
    number of skipped messages depends on timing. But the reader starts after all were sent, so most must be skipped.
    """
    pub = cell.publisher.open(PUB)
    sub = cell.subscriber.open(SUB, CONFLATE=1, SUBSCRIBE=b"")
    await cell.link(pub, sub)
    await cell.join(pub, sub)
    await pub.send_burst(MANY, 8, cell.limit)
    numbers: list[int] = []
    while MANY - 1 not in numbers:
        fresh = await cell.published(sub, 1)
        if not fresh:
            raise expect.lost(f"message number {MANY - 1}, the last one", f"numbers {numbers[-4:]} as the last")
        numbers += [int.from_bytes(frame) for message in fresh for frame in message if isinstance(frame, bytes)]
    expect.that(numbers == sorted(numbers), Kind.REORDERED, "growing numbers", f"{numbers[:8]}...")
    expect.that(len(numbers) < MANY / 2, Kind.UNEXPECTED, "most messages to be skipped", f"{len(numbers)} of {MANY}")


STREAM = 1000
BATCH = 50  # messages in flight: fewer than a receiver's buffer holds, since multicast has no flow control


@scenario(
    roles={
        "publisher": needs(PUB, operations=("send_burst",)),
        "subscriber": needs(SUB, options=("SUBSCRIBE",), operations=("receive_burst",)),
    },
    binder="publisher",
    binders=("publisher",),
    transports=("tcp", *MULTICAST),
)
async def stream(cell: CellContext) -> None:
    """A thousand numbered messages arrive, each once and in order, even in datagrams.

    RFC 29/PUBSUB, "The PUB Socket Type": a message is dropped only if a queue is full, and here none is; zmq_pgm(7),
    RFC 3208, "Abstract": PGM delivers in order and without duplicates.
    """
    pub = cell.publisher.open(PUB)
    sub = cell.subscriber.open(SUB, SUBSCRIBE=SYNC)
    await cell.link(pub, sub)
    await cell.join(pub, sub)
    pub.send((END,))
    await cell.published(sub, 1)  # reads up to END, so no SYNC is left
    numbers: list[int] = []
    for first in range(0, STREAM, BATCH):
        arriving = sub.receive_burst(BATCH, cell.limit)
        pub.send_burst(BATCH, 100, cell.limit, first, head=(SYNC,))
        numbers += (await arriving).numbers
        expect.numbers(numbers, range(first + BATCH))
