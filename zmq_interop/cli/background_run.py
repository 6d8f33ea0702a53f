"""A run in a background thread, while the caller reads its verdicts one by one."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from zmq_interop.core.events import CellJudged, Event, Incident, PeerLost, RunStarted
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan
from zmq_interop.system.errors import InteropError

_WAIT = 0.2  # seconds between checks for progress lines; a verdict wakes the caller at once


class Unjudged(Exception):
    """The run ended before this cell had a verdict; the message says why."""


class Ahead:
    """A run that starts on construction. Call all methods from one other thread.

    Each cell has a future that is completed even if the run fails, so that nobody waits for ever. lost: the peers that
    could not be judged. problems: failures that belong to no cell; set when the run has ended.
    """

    def __init__(self, options: Options, planned: Plan) -> None:
        self.lost: list[PeerLost] = []
        self.problems: list[str] = []
        self._why = ""
        self._incidents: list[Incident] = []  # those that no cell caused
        self._verdicts: dict[str, Future[CellJudged]] = {cell.id: Future() for cell in planned.cells}
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._run = session.Run(options, planned, [self._take], self._news.put)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._play, name="interop run", daemon=True)
        self._thread.start()

    @property
    def folder(self) -> Path | None:
        """The run's folder, or None if it failed before creating one."""
        return self._run.place.folder if self._run.place else None

    def verdict(self, id: str, say: Callable[[str], None]) -> CellJudged:
        """Waits for the verdict on one planned cell. say: gets progress lines meanwhile. Raises Unjudged."""
        while True:
            self._pass_on(say)
            with contextlib.suppress(TimeoutError):
                return self._verdicts[id].result(_WAIT)

    def stop(self, why: str) -> None:
        """Stops scheduling cells if the run is still going. `wait` returns when it has ended."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the run has ended
            self._loop.call_soon_threadsafe(self._run.stop, why)

    def wait(self, say: Callable[[str], None]) -> None:
        """Waits until the run's agents and thread have ended."""
        while self._thread.is_alive():
            self._pass_on(say)
            self._thread.join(_WAIT)
        self._pass_on(say)

    def lines(self) -> list[str]:
        """The result of the run as lines of text; the account comes last."""
        lines = [self._why] if self._why else []
        for lost in self.lost:
            lines += [f"BROKEN peer {lost.name}: {lost.reason}", *_indent(lost.hint), *_indent(lost.detail)]
        lines += self.problems
        if ended := self._run.ended:
            if ended.interrupted:
                lines.append(f"{ended.interrupted}; {ended.unplayed} planned cells were not played")
            lines += [*ended.notes, str(ended.account)]
        if self.folder:
            lines.append(f"event log: {self.folder / 'events.jsonl'}")
        return lines

    def _pass_on(self, say: Callable[[str], None]) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                say(self._news.get_nowait())

    def _play(self) -> None:
        why = "the run ended without a verdict on this cell: a bug in the harness"
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                ended = runner.run(self._run.play())
            if not ended.account.balanced:
                self.problems.append(f"{ended.account}: the account does not balance, a bug in the harness")
            self.problems += ended.problems
            why = ended.interrupted or why
        except InteropError as error:
            why = str(error)
            self.problems.append(why)
        except BaseException as error:  # noqa: BLE001 (whatever it is, those who wait must learn of it)
            why = f"a bug in the harness, not in a peer: {type(error).__name__}: {error}"
            self.problems += [why, *"".join(traceback.format_exception(error, chain=False)).splitlines()]
        finally:
            lost = {one.name for one in self.lost}
            for one in self._incidents:
                if one.instance.rpartition("-")[0] not in lost:  # the lost peer is already reported
                    what = f"agent {one.instance} failed, but no cell caused it: {one.reason}; it {one.ended}"
                    self.problems += [what, *_indent(one.stderr)]
            for future in self._verdicts.values():
                if not future.done():
                    future.set_exception(Unjudged(why))

    def _take(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._why = event.why
            case CellJudged():
                self._verdicts[event.id].set_result(event)
            case PeerLost():
                self.lost.append(event)
            case Incident(cells=[]):
                self._incidents.append(event)


def _indent(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
