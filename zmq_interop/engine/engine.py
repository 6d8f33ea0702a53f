"""The engine: takes cells whose instances are ready, plays as many at once as pays, and judges each."""

from __future__ import annotations

import asyncio
import functools
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from zmq_interop.cell import Cell
from zmq_interop.clip import clip
from zmq_interop.control import journal
from zmq_interop.engine.life import Life, Playing
from zmq_interop.engine.line import Line
from zmq_interop.engine.play import Outcome, play
from zmq_interop.engine.pool import MAX_LOSSES, Pool
from zmq_interop.errors import AgentDied, AgentError, AgentHung, PeerBroken
from zmq_interop.events import CellJudged, Event, Incident
from zmq_interop.manifest import Peer
from zmq_interop.plan import missing
from zmq_interop.runtimes.base import Ended, Runtime
from zmq_interop.stage import Stage
from zmq_interop.verdicts import Kind, Verdict

SLOW_JOBS = 128
KNOWN_LOST = 2.0  # seconds that a cell waits for what is known to get lost: the rest of the limit tells nothing new
OWN_JOBS = 12


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """jobs: cells in flight. limit: seconds that an operation waits for a message. grace: seconds that an answer may
    be late before the agent counts as hung."""

    jobs: int = 16
    limit: float = 10.0
    grace: float = 10.0


