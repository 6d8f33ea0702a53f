"""What a scenario plays on: a lane for each role, and the cell's axes. Scenarios call it `cell`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from harness import expect
from harness.cell import Cell
from harness.control.handles import Call, Lane, Message, Socket
from harness.errors import OperationFailed
from harness.runtimes.base import Instance

SYNC = b"\x00interop-sync"  # begins with a zero byte, as no topic of a scenario does


class Stage:
    """The lanes of one cell, by role: `cell.pusher.open(PUSH)`.

    unique: a name that no other cell of the run has, for endpoints. limit: seconds that an operation waits.
    """

    def __init__(
        self, cell: Cell, lanes: Mapping[str, Lane], instances: Mapping[str, Instance], unique: str, limit: float
    ) -> None:
        self.cell = cell
        self.lanes = dict(lanes)
        self.limit = limit
        self.endpoints = 0
        self._instances = instances
        self._unique = unique
        self._roles = {id(lane): role for role, lane in lanes.items()}

    def __getattr__(self, role: str) -> Lane:
        try:
            return self.lanes[role]
        except KeyError:
            raise AttributeError(f"the scenario {self.cell.scenario.name} has no role {role!r}") from None

    def value(self, axis: str) -> Any:
        """This cell's value on one of the scenario's own axes."""
        for one in self.cell.scenario.axes:
            if one.name == axis:
                return one.values[self.cell.values[axis]]
        raise KeyError(axis)

    def role(self, socket: Socket) -> str:
        """The role whose lane opened the socket."""
        return self._roles[id(socket.lane)]

    async def link(self, one: Socket, other: Socket) -> None:
        """Binds one socket and connects the other, as the cell's axes say. The connect is written ahead."""
        binder, connector = (one, other) if self.role(one) == self.cell.binder else (other, one)
        self.endpoints += 1
        name = f"{self._unique}-{self.endpoints}"
        bound = await binder.bind(self._endpoint(self.role(binder), name))
        # Over tcp the port is known only now; the path of an ipc socket is another one in another container.
        connector.connect(bound if self.cell.transport == "tcp" else self._endpoint(self.role(connector), name))

    def _endpoint(self, role: str, name: str) -> str:
        instance = self._instances[role]
        match self.cell.transport:
            case "tcp":
                return f"tcp://{instance.address()}:*"  # a wildcard port: one that the harness picks could be taken
            case "ipc":
                return f"ipc://{PurePosixPath(instance.ipc) / name}"
            case transport:
                return f"{transport}://{name}"

    async def transfer(
        self, sender: Socket, receiver: Socket, messages: Sequence[Message], types: Sequence[str] = ()
    ) -> None:
        """Sends the messages on one socket and expects just these, in order, on the other."""
        expect.messages(await self.carry(sender, receiver, messages, types), messages)

    async def carry(
        self, sender: Socket, receiver: Socket, messages: Sequence[Message], types: Sequence[str] = ()
    ) -> list[Message]:
        """Sends the messages and gives back as many as came, at most so many."""
        for message in messages:
            sender.send(message)
        return await self.collect([receiver.receive(types=types) for _ in messages])

    async def collect(self, calls: Sequence[Call[Message]]) -> list[Message]:
        """The messages of receives that were written ahead; those that ran into their limit are left out."""
        got: list[Message] = []
        for call in calls:
            try:
                got.append(await call)
            except OperationFailed as error:
                if error.code != "AGAIN" or error.operation != "receive":
                    raise
        return got

    async def join(self, publisher: Socket, subscriber: Socket) -> None:
        """Waits until what `publisher` sends reaches `subscriber`, which must subscribe to SYNC for this.

        A subscription travels to the publisher in its own time, and messages sent before it arrives are dropped
        (RFC 29). So SYNC is sent again and again, in growing intervals, until one of them arrives.
        """
        wait = 0.002
        waited = 0.0
        while waited < self.limit:
            publisher.send((SYNC,))
            if await self.collect([subscriber.receive(timeout=wait)]):
                return
            waited += wait
            wait = min(wait * 2, 0.25)
        raise expect.lost(f"a first message within {self.limit:g} s of subscribing", "none")

    async def published(self, subscriber: Socket, count: int) -> list[Message]:
        """The next `count` messages after `join`; what is left of SYNC is passed over."""
        got: list[Message] = []
        calls = [subscriber.receive() for _ in range(count)]
        while calls:
            fresh = await self.collect(calls)
            got += [message for message in fresh if message != (SYNC,)]
            calls = [subscriber.receive() for _ in range(len(fresh) - sum(message != (SYNC,) for message in fresh))]
        return got
