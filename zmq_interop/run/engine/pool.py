"""The warm instances of a run: a few for each peer, started early, replaced when one is lost."""

from __future__ import annotations

import asyncio
import shlex
import weakref
from collections.abc import Callable, Coroutine, Iterable, Mapping

from zmq_interop.agents.control.channel import WATCH, Delays
from zmq_interop.agents.runtimes.base import Ended, Instance, Runtime
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import Event, Incident, PeerLost
from zmq_interop.core.features import RAW_SOCKETS, TRANSPORTS
from zmq_interop.core.peer import Peer
from zmq_interop.peers import boundary
from zmq_interop.run.engine import instance as lives
from zmq_interop.run.engine.instance import Life, Playing, Seat
from zmq_interop.run.engine.patience import Patience
from zmq_interop.system import home
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import AgentError, AgentGivenUp, DialogueBroken, PeerBroken


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
        self._begun: dict[str, weakref.WeakSet[Life]] = {}
        self._patience = Patience(grace)
        self._looked = 0.0
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
        return fits(cell, self._ready)

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
        warm = self._ready.get(life.seat) is life
        if warm:
            del self._ready[life.seat]
        if isinstance(cause, DialogueBroken):  # whatever was asked: what it says next can be trusted no more
            self._give_up(life, f"{life.peer.name} breaks the peer contract: {cause.message}", cause.hint)
        elif warm and life.peer.name not in self.broken:
            if why := self._patience.lost(life.peer.name):
                self._give_up(life, f"{why}; the last: {cause.message}", cause.hint)
            else:
                self._spawn(self._fill(life.seat), self._tasks)

    def finished(self, playing: Playing) -> None:
        """This cell was played to its end."""
        for life in playing.lives:
            self._patience.finished(life.peer.name)

    def lost_again(self, life: Life, cause: AgentError, *, guilty: bool) -> None:
        """An instance of those that cells are played again on was lost. guilty: it is known by which cell."""
        if isinstance(cause, DialogueBroken):
            self._give_up(life, f"{life.peer.name} breaks the peer contract: {cause.message}", cause.hint)
        elif guilty and (why := self._patience.lost_again(life.peer.name)):
            self._give_up(life, f"{why}; the last: {cause.message}", cause.hint)

    async def own(self, cell: Cell, *, alone: bool = False) -> dict[Seat, Life]:
        """Instances for this cell and no other: for those roles that ask for one, or for all. The caller stops them.

        Only when `ready`, or alone. Raises PeerBroken.
        """
        wanted = [
            seat for seat, needs in zip(seats(cell), cell.scenario.roles.values(), strict=True) if alone or needs.own
        ]
        return await self.begin(wanted, beside=not alone)

    async def begin(self, wanted: Iterable[Seat], *, beside: bool = False) -> dict[Seat, Life]:
        """Instances for nobody but the caller, who stops them. Raises PeerBroken.

        beside: each shares the network of the warm one in its place.
        """
        started: dict[Seat, Life] = {}
        try:
            for seat in dict.fromkeys(wanted):
                warm = self._ready.get(seat) if beside else None
                started[seat] = await self._begin(seat, beside=warm.instance if warm else None)
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
            self.give_up(error)
            return
        if self._closing or seat.peer in self.broken:
            await life.stop()
            return
        life.channel.on_lost = lambda cause: self.retire(life, cause)
        life.channel.on_look = self._look
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
        self._begun.setdefault(peer, weakref.WeakSet()).add(life)
        if peer not in self._seen:
            self._seen.add(peer)
            self._emit(life.seen)
        return life

    def _look(self, lag: float) -> None:
        """Gives up peers that keep the run waiting. Each channel that waits for answers asks for this."""
        now = asyncio.get_running_loop().time()
        seconds = now - self._looked
        if seconds < WATCH / 2 or self._closing:  # another channel did
            return
        self._looked = now
        delays: dict[str, Delays] = {}
        for seat, life in self._ready.items():
            delays[seat.peer] = delays.get(seat.peer, Delays()) + life.channel.delays()
        for peer, why in self._patience.look(delays, seconds, lag).items():
            if peer in self.broken:
                continue
            begun = sorted(self._begun[peer], key=lambda life: life.name)
            self._give_up(begun[0], why, _TIME_HINT)
            for life in begun:  # what it still does costs the others time
                life.instance.kill()
                life.channel.give_up(AgentGivenUp(life.name, why))

    def _give_up(self, life: Life, why: str, hint: str) -> None:
        """Plays no cell with this peer any more. life: one of its agents."""
        peer = life.peer
        agent = peer.name if peer.of_tree else f"image:{peer.image}" if peer.image else str(peer.folder)
        smoke = f"`{home.COMMAND} smoke {shlex.quote(agent)}` plays the contract against one agent"
        self.give_up(PeerBroken(peer.name, why, f"{hint}\n{smoke}" if hint else smoke, lives.last_words(life.instance)))

    async def _prepare(self, peer: str) -> None:
        one = self._peers[peer]
        one.require()
        with boundary.on(peer):
            await self._runtimes[peer].prepare(one, self._say)

    def give_up(self, error: PeerBroken) -> None:
        """Plays no cell with the peer any more that the error speaks of; the first error counts."""
        if error.peer not in self.broken and not self._closing:
            self.broken[error.peer] = error
            self._emit(
                PeerLost(name=error.peer, reason=clip(error.message), hint=clip(error.hint), detail=clip(error.detail))
            )
            self._changed()


_TIME_HINT = "docs/peer-contract.md, Time limits: no operation takes longer than its limit; a lane that waits sleeps"


def fits(cell: Cell, lives: Mapping[Seat, Life]) -> bool:
    """Whether these instances are all that the cell needs, and have lanes to spare."""
    needed: dict[Seat, int] = {}
    for seat, needs in zip(seats(cell), cell.scenario.roles.values(), strict=True):
        needed[seat] = needed.get(seat, 0) + (0 if needs.own else needs.lanes)
    return all(seat in lives and lives[seat].free >= count for seat, count in needed.items())


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
