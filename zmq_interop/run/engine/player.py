"""Plays a cell on given instances, and turns the outcome into an event."""

from __future__ import annotations

import asyncio
import functools
import itertools
import secrets
from collections.abc import Callable

import msgspec

from zmq_interop.agents.runtimes.base import Ended
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Wire
from zmq_interop.core.transcript import Transcript
from zmq_interop.core.verdicts import Expectation, Kind, Verdict
from zmq_interop.run.engine import journal
from zmq_interop.run.engine.instance import Playing
from zmq_interop.run.engine.play import Outcome, play
from zmq_interop.scenarios.kit.cell_context import CellContext, SharedLink
from zmq_interop.scenarios.kit.cell_tap import CellTap
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import AgentDied, AgentError, AgentHung, PeerBroken

KNOWN_LOST = 2.0  # seconds to wait for a message that is known to get lost every time; longer adds nothing

Watch = Callable[[Playing, CellJudged], None]


def unwatched(_: Playing, __: CellJudged) -> None:
    """The Watch that does nothing."""


class Player:
    """Plays and replays cells.

    limit: seconds that an operation waits for a message. expects: how a cell is known to fail. watch: called with each
    cell that was played without relays and its verdict, while its lanes have what was asked and answered. Create it in
    the running loop: times in events count from then. tapped: cells are played through relays; may be changed while
    none is played.
    """

    def __init__(
        self,
        limit: float,
        expects: Callable[[Cell], Expectation],
        watch: Watch = unwatched,
        *,
        tapped: bool = False,
    ) -> None:
        self.tapped = tapped
        self.transcripts: dict[str, Transcript] = {}  # of cells whose event was not emitted yet, by id
        self._watch = watch
        self.expects = functools.cache(expects)  # called several times per cell, and a ledger is long
        self.in_flight = 0  # cells that are being played
        self._limit = limit
        self._unique = itertools.count(1)
        self._salt = secrets.token_hex(3)  # abstract names are shared by all runs on the machine
        self._started = asyncio.get_running_loop().time()

    def limit(self, cell: Cell) -> float:
        """Seconds that an operation of this cell waits; an entry of the ledger shortens only what never passes."""
        known = self.expects(cell)
        return min(self._limit, KNOWN_LOST) if Kind.LOST in known.kinds and not known.flaky else self._limit

    def fells(self, cell: Cell) -> bool:
        """Whether the cell is known to crash an agent: it must not affect other cells."""
        return not {Kind.CRASHED, Kind.HUNG}.isdisjoint(self.expects(cell).kinds)

    async def play(self, playing: Playing, link: SharedLink | None = None, *, keep_link: bool = False) -> CellJudged:
        """Plays one cell; raises AgentError if an instance is lost meanwhile.

        link: the sockets that it shares with other cells. keep_link: leaves them open if it passes. Neither counts for
        a cell that is played through relays.
        """
        unique = f"{self._salt}{next(self._unique)}"
        limit = self.limit(playing.cell)
        tap = self._tap(playing) if self.tapped else None
        stage = CellContext(playing, unique, limit, None if tap else link, tap)
        self.in_flight += 1
        try:
            outcome = await (self._through_relays(stage, tap) if tap else play(stage, keep_link=keep_link))
        finally:
            self.in_flight -= 1
        judged = self.judged(playing.cell, outcome, playing)
        if tap is None:
            self._watch(playing, judged)
        if not (stage.notes or stage.logs):
            return judged
        told = [*judged.operations, *journal.notes(stage.notes, playing.start)]
        return msgspec.structs.replace(
            judged, operations=sorted(told, key=lambda one: one.at), stderr=judged.stderr | stage.logs
        )

    def _tap(self, playing: Playing) -> CellTap:
        loop = asyncio.get_running_loop()
        return CellTap(playing.cell, lambda: round((loop.time() - playing.start) * 1e6))

    async def _through_relays(self, stage: CellContext, tap: CellTap) -> Outcome:
        try:
            outcome = await play(stage)
        finally:
            await tap.close()
            self.transcripts[stage.cell.id] = tap.transcript()
        if tap.failed and outcome.verdict is not Verdict.UNSUPPORTED:
            return Outcome(verdict=Verdict.BROKEN, reason=f"the tap failed: {tap.failed}")
        return outcome

    def wire(self, judged: CellJudged, *, replay: bool) -> Wire | None:
        """What the relays saw of a cell, once. replay: as for `Wire`.

        None if it was not tapped, or if a compiler refuses its message, so that nothing was sent.
        """
        transcript = self.transcripts.pop(judged.id, None)
        if transcript is None or judged.kind is Kind.UNCOMPILABLE:
            return None
        if not replay:
            return Wire(id=judged.id, transcript=transcript)
        return Wire(
            id=judged.id,
            transcript=transcript,
            replay=True,
            verdict=judged.verdict,
            kind=judged.kind,
            expected=judged.expected,
            got=judged.got,
            reason=judged.reason,
            at=judged.at,
            seconds=judged.seconds,
            instances=judged.instances,
            operations=judged.operations,
            stderr=judged.stderr,
        )

    def broken(self, cell: Cell, error: PeerBroken) -> CellJudged:
        """The verdict on a cell that one of its peers makes unjudgeable."""
        return self.judged(cell, Outcome(verdict=Verdict.BROKEN, reason=f"{error.peer}: {error.message}"))

    def blamed(self, playing: Playing, error: AgentError, ended: Ended) -> CellJudged:
        """The verdict on the one cell that loses an agent."""
        return self.judged(playing.cell, _blame(error, ended), playing)

    def judged(self, cell: Cell, outcome: Outcome, playing: Playing | None = None) -> CellJudged:
        """The event of a verdict. playing: how the cell was played, if it was."""
        now = asyncio.get_running_loop().time()
        start = playing.start if playing else now
        return CellJudged(
            id=cell.id,
            scenario=cell.scenario.name,
            transport=cell.transport,
            binder=cell.binder,
            values=cell.values,
            about=cell.about,
            roles=dict(zip(cell.scenario.roles, cell.peers, strict=True)),
            verdict=outcome.verdict,
            kind=outcome.kind,
            expected=clip(outcome.expected),
            got=clip(outcome.got),
            reason=clip(outcome.reason),
            at=round(start - self._started, 6),
            seconds=round(now - start, 6),
            alone=playing.alone if playing else False,
            instances={role: instance.name for role, instance in playing.instances.items()} if playing else {},
            operations=journal.operations(playing.journal, start, link_of=playing.link_of) if playing else [],
            stderr=playing.stderr() if playing else {},
        )


