"""A ZMTP peer that is the harness itself, driven frame by frame: for behaviour that no library has.

RFC 37/ZMTP, "Formal Grammar": greeting, frames and commands. The bytes are those of zmq_interop/wire/encode.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext, Endpoint
from zmq_interop.system.errors import Mismatch
from zmq_interop.wire import encode, plug
from zmq_interop.wire.encode import Frame
from zmq_interop.wire.items import COMMAND, LONG, MORE

WHO = "wire"  # the harness's end, in logs and transcripts
GREETING = encode.greeting()
READY = b"\x05READY"
SHOWN = 64  # bytes of a write that the log shows

T = TypeVar("T")


class Wire:
    """One connection to the socket under test, of which the harness is the other end.

    Reading raises Mismatch: `lost` if nothing comes within the cell's limit, `disconnected` if the connection ends.
    """

    def __init__(self, cell: CellContext, raw: plug.RawConnection) -> None:
        self._cell = cell
        self._raw = raw

    async def greet(self, greeting: bytes = GREETING) -> bytes:
        """Writes a greeting, and returns the other side's. Raises Mismatch, also if theirs is not of ZMTP 3."""
        await self.write(greeting)
        theirs = await self._take(len(GREETING), "a greeting")
        expect.that(
            theirs[:1] + theirs[9:11] == b"\xff\x7f\x03", Kind.ALTERED, "a greeting of ZMTP 3", expect.show(theirs)
        )
        return theirs

    async def ready(self) -> None:
        """Reads the other side's READY. Raises Mismatch."""
        ready = await self.frame()
        expect.that(ready.flags == COMMAND and ready.body[:6] == READY, Kind.ALTERED, "READY", expect.show(ready.body))

    async def settles(self, *, greeted: bool = False) -> bool:
        """Reads greeting and frames until a READY; False if the connection ends before. Raises Mismatch (`lost`).

        greeted: the greeting was read already. A READY does not say that the other side accepts what it was sent: it
        may write its own before it reads.
        """
        try:
            if not greeted:
                await self._take(len(GREETING), "a greeting or the end")
            while True:
                frame = await self.frame()
                if frame.flags & COMMAND and frame.body[:6] == READY:
                    return True
        except Mismatch as mismatch:
            if mismatch.kind == Kind.DISCONNECTED:
                return False
            raise

    async def handshake(self, socket_type: str, greeting: bytes = GREETING) -> tuple[int, int]:
        """Completes a NULL handshake as a socket of this type. Returns the other side's version. Raises Mismatch."""
        theirs = await self.greet(greeting)
        await self.send(encode.ready(socket_type))
        await self.ready()
        return theirs[10], theirs[11]

    async def send(self, *frames: Frame) -> None:
        """Writes frames. Raises Mismatch as `write` does."""
        await self.write(b"".join(encode.frame(one) for one in frames))

    async def message(self, message: Message) -> None:
        """Writes a message. Raises Mismatch as `write` does."""
        await self.send(*encode.message(*(frame for frame in message if isinstance(frame, bytes))))

    async def write(self, data: bytes) -> None:
        """Writes bytes; none if the connection has ended. Raises Mismatch (`hung`) if they are not taken in time."""
        with self._cell.noted(WHO, "write", _shown(data)):
            if not await self._in_time(self._raw.write(data)):
                raise Mismatch(Kind.HUNG, f"{len(data)} bytes to be read", "a connection that takes no more bytes")

    async def frame(self) -> Frame:
        """Reads the next frame."""
        (flags,) = await self._take(1, "a frame")
        size = int.from_bytes(await self._take(8 if flags & LONG else 1, "a frame"), "big")
        return Frame(flags & ~LONG, await self._take(size, f"a frame of {size} bytes"))

    async def frames(self) -> list[Frame]:
        """Reads the next frames up to the end of a message; a command is one by itself."""
        got = [await self.frame()]
        while got[-1].flags & MORE:
            got.append(await self.frame())
        return got

    async def receives(self, message: Message) -> None:
        """Reads a message, and expects this one. Raises Mismatch."""
        got = await self.frames()
        expect.that(not got[0].flags & COMMAND, Kind.UNEXPECTED, "a message", f"a command: {expect.show(got[0].body)}")
        expect.messages([tuple(one.body for one in got)], [message])

    async def expects(self, wanted: Frame) -> None:
        """Reads a frame, and expects this one. Raises Mismatch (`altered`)."""
        got = await self.frame()
        expected, seen = expect.apart([(wanted.body,)], [(got.body,)])
        expect.that(
            got == wanted, Kind.ALTERED, f"{expected} with flags {wanted.flags}", f"{seen} with flags {got.flags}"
        )

    async def takes(self, count: int, what: str) -> bytes:
        """Reads bytes that are no frame. what: what they should be, for Mismatch."""
        return await self._take(count, what)

    async def closed(self, why: str) -> None:
        """Reads until the other side closes the connection. Raises Mismatch at the cell's limit, with `why` it must."""
        with self._cell.noted(WHO, "wait for the end", why) as answer:
            if not await self._in_time(self._raw.end()):
                raise Mismatch(Kind.UNEXPECTED, f"the connection to be closed: {why}", "a connection that stayed open")
            answer(self._raw.ended)

    async def ends_before(self, other: asyncio.Future[T]) -> bool:
        """Waits for the end of the connection, or of `other`, or for the cell's limit. Returns whether it has ended."""
        ending = asyncio.ensure_future(self._raw.end())
        with self._cell.noted(WHO, "wait for the end", "") as answer:
            try:
                await asyncio.wait((ending, other), timeout=self._cell.limit, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ending.cancel()
            answer(self._raw.ended or "no end")
        return self.ended

    def finish(self) -> None:
        """Ends this direction. Unlike `close`, it lets no byte get lost that was written before."""
        with self._cell.noted(WHO, "finish", ""):
            self._raw.finish()

    async def close(self, *, with_reset: bool = False) -> None:
        """Closes the connection."""
        await self._raw.close(with_reset=with_reset)

    @property
    def peer(self) -> tuple[str, int]:
        """The address and port of the other side; of ipc ("", 0)."""
        return self._raw.peer

    @property
    def ended(self) -> bool:
        """Whether the other side has closed the connection."""
        return bool(self._raw.ended)

    async def _take(self, count: int, what: str) -> bytes:
        taken: list[bytes] = []

        async def take() -> None:
            taken.append(await self._raw.take(count))

        if not await self._in_time(take()):
            raise expect.lost(what, f"{expect.show(self._raw.waiting)} and then nothing")
        if len(taken[0]) < count:
            raise Mismatch(Kind.DISCONNECTED, what, f"{expect.show(taken[0])} and then the end of the connection")
        return taken[0]

    async def _in_time(self, doing: Awaitable[None]) -> bool:
        try:
            async with asyncio.timeout(self._cell.limit):
                await doing
        except TimeoutError:
            return False
        return True


def _shown(data: bytes) -> str:
    more = f"... {len(data)} bytes" if len(data) > SHOWN else ""
    return data[:SHOWN].hex(" ") + more


class Plug:
    """Makes connections to one socket under test; see `plugged`."""

    def __init__(self, cell: CellContext, socket: Socket, *, connects: bool) -> None:
        self._cell = cell
        self._socket = socket
        self._connects = connects
        self._role = cell.role(socket)
        self._bound: Endpoint | None = None
        self._listeners: list[plug.RawListener] = []
        self._raw: list[plug.RawConnection] = []

    @property
    def bound(self) -> Endpoint:
        """Where the socket is bound, once there was a connection to it."""
        assert self._bound is not None
        return self._bound

    async def bind(self) -> None:
        """Binds the socket now, if it is to be bound and is not yet; `wire` does it too. Raises OperationFailed."""
        if self._bound is None and not self._connects:
            self._bound = await self._cell.bind(self._socket)

    async def wire(self, seen: Callable[[str], str] = str) -> Wire:
        """Another connection: to the bound socket, or to an endpoint to which the socket connects. Raises Mismatch.

        seen: what the socket connects to, made from the harness's endpoint as the socket's instance names it.
        """
        raw = await (self._accepted(seen) if self._connects else self._connected())
        self._raw.append(raw)
        return Wire(self._cell, raw)

    async def again(self) -> Wire:
        """The next connection of a socket that connects again by itself. Raises Mismatch (`lost`)."""
        raw = await self._accept(self._listeners[-1])
        self._raw.append(raw)
        return Wire(self._cell, raw)

    async def turned_away(self, count: int) -> list[float]:
        """Has the socket connect, and closes so many connections at once. Returns the seconds between one and the next.

        `again` gives the connection that follows. Raises Mismatch (`lost`) if one does not come.
        """
        listener = self._listening(str)
        with self._cell.noted(WHO, "turn away", f"{count} connections to {listener.endpoint}") as answer:
            pauses = await listener.turn_away(count, self._cell.limit)
            answer(", ".join(f"{pause * 1000:.1f} ms" for pause in pauses))
        if len(pauses) < count - 1:
            raise expect.lost(f"{count} connections", f"{len(pauses)} pauses between them, and nothing more")
        return pauses

    async def _connected(self) -> plug.RawConnection:
        await self.bind()
        endpoint = self._cell.wire_endpoint(self._role, self.bound)
        with self._cell.noted(WHO, "connect", endpoint):
            try:
                return await plug.connect(endpoint, self._cell.wire_observer(self._role, endpoint, connects=False))
            except OSError as error:
                told = f"{endpoint}: {error.strerror or error}"
                raise Mismatch(Kind.REFUSED, "the bound socket to accept a connection", told) from None

    async def _accepted(self, seen: Callable[[str], str]) -> plug.RawConnection:
        return await self._accept(self._listening(seen))

    def _listening(self, seen: Callable[[str], str]) -> plug.RawListener:
        listener = plug.RawListener(self._cell.wire_listens(self._role))
        self._listeners.append(listener)
        self._socket.connect(seen(self._cell.wire_seen(self._role, listener.endpoint)))
        return listener

    async def _accept(self, listener: plug.RawListener) -> plug.RawConnection:
        with self._cell.noted(WHO, "accept", listener.endpoint):
            try:
                async with asyncio.timeout(self._cell.limit):
                    observer = self._cell.wire_observer(self._role, listener.endpoint, connects=True)
                    return await listener.accept(observer)
            except TimeoutError:
                raise expect.lost("a connection", "none") from None

    async def close(self) -> None:
        """Closes all connections and endpoints."""
        for listener in self._listeners:
            listener.close()
        await asyncio.gather(*(raw.close() for raw in self._raw))


@contextlib.asynccontextmanager
async def plugged(cell: CellContext, socket: Socket, *, connects: bool = False) -> AsyncIterator[Plug]:
    """Gives what connects the harness to a socket, and closes all connections at the end.

    connects: whether the socket connects to the harness; else it binds. Raises Lacking if the harness cannot reach it.
    """
    one = Plug(cell, socket, connects=connects)
    try:
        yield one
    finally:
        await one.close()
