"""ZMTP over a STREAM socket, byte by byte: for behaviour that no library has, such as to stop answering.

RFC 37/ZMTP, "Formal Grammar": greeting, frames and commands; zmq_socket(3), "ZMQ_STREAM": raw bytes.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
LONG, COMMAND = 2, 4  # flags of a frame


class Frame(NamedTuple):
    """One frame: its flags without LONG (which only says how the size is encoded), and its body."""

    flags: int
    body: bytes


def command(name: str, data: bytes) -> Frame:
    """A command: the length of its name, the name, then its data."""
    return Frame(COMMAND, bytes([len(name)]) + name.encode() + data)


def ping(ttl: int, context: bytes = b"") -> Frame:
    """A PING. ttl: tenths of a second. context: the bytes that the PONG must repeat ("Connection Heartbeating")."""
    return command("PING", ttl.to_bytes(2, "big") + context)


class Wire:
    """One connection between a STREAM socket and the socket under test.

    Reading raises Mismatch: `lost` if nothing comes within the cell's limit, `disconnected` if the connection ends.
    """

    def __init__(self, cell: CellContext, stream: Socket) -> None:
        self._cell = cell
        self._stream = stream
        self._id = b""
        self._read = b""

    async def open(self) -> None:
        """Waits for the connection, which STREAM reports as an empty message. Raises Mismatch (`lost`)."""
        got = await self._cell.collect([self._stream.receive()])
        if not got or not isinstance(got[0][0], bytes):
            raise expect.lost("a connection", "none")
        self._id = got[0][0]

    async def handshake(self, socket_type: str) -> None:
        """Completes a NULL handshake as a socket of this type. Raises Mismatch."""
        self._stream.send((self._id, GREETING))
        theirs = await self._take(len(GREETING))
        expect.that(
            theirs[:1] + theirs[9:11] == b"\xff\x7f\x03", Kind.ALTERED, "a greeting of ZMTP 3", expect.show(theirs)
        )
        self.send(command("READY", _property(b"Socket-Type", socket_type.encode()) + _property(b"Identity", b"")))
        ready = await self.frame()
        expect.that(
            ready.flags == COMMAND and ready.body[:6] == b"\x05READY", Kind.ALTERED, "READY", expect.show(ready.body)
        )

    def send(self, frame: Frame) -> None:
        """Writes one frame."""
        size = len(frame.body)
        long = size > 255
        head = bytes([frame.flags | (LONG if long else 0)]) + size.to_bytes(8 if long else 1, "big")
        self._stream.send((self._id, head + frame.body))

    async def frame(self) -> Frame:
        """Reads the next frame."""
        (flags,) = await self._take(1)
        size = int.from_bytes(await self._take(8 if flags & LONG else 1), "big")
        return Frame(flags & ~LONG, await self._take(size))

    async def closed(self, why: str) -> None:
        """Reads until the other side closes the connection. Raises Mismatch at the cell's limit, with `why` it must."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._cell.limit
        try:
            while loop.time() < end:
                await self._more()
        except Mismatch as mismatch:
            if mismatch.kind == Kind.DISCONNECTED:
                return
        raise Mismatch(Kind.UNEXPECTED, f"the connection to be closed: {why}", "a connection that stayed open")

    async def _take(self, size: int) -> bytes:
        while len(self._read) < size:
            await self._more()
        taken, self._read = self._read[:size], self._read[size:]
        return taken

    async def _more(self) -> None:
        """Reads more bytes. STREAM reports the end of the connection as an empty message."""
        got = await self._cell.collect([self._stream.receive()])
        if not got:
            raise expect.lost("more bytes", f"{expect.show(self._read)} and then nothing")
        data = got[0][1]
        if got[0][0] != self._id or not data or not isinstance(data, bytes):
            raise Mismatch(Kind.DISCONNECTED, "more bytes", "the end of the connection")
        self._read += data


def _property(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
