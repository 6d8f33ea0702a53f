"""A faulty link between two sockets of one agent: a relay of the harness whose bytes a toxic bends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.transcript import CONNECTOR
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext, Endpoint
from zmq_interop.wire.passage import Observer, Passage
from zmq_interop.wire.relay import Relay

WHO = "relay"
STEP = 0.005  # seconds between two looks at a condition
PATIENCE = 2  # times the cell's limit: what is waited for takes timers of a library, one after the other


def whole(_: int) -> Passage:
    """Passes everything on at once."""
    return Passage()


class _Unobserved:
    """An observer that keeps nothing."""

    def passed(self, side: int, data: bytes) -> None:
        """See Observer."""

    def ended(self, side: int, how: str) -> None:
        """See Observer."""

    def refused(self, why: str) -> None:
        """See Observer."""


class FaultyLink:
    """A bound socket, and the relay before it. endpoint: of the relay, as the agent names it to connect."""

    def __init__(self, cell: CellContext, relay: Relay, endpoint: str) -> None:
        self.endpoint = endpoint
        self._cell = cell
        self._relay = relay

    @property
    def accepted(self) -> int:
        """How many connections there were so far."""
        return self._relay.accepted

    async def connections(self, count: int) -> None:
        """Waits until so many connections were made. Raises Mismatch (`lost`) if they are not."""
        await self._until(lambda: self.accepted >= count, f"{count} connections")

    async def happens(self, event: asyncio.Event, what: str) -> None:
        """Waits for what a toxic reports. Raises Mismatch (`lost`) if it does not."""
        await self._until(event.is_set, what)

    async def down(self) -> None:
        """Ends all connections; nobody can connect until `up`."""
        with self._cell.noted(WHO, "down", self._relay.endpoint):
            await self._relay.cut()

    def up(self) -> None:
        """Lets connections through again."""
        with self._cell.noted(WHO, "up", self._relay.endpoint):
            self._relay.open()

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        clock = asyncio.get_running_loop().time
        end = clock() + PATIENCE * self._cell.limit
        with self._cell.noted(WHO, "wait", what):
            while not holds():
                if clock() > end:
                    raise expect.lost(what, f"{self.accepted} connections, and nothing more")
                await asyncio.sleep(STEP)


@contextlib.asynccontextmanager
async def faulty(cell: CellContext, bound: Socket, passage: Callable[[int], Passage]) -> AsyncIterator[FaultyLink]:
    """Binds a socket, and puts a relay with this passage before it. Raises Lacking if there can be no relay."""
    role = cell.role(bound)
    where: Endpoint = await cell.bind(bound)
    forward = cell.wire_endpoint(role, where)

    def observe() -> Observer:
        return cell.wire_observer(role, forward, connects=True, other=role) or _Unobserved()

    relay = Relay(cell.wire_listens(role), forward, observe, passage)
    try:
        relay.open()
        with cell.noted(WHO, "toxic", _words(passage)):
            pass
        yield FaultyLink(cell, relay, cell.wire_seen(role, relay.endpoint))
    finally:
        await relay.cut()
        await relay.close()


def _words(passage: Callable[[int], Passage]) -> str:
    """What bends the bytes, for the log: a toxic's name and fields."""
    toxic = getattr(passage, "__self__", None)
    if not isinstance(toxic, tuple) or not hasattr(toxic, "_asdict"):
        return "what the steps below say"
    fields = {name: _side(value) if name == "side" else value for name, value in toxic._asdict().items()}
    told = [f"{name} {value}" for name, value in fields.items() if not isinstance(value, asyncio.Event | None)]
    return f"{type(toxic).__name__}: {', '.join(told)}" if told else type(toxic).__name__


def _side(side: int) -> str:
    return "of who connects" if side == CONNECTOR else "of who binds"
