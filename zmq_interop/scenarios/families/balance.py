"""Balance: one socket with two peers serves both of them, and gives work to both of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.scenario import Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PULL, PUSH, REP, REQ, ROUTER
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, patterns
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.patterns import SocketPair

MARK = 10  # of both sides
NEAR = 5  # messages that wait where the receiver has only to take them
FLOOD = 1_000
SIZE = 1_024
APART = 1_000_000  # between the first numbers of two senders
WORK = 300
SHARE = 100  # that each of two is to get of it, at least
ROUNDS = 4
QUESTION, ANSWER = (b"question",), (b"answer",)
FIRST_WAIT, LONGEST_WAIT = 0.005, 0.25  # seconds that a receiver waits for what may have gone to the other one


def types(hub: str, others: Sequence[str], **pairs: SocketPair) -> Axis:
    """The axis `pattern`: which socket type the role `hub` has, and which one the others."""
    sends = hub == "sender"
    return Axis(
        name="pattern",
        values={name.replace("_", "-"): pair for name, pair in pairs.items()},
        needs={
            name.replace("_", "-"): {
                hub: Needs(sockets=(pair.sender if sends else pair.receiver,)),
                **{other: Needs(sockets=(pair.receiver if sends else pair.sender,)) for other in others},
            }
            for name, pair in pairs.items()
        },
    )


async def link_all(cell: CellContext, hub: Socket, others: Sequence[Socket]) -> None:
    """Connects the hub with all others: it binds and they connect, or they bind, as the cell's axes say."""
    if cell.cell.binder == cell.role(hub):
        endpoint = await cell.bind(hub)
        for other in others:
            cell.connect(other, endpoint)
    else:
        for other in others:
            cell.connect(hub, await cell.bind(other))


async def share(cell: CellContext, receivers: Sequence[Socket], count: int) -> list[list[int]]:
    """The numbers that each has got when they have `count` together, or nothing more comes."""
    got: list[list[int]] = [[] for _ in receivers]
    wait, waited = FIRST_WAIT, 0.0
    while sum(map(len, got)) < count and waited < cell.limit:
        for mine, taking in zip(got, [one.receive_burst(count, wait) for one in receivers], strict=True):
            mine += (await taking).numbers
        waited += wait
        wait = min(wait * 2, LONGEST_WAIT)
    return got


