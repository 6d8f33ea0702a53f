"""Topologies: three or four programs in different languages, connected by one or two sockets each."""

from __future__ import annotations

from collections.abc import Sequence

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import MULTICAST, TRANSPORTS, needs, scenario
from zmq_interop.core.sockets import DEALER, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.families.multipart import body
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext

SUBSCRIBERS = WORKERS = ("first", "second", "third")
EACH = 4  # tasks for each worker
# Several datagrams of 1,500 bytes, but few: on one machine a datagram that does not fit a receiver's buffer is lost for
# good, since the request to resend it may go to any program with the same UDP port.
LARGE = body(20_000)


@scenario(
    roles={
        "publisher": needs(PUB),
        **dict.fromkeys(SUBSCRIBERS, needs(SUB, options=("SUBSCRIBE",), operations=("set_option",))),
    },
    binder="publisher",
    binders=("publisher",),
    transports=(*TRANSPORTS, *MULTICAST),
    primary=(),
)
async def fan_out(cell: CellContext) -> None:
    """Three subscribers of one PUB each receive all messages that they subscribed to and no others, once and in order.

    RFC 29/PUBSUB, "The PUB Socket Type": one-way broadcasting to a set of subscribers; depending on the transport, PUB
    sends everything to all of them, or to each only what it subscribed to; zmq_pgm(7): a message of many datagrams
    stays whole.
    """
    pub = cell.publisher.open(PUB)
    endpoint = await cell.bind(pub)
    subs = {}
    for role in SUBSCRIBERS:
        subs[role] = cell.lane(role).open(SUB, SUBSCRIBE=b"all")
        for topic in (role.encode(), SYNC):
            subs[role].set("SUBSCRIBE", topic)
        cell.connect(subs[role], endpoint)
        await cell.join(pub, subs[role])
    start, end = (b"all", b"", LARGE), (b"all", b"the", b"end")
    alone: dict[str, Message] = {role: (role.encode(), b"for", b"one") for role in SUBSCRIBERS}
    for message in (start, *alone.values(), (b"nobody", b"for none"), end):
        pub.send(message)
    for role, sub in subs.items():
        wanted = [start, alone[role], end]
        got = await cell.published(sub, len(wanted))
        others = [message for message in got if message[:1] not in ((b"all",), (role.encode(),))]
        expect.none(others, f"the {role} one does not subscribe to it")
        expect.messages(got, wanted)


@scenario(
    roles={"boss": needs(PUSH, PULL), **dict.fromkeys(WORKERS, needs(PULL, PUSH))},
    binder="boss",
    binders=("boss",),
    primary=(),
)
async def workers(cell: CellContext) -> None:
    """A PUSH distributes tasks to three workers, and a PULL collects all results: each task is done exactly once.

    RFC 30/PIPELINE, "The PUSH Socket Type": messages go round-robin to the peers whose queue is not full, and a queue
    exists as soon as the PUSH connects, so each worker gets the same number; "The PULL Socket Type": it fair-queues the
    results.
    """
    sink, source = cell.boss.open(PULL), cell.boss.open(PUSH)
    results = await cell.bind(sink)
    desks = {}
    for role in WORKERS:
        desks[role] = inbox, outbox = cell.lane(role).open(PULL), cell.lane(role).open(PUSH)
        cell.connect(source, await cell.bind(inbox))
        cell.connect(outbox, results)
    tasks: list[Message] = [(b"task", b"%02d" % number) for number in range(EACH * len(WORKERS))]
    for task in tasks:
        source.send(task)
    taken = {role: cell.receive(inbox, EACH) for role, (inbox, _) in desks.items()}
    done: list[Message] = []
    for role, (_, outbox) in desks.items():
        for task in await taken[role]:
            done.append((*task, role.encode()))
            outbox.send(done[-1])
    expect.messages(sorted(message[:2] for message in done), tasks)
    collected = await cell.receive(sink, len(done))
    expect.messages(_sorted(collected), _sorted(done))
    for role in WORKERS:
        of_one = [message for message in collected if message[-1] == role.encode()]
        expect.messages(of_one, [message for message in done if message[-1] == role.encode()])


@scenario(
    roles={"requester": needs(REQ), "broker": needs(ROUTER, DEALER), "replier": needs(REP)},
    binder="broker",
    binders=("broker",),
    primary=(),
)
async def broker(cell: CellContext) -> None:
    """Requests reach a REP through a broker of ROUTER and DEALER, and each REQ gets the reply to its own request.

    RFC 28/REQREP, "The ROUTER Socket Type": it prepends the sender's routing id to a request and removes it from the
    reply; "The DEALER Socket Type": it changes nothing; "The REP Socket Type": it returns the envelope up to the empty
    frame.
    """
    await _ask_through(cell, ["broker"])


@scenario(
    roles={
        "requester": needs(REQ),
        "near": needs(ROUTER, DEALER),
        "far": needs(ROUTER, DEALER),
        "replier": needs(REP),
    },
    binder="near",
    binders=("near",),
    primary=(),
)
async def two_brokers(cell: CellContext) -> None:
    """A request through two brokers has a routing id for each of them before the empty frame, and the reply comes back.

    RFC 28/REQREP, "The REP Socket Type": an address envelope of any number of frames, a delimiter, and the data; the
    message begins after the first empty frame, and may contain empty frames itself.
    """
    await _ask_through(cell, ["near", "far"])


async def _ask_through(cell: CellContext, brokers: Sequence[str]) -> None:
    rep = cell.replier.open(REP)
    behind = await cell.bind(rep)
    hops: list[tuple[Socket, Socket]] = []
    for role in reversed(brokers):
        front, back = cell.lane(role).open(ROUTER), cell.lane(role).open(DEALER)
        cell.connect(back, behind)
        behind = await cell.bind(front)
        hops.insert(0, (front, back))
    requests: list[Message] = [(b"one", b"", b"of one"), (b"", b"two")]
    reqs = [cell.requester.open(REQ) for _ in requests]
    for req, request in zip(reqs, requests, strict=True):
        cell.connect(req, behind)
        req.send(request)
    for ids, (front, back) in enumerate(hops, 1):
        for message in await _pass_on(cell, front, back, len(requests)):
            whole = message[ids : ids + 1] == (b"",) and b"" not in message[:ids]
            expect.that(whole, Kind.ALTERED, f"{ids} routing ids, then an empty frame", expect.show_all([message]))
    for _ in requests:
        for request in await cell.collect([rep.receive()]):
            rep.send((b"reply to", *request))
    for front, back in reversed(hops):
        await _pass_on(cell, back, front, len(requests))
    replies = [(b"reply to", *request) for request in requests]
    got = [await cell.collect([req.receive()]) for req in reqs]
    crossed = [one for one, own, other in zip(got, replies, reversed(replies), strict=True) if one == [other] != [own]]
    expect.that(not crossed, Kind.MISROUTED, expect.show_all(replies), expect.show_all([one[0] for one in crossed]))
    expect.messages([message for one in got for message in one], replies)


async def _pass_on(cell: CellContext, source: Socket, target: Socket, count: int) -> list[Message]:
    """Forwards `count` messages unchanged, as a broker does. Returns the messages that it forwarded."""
    messages = await cell.receive(source, count)
    for message in messages:
        target.send(message)
    return messages


def _sorted(messages: Sequence[Message]) -> list[Message]:
    """The messages in a fixed order, to compare them when they may arrive in any order."""
    return sorted(messages, key=repr)
