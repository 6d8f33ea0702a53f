"""Balance: a socket with two peers receives from both, and distributes messages to both."""

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

MARK = 10  # high-water mark of both sides
NEAR = 5  # messages that have reached the receiver's queue
FLOOD = 1_000
FLOODS = 3
SIZE = 1_024
APART = 1_000_000  # distance between the first numbers of two senders
WORK = 300
SHARE = 100  # messages of WORK that each of two receivers must get, at least
ROUNDS = 4
QUESTION, ANSWER = (b"question",), (b"answer",)
FIRST_WAIT, LONGEST_WAIT = 0.005, 0.25  # seconds to wait for a message that may have gone to the other receiver


def types(hub: str, others: Sequence[str], **pairs: SocketPair) -> Axis:
    """The axis `pattern`: the socket type of the role `hub`, and that of the others."""
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
    """Links the hub with all others. The cell's axes say whether the hub binds, or the others do."""
    if cell.cell.binder == cell.role(hub):
        endpoint = await cell.bind(hub)
        for other in others:
            cell.connect(other, endpoint)
    else:
        for other in others:
            cell.connect(hub, await cell.bind(other))


async def share(cell: CellContext, receivers: Sequence[Socket], count: int) -> list[list[int]]:
    """Returns the numbers that each receiver got, once they have `count` in total or the cell's limit has passed."""
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
    """A receiver that one sender floods also receives from the other one, and loses no message of either.

    RFC 30/PIPELINE, "The PULL Socket Type", and RFC 28/REQREP: it "SHALL receive incoming messages from its peers using
    a fair-queuing strategy". The right sender has sent a few messages before the flood begins; all of them must be
    among the first half of those received. The system may hold up the right sender for as long as the flood takes, so
    three floods must end otherwise before the receiver is to blame. If `left` binds, so does `right`.
    """
    pattern: SocketPair = cell.value("pattern")
    receiver = cell.receiver.open(pattern.receiver, RCVHWM=MARK)
    senders = [lane.open(pattern.sender, SNDHWM=MARK) for lane in (cell.left, cell.right)]
    await link_all(cell, receiver, senders)
    for sender in senders:
        await patterns.meet(cell, sender, receiver)
    served = total = 0
    for _ in range(FLOODS):
        served, total = await flood(cell, receiver, senders)
        if served < total // 2:
            break
    expect.that(
        served < total // 2,
        Kind.UNEXPECTED,
        f"{NEAR} messages of the right sender among the first {total // 2}, in one of {FLOODS} floods",
        f"the last of them in place {served}",
    )


async def flood(cell: CellContext, receiver: Socket, senders: Sequence[Socket]) -> tuple[int, int]:
    """The left sender floods the receiver after the right one has sent. Raises Mismatch for a message that is lost.

    Returns the place of the right sender's message number NEAR, which had left that sender before, and how many
    messages there were.
    """
    counts = [MARK + NEAR + FLOOD, MARK + NEAR]
    for number, sender in enumerate(senders):
        # More than the mark: when the sender accepts the last of them, the first have left it.
        taken = await sender.send_burst(MARK + NEAR, SIZE, cell.limit, first=number * APART)
        expect.that(
            taken.messages == MARK + NEAR, Kind.REFUSED, f"{MARK + NEAR} messages to be taken", f"{taken.messages}"
        )
    senders[0].send_burst(FLOOD, SIZE, cell.limit, first=MARK + NEAR)
    got = (await receiver.receive_burst(sum(counts), cell.limit)).numbers
    for number, count in enumerate(counts):
        first = number * APART
        expect.numbers([one for one in got if one // APART == number], range(first, first + count))
    return got.index(APART + NEAR - 1), len(got)


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
    """Each message goes to exactly one of two receivers, and each receiver gets at least a third of them.

    RFC 30/PIPELINE, "The PUSH Socket Type", and RFC 28/REQREP, "The DEALER Socket Type": it "SHALL route outgoing
    messages to available peers using a round-robin strategy". So each gets half, except while the queue of one is full.
    The count starts when both have received a message. If `left` binds, so does `right`.
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
    """Sends a question, and has the service that received it answer. Returns the index of that service in `reps`."""
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
    """REQ sends its requests to two services in turn, and receives the reply to each.

    RFC 28/REQREP, "The REQ Socket Type": it "SHALL route outgoing messages to connected peers using a round-robin
    strategy". The count starts when both have received a request. If `left` binds, so does `right`.
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
