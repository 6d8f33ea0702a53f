"""The attached streams of a container: stdin, stdout and stderr over one connection to the engine."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, refusals
from zmq_interop.agents.runtimes.streams import LoopStream, Stream

STDOUT, STDERR = 1, 2
_UNREAD = 64  # the most pieces of 64 KiB that wait for the loop
_HEADER = struct.Struct(">BxxxI")


class Demultiplexer:
    """Splits an attached stream: eight bytes give the stream of the next bytes, and their number."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._stream = 0
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yields (STDOUT or STDERR, bytes) for the next piece, split anywhere. Does not wait for the end of a frame."""
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


class ThreadStream(Stream):
    """A connection that an event loop cannot watch (TLS, ssh): one thread reads it and another writes."""

    def __init__(self, link: Any, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._link = link
        self._received = received
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._room = threading.BoundedSemaphore(_UNREAD)
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        for work in (self._read, self._write):
            threading.Thread(target=work, name="attached", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Queues bytes."""
        self._outgoing.put(data)

    def end(self) -> None:
        """Half-closes the connection if it can; otherwise the engine learns of it when the connection closes."""
        self._outgoing.put(None)

    def close(self) -> None:
        """Closes the connection."""
        self._outgoing.put(None)
        with contextlib.suppress(OSError, EOFError):
            self._link.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, EOFError, RuntimeError):  # RuntimeError: the loop is closed
            while data := self._link.recv(1 << 16):
                self._room.acquire()  # a flood waits at the engine, not in the harness's memory
                self._loop.call_soon_threadsafe(self._take, data)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ended)

    def _take(self, data: bytes) -> None:
        self._room.release()
        self._received(data)

    def _write(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while (data := self._outgoing.get()) is not None:
                self._link.sendall(data)
            # Not all engines support a half-close of TLS; with `stdin_once`, closing the whole connection does the same
            self._link.shutdown(socket.SHUT_RDWR if isinstance(self._link, ssl.SSLSocket) else socket.SHUT_WR)


def attach(engine: DockerDaemon, container: str) -> Any:
    """Attaches to all streams of a container that has not been started yet. Blocks. Raises EngineError."""
    with refusals():
        found: Any = engine.api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    plain = getattr(found, "_sock", found)  # the docker package wraps a plain socket in a read-only file
    if isinstance(plain, socket.socket) and not isinstance(plain, ssl.SSLSocket):
        return socket.socket(fileno=plain.detach())  # detached, so that the docker package does not close it
    plain.settimeout(None)
    return plain


async def serve(link: Any, received: Callable[[bytes], None], ended: Callable[[], None]) -> Stream:
    """Serves the connection that `attach` returned, in the event loop if possible."""
    if not isinstance(link, socket.socket) or isinstance(link, ssl.SSLSocket):
        return ThreadStream(link, received, ended)
    link.setblocking(False)
    _, stream = await asyncio.get_running_loop().connect_accepted_socket(lambda: LoopStream(received, ended), link)
    return stream
