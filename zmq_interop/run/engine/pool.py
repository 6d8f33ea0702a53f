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
from zmq_interop.run.engine import instance
from zmq_interop.run.engine.instance import AgentInstance, Playing, Slot
from zmq_interop.run.engine.patience import Patience
from zmq_interop.system import home
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import AgentError, AgentGivenUp, DialogueBroken, PeerBroken

SPARES = 2  # idle instances kept per slot, for the next cells that need instances of their own


class Pool:
    """The running agents, and which cells can be played on them.

    changed: called whenever a cell may have become playable, or can never be.
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
        self.defect: BaseException | None = None  # an error that no runtime may raise; it ends the run
        self._runtimes = runtimes
        self._peers = peers
        self._proto_digest = proto_digest
        self._grace = grace
        self._emit = emit
        self._say = say
        self._changed = changed
        self._ready: dict[Slot, AgentInstance] = {}
        self._spare: dict[Slot, list[AgentInstance]] = {}
        self._prepared: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._burials: set[asyncio.Task[None]] = set()
        self._started: dict[str, int] = {}
        self._begun: dict[str, weakref.WeakSet[AgentInstance]] = {}
        self._patience = Patience(grace)
        self._looked = 0.0
        self._seen: set[str] = set()
        self._told: set[str] = set()
        self._closing = False

    def start(self, cells: Iterable[Cell]) -> None:
        """Builds and starts everything that these cells need, concurrently."""
        wanted: dict[Slot, None] = {}
        for cell in cells:
            wanted.update(dict.fromkeys(slots(cell)))
        for slot in sorted(wanted, key=lambda slot: (slot.number, slot.raw, slot.peer)):
            self._spawn(self._fill(slot), self._tasks)

    def ready(self, cell: Cell) -> bool:
        """Whether every instance that the cell needs is running and has free lanes."""
        return fits(cell, self._ready)

    def lost(self, cell: Cell) -> PeerBroken | None:
        """Why the cell can never be played, or None."""
        return next((self.broken[peer] for peer in cell.peers if peer in self.broken), None)

    def take(self, cell: Cell, own: Mapping[Slot, AgentInstance]) -> list[AgentInstance]:
        """The instances for the cell's roles, in order of role; those of its own first. Only when `ready`."""
        return [own.get(slot) or self._ready[slot] for slot in slots(cell)]

    def retire(self, agent: AgentInstance, cause: AgentError) -> None:
        """Starts no more cells on this instance, and replaces it."""
        if agent.cause is not None or self._closing:
            return
        agent.cause = cause
        if not agent.in_flight:
            self._spawn(self._died_idle(agent, cause), self._burials)
        warm = self._ready.get(agent.slot) is agent
        if warm:
            del self._ready[agent.slot]
        if isinstance(cause, DialogueBroken):  # nothing that the agent sends after this can be trusted
            self._give_up(agent, f"{agent.peer.name} breaks the peer contract: {cause.message}", cause.hint)
        elif warm and agent.peer.name not in self.broken:
            if why := self._patience.lost(agent.peer.name):
                self._give_up(agent, f"{why}; the last: {cause.message}", cause.hint)
            else:
                self._spawn(self._fill(agent.slot), self._tasks)

    def finished(self, playing: Playing) -> None:
        """Records that a cell was played to its end."""
        for agent in playing.agents:
            self._patience.finished(agent.peer.name)

    def lost_again(self, agent: AgentInstance, cause: AgentError, *, guilty: bool) -> None:
        """Records the loss of an instance during replay. guilty: whether the cell that caused it is known."""
        if isinstance(cause, DialogueBroken):
            self._give_up(agent, f"{agent.peer.name} breaks the peer contract: {cause.message}", cause.hint)
        elif guilty and (why := self._patience.lost_again(agent.peer.name)):
            self._give_up(agent, f"{why}; the last: {cause.message}", cause.hint)

    async def own(self, cell: Cell, *, alone: bool = False) -> dict[Slot, AgentInstance]:
        """Instances that no other cell uses meanwhile: for the roles that declare `own`, or for all if it plays alone.

        Takes spare ones where there are any, and starts the others; alone, it starts all. Only when `ready`, or alone.
        The caller hands them to `keep` or `dismiss`. Raises PeerBroken.
        """
        wanted = dict.fromkeys(
            slot for slot, needs in zip(slots(cell), cell.scenario.roles.values(), strict=True) if alone or needs.own
        )
        spares = {} if alone else {slot: agent for slot in wanted if (agent := self._take_spare(slot)) is not None}
        try:
            begun = await self.begin((slot for slot in wanted if slot not in spares), beside=not alone)
        except BaseException:
            await asyncio.gather(*(self.dismiss(agent) for agent in spares.values()))
            raise
        return {slot: spares.get(slot) or begun[slot] for slot in wanted}

    async def keep(self, agent: AgentInstance) -> None:
        """Keeps an instance after the cell that had it to itself has passed, for the next one; ends it if it cannot."""
        spares = self._spare.setdefault(agent.slot, [])
        useless = self._closing or agent.peer.name in self.broken or agent.channel.lost is not None
        if useless or len(spares) >= SPARES or not self._beside_a_warm_one(agent):
            await self.dismiss(agent)
            return
        spares.append(agent)
        agent.channel.on_lost = lambda cause: self._lost_spare(agent, cause)

    def _take_spare(self, slot: Slot) -> AgentInstance | None:
        spares = self._spare.get(slot, [])
        while spares:
            agent = spares.pop()
            agent.channel.on_lost = None
            if self._beside_a_warm_one(agent):
                return agent
            self._spawn(self.dismiss(agent), self._burials)
        return None

    def _beside_a_warm_one(self, agent: AgentInstance) -> bool:
        """Whether the network that the instance shares still exists: that of the warm instance in its slot."""
        warm = self._ready.get(agent.slot)
        return agent.instance.beside is None or (warm is not None and agent.instance.beside is warm.instance)

    def _lost_spare(self, agent: AgentInstance, cause: AgentError) -> None:
        spares = self._spare.get(agent.slot, [])
        if agent in spares and not self._closing:
            spares.remove(agent)
            self._spawn(self._died_idle(agent, cause), self._burials)

    async def begin(self, wanted: Iterable[Slot], *, beside: bool = False) -> dict[Slot, AgentInstance]:
        """Starts instances for the caller, who stops them. Raises PeerBroken.

        beside: whether each shares the network of the warm instance in the same slot.
        """
        started: dict[Slot, AgentInstance] = {}
        try:
            for slot in dict.fromkeys(wanted):
                warm = self._ready.get(slot) if beside else None
                started[slot] = await self._begin(slot, beside=warm.instance if warm else None)
        except BaseException:
            await asyncio.gather(*(agent.stop() for agent in started.values()))
            raise
        return started

    async def again(self, agent: AgentInstance) -> AgentInstance:
        """Starts a replacement for a killed instance: same peer, same network. Raises PeerBroken."""
        return await self._begin(agent.slot, beside=agent.instance.beside or agent.instance)

    async def dismiss(self, agent: AgentInstance) -> None:
        """Ends an idle instance; one that does not exit as the contract requires is an incident."""
        ended = await agent.stop()
        if ended.status != 0:
            self._tell(agent, f"{agent.name} must exit with 0 within a second after its channel closes", ended)

    async def close(self) -> None:
        """Ends all instances, including those that are still starting."""
        self._closing = True
        tasks = [*self._tasks, *self._prepared.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._burials)  # report late incidents too
        idle = [*self._ready.values(), *(agent for spares in self._spare.values() for agent in spares)]
        self._ready, self._spare = {}, {}
        await asyncio.gather(*(self.dismiss(agent) for agent in idle))

    async def _died_idle(self, agent: AgentInstance, cause: AgentError) -> None:
        self._tell(agent, cause.message, await agent.stop())

    def _tell(self, agent: AgentInstance, what: str, ended: Ended) -> None:
        """Emits an incident that no cell caused; an event that ended all agents of a runtime is reported once."""
        if ended.unseen:
            if ended.unseen in self._told:
                return
            self._told.add(ended.unseen)
            what = ended.unseen
        self._emit(
            Incident(
                instance=agent.name, reason=clip(what), ended=str(ended), cells=[], stderr=agent.instance.stderr.tail()
            )
        )

    def _spawn(self, work: Coroutine[None, None, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        among.add(task)

        def done(task: asyncio.Task[None]) -> None:
            among.discard(task)
            if not task.cancelled() and task.exception() is not None:
                self.defect = self.defect or task.exception()
                self._changed()  # wake cells that wait for this instance

        task.add_done_callback(done)

    async def _fill(self, slot: Slot) -> None:
        if slot.peer in self.broken:
            return
        try:
            agent = await self._begin(slot)
        except PeerBroken as error:
            self.give_up(error)
            return
        if self._closing or slot.peer in self.broken:
            await agent.stop()
            return
        agent.channel.on_lost = lambda cause: self.retire(agent, cause)
        agent.channel.on_look = self._look
        self._ready[slot] = agent
        if agent.channel.lost is not None:  # it died right after its Hello
            self.retire(agent, agent.channel.lost)
        self._changed()

    async def _begin(self, slot: Slot, beside: Instance | None = None) -> AgentInstance:
        peer = slot.peer
        if peer not in self._prepared:
            self._prepared[peer] = asyncio.get_running_loop().create_task(self._prepare(peer))
        await asyncio.shield(self._prepared[peer])
        number = self._started[peer] = self._started.get(peer, 0) + 1
        agent = await instance.begin(
            self._runtimes[peer], self._peers[peer], f"{peer}-{number}", slot, self._proto_digest, self._grace, beside
        )
        self._begun.setdefault(peer, weakref.WeakSet()).add(agent)
        if peer not in self._seen:
            self._seen.add(peer)
            self._emit(agent.seen)
        return agent

    def _look(self, lag: float) -> None:
        """Gives up peers that delay the run. Called by each channel that is waiting for answers."""
        now = asyncio.get_running_loop().time()
        seconds = now - self._looked
        if seconds < WATCH / 2 or self._closing:  # another channel just did this
            return
        self._looked = now
        delays: dict[str, Delays] = {}
        for slot, agent in self._ready.items():
            delays[slot.peer] = delays.get(slot.peer, Delays()) + agent.channel.delays()
        for peer, why in self._patience.look(delays, seconds, lag).items():
            if peer in self.broken:
                continue
            begun = sorted(self._begun[peer], key=lambda agent: agent.name)
            self._give_up(begun[0], why, _TIME_HINT)
            for agent in begun:  # what they still do slows down the others
                agent.instance.kill()
                agent.channel.give_up(AgentGivenUp(agent.name, why))

    def _give_up(self, agent: AgentInstance, why: str, hint: str) -> None:
        """Gives up the peer of this agent: none of its cells are played any more."""
        peer = agent.peer
        named = peer.name if peer.of_tree else f"image:{peer.image}" if peer.image else str(peer.folder)
        smoke = f"`{home.COMMAND} smoke {shlex.quote(named)}` checks one agent against the contract"
        self.give_up(
            PeerBroken(peer.name, why, f"{hint}\n{smoke}" if hint else smoke, instance.last_words(agent.instance))
        )

    async def _prepare(self, peer: str) -> None:
        one = self._peers[peer]
        one.require()
        with boundary.on(peer):
            await self._runtimes[peer].prepare(one, self._say)

    def give_up(self, error: PeerBroken) -> None:
        """Gives up the peer that the error names; only the first error counts."""
        if error.peer not in self.broken and not self._closing:
            self.broken[error.peer] = error
            self._emit(
                PeerLost(name=error.peer, reason=clip(error.message), hint=clip(error.hint), detail=clip(error.detail))
            )
            self._changed()


_TIME_HINT = "docs/peer-contract.md, Time limits: no operation takes longer than its limit; a lane that waits sleeps"


def fits(cell: Cell, agents: Mapping[Slot, AgentInstance]) -> bool:
    """Whether these instances include all that the cell needs, with free lanes."""
    needed: dict[Slot, int] = {}
    for slot, needs in zip(slots(cell), cell.scenario.roles.values(), strict=True):
        needed[slot] = needed.get(slot, 0) + (0 if needs.own else needs.lanes)
    return all(slot in agents and agents[slot].free >= count for slot, count in needed.items())


def slots(cell: Cell) -> list[Slot]:
    """Which instance of which peer each role plays on, in order of role.

    Two roles of one peer use two agents: roles 0 and 1 use the peer's instances 0 and 1, and later roles the first
    instance that no other role uses. Over inproc all roles share one.
    """
    if cell.transport == "inproc":
        return [Slot(peer, 0) for peer in cell.peers]
    raw = RAW_SOCKETS in TRANSPORTS.get(cell.transport, ())
    found: list[Slot] = []
    for index, peer in enumerate(cell.peers):
        if index < 2:
            found.append(Slot(peer, index, raw))
        else:
            free = (Slot(peer, number, raw) for number in range(index + 1))
            found.append(next(slot for slot in free if slot not in found))
    return found
