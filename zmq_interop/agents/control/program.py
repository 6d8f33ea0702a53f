"""Operations on their way to an agent: which of them leave together as one Program, and what its answer means for each.

No I/O: channel.py writes and reads.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator, Sequence

from interop.control.v1.control_pb2 import Program, Request, Response
from zmq_interop.system.errors import AgentError

MOST_STEPS = 512  # operations of a Program
MOST_BYTES = 8 << 20  # of its operations; one that is longer has a Request of its own
EACH = 512  # bytes that an answer takes in memory beside its own


# Operations that nobody else notices: they leave with the next one of their lane, or once somebody waits for it.
QUIET = frozenset({"open"})
_turns = itertools.count(1)


class Malformed(ValueError):
    """A Response that does not answer its Program; the text says why."""


class Exchange:
    """One operation and, once it has come, its answer.

    name: the operation's field in Request. Times are of the event loop's clock, in seconds. limit: seconds in which the
    answer has to come. may_take: those that the operation has by itself. last: a Program ends with it, so that its
    answer waits for no later operation. stopped_by: the operation of the same Program whose failure kept this one from
    being carried out. failed: by that, or by its own error. size: of the answer, in bytes of memory. asked, answered:
    places in the order of everything that all lanes were asked and answered, which a clock cannot always tell; answered
    is 0 until the answer has come.
    """

    __slots__ = (
        "answer",
        "answered",
        "answered_at",
        "asked",
        "failed",
        "last",
        "limit",
        "may_take",
        "name",
        "request",
        "sent_at",
        "size",
        "stopped_by",
    )

    def __init__(
        self,
        name: str,
        request: Request,
        answer: asyncio.Future[Response],
        *,
        sent_at: float,
        limit: float,
        may_take: float,
    ) -> None:
        self.name = name
        self.request = request
        self.answer = answer
        self.sent_at = sent_at
        self.limit = limit
        self.may_take = may_take
        self.last = False
        self.stopped_by: Exchange | None = None
        self.answered_at: float | None = None
        self.asked = next(_turns)
        self.answered = 0
        self.failed = False
        self.size = 0

    @property
    def urgent(self) -> bool:
        """Whether it leaves with the next write, and does not wait for another operation."""
        return self.last or self.name not in QUIET

    def take(self, response: Response, now: float, size: int) -> None:
        """The answer has come."""
        self.answered_at = now
        self.answered = next(_turns)
        self.failed = response.HasField("error")
        self.size = size
        if not self.answer.done():  # a cancelled cell no longer waits
            self.answer.set_result(response)

    def fail(self, error: AgentError) -> None:
        """There will be no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # raised again where it is awaited; no warning when nobody does


class Dispatch:
    """The operations of one Request, in order. may_take: seconds that they have together."""

    __slots__ = ("deadline", "exchanges", "id", "lane", "may_take", "sent_at")

    def __init__(self, id: int, lane: int, exchanges: Sequence[Exchange], now: float) -> None:
        self.id = id
        self.lane = lane
        self.exchanges = exchanges
        self.sent_at = now
        self.deadline = now + exchanges[-1].limit
        self.may_take = sum(exchange.may_take for exchange in exchanges)

    def encoded(self) -> bytes:
        """The Request: a Program where there are several operations."""
        if len(self.exchanges) == 1:
            request = self.exchanges[0].request
            request.id, request.lane = self.id, self.lane
            return request.SerializeToString()
        program = Program(steps=[exchange.request for exchange in self.exchanges])
        return Request(id=self.id, lane=self.lane, program=program).SerializeToString()

    def take(self, response: Response, now: float, size: int) -> int:
        """Gives each operation its answer, and returns the bytes of memory that these take.

        size: bytes of the encoded Response. Raises Malformed.
        """
        exchanges = self.exchanges
        if len(exchanges) == 1:
            exchanges[0].take(response, now, size + EACH)
            return size + EACH
        results: Sequence[Response] = response.program.results
        if response.HasField("error"):  # the agent could not answer for the Program as a whole
            results = [response]
        done = len(results)
        if not 1 <= done <= len(exchanges):
            raise Malformed(f"{done} results for a Program of {len(exchanges)} operations")
        failed = results[-1].HasField("error")
        if done < len(exchanges) and not failed:
            raise Malformed(
                f"{done} results for a Program of {len(exchanges)} operations, and none of them is an error"
            )
        each = size // done + EACH
        for at, result in enumerate(results):
            if at < done - 1 and result.HasField("error"):
                raise Malformed(f"results after the error of operation {at + 1} of a Program")
            exchanges[at].take(result, now, each)
        for exchange in exchanges[done:]:
            exchange.stopped_by = exchanges[done - 1]
            exchange.take(results[-1], now, 0)
        return each * done

    def fail(self, error: AgentError) -> None:
        """There will be no answer to any of them."""
        for exchange in self.exchanges:
            exchange.fail(error)


def split(exchanges: Iterable[Exchange], *, programs: bool) -> Iterator[Sequence[Exchange]]:
    """The operations of one lane, in order, as they leave together.

    programs: whether the agent carries out Programs; each operation leaves alone else.
    """
    together: list[Exchange] = []
    size = 0
    for exchange in exchanges:
        own = exchange.request.ByteSize()
        if together and (size + own > MOST_BYTES or len(together) == MOST_STEPS or not programs):
            yield together
            together, size = [], 0
        together.append(exchange)
        size += own
        if exchange.last:
            yield together
            together, size = [], 0
    if together:
        yield together
