"""The warm instances of a run: a few for each peer, started early, replaced when one is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping

from zmq_interop import blame
from zmq_interop.cell import Cell
from zmq_interop.clip import clip
from zmq_interop.engine import life as lives
from zmq_interop.engine.life import Life, Seat
from zmq_interop.errors import AgentError, PeerBroken
from zmq_interop.events import Event, Incident, PeerLost
from zmq_interop.features import RAW_SOCKETS, TRANSPORTS
from zmq_interop.manifest import Peer
from zmq_interop.runtimes.base import Ended, Instance, Runtime

MAX_LOSSES = 10  # instances that one peer may lose in a run, before the rest of its cells is given up


class Pool:
    """Who is ready to play.

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
        self._ready: dict[Seat, Life] = {}
        self._prepared: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._burials: set[asyncio.Task[None]] = set()
        self._started: dict[str, int] = {}
        self._losses: dict[str, int] = {}
        self._seen: set[str] = set()
        self._told: set[str] = set()
        self._closing = False

    def start(self, cells: Iterable[Cell]) -> None:
        """Builds and starts, beside each other, all that these cells need."""
        wanted: dict[Seat, None] = {}
        for cell in cells:
            wanted.update(dict.fromkeys(seats(cell)))
        for seat in sorted(wanted, key=lambda seat: (seat.number, seat.raw, seat.peer)):
            self._spawn(self._fill(seat), self._tasks)

    def ready(self, cell: Cell) -> bool:
        """Whether every instance that the cell needs is there, with lanes to spare."""
        needed: dict[Seat, int] = {}
        for seat, needs in zip(seats(cell), cell.scenario.roles.values(), strict=True):
            needed[seat] = needed.get(seat, 0) + (0 if needs.own else needs.lanes)
        return all(seat in self._ready and self._ready[seat].free >= count for seat, count in needed.items())

    def lost(self, cell: Cell) -> PeerBroken | None:
        """Why the cell can never be played, if so."""
        return next((self.broken[peer] for peer in cell.peers if peer in self.broken), None)

    def take(self, cell: Cell, own: Mapping[Seat, Life]) -> list[Life]:
        """The instances for the cell's roles, in order of role; those of its own first. Only when `ready`."""
        return [own.get(seat) or self._ready[seat] for seat in seats(cell)]

    def retire(self, life: Life, cause: AgentError) -> None:
        """No cell is begun on this instance any more; another takes its place."""
        if life.cause is not None or self._closing:
            return
        life.cause = cause
        if not life.in_flight:
            self._spawn(self._died_idle(life, cause), self._burials)
        for seat, current in list(self._ready.items()):
            if current is life:
                peer = seat.peer
                del self._ready[seat]
                self._losses[peer] = self._losses.get(peer, 0) + 1
                if self._losses[peer] >= MAX_LOSSES:
                    self._break(
                        PeerBroken(
                            peer, f"{peer} lost {MAX_LOSSES} agents in this run; the last: {cause.message}", cause.hint
                        )
                    )
                else:
                    self._spawn(self._fill(seat), self._tasks)

    async def own(self, cell: Cell, *, alone: bool = False) -> dict[Seat, Life]:
        """Instances for this cell and no other: for those roles that ask for one, or for all. The caller stops them.

        Only when `ready`, or alone. Raises PeerBroken.
        """
        wanted = [
            seat for seat, needs in zip(seats(cell), cell.scenario.roles.values(), strict=True) if alone or needs.own
        ]
        started: dict[Seat, Life] = {}
        try:
            for seat in dict.fromkeys(wanted):
                warm = self._ready.get(seat)
                started[seat] = await self._begin(seat, beside=warm.instance if warm and not alone else None)
        except BaseException:
            await asyncio.gather(*(life.stop() for life in started.values()))
            raise
        return started

    async def again(self, life: Life) -> Life:
        """An instance in the place of a killed one: of the same peer, with the same network. Raises PeerBroken."""
        return await self._begin(life.seat, beside=life.instance.beside or life.instance)

    async def dismiss(self, life: Life) -> None:
        """Ends an instance that has done its work; one that does not go as the contract says is an incident."""
        ended = await life.stop()
        if ended.status != 0:
            self._tell(life, f"{life.name} must exit with 0 within a second of the end of its channel", ended)

    async def close(self) -> None:
        """Ends all instances; those that are just starting too."""
        self._closing = True
        tasks = [*self._tasks, *self._prepared.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._burials)  # what happened is told, also where it happened last
        ready, self._ready = list(self._ready.values()), {}
        await asyncio.gather(*(self.dismiss(life) for life in ready))

    async def _died_idle(self, life: Life, cause: AgentError) -> None:
        self._tell(life, cause.message, await life.stop())

    def _tell(self, life: Life, what: str, ended: Ended) -> None:
        """An incident for which no cell is to blame; what took all agents of a runtime at once is told once."""
        if ended.unseen:
            if ended.unseen in self._told:
                return
            self._told.add(ended.unseen)
            what = ended.unseen
        self._emit(
            Incident(
                instance=life.name, reason=clip(what), ended=str(ended), cells=[], stderr=life.instance.stderr.tail()
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

    async def _fill(self, seat: Seat) -> None:
        if seat.peer in self.broken:
            return
        try:
            life = await self._begin(seat)
        except PeerBroken as error:
            self._break(error)
            return
        if self._closing or seat.peer in self.broken:
            await life.stop()
            return
        life.channel.on_lost = lambda cause: self.retire(life, cause)
        self._ready[seat] = life
        if life.channel.lost is not None:  # it died between its Hello and here
            self.retire(life, life.channel.lost)
        self._changed()

    async def _begin(self, seat: Seat, beside: Instance | None = None) -> Life:
        peer = seat.peer
        if peer not in self._prepared:
            self._prepared[peer] = asyncio.get_running_loop().create_task(self._prepare(peer))
        await asyncio.shield(self._prepared[peer])
        number = self._started[peer] = self._started.get(peer, 0) + 1
        life = await lives.begin(
            self._runtimes[peer], self._peers[peer], f"{peer}-{number}", seat, self._proto_digest, self._grace, beside
        )
        if peer not in self._seen:
            self._seen.add(peer)
            self._emit(life.seen)
        return life

    async def _prepare(self, peer: str) -> None:
        one = self._peers[peer]
        one.require()
        with blame.on(peer):
            await self._runtimes[peer].prepare(one, self._say)

    def _break(self, error: PeerBroken) -> None:
        if error.peer not in self.broken and not self._closing:
            self.broken[error.peer] = error
            self._emit(
                PeerLost(name=error.peer, reason=clip(error.message), hint=clip(error.hint), detail=clip(error.detail))
            )
            self._changed()


def seats(cell: Cell) -> list[Seat]:
    """Which instance of which peer each role plays on, in order of role.

    Two roles of one peer are two agents: role number i plays on the peer's instance number i, from the third role on
    on the first that no other role has. Over inproc all roles share one.
    """
    if cell.transport == "inproc":
        return [Seat(peer, 0) for peer in cell.peers]
    raw = RAW_SOCKETS in TRANSPORTS.get(cell.transport, ())
    found: list[Seat] = []
    for index, peer in enumerate(cell.peers):
        if index < 2:
            found.append(Seat(peer, index, raw))
        else:
            free = (Seat(peer, number, raw) for number in range(index + 1))
            found.append(next(seat for seat in free if seat not in found))
    return found
