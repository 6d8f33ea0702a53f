"""The engine: plays cells whose instances are ready, up to --jobs at a time, and judges each."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from zmq_interop.agents.runtimes.base import Runtime
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event, Incident
from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.verdicts import Expectation, Verdict
from zmq_interop.run.engine import queues
from zmq_interop.run.engine.cell_queue import CellQueue
from zmq_interop.run.engine.instance import AgentInstance, Playing
from zmq_interop.run.engine.losses import Losses
from zmq_interop.run.engine.play import Outcome, close
from zmq_interop.run.engine.player import Player, Watch, both_verdicts, unwatched
from zmq_interop.run.engine.pool import Pool
from zmq_interop.run.engine.replay import Lost, Replay
from zmq_interop.scenarios.kit.cell_context import SharedLink
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import AgentDied, AgentError, AgentHung, PeerBroken

CUT = 1.0  # seconds that cells in flight have to end after an interrupt: most take less, some wait for many seconds


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """jobs: maximum number of cells in flight. limit: seconds that an operation waits for a message. grace: seconds
    that an answer may be late before the agent counts as hung. share_links: whether cells that differ only in the
    message share a link; those that are played through relays never do. wire: cells are played through relays."""

    jobs: int = 16
    limit: float = 10.0
    grace: float = 10.0
    share_links: bool = False
    wire: bool = False


class Engine:
    """Plays the cells of one run and emits an event for each verdict.

    expects: how a cell is known to fail. It does not affect the verdict, only which cells run beside each other and how
    long one waits for a message that is known to get lost every time. watch: as for Player.
    """

    def __init__(
        self,
        runtimes: Mapping[str, Runtime],
        peers: Mapping[str, Peer],
        proto_digest: str,
        emit: Callable[[Event], None],
        say: Callable[[str], None],
        settings: Settings,
        expects: Callable[[Cell], Expectation] = lambda _: Expectation(),
        watch: Watch = unwatched,
    ) -> None:
        self._emit = emit
        self._settings = settings
        self._say = say
        self._player = Player(settings.limit, expects, watch, tapped=settings.wire)
        self._replaying = False  # cells are played once more through relays, after the verdicts
        self._pool = Pool(runtimes, peers, proto_digest, settings.grace, emit, say, self._wake)
        self._features = {peer: runtime.features() for peer, runtime in runtimes.items()}
        self._sleepers: list[asyncio.Future[None]] = []
        self._incidents: list[Lost] = []
        self._stopping = False
        self._cut = False
        self._phases: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._quick = CellQueue()
        self._waiting = CellQueue()  # cells with peers that lose messages: they mostly wait, and others need not
        self._losses = Losses(settings.limit)
        self._known: set[str] = set()  # ids of cells that the ledger knows to fail

    @property
    def in_flight(self) -> int:
        """How many cells are being played."""
        return self._player.in_flight

    async def run(
        self,
        cells: Sequence[PlannedCell],
        again: Callable[[], Sequence[Cell]] = list,
        failed: Callable[[], Sequence[Cell]] = list,
    ) -> None:
        """Judges every cell once, unless `stop` or `cut` is called.

        again: called when all are judged, and after each replay; returns cells to replay, or none to end the run.
        failed: called last; returns the cells to play once more through relays, whose verdicts stay what they are.
        """
        playable: list[Cell] = []
        for planned in cells:
            if unmet := planned.unmet(self._features):
                reason = "; ".join(map(str, unmet))
                self._judge(self._player.judged(planned.cell, Outcome(verdict=Verdict.UNSUPPORTED, reason=reason)))
            else:
                playable.append(planned.cell)
        self._known = {cell.id for cell in playable if self._player.expects(cell).kinds}
        try:
            self._pool.start(playable)
            self._phases = asyncio.get_running_loop().create_task(self._play_all(playable, again, failed))
            await self._phases
        except asyncio.CancelledError:
            if not self._cut:
                raise
        finally:
            await self._pool.close()

    async def _play_all(
        self, playable: list[Cell], again: Callable[[], Sequence[Cell]], failed: Callable[[], Sequence[Cell]]
    ) -> None:
        while playable and not self._stopping:
            await self._all_workers(self._workers(playable))
            await self._play_again()
            playable = [] if self._stopping else list(again())
            self._player.tapped = False  # the transcript of a cell is of the play that has its verdict
        await self._replay_through_relays(failed())

    def _workers(self, cells: Sequence[Cell]) -> list[Sequence[CellQueue]]:
        """The queues of each worker."""
        widths = queues.widths(self._settings.jobs)
        sorts: dict[str, list[Cell]] = {name: [] for name in widths}
        for cell in cells:
            sorts[queues.of(cell, self._player.expects(cell))].append(cell)
        quick = CellQueue(sorts[queues.QUICK], share_links=self._settings.share_links and not self._player.tapped)
        self._quick = quick
        slow, own = CellQueue(sorts[queues.SLOW]), CellQueue(sorts[queues.OWN])
        if self._settings.jobs == 1:
            return [(quick, slow, own)]
        # Cells that mostly wait run beside the rest; agents are started a few at a time.
        workers: list[Sequence[CellQueue]] = [(quick,)] * min(widths[queues.QUICK], len(quick))
        workers += [(slow,)] * min(widths[queues.SLOW], len(slow))
        return workers + [(own,)] * min(widths[queues.OWN], len(own))

    def stop(self) -> None:
        """Stops scheduling cells; those in flight are finished."""
        self._stopping = True
        self._wake()

    def cut(self) -> None:
        """Stops scheduling cells; those that are still in flight after CUT seconds get no verdict."""
        self.stop()
        asyncio.get_running_loop().call_later(CUT, self._cut_short)

    def _cut_short(self) -> None:
        if self._phases is not None and not self._phases.done():
            self._cut = True
            self._phases.cancel()

    async def _replay_through_relays(self, cells: Sequence[Cell]) -> None:
        if not cells:
            return
        one = len(cells) == 1
        self._say(f"playing {'the failed cell' if one else f'{len(cells)} failed cells'} once more through relays")
        self._stopping = False  # by --exitfirst
        self._replaying = self._player.tapped = True
        await self._all_workers(self._workers(cells))
        incidents, self._incidents = self._incidents, []
        for lost in incidents:
            for cell in lost.cells:
                reason = f"{lost.cause.message} with {len(lost.cells)} cells in flight"
                self._judge(self._player.judged(cell, Outcome(verdict=Verdict.BROKEN, reason=reason)))

    def _judge(self, judged: CellJudged) -> None:
        """Emits a verdict, after what relays saw of the cell; of a replay through relays, only that."""
        if (wire := self._player.wire(judged, replay=self._replaying)) is not None:
            self._emit(wire)
        if not self._replaying:
            self._emit(judged)
            if judged.id not in self._known and (peer := self._losses.add(judged)) and self._settings.jobs > 1:
                self._play_beside(peer)

    def _play_beside(self, peer: str) -> None:
        """Plays the quick cells of a peer whose cells wait beside the others, which it would hold up."""
        self._waiting.take(self._quick, peer)
        if self._group is not None and self._waiting:
            self._say(f"cells with {peer} wait out their limit: its other cells are played beside the rest")
            for _ in range(min(queues.WAITING_JOBS, len(self._waiting))):
                self._group.create_task(self._work((self._waiting,)))

    def _wake(self) -> None:
        sleepers, self._sleepers = self._sleepers, []
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def _all_workers(self, workers: Sequence[Sequence[CellQueue]]) -> None:
        with _first_defect():
            async with asyncio.TaskGroup() as self._group:
                for lines in workers:
                    self._group.create_task(self._work(lines))

    async def _play_again(self) -> None:
        """Replays cells that were in flight when instances were lost, to find the cause."""
        incidents, self._incidents = self._incidents, []
        if incidents:
            with _first_defect():
                await Replay(self._pool, self._player, self._say, lambda: self._stopping).play(incidents, self._judge)

    async def _work(self, lines: Sequence[CellQueue]) -> None:
        while cells := deque(await self._next(lines)):
            while cells and not self._stopping:
                await self._on_one_link(cells)

    async def _on_one_link(self, cells: deque[Cell]) -> None:
        """Takes cells and plays them, one after the other on the link that the first opens, until one does not pass.

        A cell that fails on the link of another is played again on a link of its own.
        """
        cell = cells.popleft()
        try:
            playing = await self._cast(cell)
        except PeerBroken as error:
            self._judge(self._player.broken(cell, error))
            return
        if playing is None:
            return
        link = SharedLink()
        suspect: CellJudged | None = None
        passed = False
        try:
            while True:
                keep = bool(cells) and not self._stopping
                judged = await self._player.play(playing, link, keep_link=keep)
                passed = judged.verdict is Verdict.PASS
                if not keep or not passed:  # its sockets are closed, of which not every agent is capable
                    self._pool.finished(playing)
                if playing.link_of and not passed:
                    suspect = judged
                    break
                self._judge(judged)
                if not keep or not passed:
                    break
                if self._stopping or any(agent.cause is not None for agent in playing.agents):
                    await close(playing.journal)
                    break
                playing = playing.following(cells.popleft())
        except AgentError as error:
            passed = False
            self._lost(playing, error)
        finally:
            playing.end()
        await self._after(playing, keep=passed)
        if suspect is not None:
            await self._on_its_own_link(playing.cell, suspect)

    async def _on_its_own_link(self, cell: Cell, suspect: CellJudged) -> None:
        """Plays a cell that failed on a shared link once more, and tells both verdicts."""
        try:
            playing = await self._cast(cell)
        except PeerBroken:
            playing = None
        if playing is None:
            self._judge(suspect)
            return
        try:
            alone = await self._player.play(playing)
        except AgentError as error:
            self._lost(playing, error)
        else:
            self._pool.finished(playing)
            self._judge(both_verdicts(suspect, alone))
        finally:
            playing.end()
        await self._after(playing)

    def _lost(self, playing: Playing, error: AgentError) -> None:
        """Notes that the cell was in flight on the agent that the error names, and retires that agent."""
        culprit = playing.culprit(error)
        culprit.affected_cells.append(playing)
        self._pool.retire(culprit, error)

    async def _after(self, playing: Playing, *, keep: bool = False) -> None:
        """After a cell has left its instances: settles those that are lost; ends its own, or keeps them for others."""
        for agent in dict.fromkeys(playing.agents):
            if agent.cause is not None and not agent.in_flight:
                await self._settle(agent, agent.cause)
        done = self._pool.keep if keep and not playing.alone else self._pool.dismiss
        await asyncio.gather(*(done(agent) for agent in playing.own if agent.cause is None))
        if self._sleepers:
            self._wake()

    async def _next(self, lines: Sequence[CellQueue]) -> list[Cell]:
        """Waits for the next cells whose instances are ready: one, or several that may share a link. Empty: the end."""
        while any(lines) and not self._stopping:
            if self._pool.defect is not None:
                raise self._pool.defect
            for line in lines:
                while (lost := line.lost(self._pool)) is not None:
                    broken, queue = lost
                    for hopeless in queue:  # all at once
                        self._judge(self._player.broken(hopeless, broken))
                if cells := line.next(self._pool):
                    return cells
            if any(lines):
                await self._sleep()
        return []

    async def _sleep(self) -> None:
        """Waits until something has changed."""
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        await sleeper

    async def _cast(self, cell: Cell) -> Playing | None:
        """The cell with its instances; None if the run ends before they are ready. Raises PeerBroken."""
        alone = self._player.fells(cell)
        own = await self._pool.own(cell, alone=alone) if alone or cell.scenario.own else {}
        while not self._pool.ready(cell):  # lanes may have been taken while its own agents started
            broken = self._pool.lost(cell)
            if broken is not None or self._stopping or self._pool.defect is not None:
                await asyncio.gather(*(self._pool.dismiss(agent) for agent in own.values()))
                if broken is not None:
                    raise broken
                return None
            await self._sleep()
        agents = self._pool.take(cell, own)
        return Playing(cell, agents, own.values(), self._player.limit(cell), self._pool.again, alone)

    async def _settle(self, agent: AgentInstance, cause: AgentError) -> None:
        """After the last cell has left a lost instance: blames its only affected cell, or queues all for replay."""
        if agent.settled:
            return
        agent.settled = True
        ended = await agent.stop()
        cells = [playing.cell for playing in agent.affected_cells]
        self._emit(
            Incident(
                instance=agent.name,
                reason=clip(cause.message),
                ended=str(ended),
                cells=[cell.id for cell in cells],
                stderr=agent.instance.stderr.tail(),
            )
        )
        if len(cells) == 1 and isinstance(cause, AgentDied | AgentHung):
            self._judge(self._player.blamed(agent.affected_cells[0], cause, ended))
        elif (broken := self._pool.broken.get(agent.peer.name)) is not None:
            for cell in cells:
                self._judge(self._player.broken(cell, broken))
        elif cells:  # without their answers, which may be large
            self._incidents.append(Lost(cause, cells))


@contextlib.contextmanager
def _first_defect() -> Iterator[None]:
    """Unwraps the first error of a group: one bug stops all tasks, and it is the one to report."""
    try:
        yield
    except ExceptionGroup as group:
        defect: Exception = group
        while isinstance(defect, ExceptionGroup):
            defect = defect.exceptions[0]
        raise defect from group
