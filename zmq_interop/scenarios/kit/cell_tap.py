"""The relays of one cell: each link of a tapped cell goes through one, and scenarios do not notice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any, NamedTuple, Protocol

from zmq_interop.agents.control.handles import Call, Lane
from zmq_interop.core import endpoints
from zmq_interop.core.cell import Cell
from zmq_interop.core.frames import Frame, Message, Typed
from zmq_interop.core.transcript import Transcript
from zmq_interop.wire import not_tapped, payload
from zmq_interop.wire.recorder import MOST_CONNECTIONS, Budget, Recorder
from zmq_interop.wire.relay import Relay, RelayPlace

EVERYWHERE = ("tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:")  # a socket bound here is reached at any address
LOOPBACK = ("tcp://127.", "tcp://[::1]:")
MOST_SENT = 1000  # messages of one role that are kept, to find them on the wire


class Place(Protocol):
    """What of an instance a tap needs (zmq_interop/agents/runtimes/base.py, Instance)."""

    name: str
    ipc: str
    relay: RelayPlace | None
    no_relay: str


class _Link(NamedTuple):
    """A relay, and the endpoint as the connecting instance must name it."""

    relay: Relay
    seen: str


class _Bound(NamedTuple):
    """An endpoint that a socket has bound. text: as the agent named it."""

    role: str
    lane: int
    socket: int
    text: str


class CellTap:
    """Makes a relay for each role that connects to an endpoint, and records its connections.

    A relay accepts connections only while the endpoint behind it is bound, by the agents' answers to Bind, Unbind and
    Close. So connecting before the other side binds is refused, as it is without a relay. clock: microseconds since the
    cell began.
    """

    def __init__(self, cell: Cell, clock: Callable[[], int]) -> None:
        self.untapped: dict[str, None] = {}  # why links have no relay, each reason once
        self.failed = ""  # why the tap stopped working, "" while it does
        self._transport = cell.transport
        self._clock = clock
        self._budget = Budget()
        self._links: dict[tuple[str, str, str], _Link] = {}
        self._linked = False  # a relay was made
        self._recorders: list[Recorder] = []
        self._bound: dict[_Bound, None] = {}
        self._sent: dict[str, list[Message]] = {}
        self._types: dict[str, dict[tuple[str, ...], None]] = {}
        self._never = not_tapped.why(cell)
        if self._never:
            self.untapped[self._never] = None

    def attach(self, role: str, lanes: Iterable[Lane]) -> None:
        """Watches the operations of a role's lanes."""
        for lane in lanes:
            lane.watch = lambda lane, call, fields: self._asked(role, lane, call, fields)

    def gone(self, role: str) -> None:
        """The role's instance was killed: nothing of it is bound any more."""
        for one in [one for one in self._bound if one.role == role]:
            self._unbound(one)

    def has_bound(self, name: str, endpoint: str) -> None:
        """A program without an agent has bound an endpoint. name: what it is called in the transcript."""
        self._has_bound(_Bound(name, -1, -1, endpoint))

    def seen_by(self, role: str, instance: Place, name: str, direct: str, binders: Iterable[Place]) -> str:
        """The endpoint that a connecting role gets instead of `direct`: of a relay, which forwards to it.

        instance: of the role. name: unique to the bound endpoint. direct: as the instance would name it without a
        relay. binders: the other instances, of which one has bound it or will. Returns `direct` where there can be no
        relay, and notes the reason.
        """
        if self._never:
            return direct
        key = (role, name, direct)
        if (link := self._links.get(key)) is None:
            if blind := [one for one in (instance, *binders) if not self._reaches(one)]:
                self.untapped[f"{blind[0].name}: {blind[0].no_relay}"] = None
                return direct
            place = instance.relay
            assert place is not None
            if place.host and direct.startswith(LOOPBACK):
                self.untapped[f"{direct}: a relay cannot reach the loopback interface of a container"] = None
                return direct
            try:
                link = self._links[key] = self._made(role, instance, place, name, direct)
            except OSError as error:
                self.failed = self.failed or f"no relay for {direct}: {error.strerror or error}"
                return direct
        self._linked = True
        if any(self._same(one.text, direct) for one in self._bound):
            self._open(link.relay)
        return link.seen

    def recorder(self, connector: str, binder: str, endpoint: str) -> Recorder:
        """What records one more connection between these two."""
        self._linked = True
        recorder = Recorder(connector, binder, self._clock, self._budget, endpoint)
        if len(self._recorders) < MOST_CONNECTIONS:
            self._recorders.append(recorder)
        else:
            self._budget.not_kept += 1
        return recorder

    def _reaches(self, instance: Place) -> bool:
        return instance.relay is not None and (self._transport == "tcp" or instance.relay.ipc is not None)

    def _made(self, role: str, instance: Place, place: RelayPlace, name: str, direct: str) -> _Link:
        def observe() -> Recorder:
            binder = next((one.role for one in self._bound if self._same(one.text, direct)), "?")
            return self.recorder(role, binder, direct)

        if self._transport == "tcp":
            host = direct.rpartition(":")[0]
            relay = Relay(f"tcp://{place.host}:*" if place.host else f"{host}:*", direct, observe)
            return _Link(relay, relay.endpoint)
        assert place.ipc is not None
        abstract = direct.startswith("ipc://@")
        file = f"{name[:40]}~{len(self._links) + 1}"
        relay = Relay(f"ipc://{place.ipc / file}", direct if abstract else f"ipc://{place.ipc / name}", observe)
        return _Link(relay, f"ipc://{PurePosixPath(instance.ipc) / file}")

    def _open(self, relay: Relay) -> None:
        try:
            relay.open()
        except OSError as error:
            self.failed = self.failed or f"the relay at {relay.endpoint} cannot listen: {error.strerror or error}"

    def _same(self, one: str, other: str) -> bool:
        """Whether two instances mean the same endpoint: the folder of ipc sockets differs between containers."""
        if self._transport == "tcp":
            anywhere = any(endpoint.startswith(EVERYWHERE) for endpoint in (one, other))
            return endpoints.same(one, other) or (anywhere and endpoints.port(one) == endpoints.port(other))
        return PurePosixPath(one).name == PurePosixPath(other).name

    def _asked(self, role: str, lane: Lane, call: Call[Any], fields: dict[str, Any]) -> None:
        if call.name == "send" and len(self._sent.setdefault(role, [])) < MOST_SENT:
            self._sent[role].append(tuple(_frame(frame) for frame in fields["frames"]))
        if call.name == "receive" and fields["types"]:
            self._types.setdefault(role, {})[tuple(fields["types"])] = None
        if call.name not in ("bind", "unbind", "close"):
            return

        def answered(answer: asyncio.Future[Any]) -> None:
            if answer.cancelled() or answer.exception() is not None or answer.result().HasField("error"):
                return  # an agent that is lost answers nothing
            if call.name == "bind":
                self._has_bound(_Bound(role, lane.number, fields["socket"], answer.result().endpoint))
                return
            for one in list(self._bound):
                mine = (one.role, one.lane, one.socket) == (role, lane.number, fields["socket"])
                if mine and (call.name == "close" or self._same(one.text, fields["endpoint"])):
                    self._unbound(one)

        call.exchange.answer.add_done_callback(answered)

    def _has_bound(self, one: _Bound) -> None:
        self._bound[one] = None
        for (_, _, direct), link in self._links.items():
            if self._same(one.text, direct):
                self._open(link.relay)

    def _unbound(self, one: _Bound) -> None:
        self._bound.pop(one, None)
        for (_, _, direct), link in self._links.items():
            if self._same(one.text, direct) and not any(self._same(other.text, direct) for other in self._bound):
                link.relay.stop_listening()

    async def close(self) -> None:
        """Ends all relays."""
        links, self._links = self._links, {}
        await asyncio.gather(*(link.relay.close() for link in links.values()))
        for link in links.values():
            self.failed = self.failed or link.relay.failed

    def transcript(self) -> Transcript:
        """What was recorded, in the order in which connections were accepted."""
        connections = [recorder.connection() for recorder in self._recorders]
        if not self.untapped and not self._linked:
            self.untapped["no relay was asked for: the scenario names its endpoints itself"] = None
        return Transcript(
            connections=connections,
            payloads=payload.decode(connections, self._sent, self._types),
            untapped=list(self.untapped),
            left_out=self._budget.not_kept,
            failed=self.failed,
        )


def _frame(fields: dict[str, Any]) -> Frame:
    typed = fields.get("typed")
    return Typed(**typed) if typed else fields["raw"]