@scenario(
    roles={
        "left": needs(options=("SNDHWM",), operations=("send_burst",)),
        "right": needs(options=("SNDHWM",), operations=("send_burst",)),
        "receiver": needs(options=("RCVHWM",), operations=("receive_burst",)),
    },
    binder="receiver",
    binders=("receiver", "left"),
    axes=(
        types(
            "receiver",
            ("left", "right"),
            push_pull=SocketPair(PUSH, PULL),
            dealer_router=SocketPair(DEALER, ROUTER),
            dealer_dealer=SocketPair(DEALER, DEALER),
        ),
    ),
    primary=(),
)
async def fair_queue(cell: CellContext) -> None:
    """A receiver that one sender floods serves the other one, too, and loses nothing of either.

    RFC 30/PIPELINE, "The PULL Socket Type", and RFC 28/REQREP: it "SHALL receive incoming messages from its peers using
    a fair-queuing strategy". Some messages of the right sender have left it before the flood begins; all of them are to
    be served in the first half of what there is, at the latest. Where `left` binds, `right` does, too.
    """
    pattern: SocketPair = cell.value("pattern")
    receiver = cell.receiver.open(pattern.receiver, RCVHWM=MARK)
    senders = [lane.open(pattern.sender, SNDHWM=MARK) for lane in (cell.left, cell.right)]
    await link_all(cell, receiver, senders)
    counts = [MARK + NEAR + FLOOD, MARK + NEAR]
    for sender in senders:
        await patterns.meet(cell, sender, receiver)
    for number, sender in enumerate(senders):
        # More than the mark: when the last of them is taken, the first have left.
        taken = await sender.send_burst(MARK + NEAR, SIZE, cell.limit, first=number * APART)
        expect.that(
            taken.messages == MARK + NEAR, Kind.REFUSED, f"{MARK + NEAR} messages to be taken", f"{taken.messages}"
        )
    senders[0].send_burst(FLOOD, SIZE, cell.limit, first=MARK + NEAR)
    got = (await receiver.receive_burst(sum(counts), cell.limit)).numbers
    for number, count in enumerate(counts):
        first = number * APART
        expect.numbers([one for one in got if one // APART == number], range(first, first + count))
    served = got.index(APART + NEAR - 1)
    expect.that(
        served < len(got) // 2,
        Kind.UNEXPECTED,
        f"{NEAR} messages of the right sender among the first {len(got) // 2}",
        f"the last of them in place {served}",
    )


@scenario(
    roles={
        "sender": needs(operations=("send_burst",)),
        "left": needs(operations=("receive_burst",)),
        "right": needs(operations=("receive_burst",)),
    },
    binder="left",
    binders=("left", "sender"),
    axes=(
        types(
            "sender",
            ("left", "right"),
            push_pull=SocketPair(PUSH, PULL),
            dealer_router=SocketPair(DEALER, ROUTER),
            dealer_dealer=SocketPair(DEALER, DEALER),
        ),
    ),
    primary=(),
)
async def load_balance(cell: CellContext) -> None:
    """Each message goes to exactly one of two receivers, and each of them gets a third of all or more.

    RFC 30/PIPELINE, "The PUSH Socket Type", and RFC 28/REQREP, "The DEALER Socket Type": it "SHALL route outgoing
    messages to available peers using a round-robin strategy". That is a half for each, but for times at which the queue
    of one is full. It begins when both have had a message. Where `left` binds, `right` does, too.
    """
    pattern: SocketPair = cell.value("pattern")
    sender = cell.sender.open(pattern.sender)
    receivers = [lane.open(pattern.receiver) for lane in (cell.left, cell.right)]
    await link_all(cell, sender, receivers)
    clock = asyncio.get_running_loop()
    end = clock.time() + cell.limit
    heard: set[int] = set()
    while len(heard) < len(receivers):
        if clock.time() > end:
            raise expect.lost("a message to each of two receivers", f"one receiver alone got any in {cell.limit:g} s")
        sender.send_burst(1, SIZE, cell.limit)
        got = await share(cell, receivers, 1)
        expect.numbers([*got[0], *got[1]], [0])
        heard.add(got.index([0]))
    sender.send_burst(WORK, SIZE, cell.limit)
    got = await share(cell, receivers, WORK)
    expect.numbers(sorted([*got[0], *got[1]]), range(WORK))
    shares = [len(mine) for mine in got]
    expect.that(min(shares) >= SHARE, Kind.MISROUTED, f"{SHARE} of {WORK} messages for each, or more", f"{shares}")
    for mine in got:
        expect.numbers(mine, sorted(mine))


async def ask(cell: CellContext, req: Socket, reps: Sequence[Socket]) -> int:
    """Asks a question and has it answered by the one who got it: which one."""
    req.send(QUESTION)
    wait, waited = FIRST_WAIT, 0.0
    while waited < cell.limit:
        got = [await cell.collect([asked]) for asked in [rep.receive(timeout=wait) for rep in reps]]
        if any(got):
            expect.messages([*got[0], *got[1]], [QUESTION])
            index = got.index([QUESTION])
            await cell.transfer(reps[index], req, [ANSWER])
            return index
        waited += wait
        wait = min(wait * 2, LONGEST_WAIT)
    raise expect.lost("a question", "none")


@scenario(
    roles={"requester": needs(REQ), "left": needs(REP), "right": needs(REP)},
    binder="left",
    binders=("left", "requester"),
    primary=(),
)
async def request_round_robin(cell: CellContext) -> None:
    """REQ asks one of two services after the other, in turn, and each answer is the answer to the question.

    RFC 28/REQREP, "The REQ Socket Type": it "SHALL route outgoing messages to connected peers using a round-robin
    strategy". It begins when both have had a question. Where `left` binds, `right` does, too.
    """
    req = cell.requester.open(REQ)
    reps = [lane.open(REP) for lane in (cell.left, cell.right)]
    await link_all(cell, req, reps)
    clock = asyncio.get_running_loop()
    end = clock.time() + cell.limit
    turn = first = await ask(cell, req, reps)
    while turn == first:
        if clock.time() > end:
            raise expect.lost("a question to each of two services", f"one service alone got any in {cell.limit:g} s")
        turn = await ask(cell, req, reps)
    turns = [await ask(cell, req, reps) for _ in range(ROUNDS)]
    wanted = [(turn + 1 + number) % 2 for number in range(ROUNDS)]
    expect.that(turns == wanted, Kind.MISROUTED, f"services in turn: {wanted}", f"{turns}")
