"""Two-way byte streams that the event loop serves, and the Unix socket to which an agent connects."""

from __future__ import annotations

import abc
import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

_READ_BYTES = 1 << 18


class Stream(abc.ABC):
    """A two-way byte stream. No method blocks, or fails once the other side has gone."""

    @abc.abstractmethod
    def write(self, data: bytes) -> None:
        """Queues bytes."""

    @abc.abstractmethod
    def end(self) -> None:
        """Half-closes the stream, after the queued bytes."""

    @abc.abstractmethod
    def close(self) -> None:
        """Gives the connection up."""


class LoopStream(Stream, asyncio.BufferedProtocol):
    """A connection that the event loop serves. Calls `received` with its bytes, and `ended` once, after the last.

    It reads into one buffer: asyncio's other protocols allocate 256 KiB for every read, which alone costs more than an
    operation's answer.
    """

    def __init__(self, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._received = received
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        self._buffer = memoryview(bytearray(_READ_BYTES))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """(asyncio)"""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - one buffer, whatever the hint
        """(asyncio)"""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """(asyncio)"""
        self._received(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> bool:
        """(asyncio)"""
        return False  # the transport closes itself

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - any end is the same
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
            with contextlib.suppress(OSError):  # the other side closed first
                self._transport.write_eof()

    def close(self) -> None:
        """Gives the connection up."""
        if self._transport:
            self._transport.abort()


class ControlSocket(Stream):
    """A Unix socket to which one agent connects, once. Bytes written earlier are queued until then."""

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
        """Listens, with permission for any user, since the agent may run as another one."""
        self._server = await asyncio.get_running_loop().create_unix_server(self._accept, str(self._path))
        self._path.chmod(0o666)

    def write(self, data: bytes) -> None:
        """Queues bytes."""
        if self._stream:
            self._stream.write(data)
        else:
            self._waiting += data

    def end(self) -> None:
        """Half-closes the connection. An agent that has not connected yet finds no socket."""
        self._ending = True
        self._stop_listening()
        if self._stream:
            self._stream.end()

    def close(self) -> None:
        """Gives the connection up."""
        self._stop_listening()
        if self._stream:
            self._stream.close()

    def _accept(self) -> asyncio.BaseProtocol:
        if self.called:
            return _Rejected()
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


class _Rejected(asyncio.Protocol):
    """A connection after the agent's, which is rejected."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """(asyncio)"""
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
