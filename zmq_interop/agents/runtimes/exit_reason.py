"""Reads from the engine how each container of a run ends, over one connection for all of them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

from zmq_interop.agents.runtimes.base import Ended
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, refusals

if TYPE_CHECKING:
    from docker.types import CancellableStream

_UNKNOWN = Ended()
OUT_OF_MEMORY = "SIGKILL, out of memory (mem_limit in compose.yaml)"


class Fate:
    """The end of one container. ended: how it ended. removed: done once the engine has removed it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ended: asyncio.Future[Ended] = loop.create_future()
        self.removed: asyncio.Future[None] = loop.create_future()
        self.out_of_memory = False

    def settle(self, ended: Ended) -> None:
        """Records how the container ended. Only the first call counts."""
        if not self.ended.done():
            self.ended.set_result(ended)

    def settle_removed(self, ended: Ended = _UNKNOWN) -> None:
        """Records that the container was removed, and how it ended if that is not yet known."""
        self.settle(ended)
        if not self.removed.done():
            self.removed.set_result(None)


class ExitReasons:
    """The fates of a run's containers, found by a label. Call `expect` before a container starts."""

    def __init__(self, engine: DockerDaemon, label: str) -> None:
        self._engine = engine
        self._label = label
        self._loop = asyncio.get_running_loop()
        self._fates: dict[str, Fate] = {}
        self._events: CancellableStream[dict[str, Any]] | None = None
        self._over = False
        self._unseen = _UNKNOWN  # the end of containers whose events no longer arrive

    async def open(self) -> None:
        """Begins to read the engine's events. Raises EngineError."""
        self._events = await asyncio.to_thread(self._subscribe)
        threading.Thread(target=self._read, args=(self._events,), name="exit-reasons", daemon=True).start()

    def expect(self, container: str) -> Fate:
        """The fate of a container, by its full id."""
        fate = self._fates.setdefault(container, Fate(self._loop))
        if self._over:
            fate.settle_removed(self._unseen)
        return fate

    def close(self) -> None:
        """Stops reading events, and takes all remaining containers as ended."""
        if self._events is not None:
            with contextlib.suppress(EngineError), refusals():
                self._events.close()
            self._events = None
        self._lost()

    def _subscribe(self) -> CancellableStream[dict[str, Any]]:
        filters = {"type": "container", "event": ["die", "oom", "destroy"], "label": self._label}
        with refusals():
            return self._engine.api.events(filters=filters, decode=True)

    def _read(self, events: CancellableStream[dict[str, Any]]) -> None:
        with contextlib.suppress(EngineError, ValueError, AttributeError, RuntimeError), refusals():  # cut by `close`
            for event in events:
                self._loop.call_soon_threadsafe(self._heard, event)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._lost, f"{self._engine} is gone")

    def _heard(self, event: dict[str, Any]) -> None:
        fate = self._fates.get(event["Actor"]["ID"])
        if fate is None:
            return
        if event["Action"] == "oom":
            fate.out_of_memory = True
        elif event["Action"] == "die":
            fate.settle(ended(int(event["Actor"]["Attributes"].get("exitCode", -1)), fate.out_of_memory))
        elif event["Action"] == "destroy":
            fate.settle_removed()
            del self._fates[event["Actor"]["ID"]]

    def _lost(self, why: str = "") -> None:
        if not self._over:
            self._over = True
            self._unseen = Ended(unseen=why)
        for fate in self._fates.values():
            fate.settle_removed(self._unseen)
        self._fates.clear()


def ended(code: int, out_of_memory: bool) -> Ended:
    """Turns a container's exit code into Ended: init adds 128 to the number of the signal that killed the agent."""
    if out_of_memory and code == 128 + signal.SIGKILL:
        return Ended(signal=OUT_OF_MEMORY)
    with contextlib.suppress(ValueError):
        return Ended(signal=signal.Signals(code - 128).name)
    return Ended(status=code if code >= 0 else None)