def _blame(error: AgentError, ended: Ended) -> Outcome:
    match error:
        case AgentDied() if ended.unseen:
            return Outcome(verdict=Verdict.BROKEN, reason=f"{error.message}: {ended.unseen}")
        case AgentDied():
            return Outcome(
                verdict=Verdict.FAIL,
                kind=Kind.CRASHED,
                expected="the agent to stay alive",
                got=f"{error.message}; it {ended}",
            )
        case AgentHung():
            return Outcome(verdict=Verdict.FAIL, kind=Kind.HUNG, expected="an answer", got=error.message)
        case _:
            return Outcome(verdict=Verdict.BROKEN, reason=str(error))


def both_verdicts(shared: CellJudged, alone: CellJudged) -> CellJudged:
    """The verdict on a cell that failed on a link that other cells had used, once it was played alone.

    It stays a failure, whatever it did alone: then it takes an earlier message on the link to make it fail.
    """
    if alone.verdict is Verdict.PASS:
        told = "it passes on a link of its own, so an earlier message on the shared link takes part in this failure"
        return msgspec.structs.replace(shared, reason="; ".join(filter(None, [shared.reason, told])))
    if (alone.verdict, alone.kind) == (shared.verdict, shared.kind):
        return alone
    told = f"on a link that it shared with other cells it was {shared.kind or shared.verdict}"
    return msgspec.structs.replace(alone, reason="; ".join(filter(None, [alone.reason, told])))
