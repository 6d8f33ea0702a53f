"""The warm instances of a run: a few for each peer, started early, replaced when one is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping

from harness.cell import Cell
from harness.engine import life as lives
from harness.engine.life import Life
from harness.errors import AgentError, PeerBroken
from harness.events import Event, Incident, PeerLost
from harness.manifest import Peer
from harness.runtimes.base import Runtime

MAX_LOSSES = 10  # instances that one peer may lose in a run, before the rest of its cells is given up


class Pool:
    """Who is ready to play. A cell's role number i plays on the peer's instance number i, so that two roles of one
    peer are two agents; over inproc all roles share instance 0.

    changed is called whenever a cell may have become playable, or will never be.
    """

    def __init__(
        self,
        runtimes: Mapping[str, Runtime],
        peers: Mapping[str, Peer],
        proto_digest: str,
        grace: float,
        emit: Callable[[Event], None],
        say: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self.broken: dict[str, PeerBroken] = {}
        self.defect: BaseException | None = None  # what no runtime may raise; the run cannot go on
        self._runtimes = runtimes
        self._peers = peers
        self._proto_digest = proto_digest
        self._grace = grace
        self._emit = emit
        self._say = say
        self._changed = changed
        self._ready: dict[tuple[str, int], Life] = {}
        self._prepared: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._burials: set[asyncio.Task[None]] = set()
        self._started: dict[str, int] = {}
        self._losses: dict[str, int] = {}
        self._seen: set[str] = set()
        self._closing = False

    def start(self, cells: Iterable[Cell]) -> None:
        """Builds and starts, beside each other, all that these cells need."""
        wanted: dict[tuple[str, int], None] = {}
        for cell in cells:
            wanted.update(dict.fromkeys(seats(cell)))
        for peer, index in sorted(wanted, key=lambda seat: (seat[1], seat[0])):
            self._spawn(self._fill(peer, index), self._tasks)

    def ready(self, cell: Cell) -> bool:
        """Whether every instance that the cell needs is there, with lanes to spare."""
        needed: dict[tuple[str, int], int] = {}
        for seat in seats(cell):
            needed[seat] = needed.get(seat, 0) + 1
        return all(seat in self._ready and self._ready[seat].free >= count for seat, count in needed.items())

    def lost(self, cell: Cell) -> PeerBroken | None:
        """Why the cell can never be played, if so."""
        return next((self.broken[peer] for peer in cell.peers if peer in self.broken), None)

    def take(self, cell: Cell) -> list[Life]:
        """The instances for the cell's roles, in order of role. Only when `ready`."""
        return [self._ready[seat] for seat in seats(cell)]

    def retire(self, life: Life, cause: AgentError) -> None:
        """No cell is begun on this instance any more; another takes its place."""
        if life.cause is not None or self._closing:
            return
        life.cause = cause
        if not life.in_flight:
            self._spawn(self._died_idle(life, cause), self._burials)
        for (peer, index), current in list(self._ready.items()):
            if current is life:
                del self._ready[peer, index]
                self._losses[peer] = self._losses.get(peer, 0) + 1
                if self._losses[peer] >= MAX_LOSSES:
                    self._break(
                        PeerBroken(
                            peer, f"{peer} lost {MAX_LOSSES} agents in this run; the last: {cause.message}", cause.hint
                        )
                    )
                else:
                    self._spawn(self._fill(peer, index), self._tasks)

    async def private(self, cell: Cell) -> list[Life]:
        """Instances for one cell alone, in order of role; the caller stops them."""
        started: dict[tuple[str, int], Life] = {}
        try:
            for peer, index in dict.fromkeys(seats(cell)):
                started[peer, index] = await self._begin(peer)
        except BaseException:
            await asyncio.gather(*(life.stop() for life in started.values()))
            raise
        return [started[seat] for seat in seats(cell)]

    async def close(self) -> None:
        """Ends all instances; those that are just starting too."""
        self._closing = True
        tasks = [*self._tasks, *self._prepared.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._burials)  # what happened is told, also where it happened last
        ready, self._ready = list(self._ready.values()), {}
        await asyncio.gather(*(self._stop(life) for life in ready))

    async def _died_idle(self, life: Life, cause: AgentError) -> None:
        ended = await life.stop()
        self._emit(
            Incident(
                instance=life.name, reason=cause.message, ended=str(ended), cells=[], stderr=life.instance.stderr.tail()
            )
        )

    async def _stop(self, life: Life) -> None:
        """Ends an instance that has done its work; one that does not go as the contract says is an incident."""
        ended = await life.stop()
        if ended.status != 0:
            what = f"{life.name} must exit with 0 within a second of the end of its channel"
            self._emit(
                Incident(
                    instance=life.name, reason=what, ended=str(ended), cells=[], stderr=life.instance.stderr.tail()
                )
            )

    def _spawn(self, work: Coroutine[None, None, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        among.add(task)

        def done(task: asyncio.Task[None]) -> None:
            among.discard(task)
            if not task.cancelled() and task.exception() is not None:
                self.defect = self.defect or task.exception()
                self._changed()  # whoever waits for this instance must not wait for ever

        task.add_done_callback(done)

    async def _fill(self, peer: str, index: int) -> None:
        if peer in self.broken:
            return
        try:
            life = await self._begin(peer)
        except PeerBroken as error:
            self._break(error)
            return
        if self._closing or peer in self.broken:
            await life.stop()
            return
        life.channel.on_lost = lambda cause: self.retire(life, cause)
        self._ready[peer, index] = life
        if life.channel.lost is not None:  # it died between its Hello and here
            self.retire(life, life.channel.lost)
        self._changed()

    async def _begin(self, peer: str) -> Life:
        if peer not in self._prepared:
            self._prepared[peer] = asyncio.get_running_loop().create_task(self._prepare(peer))
        await asyncio.shield(self._prepared[peer])
        number = self._started[peer] = self._started.get(peer, 0) + 1
        life = await lives.begin(
            self._runtimes[peer], self._peers[peer], f"{peer}-{number}", self._proto_digest, self._grace
        )
        if peer not in self._seen:
            self._seen.add(peer)
            self._emit(life.seen)
        return life

    async def _prepare(self, peer: str) -> None:
        one = self._peers[peer]
        one.require()
        await self._runtimes[peer].prepare(one, self._say)

    def _break(self, error: PeerBroken) -> None:
        if error.peer not in self.broken and not self._closing:
            self.broken[error.peer] = error
            self._emit(PeerLost(name=error.peer, reason=error.message, hint=error.hint, detail=error.detail))
            self._changed()


def seats(cell: Cell) -> list[tuple[str, int]]:
    """Which instance of which peer each role plays on."""
    shared = cell.transport == "inproc"
    return [(peer, 0 if shared else index) for index, peer in enumerate(cell.peers)]
