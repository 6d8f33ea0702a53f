"""The link between two programs that meet: a relay that hears each message, and holds it against both declarations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from zmq_interop.core import sockets
from zmq_interop.core.frames import Message
from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.core.verdicts import Kind
from zmq_interop.programs import contract
from zmq_interop.programs.contract import SENDS, TAKES, Words
from zmq_interop.programs.declaration import Program
from zmq_interop.programs.frames import Difference
from zmq_interop.programs.overheard import Listener, Said
from zmq_interop.scenarios.kit import expect
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import Mismatch, Unplayable
from zmq_interop.wire.passage import Observer
from zmq_interop.wire.relay import Relay

_DELIMITED = (sockets.REQ, sockets.REP)  # these add an empty frame, which no application sees (RFC 28)
_SUBSCRIBERS = (sockets.SUB, sockets.XSUB)


class Party(NamedTuple):
    """One of the two programs. socket: its own."""

    name: str
    program: Program
    socket: str

    @property
    def type(self) -> str:
        """The type of its socket."""
        return self.program.sockets[self.socket].type

    def sees(self, frames: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The frames of a message as its declaration has them: without what the other side's socket adds."""
        delimited = self.program.sockets[self.socket].other_type in _DELIMITED
        return frames[1:] if delimited and frames[:1] == (b"",) else frames


class _Way(NamedTuple):
    """One direction. queue: the messages that have passed and nobody has taken yet."""

    sender: Party
    receiver: Party
    said: Words
    taken: Words
    queue: asyncio.Queue[tuple[bytes, ...]]


class Between:
    """A link. Make it in a running event loop; `join` it once the endpoint behind it is known, `open` and `close` it.

    binder, connector: the two programs. listen: the endpoint that the connecting program gets. subscribed: done when
    all that the subscriber subscribes to by itself has passed; at once if no side is one. fault: the first message that
    is not as declared.
    """

    def __init__(self, binder: Party, connector: Party, clock: Callable[[], int]) -> None:
        self.binder = binder
        self.connector = connector
        self.fault: Mismatch | None = None
        self.endpoint = ""
        self.forward = ""
        self.subscribed: asyncio.Event = asyncio.Event()
        self._clock = clock
        self._listeners: list[Listener] = []
        self._relay: Relay | None = None
        parties = {CONNECTOR: connector, BINDER: binder}
        self._ways = {side: _way(one, parties[1 - side]) for side, one in parties.items()}
        self._missing: set[bytes] = set()
        for one in parties.values():
            if one.type in _SUBSCRIBERS:
                self._missing |= {prefix.encode() for prefix in one.program.sockets[one.socket].subscriptions}
        if not self._missing:
            self.subscribed.set()

    @property
    def to_subscriber(self) -> bool:
        """Whether one side subscribes."""
        return any(one.type in _SUBSCRIBERS for one in self.parties)

    @property
    def parties(self) -> tuple[Party, Party]:
        """The two programs."""
        return self.binder, self.connector

    def join(self, listen: str, forward: str, also: Callable[[], Observer | None]) -> None:
        """Reserves the endpoint for the connecting program. forward: what the other one binds.

        also: makes whoever else observes a connection. Raises OSError.
        """

        def observe() -> Observer:
            listener = Listener(0, self._clock, lambda: False, self._heard)
            self._listeners.append(listener)
            other = also()
            return _All([listener, other] if other is not None else [listener])

        self._relay = Relay(listen, forward, observe)
        self.endpoint, self.forward = self._relay.endpoint, forward

    def open(self) -> None:
        """Lets the connecting program connect. Raises OSError."""
        assert self._relay is not None
        self._relay.open()

    async def close(self) -> None:
        """Ends all connections."""
        if self._relay is not None:
            await self._relay.close()

    async def next(self, sender: str, timeout: float) -> Message | None:
        """The next message that a program has sent, as the declaration of the other side of it has it; None if none
        comes in time."""
        way = next(way for way in self._ways.values() if way.sender.name == sender)
        try:
            return await asyncio.wait_for(way.queue.get(), timeout)
        except TimeoutError:
            self._readable()
            return None

    def check(self) -> None:
        """Raises Mismatch for a message that was not as declared, Unplayable if what passed could not be read."""
        if self.fault is not None:
            raise self.fault
        self._readable()

    def _readable(self) -> None:
        """Raises Unplayable if what passed could not be read."""
        for listener in self._listeners:
            heard = listener.heard()
            if heard.encrypted or heard.undecoded:
                why = heard.undecoded or "it is encrypted"
                raise Unplayable(f"what {self.connector.name} and {self.binder.name} say cannot be read: {why}")

    def _heard(self, said: Said) -> None:
        """A message or a subscription passes."""
        if said.subscription:
            if said.subscription == "subscribe":
                self._missing.discard(said.prefix)
                if not self._missing:
                    self.subscribed.set()
            return
        way = self._ways[said.side]
        if said.frames is None:
            self._add(way, "frames of at most 1 MiB", "a longer one")
            return
        # A driver's steps and the other's words are in the sender's view: what its other side's socket would show.
        way.queue.put_nowait(said.frames)
        told: dict[tuple[Difference, ...], list[str]] = {}
        for party, words, verb in ((way.sender, way.said, "sends"), (way.receiver, way.taken, "takes")):
            declared = party.program.frames_of(party.socket)
            if found := contract.differs(payloads.types(), declared, words, party.sees(said.frames)):
                told.setdefault(found, []).append(f"{party.name} {verb} on {party.socket}")
        for found, whom in told.items():
            expected = "; ".join(one.expected for one in found)
            got = "; ".join(one.got for one in found)
            whole = expect.show_all([said.frames])
            self._add(way, f"what is declared that {' and '.join(whom)}: {expected}", f"{got}; the frames: {whole}")

    def _add(self, way: _Way, expected: str, got: str) -> None:
        if self.fault is None:
            self.fault = Mismatch(Kind.ALTERED, expected, f"from {way.sender.name}: {got}")


def _way(sender: Party, receiver: Party) -> _Way:
    said = contract.words(sender.program, sender.socket, SENDS)
    taken = contract.words(receiver.program, receiver.socket, TAKES)
    return _Way(sender, receiver, said, taken, asyncio.Queue())


class _All:
    """Several observers as one (relay.Observer)."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def passed(self, side: int, data: bytes) -> None:
        """A side sent these bytes."""
        for one in self._observers:
            one.passed(side, data)

    def ended(self, side: int, how: str) -> None:
        """A side ended."""
        for one in self._observers:
            one.ended(side, how)

    def refused(self, why: str) -> None:
        """Nobody listens at the endpoint to forward to."""
        for one in self._observers:
            one.refused(why)


def nowhere(transport: str, work: Path, name: str) -> Relay:
    """Reserves an endpoint at which nobody listens: for a socket that plays no part. Close it."""
    listen = "tcp://127.0.0.1:*" if transport == "tcp" else f"ipc://{work}/{name}"
    return Relay(listen, listen.replace("*", "1"), _nobody)


def _nobody() -> Observer:
    raise AssertionError("an endpoint that is never opened has no connection")
