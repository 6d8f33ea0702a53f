"""What a relay does to a connection's bytes, in Toxiproxy's words: slicer, latency, bandwidth, reset_peer, timeout,
limit_data, slow_close.

Each is a value; `on` makes what one connection needs. Toxiproxy itself knows no Unix sockets and no split at an exact
byte (docs/decisions/0049).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import NamedTuple, Protocol

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.wire.items import LONG
from zmq_interop.wire.passage import LinkClosed, LinkReset, Passage
from zmq_interop.wire.zmtp import GREETING

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


class LimitData(NamedTuple):
    """Closes the first connection where ResetPeer resets it; later ones are untouched. Fields as there."""

    after: int
    side: int
    other: int | None = None

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Limited(self.after, self.side, self.other) if number == 0 else Passage()


class SlowClose(NamedTuple):
    """Passes on that the CONNECTOR has ended its side once `free` is set, and not before.

    Only for the first connection. ended: set once the BINDER has ended its side too.
    """

    free: asyncio.Event
    ended: asyncio.Event

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _SlowlyClosed(self) if number == 0 else Passage()


class Coalesce(NamedTuple):
    """Passes on in one write a side's first frame after its greeting (READY) and what follows, once something follows.

    side: transcript.CONNECTOR or BINDER. seconds: holds it no longer, since the other side may wait for it.
    """

    side: int
    seconds: float

    def on(self, number: int) -> Passage:  # noqa: ARG002 (all alike)
        """See Toxic."""
        return _Coalesced(self)


class Timeout(NamedTuple):
    """A link that is half open: from the first `after` bytes of a side on, no byte passes, and no end either.

    Only for the first connection.
    """

    after: int
    side: int

    def on(self, number: int) -> Passage:
        """See Toxic."""
        return _Vanish(self.after, self.side) if number == 0 else Passage()


class Blackhole(NamedTuple):
    """A link that is half open from when `begun` is set: no byte passes, and no end. Later connections are untouched.

    ended: set once the BINDER has ended its side of such a connection.
    """

    begun: asyncio.Event
    ended: asyncio.Event

    def on(self, number: int) -> Passage:  # noqa: ARG002 (all alike)
        """See Toxic."""
        return Passage() if self.begun.is_set() else _Swallowed(self)


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


class _Limited(_After):
    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        await super().send(side, sink, self._passes(side, data))
        if self._reached:
            raise LinkClosed


class _SlowlyClosed(Passage):
    def __init__(self, toxic: SlowClose) -> None:
        self._toxic = toxic

    async def end(self, side: int, sink: socket.socket) -> None:
        if side == CONNECTOR:
            await self._toxic.free.wait()
        else:
            self._toxic.ended.set()
        await super().end(side, sink)


class _Coalesced(Passage):
    def __init__(self, toxic: Coalesce) -> None:
        self._toxic = toxic
        self._greeting = GREETING  # bytes of it that are still to come
        self._held = bytearray()
        self._full = asyncio.Event()
        self._passing: asyncio.Task[None] | None = None  # what passes the held bytes on

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        if side != self._toxic.side or (self._passing and self._passing.done()):
            await super().send(side, sink, data)
            return
        before = data[: self._greeting]
        self._greeting -= len(before)
        await super().send(side, sink, before)
        self._held += data[len(before) :]
        if not self._held:
            return
        self._passing = self._passing or asyncio.create_task(self._pass(side, sink))
        if len(self._held) > _first_frame(self._held):
            self._full.set()
            await self._passing

    async def _pass(self, side: int, sink: socket.socket) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._toxic.seconds):
                await self._full.wait()
        while self._held:
            data = bytes(self._held)
            self._held.clear()
            with contextlib.suppress(OSError):  # the next write, or the end, finds out
                await super().send(side, sink, data)

    async def end(self, side: int, sink: socket.socket) -> None:
        if side == self._toxic.side and self._passing:
            self._full.set()
            await self._passing
        await super().end(side, sink)


def _first_frame(data: bytes | bytearray) -> int:
    """The bytes of the frame at the beginning (RFC 37/ZMTP, "Framing"); too many if its size is not there yet."""
    header = 9 if data[0] & LONG else 2
    return header + int.from_bytes(data[1:header], "big") if len(data) >= header else header


class _Vanish(_After):
    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        await super().send(side, sink, self._passes(side, data))

    async def end(self, side: int, sink: socket.socket) -> None:
        if self._reached:
            await _until_cut()
        await super().end(side, sink)


class _Swallowed(Passage):
    def __init__(self, toxic: Blackhole) -> None:
        self._toxic = toxic

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:
        if not self._toxic.begun.is_set():
            await super().send(side, sink, data)

    async def end(self, side: int, sink: socket.socket) -> None:
        if self._toxic.begun.is_set():
            if side == BINDER:
                self._toxic.ended.set()
            await _until_cut()
        await super().end(side, sink)


async def _until_cut() -> None:
    """Waits until the relay ends the connection."""
    await asyncio.get_running_loop().create_future()


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
