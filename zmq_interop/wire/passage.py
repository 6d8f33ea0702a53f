"""One direction of a connection through the harness: bytes are read at one end, told to an observer, and passed on.

It keeps back pressure: it reads no more before it has passed on what it read.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Protocol

from zmq_interop.core.transcript import CLOSED, RESET

CHUNK = 1 << 16  # bytes that are read at once, and so at most are in the relay for each direction of a connection


class Observer(Protocol):
    """Hears of one connection. Called in the event loop's thread, before the bytes are passed on."""

    def passed(self, side: int, data: bytes) -> None:
        """A side (transcript.CONNECTOR or BINDER) sent these bytes."""

    def ended(self, side: int, how: str) -> None:
        """A side ended its direction: transcript.CLOSED or transcript.RESET."""

    def refused(self, why: str) -> None:
        """The endpoint to forward to cannot be reached. Nothing else is told of this connection."""


class LinkReset(Exception):
    """A passage ends its connection: what it passed on is delivered, then both ends are reset."""


class LinkClosed(LinkReset):
    """The same, but both ends are closed."""


class Passage:
    """How the bytes of one connection are passed on: at once and whole. Subclasses do worse (wire/toxics.py)."""

    async def send(self, side: int, sink: socket.socket, data: bytes) -> None:  # noqa: ARG002 (subclasses differ)
        """Passes on what a side sent. Raises OSError if the other side takes no more, LinkReset to end both."""
        if data:
            await asyncio.get_running_loop().sock_sendall(sink, data)

    async def end(self, side: int, sink: socket.socket) -> None:  # noqa: ARG002 (subclasses differ)
        """Passes on that a side has ended its direction. Raises LinkReset to end both."""
        with contextlib.suppress(OSError):  # it has ended already
            sink.shutdown(socket.SHUT_WR)


class Direction:
    """Passes one side's bytes on until its end. Make it in a running event loop, and `stop` it.

    source, sink: non-blocking sockets. ended: True once they all arrived; False once the other side took no more. If
    the other side was reset, its own direction is still read to its end: bytes that it sent before are on their way.
    It has OSError if the side itself was reset, LinkReset if the passage ends the connection, and what an observer
    raises.
    """

    def __init__(
        self, side: int, source: socket.socket, sink: socket.socket, observer: Observer, passage: Passage
    ) -> None:
        self._side = side
        self._source = source
        self._descriptor = source.fileno()  # a loop that is given the socket formats it for errors that it suppresses
        self._reads = False
        self._sink = sink
        self._observer = observer
        self._passage = passage
        self._at_once = type(passage) is Passage  # what the system takes is written without a task
        self._sending: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[bool] = self._loop.create_future()
        self._read(True)

    def _read(self, go_on: bool) -> None:
        """Watches the source, or stops that. It stays watched from piece to piece: a future for each costs twice."""
        if go_on == self._reads:
            return
        self._reads = go_on
        if go_on:
            self._loop.add_reader(self._descriptor, self._readable)
        else:
            self._loop.remove_reader(self._descriptor)

    def _readable(self) -> None:
        try:
            self._take()
        except Exception as error:  # noqa: BLE001 (the relay tells it)
            self._end(error)

    def _take(self) -> None:
        try:
            data = self._source.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._observer.ended(self._side, RESET)
            raise
        if not data:
            self._observer.ended(self._side, CLOSED)
            self._read(False)
            self._sending = self._loop.create_task(self._pass_end())
            return
        self._observer.passed(self._side, data)
        if self._at_once:
            try:
                data = data[self._sink.send(data) :]
            except (BlockingIOError, InterruptedError):
                pass
            except OSError:
                self._end(False)
                return
        if data:
            self._read(False)
            self._sending = self._loop.create_task(self._send(data))

    async def _send(self, data: bytes) -> None:
        try:
            await self._passage.send(self._side, self._sink, data)
        except OSError:
            self._end(False)
        except Exception as error:  # noqa: BLE001 (the relay tells it)
            self._end(error)
        else:
            if not self.ended.done():
                self._read(True)

    async def _pass_end(self) -> None:
        try:
            await self._passage.end(self._side, self._sink)
        except Exception as error:  # noqa: BLE001 (the relay tells it)
            self._end(error)
        else:
            self._end(True)

    def _end(self, how: bool | Exception) -> None:
        self._read(False)
        if self.ended.done():
            return
        if isinstance(how, Exception):
            self.ended.set_exception(how)
        else:
            self.ended.set_result(how)

    def stop(self) -> list[asyncio.Task[None]]:
        """Passes no more on. The sockets may be closed once the returned tasks have ended, and not before."""
        self._read(False)
        if not self.ended.cancel() and not self.ended.cancelled():
            self.ended.exception()  # else asyncio complains that nobody asked
        if self._sending is None:
            return []
        self._sending.cancel()
        return [self._sending]
