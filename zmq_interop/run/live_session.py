"""A session that stays open: the caller asks for cells and gets their verdicts, as often as it likes.

The agents stay warm between two such plays, so a cell costs milliseconds. There is no plan, no event log and no
account; the ledger applies. The engine runs in a thread of its own, since the caller is not asynchronous.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Self

from zmq_interop.agents.runtimes.base import Runtime
from zmq_interop.core import plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event, PeerLost, PeerSeen
from zmq_interop.results.ledger.judge import LedgerJudge
from zmq_interop.results.ledger.subject import of_plans
from zmq_interop.run import choice, run_folder
from zmq_interop.run.choice import Choice
from zmq_interop.run.engine.engine import Engine, Settings
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan
from zmq_interop.schemas import payloads

_WAIT = 0.2  # seconds between two looks at whether the session has ended; a verdict wakes the caller at once


class LiveSession:
    """Use it in a `with` block, which ends the agents. Call `play` from one thread.

    planned: gives peers, protos, ledger and folders; its cells are not played. runtimes: as of session.Run. seen, lost:
    the peers that said Hello, and those that were given up.
    """

    def __init__(
        self,
        options: Options,
        planned: Plan,
        say: Callable[[str], None],
        runtimes: Callable[[Choice], dict[str, Runtime]] | None = None,
    ) -> None:
        self.seen: dict[str, PeerSeen] = {}
        self.lost: list[PeerLost] = []
        self._options = options
        self._planned = planned
        self._say = say
        self._make = runtimes or (lambda chosen: planned.runtimes(chosen, options))
        self._wanted: queue.SimpleQueue[list[Cell]] = queue.SimpleQueue()  # an empty list ends the session
        self._done: queue.SimpleQueue[list[CellJudged]] = queue.SimpleQueue()
        self._judged: list[CellJudged] = []
        self._judge: LedgerJudge | None = None
        self._engine: Engine | None = None
        self._chosen = choice.choose(options.runtime, planned.peers)
        self._error: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="interop live session", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wanted.put([])
        with contextlib.suppress(RuntimeError):  # the loop is closed: the session has ended
            self._loop.call_soon_threadsafe(self._cut)
        self._thread.join()

    def play(self, cells: Sequence[Cell]) -> list[CellJudged]:
        """The verdicts on these cells, in the order in which they were played. Raises what ended the session."""
        self._wanted.put(list(cells))
        while True:
            with contextlib.suppress(queue.Empty):
                return self._done.get(timeout=_WAIT)
            if not self._thread.is_alive():
                raise self._error or RuntimeError("the session ended without a verdict")

    def _cut(self) -> None:
        if self._engine is not None:
            self._engine.cut()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._played())
        except BaseException as error:  # noqa: BLE001 (the caller's thread raises it)
            self._error = error
        finally:
            self._loop.close()

    async def _played(self) -> None:
        with payloads.using(self._planned.types):
            if cells := self._next():
                await self._with_engine(cells)

    async def _with_engine(self, cells: list[Cell]) -> None:
        options, planned = self._options, self._planned
        place = run_folder.make(planned.space, options.control, run_folder.NARROWED)
        runtimes: dict[str, Runtime] = {}
        try:
            runtimes = self._make(self._chosen)
            await choice.open_all(runtimes, place)
            self._engine = Engine(
                choice.by_peer(self._chosen, runtimes),
                planned.peers,
                planned.protos.digest,
                self._hear,
                self._say,
                Settings(jobs=options.jobs, limit=options.limit, grace=options.grace, share_links=True),
                planned.ledger.expects,
            )
            await self._engine.run(plan.planned(cells, planned.peers), self._again)
        finally:
            for runtime in runtimes.values():
                for left in await runtime.close():
                    self._say(left)
            run_folder.remove(place)

    def _again(self) -> list[Cell]:
        """Hands over the verdicts, and waits for the next cells. Meanwhile the loop stands still: nothing is played."""
        assert self._judge is not None
        self._judged += self._judge.close()
        self._done.put(self._judged)
        return self._next()

    def _next(self) -> list[Cell]:
        cells = self._wanted.get()
        planned = of_plans(cells)
        self._judge = LedgerJudge(self._planned.ledger, planned, self._chosen.runtimes, self._planned.outside)
        for seen in self.seen.values():
            self._judge.on_peer_seen(seen)
        self._judged = []
        return cells

    def _hear(self, event: Event) -> None:
        assert self._judge is not None
        match event:
            case CellJudged():
                self._judged += [one for one in self._judge.judge(event) if isinstance(one, CellJudged)]
            case PeerSeen():
                self.seen[event.name] = event
                self._judge.on_peer_seen(event)
            case PeerLost():
                self.lost.append(event)