class Engine:
    """Plays the cells of one run and emits an event for each verdict.

    expects: how the cell of an id is known to fail, which is no verdict but decides beside which others it is played.
    """

    def __init__(
        self,
        runtimes: Mapping[str, Runtime],
        peers: Mapping[str, Peer],
        proto_digest: str,
        emit: Callable[[Event], None],
        say: Callable[[str], None],
        settings: Settings,
        expects: Callable[[str], Collection[Kind]] = lambda _: (),
    ) -> None:
        self._peers = peers
        self._emit = emit
        self._settings = settings
        self._pool = Pool(runtimes, peers, proto_digest, settings.grace, emit, say, self._wake)
        self._expects = functools.cache(expects)  # asked several times of each cell; a ledger is long
        self._features = {peer: runtime.features for peer, runtime in runtimes.items()}
        self._sleepers: list[asyncio.Future[None]] = []
        self._incidents: list[tuple[AgentError, list[Cell]]] = []
        self._stopping = False
        self._unique = itertools.count(1)
        self._salt = secrets.token_hex(3)  # multicast groups and abstract names are the machine's, not the run's
        self._started = 0.0

    async def run(self, cells: Sequence[Cell], again: Callable[[], Sequence[Cell]] = list) -> None:
        """Judges every cell once, unless `stop` is called.

        again: asked when all are judged, and after each time: cells of these to be judged once more; none ends the run.
        """
        loop = asyncio.get_running_loop()
        self._started = loop.time()
        playable: list[Cell] = []
        for cell in cells:
            lacking = missing(cell, self._peers, self._features)
            if lacking:
                reason = "; ".join(map(str, lacking))
                self._emit(self._judged(cell, Outcome(verdict=Verdict.UNSUPPORTED, reason=reason)))
            else:
                playable.append(cell)
        try:
            self._pool.start(playable)
            while playable and not self._stopping:
                await self._all_workers(self._workers(playable))
                await self._play_alone()
                playable = [] if self._stopping else list(again())
        finally:
            await self._pool.close()

    def _workers(self, cells: Sequence[Cell]) -> list[Sequence[Line]]:
        """For each worker the lines from which it takes cells."""
        sorts: dict[str, list[Cell]] = {"quick": [], "slow": [], "own": []}
        for cell in cells:
            sorts[self._sort(cell)].append(cell)
        quick, slow, own = (Line(sort) for sort in sorts.values())
        if self._settings.jobs == 1:
            return [(quick, slow, own)]
        # What mostly waits does so beside the rest; agents are started a few at a time.
        workers: list[Sequence[Line]] = [(quick,)] * min(self._settings.jobs, len(quick))
        return workers + [(slow,)] * min(SLOW_JOBS, len(slow)) + [(own,)] * min(OWN_JOBS, len(own))

    def _sort(self, cell: Cell) -> str:
        """Whether the cell is quick, mostly waits, or has instances of its own."""
        if cell.scenario.own or self._fells(cell):
            return "own"
        # What is known to fail mostly waits for what does not come, which others need not wait for too.
        return "slow" if cell.scenario.slow or self._expects(cell.id) else "quick"

    def _limit(self, cell: Cell) -> float:
        """Seconds that an operation of this cell waits."""
        limit = self._settings.limit
        return min(limit, KNOWN_LOST) if Kind.LOST in self._expects(cell.id) else limit

    def _fells(self, cell: Cell) -> bool:
        """Whether the cell is known to take an agent along: it must not take other cells along as well."""
        return not {Kind.CRASHED, Kind.HUNG}.isdisjoint(self._expects(cell.id))

    def stop(self) -> None:
        """Begins no other cell; those in flight are played to their end."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        sleepers, self._sleepers = self._sleepers, []
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def _all_workers(self, workers: Sequence[Sequence[Line]]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for lines in workers:
                    group.create_task(self._work(lines))
        except ExceptionGroup as group:  # one defect stops all workers; it is the one to see
            raise group.exceptions[0] from group

    async def _work(self, lines: Sequence[Line]) -> None:
        while (cell := await self._next(lines)) is not None:
            try:
                playing = await self._cast(cell)
            except PeerBroken as error:
                self._emit(self._judged(cell, _broken(error)))
                continue
            if playing is None:
                return
            try:
                judged = self._judged(cell, await self._play(playing), playing)
            except AgentError as error:
                culprit = playing.culprit(error)
                culprit.casualties.append(playing)
                self._pool.retire(culprit, error)
            else:
                self._emit(judged)
            finally:
                playing.end()
            for life in dict.fromkeys(playing.lives):
                if life.cause is not None and not life.in_flight:
                    await self._settle(life, life.cause)
            await self._dismiss(playing)
            if self._sleepers:
                self._wake()

    async def _next(self, lines: Sequence[Line]) -> Cell | None:
        """The next cell whose instances are ready; None when there will be none."""
        while any(lines) and not self._stopping:
            if self._pool.defect is not None:
                raise self._pool.defect
            for line in lines:
                while (lost := line.lost(self._pool)) is not None:
                    broken, queue = lost
                    for hopeless in queue:  # all at once
                        self._emit(self._judged(hopeless, _broken(broken)))
                if (cell := line.next(self._pool)) is not None:
                    return cell
            if any(lines):
                await self._sleep()
        return None

    async def _sleep(self) -> None:
        """Until something has changed."""
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        await sleeper

    async def _cast(self, cell: Cell) -> Playing | None:
        """The cell with its instances; None when the run ends before they are ready. Raises PeerBroken."""
        alone = self._fells(cell)
        own = await self._pool.own(cell, alone=alone) if alone or cell.scenario.own else {}
        while not self._pool.ready(cell):  # starting its own took time
            broken = self._pool.lost(cell)
            if broken is not None or self._stopping or self._pool.defect is not None:
                await asyncio.gather(*(self._pool.dismiss(life) for life in own.values()))
                if broken is not None:
                    raise broken
                return None
            await self._sleep()
        lives = self._pool.take(cell, own)
        return Playing(cell, lives, own.values(), self._limit(cell), self._pool.again, alone)

    async def _dismiss(self, playing: Playing) -> None:
        """Ends the cell's own instances, but for those that were lost: they have been settled."""
        await asyncio.gather(*(self._pool.dismiss(life) for life in playing.own if life.cause is None))

    async def _play(self, playing: Playing) -> Outcome:
        """Plays one cell; raises AgentError when an instance was lost on the way."""
        unique = f"{self._salt}{next(self._unique)}"
        return await play(Stage(playing, unique, self._limit(playing.cell)))

    async def _settle(self, life: Life, cause: AgentError) -> None:
        """No cell is on a lost instance any more: blames its only casualty, or keeps all to be played alone."""
        if life.settled:
            return
        life.settled = True
        ended = await life.stop()
        cells = [playing.cell for playing in life.casualties]
        self._emit(
            Incident(
                instance=life.name,
                reason=clip(cause.message),
                ended=str(ended),
                cells=[cell.id for cell in cells],
                stderr=life.instance.stderr.tail(),
            )
        )
        if len(life.casualties) == 1:
            playing = life.casualties[0]
            self._emit(self._judged(playing.cell, _blamed(cause, ended), playing))
        elif cells:  # and not what was answered to them, which may be much
            self._incidents.append((cause, cells))

    async def _play_alone(self) -> None:
        """Plays again, one by one on instances of their own, the cells that were in flight when an instance was lost.

        A peer that loses agent after agent here too is given up: learning more would take longer than anyone waits.
        """
        losses: Counter[str] = Counter()
        incidents, self._incidents = self._incidents, []
        for cause, cells in incidents:
            judged: list[CellJudged] = []
            explained = False  # one of them was found guilty, so the others keep their own verdicts
            for cell in cells:
                if self._stopping:
                    break
                hopeless = next((peer for peer in cell.peers if losses[peer] >= MAX_LOSSES), None)
                if hopeless is not None:
                    reason = (
                        f"{hopeless} lost {MAX_LOSSES} agents to cells that were played alone; "
                        "this one was in flight when another was lost"
                    )
                    judged.append(self._judged(cell, Outcome(verdict=Verdict.BROKEN, reason=reason)))
                    explained = True
                    continue
                one, culprit = await self._alone(cell)
                if culprit is not None:
                    losses[culprit] += 1
                    explained = True
                judged.append(one)
            for one in judged:  # who failed or was broken alone stays so
                if not explained and one.verdict is Verdict.PASS:
                    if len(judged) < len(cells):  # stopped before the guilty one was found: nothing is known
                        break
                    reason = f"{cause.message} with {len(cells)} cells in flight, and none of them does it alone"
                    one = msgspec.structs.replace(one, verdict=Verdict.BROKEN, kind=None, reason=reason)
                self._emit(one)

    async def _alone(self, cell: Cell) -> tuple[CellJudged, str | None]:
        """One cell on its own instances, and the peer of which it loses one, if it does."""
        try:
            own = await self._pool.own(cell, alone=True)
        except PeerBroken as error:
            return self._judged(cell, _broken(error)), None
        lives = self._pool.take(cell, own)
        playing = Playing(cell, lives, own.values(), self._settings.limit, self._pool.again, alone=True)
        try:
            return self._judged(cell, await self._play(playing), playing), None
        except AgentError as error:
            culprit = playing.culprit(error)
            ended = await culprit.stop()
            return self._judged(cell, _blamed(error, ended), playing), culprit.peer.name
        finally:
            await asyncio.gather(*(life.stop() for life in playing.own))

    def _judged(self, cell: Cell, outcome: Outcome, playing: Playing | None = None) -> CellJudged:
        now = asyncio.get_running_loop().time()
        start = playing.start if playing else now
        return CellJudged(
            id=cell.id,
            scenario=cell.scenario.name,
            transport=cell.transport,
            binder=cell.binder,
            values=cell.values,
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
            operations=journal.operations(playing.journal, start) if playing else [],
            stderr=playing.stderr() if playing else {},
        )


def _broken(error: PeerBroken) -> Outcome:
    return Outcome(verdict=Verdict.BROKEN, reason=f"{error.peer}: {error.message}")


def _blamed(error: AgentError, ended: Ended) -> Outcome:
    """The verdict on the one cell that loses an agent."""
    match error:
        case AgentDied() if ended.unseen:
            return Outcome(verdict=Verdict.BROKEN, reason=f"{error.message}: {ended.unseen}")
        case AgentDied():
            return Outcome(
                verdict=Verdict.FAIL,
                kind=Kind.CRASHED,
                expected="the agent to live on",
                got=f"{error.message}; it {ended}",
            )
        case AgentHung():
            return Outcome(verdict=Verdict.FAIL, kind=Kind.HUNG, expected="an answer", got=error.message)
        case _:
            return Outcome(verdict=Verdict.BROKEN, reason=str(error))
