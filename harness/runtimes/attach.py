"""The byte streams of a container: attached stdin, stdout, stderr, and the Unix socket on which its agent calls."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.runtimes.engine import Engine, refusals

STDOUT, STDERR = 1, 2
_HEADER = struct.Struct(">BxxxI")


class Demultiplexer:
    """Takes an attached stream apart: eight bytes say whose the next bytes are and how many."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._stream = 0
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yields (STDOUT or STDERR, bytes) for the next piece, of any cut; never waits for the end of a frame."""
        at = 0
        while at < len(data):
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                yield self._stream, piece
                continue
            wanted = _HEADER.size - len(self._header)
            self._header += data[at : at + wanted]
            at += wanted
            if len(self._header) == _HEADER.size:
                self._stream, self._left = _HEADER.unpack(self._header)
                self._header.clear()


class Stream(abc.ABC):
    """Two-way bytes. Nothing here blocks, and nothing fails once the other side is gone."""

    @abc.abstractmethod
    def write(self, data: bytes) -> None:
        """Queues bytes."""

    @abc.abstractmethod
    def end(self) -> None:
        """Says that nothing more is written, after what is queued."""

    @abc.abstractmethod
    def close(self) -> None:
        """Gives the connection up."""


class LoopStream(Stream, asyncio.Protocol):
    """A connection that the event loop serves. `received` gets its bytes, `ended` comes once, after the last."""

    def __init__(self, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._received = received
        self._ended = ended
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """(asyncio)"""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """(asyncio)"""
        self._received(data)

    def eof_received(self) -> bool:
        """(asyncio)"""
        return False  # the transport closes itself

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the end is the end
        """(asyncio)"""
        self._transport = None
        self._ended()

    def write(self, data: bytes) -> None:
        """Queues bytes."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)

    def end(self) -> None:
        """Half-closes."""
        if self._transport and not self._transport.is_closing():
            with contextlib.suppress(OSError):  # the other side was faster
                self._transport.write_eof()

    def close(self) -> None:
        """Gives the connection up."""
        if self._transport:
            self._transport.abort()


class ThreadStream(Stream):
    """A connection that no event loop can watch (TLS, ssh): one thread reads it and one writes."""

    def __init__(self, link: Any, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._link = link
        self._received = received
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        for work in (self._read, self._write):
            threading.Thread(target=work, name="attached", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Queues bytes."""
        self._outgoing.put(data)

    def end(self) -> None:
        """Half-closes, where the connection can do that; else the engine is told by the end of the whole."""
        self._outgoing.put(None)

    def close(self) -> None:
        """Gives the connection up."""
        self._outgoing.put(None)
        with contextlib.suppress(OSError, EOFError):
            self._link.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, EOFError, RuntimeError):  # RuntimeError: the loop is closed
            while data := self._link.recv(1 << 16):
                self._loop.call_soon_threadsafe(self._received, data)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ended)

    def _write(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while (data := self._outgoing.get()) is not None:
                self._link.sendall(data)
            # TLS has no half-close that all engines take; `stdin_once` makes the end of the whole do as well
            self._link.shutdown(socket.SHUT_RDWR if isinstance(self._link, ssl.SSLSocket) else socket.SHUT_WR)


def attach(engine: Engine, container: str) -> Any:
    """Attaches to all streams of a container that has not been started yet. Blocks. Raises EngineError."""
    with refusals():
        found: Any = engine.api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    plain = getattr(found, "_sock", found)  # the docker package hands out a read-only file around a plain socket
    if isinstance(plain, socket.socket) and not isinstance(plain, ssl.SSLSocket):
        return socket.socket(fileno=plain.detach())  # ours alone now: the docker package will not close it
    plain.settimeout(None)
    return plain


async def serve(link: Any, received: Callable[[bytes], None], ended: Callable[[], None]) -> Stream:
    """Serves what `attach` returned, by the event loop where that can be."""
    if not isinstance(link, socket.socket) or isinstance(link, ssl.SSLSocket):
        return ThreadStream(link, received, ended)
    link.setblocking(False)
    _, stream = await asyncio.get_running_loop().connect_accepted_socket(lambda: LoopStream(received, ended), link)
    return stream


class ControlSocket(Stream):
    """A Unix socket on which one agent calls, once. What is written before it does is kept until then."""

    def __init__(self, path: Path, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self.called = False
        self._path = path
        self._received = received
        self._ended = ended
        self._server: asyncio.Server | None = None
        self._stream: LoopStream | None = None
        self._waiting = bytearray()
        self._ending = False

    async def listen(self) -> None:
        """Listens, open to whatever user the agent runs as."""
        self._server = await asyncio.get_running_loop().create_unix_server(self._accept, str(self._path))
        self._path.chmod(0o666)

    def write(self, data: bytes) -> None:
        """Queues bytes."""
        if self._stream:
            self._stream.write(data)
        else:
            self._waiting += data

    def end(self) -> None:
        """Half-closes; an agent that has not called yet finds no socket."""
        self._ending = True
        self._stop_listening()
        if self._stream:
            self._stream.end()

    def close(self) -> None:
        """Gives the connection up."""
        self._stop_listening()
        if self._stream:
            self._stream.close()

    def _accept(self) -> asyncio.Protocol:
        if self.called:
            return _Stranger()
        self.called = True
        return _Caller(self._received, self._ended, self._connected)

    def _connected(self, stream: LoopStream) -> None:
        self._stream = stream
        self._stop_listening()
        stream.write(bytes(self._waiting))
        self._waiting.clear()
        if self._ending:
            stream.end()

    def _stop_listening(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)


class _Caller(LoopStream):
    def __init__(
        self, received: Callable[[bytes], None], ended: Callable[[], None], connected: Callable[[LoopStream], None]
    ) -> None:
        super().__init__(received, ended)
        self._connected = connected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """(asyncio)"""
        super().connection_made(transport)
        self._connected(self)


class _Stranger(asyncio.Protocol):
    """Whoever calls after the agent."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """(asyncio)"""
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
