"""Plays cells again that were in flight when an agent was lost, to learn whose fault it was (docs/decisions/0031).

The suspects of a run are cut in parts, and each part is played on agents of its own, beside the others. A part that
loses an agent is cut again, down to single cells. Who loses an agent alone is guilty; everybody else gets the verdict
that was earned where no agent was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict
from zmq_interop.run.engine.instance import AgentInstance, Playing, Slot
from zmq_interop.run.engine.player import Player
from zmq_interop.run.engine.pool import Pool, fits, slots
from zmq_interop.system.errors import AgentDied, AgentError, AgentHung, PeerBroken

PARTS = 12  # at once, each on agents of its own; as many as what loses an agent is cut in
NAMED = 3  # lost agents, in the line that tells of them


class Lost(NamedTuple):
    """An agent that was lost with several cells in flight."""

    cause: AgentError
    cells: Sequence[Cell]


class _Case:
    """What is known of one lost agent. judged: verdicts of its cells by id, which wait until all have one. explained:
    one of the cells was found guilty, so that the others keep their own verdicts."""

    def __init__(self, lost: Lost) -> None:
        self.lost = lost
        self.judged: dict[str, CellJudged] = {}
        self.explained = False

    def verdicts(self) -> Iterable[CellJudged]:
        """Those that can be given. Who failed or was broken keeps that."""
        complete = len(self.judged) == len(self.lost.cells)
        for one in self.judged.values():
            if self.explained or one.verdict is not Verdict.PASS:
                yield one
            elif complete:  # else it was stopped before the guilty one was found: nothing is known
                count = len(self.lost.cells)
                reason = f"{self.lost.cause.message} with {count} cells in flight, and none of them causes it alone"
                yield msgspec.structs.replace(one, verdict=Verdict.BROKEN, kind=None, reason=reason)


class Replay:
    """One search for the guilty, after all else was played. stopped: whether the run is to begin no other cell."""

    def __init__(self, pool: Pool, player: Player, say: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        self._pool = pool
        self._player = player
        self._say = say
        self._stopped = stopped
        self._room = asyncio.Semaphore(PARTS)
        self._cases: dict[str, _Case] = {}

    async def play(self, incidents: Sequence[Lost], emit: Callable[[CellJudged], None]) -> None:
        """Plays all these cells again and emits their verdicts; none of an incident that cannot be told for sure."""
        cases = [_Case(lost) for lost in incidents]
        self._cases = {cell.id: case for case in cases for cell in case.lost.cells}
        suspects = [cell for case in cases for cell in case.lost.cells]
        playable = sum(self._pool.lost(cell) is None for cell in suspects)
        if playable and not self._stopped():
            self._say(f"replaying {playable} cells that were in flight when {_what(incidents)}")
        await self._parts(suspects)
        for case in cases:
            for judged in case.verdicts():
                emit(judged)

    async def _parts(self, cells: Sequence[Cell]) -> None:
        """Plays cells in parts, and what is left of a part that loses an agent in parts again."""
        async with asyncio.TaskGroup() as group:
            for part in cut(cells):
                group.create_task(self._part(part))

    async def _part(self, cells: Sequence[Cell]) -> None:
        async with self._room:
            left = await self._on_their_own(cells)
        if left:
            await self._parts(left)

    async def _on_their_own(self, cells: Sequence[Cell]) -> list[Cell]:
        """Plays cells on agents started for them alone; those that have no verdict then, since an agent was lost."""
        playable = []
        for cell in cells:
            if (broken := self._pool.lost(cell)) is not None:
                self._judge(self._player.broken(cell, broken), explains=True)
            else:
                playable.append(cell)
        if not playable or self._stopped():
            return []
        try:
            agents = await self._pool.begin(slot for cell in playable for slot in slots(cell))
        except PeerBroken as error:
            self._pool.give_up(error)
            return playable
        part = _Part(agents, self._pool, self._player, alone=len(playable) == 1)
        try:
            await part.play(playable, self._stopped)
            for one in part.judged:
                self._judge(one)
            for agent, losses in part.losses.items():
                playing, cause = losses[0]
                guilty = len(losses) == 1
                self._pool.lost_again(agent, cause, guilty=guilty)
                if guilty and isinstance(cause, AgentDied | AgentHung):
                    self._judge(self._player.blamed(playing, cause, await agent.stop()), explains=True)
        finally:
            await part.close()
        return [cell for cell in playable if not self._judged(cell)]

    def _judge(self, one: CellJudged, *, explains: bool = False) -> None:
        case = self._cases[one.id]
        case.judged[one.id] = one
        case.explained = case.explained or explains

    def _judged(self, cell: Cell) -> bool:
        return cell.id in self._cases[cell.id].judged


class _Part:
    """Cells that are played beside each other on the same instances.

    judged: those that were played to their end. losses: instances that were lost, each with the cells that it took
    along. alone: it is one cell, which may end its instances.
    """

    def __init__(self, agents: Mapping[Slot, AgentInstance], pool: Pool, player: Player, *, alone: bool) -> None:
        self.judged: list[CellJudged] = []
        self.losses: dict[AgentInstance, list[tuple[Playing, AgentError]]] = {}
        self._agents = agents
        self._pool = pool
        self._player = player
        self._alone = alone
        self._all = set(agents.values())
        self._ended = asyncio.Event()  # one of the cells

    async def play(self, cells: Iterable[Cell], stopped: Callable[[], bool]) -> None:
        """Plays them as far as lanes reach; begins none when an instance was lost."""
        async with asyncio.TaskGroup() as group:
            for cell in cells:
                while not fits(cell, self._agents):
                    self._ended.clear()
                    await self._ended.wait()
                if self.losses or stopped():
                    break
                agents = [self._agents[slot] for slot in slots(cell)]
                own = self._all if self._alone else ()
                playing = Playing(cell, agents, own, self._player.limit(cell), self._pool.again, self._alone)
                group.create_task(self._one(playing))

    async def _one(self, playing: Playing) -> None:
        try:
            self.judged.append(await self._player.play(playing))
        except AgentError as error:
            self.losses.setdefault(playing.culprit(error), []).append((playing, error))
        finally:
            playing.end()
            self._all |= playing.own
            self._ended.set()

    async def close(self) -> None:
        """Ends all instances."""
        await asyncio.gather(*(agent.stop() for agent in self._all))


def cut(cells: Sequence[Cell]) -> list[Sequence[Cell]]:
    """Parts to be played beside each other; in each cells of as few peers as can be, since each peer is started for it.

    A cell that may kill its instances is a part by itself; the others are at most PARTS parts.
    """
    own: list[Sequence[Cell]] = [[cell] for cell in cells if cell.scenario.own]
    rest = sorted((cell for cell in cells if not cell.scenario.own), key=lambda cell: sorted(set(cell.peers)))
    size = max(1, -(-len(rest) // PARTS))
    return own + [rest[start : start + size] for start in range(0, len(rest), size)]


def _what(incidents: Sequence[Lost]) -> str:
    """What happened, in words: "a-1 died", "a-1 and b-2 were lost", "7 agents were lost"."""
    names = [lost.cause.instance for lost in incidents]
    if len(names) > NAMED:
        return f"{len(names)} agents were lost"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]} were lost"
    how = {AgentDied: "died", AgentHung: "hung"}.get(type(incidents[0].cause), "was lost")
    return f"{names[0]} {how}"
