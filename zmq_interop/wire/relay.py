"""A relay between two sockets, over tcp or ipc: passes all bytes on, and tells an observer of them.

It keeps back pressure (it reads no more before it has passed on what it read), half-closed connections, and resets. It
needs no cell: give it an endpoint to listen on, one to forward to, and what makes an observer for each connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from zmq_interop.core import endpoints
from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.system.errors import UsageError
from zmq_interop.wire.passage import Direction, LinkClosed, LinkReset, Observer, Passage

BACKLOG = 128
LONGEST_PATH = 107  # bytes of a socket's path (unix(7), sun_path)
DRAIN, DRAIN_STEP = 0.5, 0.01  # seconds
ENDING = 0.5  # seconds that `close` waits for connections whose sockets have just been closed
_NO_LINGER = struct.pack("ii", 1, 0)  # close with RST instead of FIN (socket(7), SO_LINGER)
_GONE = (errno.ENOENT, errno.ECONNREFUSED)  # nobody listens there


class RelayPlace(NamedTuple):
    """Where a relay of this process reaches an agent, and is reached by it.

    host: the address to listen on; "" for that of the bound socket. ipc: the folder of ipc sockets, as this process
    sees it; None if it does not.
    """

    host: str
    ipc: Path | None


class Relay:
    """Listens on one endpoint and forwards each connection to another.

    listen: the endpoint to listen on, `tcp://ADDRESS:PORT`, or with `*` for any port, or `ipc://PATH`. forward: the
    endpoint of the bound socket. observe: makes the observer of a new connection. passage: makes what passes its bytes
    on, from the number of the connection; left out, they pass at once.

    It reserves its endpoint when it is made, but listens only after `open`, so that a connecting socket is refused
    until then, as it would be before the other socket has bound. When a connection finds nobody at `forward`, the relay
    stops listening until `open` is called again. Raises OSError if it cannot listen there, UsageError for an endpoint
    of another transport. Make it in a running event loop, and `close` it.
    """

    def __init__(
        self,
        listen: str,
        forward: str,
        observe: Callable[[], Observer],
        passage: Callable[[int], Passage] = lambda _: Passage(),
    ) -> None:
        self.endpoint = listen
        self.failed = ""  # why it no longer accepts connections, "" while it works
        self._forward = forward
        self._observe = observe
        self._passage = passage
        self.accepted = 0  # connections so far
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listens = False
        self._opened = 0  # how often
        self._listener: socket.socket | None = None
        self._path = listen.removeprefix("ipc://") if listen.startswith("ipc://") else ""
        address_of(forward)
        if not self._path:
            self._reserve(listen)

    def open(self) -> None:
        """Listens, if it does not yet. Raises OSError."""
        if self.listens:
            return
        if self._listener is None:
            self._reserve(self.endpoint)
        assert self._listener is not None
        self._listener.listen(BACKLOG)
        self._loop.add_reader(self._listener, self._accept)
        self._listens = True
        self._opened += 1

    @property
    def listens(self) -> bool:
        """Whether it accepts connections."""
        return self._listens

    def _reserve(self, endpoint: str) -> None:
        family, address = address_of(endpoint)
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setblocking(False)
            if family != socket.AF_UNIX:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            if self._path:
                Path(self._path).chmod(0o777)  # agents in containers run as another user
            else:
                host = endpoint.rpartition(":")[0]
                self.endpoint = f"{host}:{listener.getsockname()[1]}"
        except OSError:
            listener.close()
            raise
        self._listener = listener

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            accepted, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):  # it has gone before it was accepted
            return
        except OSError as error:
            self.failed = f"the relay at {self.endpoint} accepts no more connections: {error.strerror or error}"
            self.stop_listening()
            return
        task = self._loop.create_task(self._serve(accepted))
        self._tasks.add(task)
        task.add_done_callback(self._served)
        task.add_done_callback(lambda _: accepted.close())  # a task that is cancelled before it begins closes nothing

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed = f"the relay at {self.endpoint} lost a connection: {type(error).__name__}: {error}"

    async def _serve(self, one: socket.socket) -> None:
        """Forwards one connection until both directions have ended."""
        observer = self._observe()
        passage = self._passage(self.accepted)
        self.accepted += 1
        opened = self._opened
        family, address = address_of(self._forward)
        with one, socket.socket(family, socket.SOCK_STREAM) as other:
            for end in (one, other):
                end.setblocking(False)
            try:
                await self._loop.sock_connect(other, address)
            except OSError as error:
                observer.refused(f"{self._forward}: {error.strerror or error}")
                end_with_reset(one)
                if error.errno in _GONE and opened == self._opened:  # else it was bound again meanwhile
                    self.stop_listening()
                return
            if family != socket.AF_UNIX:
                for end in (one, other):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._pass_on(one, other, observer, passage)

    async def _pass_on(self, one: socket.socket, other: socket.socket, observer: Observer, passage: Passage) -> None:
        ways = [
            Direction(CONNECTOR, one, other, observer, passage),
            Direction(BINDER, other, one, observer, passage),
        ]
        ends = [way.ended for way in ways]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_EXCEPTION)
            failed = [end for end in ends if end.done() and (end.exception() or not end.result())]
            if failed:
                closed = all(isinstance(end.exception(), LinkClosed) for end in failed)
                for held in (one, other):
                    await _drain(held)
                    if not closed:
                        end_with_reset(held)
        finally:
            await asyncio.gather(*[task for way in ways for task in way.stop()], return_exceptions=True)
        for end in ends:
            error = None if end.cancelled() else end.exception()
            if error is not None and not isinstance(error, OSError | LinkReset):
                raise error

    def stop_listening(self) -> None:
        """Refuses further connections until `open` is called again; those that it has go on."""
        listener = self._release()
        if listener is None:
            return
        if self._path:
            listener.close()
            with contextlib.suppress(OSError):  # it may have vanished
                Path(self._path).unlink()
        else:
            # The port stays bound, but without a listener, so a connecting socket is refused, and nobody else gets it.
            with contextlib.suppress(OSError):  # not every system lets a listening socket go on like this
                listener.shutdown(socket.SHUT_RDWR)
            try:
                self._reserve(self.endpoint)
            except OSError:
                listener.close()
                with contextlib.suppress(OSError):  # `open` tries again, and says why it fails
                    self._reserve(self.endpoint)
            else:
                listener.close()

    def _release(self) -> socket.socket | None:
        """The listening socket, which the loop no longer watches: it must not be closed before."""
        listener, self._listener = self._listener, None
        if listener is not None and self._listens:
            self._loop.remove_reader(listener)
        self._listens = False
        return listener

    async def cut(self) -> None:
        """Ends all connections, and accepts no more until `open` is called again: the link is down."""
        self.stop_listening()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Ends all connections and frees the endpoint. May be called twice. `failed` is final after it.

        Connections that end by themselves within ENDING seconds are told to their observers as such.
        """
        if self._path and self._listens and not Path(self._path).exists():
            self.failed = self.failed or f"the socket file of the relay at {self.endpoint} has vanished"
        listener = self._release()
        tasks = set(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=ENDING)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if listener is not None:
            listener.close()
            if self._path:
                with contextlib.suppress(OSError):
                    Path(self._path).unlink()


