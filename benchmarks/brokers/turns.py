"""Turns of one system beside turns of the reference: latency of messages one at a time, and messages a second."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.bench import NotMeasured
from benchmarks.brokers.ends import Pair
from benchmarks.brokers.results import Samples, Speed

MOST_BYTES = 128 << 20  # of one turn: brokers keep what nobody has taken yet
MOST, LEAST = 200_000, 100


class Effort(NamedTuple):
    """How thorough it is. repeats: turns of each kind. seconds: of a turn that measures speed; the reference takes a
    third. letters: messages of a turn that measures latency. killed: messages in a trial with a kill. silence: seconds
    after which nothing more is expected then; brokers deliver again after two, as they are set here."""

    repeats: int
    seconds: float
    letters: int
    killed: int
    silence: float = 3.0


FULL, QUICK = Effort(5, 1.0, 500, 2000), Effort(1, 0.2, 100, 600)
PACE = 0.004  # seconds between two messages of which the latency is measured: what waits in a queue would hide it
_ROUNDS = 12


def count_for(rate: float, seconds: float, size: int) -> int:
    """How many messages take about so long at this rate, within bounds, in hundreds."""
    most = min(MOST, MOST_BYTES // size)
    return max(LEAST, min(most, int(rate * seconds)) // 100 * 100)


async def latency(pair: Pair, letters: int) -> tuple[float, float]:
    """p50 and p99 in microseconds, of messages of 64 bytes that are sent one at a time. Raises NotMeasured."""
    await pair.begin(count=letters, size=64, pace=PACE, careful=True)
    await pair.sent()
    done = await pair.received()
    if done["p50"] is None:
        raise NotMeasured("no message arrived")
    return done["p50"], done["p99"]


class Turn(NamedTuple):
    """A turn that measures speed."""

    rate: float
    sent: int
    lost: int


async def speed(pair: Pair, count: int, size: int) -> Turn:
    """Messages a second, from the first one's sending to the last one's arrival. Raises NotMeasured."""
    await pair.begin(count=count, size=size, careful=True)
    sent = await pair.sent()
    done = await pair.received()
    if not done["got"]:
        raise NotMeasured(f"none of {count} messages of {size} bytes arrived")
    return Turn(done["got"] / max(done["last"] - sent["began"], 1e-9), count, count - done["got"])


async def enough(pair: Pair, seconds: float, size: int) -> int:
    """How many messages take about so long: tried with more and more, since with few the first one's latency counts."""
    count, most = LEAST, count_for(MOST, 1.0, size)
    for _ in range(_ROUNDS):
        turn = await speed(pair, count, size)
        took = (turn.sent - turn.lost) / turn.rate
        if took >= seconds * 0.75 or count == most:
            break
        count = min(most, int(count * max(2.0, min(8.0, seconds / took))) // 100 * 100)
    return count


async def latencies(pair: Pair, reference: Pair, effort: Effort) -> tuple[Samples, Samples]:
    """p50 and p99 over all repeats, with their ratios."""
    for one in (pair, reference):
        await latency(one, effort.letters)  # what is set up, or compiled, with the first messages
    turns = []
    for _ in range(effort.repeats):
        beside = await latency(reference, effort.letters)
        turns.append((await latency(pair, effort.letters), beside))
    p50, p99 = (
        Samples(tuple(own[part] for own, _ in turns), tuple(own[part] / beside[part] for own, beside in turns))
        for part in (0, 1)
    )
    return p50, p99


async def speeds(pair: Pair, reference: Pair, effort: Effort, size: int) -> Speed:
    """Messages a second of this size over all repeats, with their ratios."""
    own_count = await enough(pair, effort.seconds, size)
    beside_count = await enough(reference, effort.seconds / 3, size)
    turns = []
    for _ in range(effort.repeats):
        beside = await speed(reference, beside_count, size)
        turns.append((await speed(pair, own_count, size), beside))
    rate = Samples(tuple(own.rate for own, _ in turns), tuple(own.rate / beside.rate for own, beside in turns))
    return Speed(size, rate, sum(own.sent for own, _ in turns), sum(own.lost for own, _ in turns))
