"""The API of scenarios: a lane for each role, and the cell's axes. Scenarios call it `cell`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol, TypeVar

from zmq_interop.agents.control.handles import Call, Event, Lane, PendingMessages, Socket, all_in_time, in_time
from zmq_interop.agents.runtimes.base import Instance
from zmq_interop.core import endpoints
from zmq_interop.core.cell import Cell
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import MULTICAST
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_tap import CellTap
from zmq_interop.scenarios.kit.with_programs import WithPrograms
from zmq_interop.scenarios.kit.with_wire import WithWire
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import OperationFailed

T = TypeVar("T")
MULTICAST_RATE = 100_000  # kbit/s; the default of 100 takes ten seconds for 128 KiB (zmq_setsockopt(3), ZMQ_RATE)
BETWEEN_BINDS = 0.02  # seconds
AHEAD = 8  # further events to request together with the awaited one
SYNC = b"\x00interop-sync"  # no topic of a scenario begins with a zero byte


class Endpoint(NamedTuple):
    """Where a socket was bound. bound: the endpoint that Bind answered. name: unique to this endpoint."""

    bound: str
    name: str


class SharedLink:
    """What cells that differ only in the message share: sockets that the first of them opened. opened: None before."""

    def __init__(self) -> None:
        self.opened: Any = None


class CellAgents(Protocol):
    """The lanes and instances that the engine provides for a cell (zmq_interop/run/engine/instance.py)."""

    cell: Cell
    lanes: dict[str, list[Lane]]
    instances: dict[str, Instance]

    async def kill(self, role: str) -> None:
        """Kills the role's own instance."""

    async def restart(self, role: str) -> None:
        """Starts another instance in its place."""


