"""One agent's control channel: requests are pipelined, and each answer is matched to its request by id.

Operations that are asked in one turn of the event loop leave in one write, those of each lane as one Program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import NamedTuple

from google.protobuf.message import DecodeError

from interop.control.v1.control_pb2 import Request, Response
from interop.control.v1.hello_pb2 import Hello
from zmq_interop.agents.control import bounds
from zmq_interop.agents.control.bounds import TooMuch
from zmq_interop.agents.control.framing import FramingError, Unframer, frame
from zmq_interop.agents.control.program import Dispatch, Exchange, Malformed, split
from zmq_interop.agents.runtimes.base import Instance
from zmq_interop.system.errors import AgentDied, AgentError, AgentHung, DialogueBroken

GRACE = 10.0  # seconds beyond an operation's own limit; the contract says 2, the rest is for a busy machine
HELD = 1 << 30  # bytes of answers to the cells in flight; what honest agents hold at once is a tenth of it
WATCH = 0.5  # seconds between two looks at the deadlines: exact enough for a grace of 10


class Delays(NamedTuple):
    """How late an agent is. answers: those that came, and those that are overdue. seconds: by which all of them
    together took longer than their operations may; what an operation waits for others of its lane is not its own."""

    answers: int = 0
    seconds: float = 0.0

    def __add__(self, other: object) -> Delays:
        """Those of two agents."""
        assert isinstance(other, Delays)
        return Delays(self.answers + other.answers, self.seconds + other.seconds)

    @property
    def mean(self) -> float:
        """Seconds an answer."""
        return self.seconds / self.answers if self.answers else 0.0


class Channel:
    """Speaks with one agent. It is the Receiver of that agent's instance; all calls belong to the event loop's thread.

    on_lost is called when nothing new is to be asked: once when the agent died or broke the contract, and for each
    answer that is overdue, while other lanes may still answer. on_look is called twice a second while answers are
    outstanding, with the seconds by which this call itself is late: how busy the machine is.
    """

    def __init__(self, name: str, grace: float = GRACE, on_lost: Callable[[AgentError], None] | None = None) -> None:
        self.name = name
        self.hello: asyncio.Future[Hello] = asyncio.get_running_loop().create_future()
        self.lost: AgentError | None = None
        self.on_lost = on_lost
        self.on_look: Callable[[float], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._grace = grace
        self._unframer = Unframer()
        self._flushing = False  # whether a flush is due at the end of this turn
        self._waiting: dict[int, list[Exchange]] = {}  # lane -> what leaves with the next write
        self._pending: dict[int, Dispatch] = {}
        self._overdue: set[int] = set()  # given up; their answers may still come and mean nothing any more
        self._instance: Instance | None = None
        self._programs = False  # whether the agent carries them out, as its Hello says
        self._last_id = 0
        self._watch: asyncio.TimerHandle | None = None
        self._held = 0  # bytes of answers that cells in flight still have
        self._answers = 0  # since `delays` was last asked
        self._late = 0.0  # seconds, of those
        self._free: dict[int, float] = {}  # lane -> when its last answer came

    def time(self) -> float:
        """Now, in seconds of the clock that all times of this channel belong to."""
        return self._loop.time()

    def attach(self, instance: Instance) -> None:
        """Names the instance to write to; requests made before are written now."""
        self._instance = instance
        self.flush()

    def request(self, lane: int, name: str, request: Request, limit: float, may_take: float | None = None) -> Exchange:
        """Asks for one operation, ahead of its answer.

        name: its field in Request. request: without id and lane, which are set here. limit: seconds in which the answer
        has to come. may_take: those of them that the operation has by itself, where others of its lane come first.
        `answer` of the result gives the Response, also when that is an error; it raises AgentDied, AgentHung or
        DialogueBroken when there is none.
        """
        now = self._loop.time()
        exchange = Exchange(
            name,
            request,
            self._loop.create_future(),
            sent_at=now,
            limit=limit + self._grace,
            may_take=limit if may_take is None else may_take,
        )
        if self.lost is not None:
            exchange.fail(self.lost)
            return exchange
        self._waiting.setdefault(lane, []).append(exchange)
        if exchange.urgent:
            self._flush_soon()
        return exchange

    def hurry(self, lane: int, exchange: Exchange) -> None:
        """Ends the Program with this operation, if it has not left yet, and lets it leave with the next write."""
        if not exchange.last and exchange in self._waiting.get(lane, ()):
            exchange.last = True
            self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Writes what was asked in this turn of the loop; called at its end."""
        self._flushing = False
        if self._instance is None or self.lost is not None:
            return
        outgoing = []
        now = self._loop.time()
        for lane, exchanges in list(self._waiting.items()):
            if not any(exchange.urgent for exchange in exchanges):
                continue
            del self._waiting[lane]
            for together in split(exchanges, programs=self._programs):
                self._last_id += 1
                dispatch = Dispatch(self._last_id, lane, together, now)
                self._pending[dispatch.id] = dispatch
                outgoing.append(frame(dispatch.encoded()))
        if outgoing:
            self._instance.write(b"".join(outgoing) if len(outgoing) > 1 else outgoing[0])
            if self._watch is None:
                self._watch = self._loop.call_later(WATCH, self._look)

    def received(self, data: bytes) -> None:
        """Takes bytes of the agent (Receiver)."""
        if self.lost is not None:
            return
        try:
            for message in self._unframer.feed(data):
                bounds.check(message)
                self._answer(Response.FromString(message), len(message))
        except FramingError as error:
            self.give_up(DialogueBroken(self.name, f"{self.name} broke the control channel: {error}", _STDOUT_HINT))
        except TooMuch as error:
            self.give_up(DialogueBroken(self.name, f"{self.name} answered too much: {error}", _BOUNDS_HINT))
        except Malformed as error:
            self.give_up(DialogueBroken(self.name, f"{self.name} answered {error}", _PROGRAM_HINT))
        except (DecodeError, ValueError):
            self.give_up(DialogueBroken(self.name, f"{self.name} wrote bytes that are not a Response", _STDOUT_HINT))

    def ended(self) -> None:
        """The agent closed its end (Receiver)."""
        half = f" in the middle of an answer ({self._unframer.pending} bytes arrived)" if self._unframer.pending else ""
        self.give_up(AgentDied(self.name, f"{self.name} closed its control channel{half}"))

    def release(self, exchanges: Iterable[Exchange]) -> None:
        """The cell that asked these has ended, and their answers with it."""
        self._held -= sum(exchange.size for exchange in exchanges)

    def delays(self) -> Delays:
        """How late the agent is with what it answered since this was last asked, and with what is outstanding."""
        now = self._loop.time()
        at_work = {dispatch.lane: dispatch for dispatch in reversed(self._pending.values())}  # a lane's oldest
        late = [seconds for dispatch in at_work.values() if (seconds := self._too_long(dispatch, now)) > 0]
        answers, seconds = self._answers + len(late), self._late + sum(late)
        self._answers, self._late = 0, 0.0
        return Delays(answers, seconds)

    def _too_long(self, dispatch: Dispatch, now: float) -> float:
        """Seconds by which the operations take longer than they may, from when their lane was free for them."""
        began = max(dispatch.sent_at, self._free.get(dispatch.lane, 0.0))
        return now - began - dispatch.may_take

    def _answer(self, response: Response, length: int) -> None:
        if self.lost is not None:
            return
        dispatch = self._pending.get(response.id)
        if dispatch is not None:
            now = self._loop.time()
            self._held += length
            if self._held > HELD:
                raise TooMuch(f"{self._held} bytes to the cells in flight; the harness holds {HELD}")
            self._held += dispatch.take(response, now, length) - length
            del self._pending[response.id]
            self._answers += 1
            self._late += max(0.0, self._too_long(dispatch, now))
            self._free[dispatch.lane] = now
        elif response.id == 0 and response.HasField("hello") and not self.hello.done():
            self._programs = "program" in response.hello.operations
            self.hello.set_result(response.hello)
        elif response.id in self._overdue:
            self._overdue.discard(response.id)
        else:
            what = f"{self.name} answered id {response.id}, which was never requested or was already answered"
            self.give_up(DialogueBroken(self.name, what, _ID_HINT))

    def _look(self) -> None:
        """Checks for overdue answers. One timer per channel is cheaper than one per request."""
        now = self._loop.time()
        lag = now - self._watch.when() if self._watch is not None else 0.0
        self._watch = None
        if self.on_look is not None:
            self.on_look(lag)
        for id in [id for id, dispatch in self._pending.items() if dispatch.deadline < now]:
            self._overdue.add(id)
            hung = AgentHung(self.name, f"{self.name} {_HUNG} and {self._grace:g} s more")
            self._pending.pop(id).fail(hung)
            if self.on_lost is not None:  # other lanes may still answer, but nothing new is to be begun here
                self.on_lost(hung)
        if self._pending:
            self._watch = self._loop.call_later(WATCH, self._look)

    def give_up(self, error: AgentError) -> None:
        """Ends the dialogue: all pending and future requests fail with this error. Only the first error counts."""
        if self.lost is not None:
            return
        self.lost = error
        if self._watch is not None:
            self._watch.cancel()
        pending, self._pending = self._pending, {}
        waiting, self._waiting = self._waiting, {}
        for dispatch in pending.values():
            dispatch.fail(error)
        for exchanges in waiting.values():
            for exchange in exchanges:
                exchange.fail(error)
        if not self.hello.done():
            self.hello.set_exception(error)
            self.hello.exception()
        if self.on_lost is not None:
            self.on_lost(error)


_BOUNDS_HINT = "docs/peer-contract.md, The control channel, gives the maximum size of each answer"
_PROGRAM_HINT = "docs/peer-contract.md, Programs, says what a Program answers"
_ID_HINT = "each Request gets exactly one Response with its id (docs/peer-contract.md, The control channel)"
_STDOUT_HINT = (
    "stdout is for the protocol only: the agent must redirect it before a library can print "
    "(docs/peer-contract.md, The control channel)"
)
_HUNG = "did not answer within the operation's time limit"
