"""Raw connections that the harness itself is one end of, over tcp and ipc: bytes in, bytes out, and how it ended.

They know no ZMTP. A connection is read as its bytes come, so that its end is seen whatever the caller waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import time
from pathlib import Path

from zmq_interop.core.transcript import BINDER, CLOSED, CONNECTOR, RESET
from zmq_interop.wire.passage import CHUNK, Observer
from zmq_interop.wire.relay import BACKLOG, address_of, end_with_reset

MOST = 1 << 22  # bytes that wait to be taken; a peer that sends more is not read further


class RawConnection:
    """One connection. Make it in a running event loop, and `close` it.

    side: which side of the connection the harness is, transcript.CONNECTOR or BINDER. observer: hears of all bytes.
    ended: "" while the other side may send, else how it ended: transcript.CLOSED or RESET.
    """

    def __init__(self, held: socket.socket, side: int, observer: Observer | None = None) -> None:
        self.ended = ""
        self._socket = held
        self._side = side
        self._other = BINDER if side == CONNECTOR else CONNECTOR
        self._observer = observer
        self._loop = asyncio.get_running_loop()
        self._came = bytearray()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        held.setblocking(False)
        if held.family != socket.AF_UNIX:
            held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reading = self._loop.create_task(self._read())

    async def _read(self) -> None:
        try:
            while data := await self._loop.sock_recv(self._socket, CHUNK):
                if self._observer:
                    self._observer.passed(self._other, data)
                self._came += data
                self._news.set()
                if len(self._came) > MOST:
                    self._room.clear()
                await self._room.wait()
            self.ended = CLOSED
        except OSError:
            self.ended = RESET
        if self._observer:
            self._observer.ended(self._other, self.ended)
        self._news.set()

    @property
    def peer(self) -> tuple[str, int]:
        """The address and port of the other end; of ipc ("", 0)."""
        if self._socket.family == socket.AF_UNIX:
            return "", 0
        host, port = self._socket.getpeername()[:2]
        return str(host), int(port)

    @property
    def waiting(self) -> bytes:
        """What came and was not taken yet."""
        return bytes(self._came)

    async def take(self, count: int) -> bytes:
        """The next bytes; fewer if the other side ended before. Waits for them without a limit of its own."""
        while len(self._came) < count and not self.ended:
            self._news.clear()
            await self._news.wait()
        taken = bytes(self._came[:count])
        del self._came[:count]
        self._room.set()
        return taken

    async def end(self) -> None:
        """Waits until the other side ends, and drops what comes before."""
        while not self.ended:
            self._came.clear()
            self._room.set()
            self._news.clear()
            await self._news.wait()

    async def write(self, data: bytes) -> None:
        """Writes bytes. Does nothing if the other side takes no more: its end is seen by reading."""
        if self._observer:
            self._observer.passed(self._side, data)
        with contextlib.suppress(OSError):
            await self._loop.sock_sendall(self._socket, data)

    def finish(self) -> None:
        """Ends the harness's direction (FIN); the other side may still send."""
        if self._observer:
            self._observer.ended(self._side, CLOSED)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    async def close(self, *, with_reset: bool = False) -> None:
        """Closes the connection. May be called twice. with_reset: with RST; ipc has none, and is closed."""
        if self._socket.fileno() < 0:
            return
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        if self._observer:
            self._observer.ended(self._side, RESET if with_reset else CLOSED)
        if with_reset:
            end_with_reset(self._socket)
        self._socket.close()


async def connect(endpoint: str, observer: Observer | None = None) -> RawConnection:
    """Connects to `tcp://ADDRESS:PORT` or `ipc://PATH`. Raises OSError, UsageError for another endpoint."""
    family, where = address_of(endpoint)
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(held, where)
    except BaseException:
        held.close()
        raise
    return RawConnection(held, CONNECTOR, observer)


class RawListener:
    """Accepts connections at an endpoint, `tcp://ADDRESS:*` for any port. Make it in a running loop, and `close` it.

    endpoint: with the port that it got. Raises OSError, UsageError for an endpoint of another transport.
    """

    def __init__(self, endpoint: str) -> None:
        family, where = address_of(endpoint)
        self.endpoint = endpoint
        self._path = endpoint.removeprefix("ipc://") if endpoint.startswith("ipc://") else ""
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._waiting = contextlib.ExitStack()  # takes it out of the event loop, where no closed socket may stay
        try:
            self._socket.setblocking(False)
            self._socket.bind(where)
            if self._path:
                Path(self._path).chmod(0o777)  # agents in containers run as another user
            else:
                self.endpoint = f"{endpoint.rpartition(':')[0]}:{self._socket.getsockname()[1]}"
            self._socket.listen(BACKLOG)
        except OSError:
            self._socket.close()
            raise

    async def accept(self, observer: Observer | None = None) -> RawConnection:
        """The next connection. Waits for it without a limit of its own."""
        while True:
            try:
                held, _ = self._socket.accept()
                break
            except (BlockingIOError, InterruptedError):
                await self._is_readable()
        held.setblocking(False)
        return RawConnection(held, BINDER, observer)

    async def _is_readable(self) -> None:
        """Waits for a connection without accepting it: loop.sock_accept() loses one if it is cancelled meanwhile."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._socket, ready.set)
        self._waiting.callback(loop.remove_reader, self._socket)
        try:
            await ready.wait()
        finally:
            self._waiting.close()

    async def turn_away(self, count: int, limit: float) -> list[float]:
        """Accepts so many connections and closes each at once, in a thread, so that a busy event loop delays nothing.

        Returns the seconds between the end of one and the next; fewer if none came for `limit` seconds.
        """
        return await asyncio.to_thread(self._turn_away, count, limit)

    def _turn_away(self, count: int, limit: float) -> list[float]:
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        ends: list[float] = []
        pauses: list[float] = []
        for _ in range(count):
            if not waiting.poll(limit * 1000):
                break
            held, _ = self._socket.accept()
            pauses += [time.monotonic() - end for end in ends[-1:]]
            ends.append(time.monotonic())
            held.close()
        return pauses

    def close(self) -> None:
        """Accepts no more. May be called twice."""
        self._waiting.close()
        self._socket.close()
        if self._path:
            with contextlib.suppress(OSError):
                Path(self._path).unlink()
