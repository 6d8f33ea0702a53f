"""Replays cells that were in flight when an agent was lost, to find the one that caused it (docs/decisions/0031).

The suspects of a run are split into parts, and each part is played on its own agents, concurrently. A part that loses
an agent is split again, down to single cells. A cell that loses an agent alone is guilty; every other cell gets the
verdict of a play in which no agent was lost.
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

PARTS = 12  # parts played at once, each on its own agents; also the number of parts of a split
NAMED = 3  # lost agents named in a message


class Lost(NamedTuple):
    """An agent that was lost with several cells in flight."""

    cause: AgentError
    cells: Sequence[Cell]


class _Case:
    """The findings about one lost agent. judged: the verdicts of its cells by id, held until all have one. explained:
    a guilty cell was found, so the others keep their own verdicts."""

    def __init__(self, lost: Lost) -> None:
        self.lost = lost
        self.judged: dict[str, CellJudged] = {}
        self.explained = False

    def verdicts(self) -> Iterable[CellJudged]:
        """The final verdicts. A cell that failed or is broken keeps its verdict."""
        complete = len(self.judged) == len(self.lost.cells)
        for one in self.judged.values():
            if self.explained or one.verdict is not Verdict.PASS:
                yield one
            elif complete:  # else the search was stopped early: nothing is known
                count = len(self.lost.cells)
                reason = f"{self.lost.cause.message} with {count} cells in flight, and none of them causes it alone"
                yield msgspec.structs.replace(one, verdict=Verdict.BROKEN, kind=None, reason=reason)


class Replay:
    """One search for guilty cells, after everything else was played. stopped: whether the run is stopping."""

    def __init__(self, pool: Pool, player: Player, say: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        self._pool = pool
        self._player = player
        self._say = say
        self._stopped = stopped
        self._room = asyncio.Semaphore(PARTS)
        self._cases: dict[str, _Case] = {}

    async def play(self, incidents: Sequence[Lost], emit: Callable[[CellJudged], None]) -> None:
        """Replays all these cells and emits their verdicts; emits none for an incident that was not resolved."""
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
        """Plays cells in parts, and splits the rest of a part that loses an agent."""
        async with asyncio.TaskGroup() as group:
            for part in cut(cells):
                group.create_task(self._part(part))

    async def _part(self, cells: Sequence[Cell]) -> None:
        async with self._room:
            left = await self._on_their_own(cells)
        if left:
            await self._parts(left)

    async def _on_their_own(self, cells: Sequence[Cell]) -> list[Cell]:
        """Plays cells on agents started only for them; returns those without a verdict because an agent was lost."""
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
    """Cells that are played concurrently on the same instances.

    judged: verdicts of finished cells. losses: lost instances, each with the cells that it affected. alone: whether it
    is a single cell, which may end its instances.
    """

    def __init__(self, agents: Mapping[Slot, AgentInstance], pool: Pool, player: Player, *, alone: bool) -> None:
        self.judged: list[CellJudged] = []
        self.losses: dict[AgentInstance, list[tuple[Playing, AgentError]]] = {}
        self._agents = agents
        self._pool = pool
        self._player = player
        self._alone = alone
        self._all = set(agents.values())
        self._ended = asyncio.Event()  # set when a cell ends

    async def play(self, cells: Iterable[Cell], stopped: Callable[[], bool]) -> None:
        """Plays them as lanes become free; starts none after an instance was lost."""
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
    """Splits cells into parts with as few peers each as possible, since each part starts its own agents.

    A cell with its own instances is a part by itself; the others form at most PARTS parts.
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