class CellContext(WithPrograms, WithWire):
    """The lanes of one cell, by role: `cell.pusher.open(PUSH)`.

    unique: a name for endpoints that no other cell of the run has. limit: seconds that an operation may wait. link:
    shared with other cells; left out, the cell opens its own. tap: makes a relay for each link, if the cell is played
    through relays.
    """

    _hands: CellAgents

    def __init__(
        self,
        hands: CellAgents,
        unique: str,
        limit: float,
        link: SharedLink | None = None,
        tap: CellTap | None = None,
    ) -> None:
        self.cell = hands.cell
        self.limit = limit
        self.endpoints = 0
        super().__init__()
        self._hands = hands
        self._unique = unique
        self._link = link or SharedLink()
        self._told: dict[Socket, deque[Event]] = {}  # received by `events`, not consumed yet
        self._tap = tap
        if tap:
            for role, lanes in hands.lanes.items():
                tap.attach(role, lanes)

    def __getattr__(self, role: str) -> Lane:
        return self.lane(role)

    def lane(self, role: str, number: int = 0) -> Lane:
        """One of the role's lanes. Number 0 is `cell.<role>`. Raises AttributeError if there is no such role."""
        if role not in self.cell.scenario.roles:
            raise AttributeError(f"the scenario {self.cell.scenario.name} has no role {role!r}")
        return self._hands.lanes[role][number]

    def living(self) -> list[Lane]:
        """The lanes of all instances that were not killed."""
        return [lane for lanes in self._hands.lanes.values() for lane in lanes]

    def value(self, axis: str) -> Any:
        """This cell's value on one of the scenario's own axes. Raises KeyError if there is no such axis."""
        for one in self.cell.scenario.axes:
            if one.name == axis:
                return one.values[self.cell.values[axis]]
        raise KeyError(axis)

    def role(self, socket: Socket) -> str:
        """The role whose lane opened the socket."""
        return next(role for role, lanes in self._hands.lanes.items() if socket.lane in lanes)

    async def kill(self, role: str) -> None:
        """Kills the role's own instance (SIGKILL), with all its sockets; the kernel closes its connections."""
        await self._hands.kill(role)
        if self._tap:
            self._tap.gone(role)

    async def restart(self, role: str) -> None:
        """Replaces the killed instance by a new one, which has new lanes and can bind the same endpoints."""
        await self._hands.restart(role)
        if self._tap:
            self._tap.attach(role, self._hands.lanes[role])

    async def shared(self, opening: Callable[[CellContext], Awaitable[T]]) -> T:
        """Returns what `opening` opened and linked: now, or for an earlier cell on the same link.

        Only for scenarios with `message_axes`. A cell must leave the link as it found it: no message on the way.
        """
        if self._link.opened is None:
            self._link.opened = await opening(self)
        opened: T = self._link.opened
        return opened

    async def link(self, one: Socket, other: Socket, at: Endpoint | None = None) -> Endpoint:
        """Binds one socket and connects the other; the cell's axes say which. Does not wait for the connect's answer.

        at: as in `bind`.
        """
        binder, connector = (one, other) if self.role(one) == self.cell.binder else (other, one)
        endpoint = await self.bind(binder, at)
        self.connect(connector, endpoint)
        return endpoint

    async def bind(self, socket: Socket, at: Endpoint | None = None) -> Endpoint:
        """Binds a socket to an unused endpoint of the cell's transport.

        at: bind this endpoint instead, such as one of `vacant`. zmq_unbind(3) and zmq_close(3) return before an
        endpoint is free again, so EADDRINUSE is retried until the cell's limit has passed. Raises OperationFailed, and
        Mismatch as `resolved` does.
        """
        self._set_rate(socket)
        if at is None:
            at = self.endpoint(self.role(socket))
            return Endpoint(resolved(at.bound, await socket.bind(at.bound)), at.name)
        place = self._direct(self.role(socket), at)
        return Endpoint(resolved(place, await self.bind_when_free(socket, place)), at.name)

    async def bind_when_free(self, socket: Socket, endpoint: str) -> str:
        """Binds a socket to an endpoint that an earlier socket may still hold for a moment. Returns LAST_ENDPOINT.

        Retries EADDRINUSE until the cell's limit has passed. Raises OperationFailed.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + self.limit
        while True:
            try:
                return await socket.bind(endpoint)
            except OperationFailed as error:
                if error.errno_name != "EADDRINUSE" or clock() > end:
                    raise
            await asyncio.sleep(BETWEEN_BINDS)

    def vacant(self, role: str) -> Endpoint:
        """An endpoint reserved for the role, which can bind it at any time and more than once.

        A wildcard port would not do: once it is released, the system may give it to another program.
        """
        endpoint = self.endpoint(role)
        if self.cell.transport == "tcp":
            return Endpoint(f"tcp://{self._hands.instances[role].vacant()}", endpoint.name)
        return endpoint

    def vacant_path(self, role: str, length: int) -> Endpoint:
        """An unused ipc endpoint whose path is `length` bytes long, as the role sees it."""
        short = self.endpoint(role)
        name = short.name.ljust(len(short.name) + length - len(short.bound.removeprefix("ipc://")), "-")
        return Endpoint(self._named(self._hands.instances[role], name), name)

    def file(self, endpoint: Endpoint) -> Path:
        """The socket file of an ipc endpoint, by the name that the harness chose, whatever the agent answered.

        Only where the place has features.IPC_FILES.
        """
        folder = next(iter(self._hands.instances.values())).ipc
        return Path(folder) / endpoint.name

    def connect(self, socket: Socket, endpoint: Endpoint) -> Call[str]:
        """Connects a socket to where another was bound. Does not wait for the answer."""
        self._set_rate(socket)
        return socket.connect(self.seen_by(self.role(socket), endpoint))

    def endpoint(self, role: str) -> Endpoint:
        """An unused endpoint, in the form in which the role's instance binds it."""
        self.endpoints += 1
        instance = self._hands.instances[role]
        name = instance.group() if self.cell.transport in MULTICAST else f"{self._unique}-{self.endpoints}"
        if self.cell.transport == "tcp":  # a wildcard port: a port that the harness picks could be in use
            return Endpoint(f"tcp://{instance.address()}:*", name)
        return Endpoint(self._named(instance, name), name)

    def seen_by(self, role: str, endpoint: Endpoint) -> str:
        """The endpoint as the role's instance must name it to connect: the path of a socket differs between containers.

        In a tapped cell, the endpoint of a relay.
        """
        direct = self._direct(role, endpoint)
        if self._tap is None:
            return direct
        instances = self._hands.instances
        others = [instance for other, instance in instances.items() if other != role]
        return self._tap.seen_by(role, instances[role], endpoint.name, direct, others)

    def _direct(self, role: str, endpoint: Endpoint) -> str:
        return (
            endpoint.bound if self.cell.transport == "tcp" else self._named(self._hands.instances[role], endpoint.name)
        )

    def _named(self, instance: Instance, name: str) -> str:
        match self.cell.transport:
            case "ipc":
                return f"ipc://{PurePosixPath(instance.ipc) / name}"
            case "pgm" | "epgm" as multicast:
                return f"{multicast}://{instance.host};{name}"
            case transport:
                return f"{transport}://{name}"

    def _set_rate(self, socket: Socket) -> None:
        if self.cell.transport in MULTICAST:
            socket.set("RATE", MULTICAST_RATE)

    async def silence(self, socket: Socket, seconds: float, why: str) -> None:
        """Receives for this many seconds, and expects no message. why: the reason, for Mismatch (`unexpected`)."""
        got = await self.collect([socket.receive(timeout=seconds)])
        expect.none(got, why)

    async def happens(self, socket: Socket, *names: str) -> list[Event]:
        """Waits until a socket's monitor has reported these events in this order, and skips others in between.

        Returns these events. Raises Mismatch (`lost`) at the cell's limit.
        """
        told: list[Event] = []
        found: list[Event] = []
        async for event in self.events(socket):
            told.append(event)
            if event.name == names[len(found)]:
                found.append(event)
                if len(found) == len(names):
                    return found
        wanted = f"the event {names[len(found)]} at the {self.role(socket)}"
        raise expect.lost(wanted, ", ".join(event.name for event in told[-9:]) or "no event")

    async def events(self, socket: Socket) -> AsyncIterator[Event]:
        """Yields the events of a socket's monitor until the cell's limit has passed.

        The limit is for all events together, since a socket that keeps trying to connect has events without end. On a
        busy machine they come faster than single requests could fetch them, so several are requested at once.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + self.limit
        told = self._told.setdefault(socket, deque())
        while told or (left := end - clock()) > 0:
            if not told:
                asked = [socket.event(timeout=left), *(socket.event(timeout=0) for _ in range(AHEAD))]
                told += await all_in_time(asked)
            if told:
                yield told.popleft()

    async def events_of(self, sockets: Sequence[Socket], seconds: float) -> list[Event]:
        """The unconsumed events of several monitors, and the next event of each within this many seconds."""
        asked = [socket.event(timeout=seconds) for socket in sockets]
        told = [event for socket in sockets for event in self._told.pop(socket, ())]
        return told + await all_in_time(asked)

    async def transfer(
        self, sender: Socket, receiver: Socket, messages: Sequence[Message], types: Sequence[str] = ()
    ) -> None:
        """Sends the messages on one socket and expects exactly these, in order, on the other. Raises Mismatch."""
        expect.messages(await self.carry(sender, receiver, messages, types), messages)

    async def carry(
        self, sender: Socket, receiver: Socket, messages: Sequence[Message], types: Sequence[str] = ()
    ) -> list[Message]:
        """Sends the messages. Returns those that arrived, at most as many as were sent."""
        for message in messages:
            sender.send(message)
        return await self.receive(receiver, len(messages), types)

    def receive(self, socket: Socket, count: int, types: Sequence[str] = ()) -> PendingMessages:
        """Requests the next `count` messages of a socket, possibly before they are sent. Fewer if no more come."""
        return PendingMessages(socket, count, types)

    async def collect(self, calls: Sequence[Call[Message]]) -> list[Message]:
        """The messages of earlier receives; leaves out receives that timed out."""
        return await all_in_time(calls, "receive")

    async def join(self, publisher: Socket, subscriber: Socket, address: Message = ()) -> Message:
        """Waits until a message of `publisher` reaches `subscriber`, which must subscribe to SYNC. Returns the message.

        A publisher drops messages until it has received the subscription (RFC 29). So SYNC is sent repeatedly, at
        growing intervals, until one arrives. The same helps any sender that may lose messages, or cannot send, while it
        reconnects. address: the frames that a ROUTER prepends. Raises Mismatch (`lost`) at the cell's limit.
        """
        wait = 0.002
        waited = 0.0
        while waited < self.limit:
            sent = publisher.send((*address, SYNC), timeout=wait)
            got = await self.collect([subscriber.receive(timeout=wait)])
            await in_time(sent)
            if got:
                return got[0]
            waited += wait
            wait = min(wait * 2, 0.25)
        raise expect.lost(f"a message within {self.limit:g} s of subscribing or connecting", "none")

    async def published(self, subscriber: Socket, count: int, types: Sequence[str] = ()) -> list[Message]:
        """The next `count` messages after `join`, without the remaining SYNCs; fewer if no more come.

        types: as in `Socket.receive`. The first must be "", the type of the frame SYNC.
        """
        got: list[Message] = []
        left = count
        while left:
            fresh = await self.receive(subscriber, left, types)
            got += [message for message in fresh if message[-1:] != (SYNC,)]  # a ROUTER receives an id before it
            left = count - len(got) if len(fresh) == left else 0
        return got


def resolved(asked: str, answered: str) -> str:
    """Returns the endpoint that Bind answered.

    Over tcp it must be a port at the requested address, so that the other agent never connects anywhere else. Raises
    Mismatch.
    """
    if asked.startswith("tcp://"):
        holds = endpoints.host(answered) == endpoints.host(asked) and endpoints.port(answered) is not None
        address = asked.rpartition(":")[0]
        expect.that(holds, Kind.UNEXPECTED, f"a port at {address} as LAST_ENDPOINT", f"{clip(answered, 100)!r}")
    return answered
