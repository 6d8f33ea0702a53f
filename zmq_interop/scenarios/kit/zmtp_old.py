"""The harness as a peer of ZMTP 1.0 (RFC 13) and ZMTP 2.0 (RFC 15), on a connection to a socket that speaks more."""

from __future__ import annotations

from zmq_interop.core.frames import Message
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.zmtp import Wire
from zmq_interop.wire import encode
from zmq_interop.wire.encode import Frame
from zmq_interop.wire.items import COMMAND, MORE
from zmq_interop.wire.zmtp import SIGNATURE, SOCKET_TYPES

LONGEST_ID = 255  # bytes of an identity


class Zmtp2:
    """A peer of ZMTP 2.0. Each method raises Mismatch as Wire does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def greet(self, socket_type: str) -> None:
        """Exchanges greetings. Raises Mismatch (`altered`) if the other side does not go down to ZMTP 2.0."""
        await self._wire.write(encode.greeting_2(socket_type))
        theirs = await self._wire.takes(SIGNATURE + 2, "a greeting of ZMTP 2.0")
        _signed(theirs)
        known = theirs[-1] < len(SOCKET_TYPES) and SOCKET_TYPES[theirs[-1]] == socket_type
        expect.that(known, Kind.ALTERED, f"the socket type {socket_type} of ZMTP 2.0", f"{theirs[-1]}")
        identity = await self._wire.frame()
        expect.that(not identity.flags, Kind.ALTERED, "the frame of an identity", expect.show(identity.body))

    async def send(self, message: Message) -> None:
        """Writes a message."""
        await self._wire.message(message)

    async def receive(self) -> Message:
        """Reads a message."""
        got = await self._wire.frames()
        expect.that(not got[0].flags & COMMAND, Kind.UNEXPECTED, "a message of ZMTP 2.0, which has no commands", "one")
        return tuple(one.body for one in got)


class Zmtp1:
    """A peer of ZMTP 1.0. Each method raises Mismatch as Wire does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def greet(self, socket_type: str) -> None:  # noqa: ARG002 (ZMTP 1.0 does not say it)
        """Exchanges identities. Raises Mismatch (`altered`) if the other side does not go down to ZMTP 1.0."""
        await self._wire.write(encode.greeting_1())
        head = await self._wire.takes(SIGNATURE, "the frame of an identity of ZMTP 1.0")
        _signed(head)
        size = int.from_bytes(head[1:9], "big") - 1
        expect.that(0 <= size <= LONGEST_ID, Kind.ALTERED, "the length of an identity", f"{size}")
        await self._wire.takes(size, "an identity of ZMTP 1.0")

    async def send(self, message: Message) -> None:
        """Writes a message."""
        bodies = (frame for frame in message if isinstance(frame, bytes))
        await self._wire.write(b"".join(encode.frame_1(one) for one in encode.message(*bodies)))

    async def receive(self) -> Message:
        """Reads a message."""
        got = [await self._frame()]
        while got[-1].flags & MORE:
            got.append(await self._frame())
        return tuple(one.body for one in got)

    async def _frame(self) -> Frame:
        (length,) = await self._wire.takes(1, "a frame of ZMTP 1.0")
        if length == 0xFF:
            length = int.from_bytes(await self._wire.takes(8, "a frame of ZMTP 1.0"), "big")
        expect.that(length > 0, Kind.ALTERED, "a frame of ZMTP 1.0, whose length counts its flags", "a length of 0")
        flags, *_ = await self._wire.takes(1, "a frame of ZMTP 1.0")
        return Frame(flags, await self._wire.takes(length - 1, "a frame of ZMTP 1.0"))


def _signed(head: bytes) -> None:
    holds = head[:1] + head[9:10] == b"\xff\x7f"
    expect.that(holds, Kind.ALTERED, "a signature", expect.show(head[:SIGNATURE]))
