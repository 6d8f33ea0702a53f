"""What the two ends of a system have in common."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, NamedTuple, Protocol

SILENCE = 2.0  # seconds after which a sender takes what was not confirmed for lost, and sends it again


class Place(NamedTuple):
    """Where a system is. address: what its server says about itself. safe: whether each message is confirmed, and kept
    by systems that can keep it; else the quickest way is meant."""

    address: dict[str, str]
    safe: bool


class Sender(Protocol):
    """One end. It raises one of the module's FAILURES, OSError or TimeoutError where the other side or the broker is
    away."""

    def __init__(self, place: Place) -> None: ...

    def send(self, bodies: Sequence[bytes]) -> None:
        """Hands messages over. Where the place is safe it returns when all of them are confirmed."""

    def close(self) -> None:
        """Hands over what is still in this process, within a second or so."""


class Receiver(Protocol):
    """The other end. It raises as a sender does."""

    def __init__(self, place: Place) -> None: ...

    def receive(self, seconds: float) -> list[bytes]:
        """The next messages, at least one, or none after so many seconds."""

    def acknowledge(self) -> None:
        """Everything that `receive` gave has been dealt with."""

    def close(self) -> None: ...


class Loop:
    """For libraries of asyncio: a loop that runs while somebody waits, and the messages that came meanwhile."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.came: deque[Any] = deque()
        self._some = asyncio.Event()

    def run(self, coroutine: Coroutine[Any, Any, Any], seconds: float | None = None) -> Any:
        """Runs it to its end. Raises TimeoutError after so many seconds."""
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, seconds) if seconds else coroutine)

    async def take(self, message: Any) -> None:
        """Keeps a message that came."""
        self.came.append(message)
        self._some.set()

    def next(self, seconds: float) -> list[Any]:
        """All messages that came, or what comes first within so many seconds."""
        self.run(self._wait(seconds))
        found = list(self.came)
        self.came.clear()
        return found

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(0)  # the library reads what has arrived
        if not self.came:
            self._some.clear()
            try:
                await asyncio.wait_for(self._some.wait(), seconds)
            except TimeoutError:
                return

    def close(self) -> None:
        """Ends what the library left running."""
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()
