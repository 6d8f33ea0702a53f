"""What a relay does to a connection's bytes, in Toxiproxy's words: slicer, latency, bandwidth, reset_peer, timeout.

Each is a value; `on` makes what one connection needs. Toxiproxy itself knows no Unix sockets and no split at an exact
byte (docs/decisions/0052).
"""

from __future__ import annotations

import asyncio
import random
import socket
from typing import NamedTuple, Protocol

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.wire.passage import LinkReset, Passage

SHORT = 0.001  # seconds between two pieces, so that they are not read at once as a rule


class Toxic(Protocol):
    """Something that happens to connections. number: which connection of the relay it is, from 0."""

    def on(self, number: int) -> Passage:
        """What passes on the bytes of this connection."""


class Slicer(NamedTuple):
    """Passes on in pieces what a side writes first. size: bytes of a piece; 0 for random ones of 1 to 16, by this seed.

    first: only so many bytes of a side. Linux holds each piece of tcp in a buffer of its own (some 2 KiB), drops those
    that do not fit in a socket's 128 KiB, and sends them again after 200 ms, 400 ms and so on. 50 pieces always fit.
    """

    size: int
    seed: int = 0
    first: int = 200

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Slices(self, random.Random(f"{self.seed}/{number}"))  # noqa: S311 (no secret)


class SplitAt(NamedTuple):
    """Splits what each side writes at one byte: number `first` on the first connection, the next one on the next."""

    first: int

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Split(self.first + number)


class Latency(NamedTuple):
    """Passes everything on later. seconds: at least; jitter: at most so much more, by this seed."""

    seconds: float
    jitter: float = 0.0
    seed: int = 0

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Late(self, random.Random(f"{self.seed}/{number}"))  # noqa: S311 (no secret)


class Bandwidth(NamedTuple):
    """A slow link. rate: bytes per second."""

    rate: int

    def on(self, number: int) -> Passage:  # noqa: ARG002 (all alike)
        """See Toxic."""
        return _Narrow(self.rate)


class ResetPeer(NamedTuple):
    """Resets the first connection once a side has sent so many bytes, which are passed on; later ones are untouched.

    side: transcript.CONNECTOR or BINDER. other: of the other side at most so many bytes are passed on; None for all.
    Over ipc, where there is no reset, the connection is closed.
    """

    after: int
    side: int
    other: int | None = None

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Cut(self.after, self.side, self.other) if number == 0 else Passage()


class Timeout(NamedTuple):
    """A link that is half open: from the first `after` bytes of a side on, no byte passes, and no end either.

    Only for the first connection.
    """

    after: int
    side: int

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Vanish(self.after, self.side) if number == 0 else Passage()


class Hold(NamedTuple):
    """Holds all bytes of the first connection back after `after` of a side, until `free` is set; then they pass.

    held: set as soon as there are bytes to hold back.
    """

    after: int
    side: int
    held: asyncio.Event
    free: asyncio.Event

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Held(self) if number == 0 else Passage()


class _Slices(Passage):
    def __init__(self, toxic: Slicer, chance: random.Random) -> None:
        self._size = toxic.size
        self._chance = chance
        self._left = dict.fromkeys((CONNECTOR, BINDER), toxic.first)

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        place = 0
        end = min(len(data), self._left[side])
        self._left[side] -= end
        while place < end:
            size = self._size or self._chance.randint(1, 16)
            await super().send(side, sink, data[place : min(place + size, end)])
            place += size
            await asyncio.sleep(0)
        await super().send(side, sink, data[end:])


class _Split(Passage):
    def __init__(self, at: int) -> None:
        self._left = dict.fromkeys((CONNECTOR, BINDER), at)

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        left = self._left[side]
        self._left[side] = left - len(data)
        if 0 < left < len(data):
            await super().send(side, sink, data[:left])
            await asyncio.sleep(SHORT)
            data = data[left:]
        await super().send(side, sink, data)


class _Late(Passage):
    def __init__(self, toxic: Latency, chance: random.Random) -> None:
        self._toxic = toxic
        self._chance = chance

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        await asyncio.sleep(self._toxic.seconds + self._chance.random() * self._toxic.jitter)
        await super().send(side, sink, data)


class _Narrow(Passage):
    def __init__(self, rate: int) -> None:
        self._rate = rate

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        step = max(1, self._rate // 100)
        for place in range(0, len(data), step):
            piece = data[place : place + step]
            await super().send(side, sink, piece)
            await asyncio.sleep(len(piece) / self._rate)


class _After(Passage):
    """Does something once a side has sent so many bytes. other: bytes of the other side that pass; None for all."""

    def __init__(self, after: int, side: int, other: int | None = None) -> None:
        self._left = after
        self._side = side
        self._other = other

    def _passes(self, side: int, data: bytes) -> bytes:
        """The part of these bytes that comes before the place."""
        if side == self._side:
            passed = data[: self._left]
            self._left -= len(passed)
            return passed
        if not self._left or self._other is None:
            return data if self._left else b""
        passed = data[: self._other]
        self._other -= len(passed)
        return passed

    @property
    def _reached(self) -> bool:
        return not self._left


class _Cut(_After):
    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        await super().send(side, sink, self._passes(side, data))
        if self._reached:
            raise LinkReset


class _Vanish(_After):
    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        await super().send(side, sink, self._passes(side, data))


class _Held(_After):
    def __init__(self, toxic: Hold) -> None:
        super().__init__(toxic.after, toxic.side)
        self._toxic = toxic

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        passed = self._passes(side, data)
        await super().send(side, sink, passed)
        if len(passed) < len(data):
            self._toxic.held.set()
            await self._toxic.free.wait()
            await super().send(side, sink, data[len(passed) :])