def address_of(endpoint: str) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    """The address of an endpoint, for a socket of this family. Raises UsageError."""
    if endpoint.startswith("ipc://"):
        path = endpoint.removeprefix("ipc://")
        if len(os.fsencode(path)) > LONGEST_PATH:
            raise UsageError(f"{endpoint}: the path of a socket has at most {LONGEST_PATH} bytes", "use a shorter path")
        return socket.AF_UNIX, f"\0{path[1:]}" if path.startswith("@") else path
    host, port = endpoints.host(endpoint), endpoint.rpartition(":")[2]
    if host is None or not (port == "*" or endpoints.port(endpoint) is not None):
        raise UsageError(f"{endpoint}: a relay takes tcp://ADDRESS:PORT or ipc://PATH", "give such an endpoint")
    family = socket.AF_INET6 if ":" in str(host) else socket.AF_INET
    return family, (str(host), 0 if port == "*" else int(port))


def end_with_reset(end: socket.socket) -> None:
    """Makes the socket end with a reset when it is closed. On ipc, where there is none, it is closed at once."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


async def _drain(end: socket.socket) -> None:
    """Waits, for at most DRAIN seconds, until the system has delivered what was sent: a reset would discard it.

    Only where the system tells (tcp(7), SIOCOUTQ).
    """
    for _ in range(round(DRAIN / DRAIN_STEP)):
        try:
            (waiting,) = struct.unpack("i", fcntl.ioctl(end, termios.TIOCOUTQ, bytes(4)))
        except OSError:
            return
        if not waiting:
            return
        await asyncio.sleep(DRAIN_STEP)
