"""An incremental decoder of one ZMTP connection: ZMTP 1.0 (RFC 13), 2.0 (RFC 15), 3.0 (RFC 23) and 3.1 (RFC 37).

It does no I/O, keeps a bounded part of each frame, and never raises, whatever the bytes are. What it finds does not
depend on how the bytes of a side were split.
"""

from __future__ import annotations

from collections.abc import Callable

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.wire import commands
from zmq_interop.wire.items import COMMAND, LONG, RESERVED, Frame, Greeting, Item, Undecoded

KEEP = 4096  # bytes of each frame's body that are kept
HEAD = 256  # bytes of what does not decode that are kept
SIGNATURE = 10  # bytes (RFC 37, "Formal Grammar": %xFF padding %x7F)
GREETING = 64  # bytes of a greeting of ZMTP 3
LARGEST = (1 << 63) - 1  # bytes of a frame (RFC 37, "Framing")
SOCKET_TYPES = ("PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH")  # by number, RFC 15
_MAJOR = {0: 1, 1: 2, 2: 2}  # a greeting's revision -> the version it means (RFC 15: revision 1 is ZMTP 2.0)


class Conversation:
    """Both directions of one connection, decoded as their bytes come."""

    def __init__(self, keep: int = KEEP) -> None:
        one, other = _Direction(CONNECTOR, keep), _Direction(BINDER, keep)
        one.peer, other.peer = other, one
        self._directions = (one, other)

    def feed(self, side: int, data: bytes, at: int = 0) -> list[Item]:
        """Takes the next bytes of a side. at: when they were read, in microseconds. Returns what is complete now.

        Bytes of the other side may become complete too, since both must greet before the version is known.
        """
        direction = self._directions[side]
        return direction.feed(data, at) + direction.peer.resume()

    def skip(self, side: int, count: int, at: int = 0) -> list[Item]:
        """Takes `count` bytes that were not kept. If they are not the rest of a body, nothing after them decodes."""
        direction = self._directions[side]
        return direction.skip(count, at) + direction.peer.resume()

    def dropped(self, side: int) -> list[tuple[int, int]]:
        """Which bytes of the last `feed` of this side are in no item: position in those bytes, and count."""
        return self._directions[side].dropped

    def finish(self) -> list[Item]:
        """Ends both sides. Returns what was held back, and for each side what does not decode."""
        ended = [item for direction in self._directions for item in direction.release()]
        return ended + [item for direction in self._directions for item in direction.finish()]


class _Direction:
    """One side's bytes. version: what its greeting says, None before. unversioned: it began without a signature."""

    peer: _Direction

    def __init__(self, side: int, keep: int) -> None:
        self.version: tuple[int, int] | None = None
        self.unversioned = False
        self.dropped: list[tuple[int, int]] = []
        self._side = side
        self._keep = max(keep, GREETING)  # bytes that waited for the other side's version are all kept
        self._state: Callable[[], list[Item]] = self._begin
        self._ready = False  # the last step consumed something or changed the state
        self._buffer = bytearray()  # bytes of the item that is being read, from `_offset` on
        self._needed = 1  # so many bytes in the buffer are the next that may complete or decide something
        self._offset = 0
        self._at = 0
        self._used = 0
        self._mechanism = "NULL"
        self._socket_type = ""
        self._identity = False  # the next frame is the identity that ends the greeting
        self._encrypts = False
        self._header = 0
        self._flags = 0
        self._body = 0  # size of the frame's body
        self._left = 0  # bytes of it that are still to come
        self._missing = 0  # bytes of it that were not kept
        self._unkept = 0
        self._released = False  # the other side's version will not come
        self._why = ""

    def feed(self, data: bytes, at: int) -> list[Item]:
        """The next bytes."""
        self._at = at
        self.dropped = []
        return self._push(data)

    def _push(self, data: bytes) -> list[Item]:
        items: list[Item] = []
        place = 0
        while place < len(data):
            if self._why:
                place = self._undecodable(data, place)
            elif self._state == self._read_body:
                place = self._more_body(data, place)
            else:  # only up to where the state may change: what is found must not depend on how bytes were split
                count = max(1, self._needed - len(self._buffer))
                self._buffer += data[place : place + count]
                place += count
            items += self._advance()
        return items

    def resume(self) -> list[Item]:
        """Continues when the other side has said its version."""
        return [] if self._why or self._state == self._read_body else self._advance()

    def release(self) -> list[Item]:
        """Decodes bytes that waited for the version of the other side, which will not come."""
        self._released = True
        return self.resume()

    def skip(self, count: int, at: int) -> list[Item]:
        """Bytes that were not kept."""
        self._at = at
        if self._why or self._state != self._read_body or count > self._left:
            self._stop(f"{count} bytes were not kept, so what follows them cannot be decoded")
            self._unkept += count
            return []
        self._left -= count
        self._missing += count
        return self._advance()

    def finish(self) -> list[Item]:
        """What is left, if anything."""
        size = len(self._buffer) + self._missing + self._unkept
        if not self._why and not size:
            return []
        why = self._why or self._unfinished()
        head = bytes(self._buffer[:HEAD])
        return [Undecoded(side=self._side, at=self._at, offset=self._offset, size=size, head=head, why=why)]

    def _unfinished(self) -> str:
        if self._state == self._read_body:
            return f"the connection ended in a frame: {self._body - self._left} of {self._body} bytes of its body came"
        if self._state in (self._read_frame, self._read_old_frame):
            return f"the connection ended in a frame's header, after {len(self._buffer)} bytes of it"
        return f"the connection ended in the greeting, after {len(self._buffer)} bytes of it"

    def _undecodable(self, data: bytes, place: int) -> int:
        room = max(0, HEAD - len(self._buffer)) if not self._unkept else 0
        self._buffer += data[place : place + room]
        gone = max(0, len(data) - place - room)
        if gone:
            self._unkept += gone
            self.dropped.append((len(data) - gone, gone))
        return len(data)

    def _more_body(self, data: bytes, place: int) -> int:
        """Takes bytes of a body, and keeps those that there is room for. Returns where the next item begins."""
        count = min(self._left, len(data) - place)
        room = max(0, self._header + self._keep - len(self._buffer)) if not self._missing else 0
        kept = min(count, room)
        self._buffer += data[place : place + kept]
        if kept < count:
            self._missing += count - kept
            self.dropped.append((place + kept, count - kept))
        self._left -= count
        return place + count

    def _advance(self) -> list[Item]:
        """Takes steps until more bytes are needed."""
        items: list[Item] = []
        self._ready = True
        while self._ready and not self._why:
            self._ready = False
            items += self._state()
        return items

    def _go(self, state: Callable[[], list[Item]]) -> None:
        self._state = state
        self._needed = 1
        self._ready = True

    def _lacks(self, count: int) -> bool:
        """Whether the item that is being read needs more bytes, so many in all, before anything can be said."""
        self._needed = count
        return len(self._buffer) < count

    def _stop(self, why: str) -> None:
        if not self._why:
            self._why = why

    def _taken(self) -> tuple[int, bytes, int]:
        """The offset, kept bytes and size of the item that is complete; the next begins behind it."""
        head = bytes(self._buffer)
        offset, size = self._offset, len(head) + self._missing
        self._offset += size
        self._buffer.clear()
        self._missing = 0
        return offset, head, size

    # The greeting

    def _begin(self) -> list[Item]:
        """Tells a signature from an unversioned greeting (RFC 15, "Backwards interoperability with ZMTP/1.0")."""
        if self._lacks(1):
            return []
        if self._buffer[0] != 0xFF or (len(self._buffer) == SIGNATURE and not self._buffer[9] & 1):
            self.version = (1, 0)
            self.unversioned = True
            self._used = 1
            self._identity = True
            self._go(self._read_old_frame)
        elif not self._lacks(SIGNATURE):
            self._go(self._read_revision)
        return []

    def _read_revision(self) -> list[Item]:
        if self.peer.unversioned and len(self._buffer) == SIGNATURE:
            # To an unversioned peer, the signature is the header of the identity (RFC 15, as above).
            return self._as_identity()
        if not self._lacks(SIGNATURE + 1):
            revision = self._buffer[SIGNATURE]
            self.version = (_MAJOR.get(revision, revision), 0)
            self._go(self._read_greeting)
        return []

    def _as_identity(self) -> list[Item]:
        self.version = (1, 0)
        self._used = 1
        size = int.from_bytes(self._buffer[1:9], "big")
        if not 1 <= size <= LARGEST:
            self._stop(f"a signature whose length is {size} is no header of an identity (RFC 15)")
            return []
        self._identity = True
        self._header = SIGNATURE
        return self._start_body(0, size - 1)

    def _read_greeting(self) -> list[Item]:
        assert self.version is not None
        if self.peer.version is None and not self._released and self._lacks(GREETING):
            return []
        used = min(self.version[0], self.peer.version[0] if self.peer.version else self.version[0], 3)
        if used >= 3:
            return [] if self._lacks(GREETING) else self._newest()
        length = SIGNATURE + used  # ZMTP 2 has the socket type after the revision, ZMTP 1 nothing
        if self._lacks(length):
            return []
        later = bytes(self._buffer[length:])  # came before the version was known
        del self._buffer[length:]
        self._used = used
        number = self._buffer[SIGNATURE + 1] if used == 2 else -1
        known = 0 <= number < len(SOCKET_TYPES)
        self._socket_type = SOCKET_TYPES[number] if known else ""
        notes = [] if known or used == 1 else [f"socket type {number} is not one of RFC 15"]
        self._identity = True
        offset, head, size = self._taken()
        greeting = Greeting(
            side=self._side,
            at=self._at,
            offset=offset,
            size=size,
            head=head,
            version=self.version,
            used=used,
            socket_type=self._socket_type,
            notes=tuple(notes),
        )
        self._go(self._read_frame if used == 2 else self._read_old_frame)
        return [greeting, *self._push(later)]

    def _newest(self) -> list[Item]:
        """A greeting of ZMTP 3 (RFC 23 and 37, "Formal Grammar")."""
        assert self.version is not None
        later = bytes(self._buffer[GREETING:])
        del self._buffer[GREETING:]
        self._used = 3
        offset, head, size = self._taken()
        self.version = (self.version[0], head[11])
        name = head[12:32].rstrip(b"\0")
        self._mechanism = name.decode("ascii", "backslashreplace")
        notes = []
        if b"\0" in name or not name:
            notes.append("the mechanism is not a name padded with zero bytes")
        if head[32] > 1:
            notes.append(f"as-server is {head[32]}, not 0 or 1")
        if any(head[33:]):
            notes.append("the filler is not all zero")
        self._go(self._read_frame)
        greeting = Greeting(
            side=self._side,
            at=self._at,
            offset=offset,
            size=size,
            head=head,
            version=self.version,
            used=3,
            mechanism=self._mechanism,
            as_server=head[32] == 1,
            notes=tuple(notes),
        )
        return [greeting, *self._push(later)]

    # Frames

    def _read_frame(self) -> list[Item]:
        """The header of a frame of ZMTP 2 and 3 (RFC 23 and 37, "Framing")."""
        if self._lacks(1):
            return []
        header = 9 if self._buffer[0] & LONG else 2
        if self._lacks(header):
            return []
        self._header = header
        return self._start_body(self._buffer[0], int.from_bytes(self._buffer[1:], "big"))

    def _read_old_frame(self) -> list[Item]:
        """The header of a frame of ZMTP 1 (RFC 13, "Formal Grammar"): its length counts the flags."""
        if self._lacks(1):
            return []
        header = 10 if self._buffer[0] == 0xFF else 2
        if self._lacks(header):
            return []
        size = int.from_bytes(self._buffer[1:9], "big") if header == 10 else self._buffer[0]
        if not size:
            self._stop("a frame of ZMTP 1 has a length of at least 1, which counts its flags (RFC 13)")
            return []
        self._header = header
        return self._start_body(self._buffer[header - 1], size - 1)

    def _start_body(self, flags: int, size: int) -> list[Item]:
        if size > LARGEST:
            self._stop(f"a frame of {size} bytes: a frame has at most 2^63-1 (RFC 37, Framing)")
            return []
        self._flags = flags
        self._body = self._left = size
        self._go(self._read_body)
        return []

    def _read_body(self) -> list[Item]:
        if self._left:
            return []
        offset, head, size = self._taken()
        frame = self._frame(offset, head, size)
        self._identity = False
        self._go(self._read_frame if self._used > 1 else self._read_old_frame)
        return [frame]

    def _frame(self, offset: int, head: bytes, size: int) -> Frame:
        body = head[self._header :]
        notes = []
        command = None
        if self._used == 3:
            if self._flags & COMMAND:
                command = self._command(body)
                if self._flags & 1:
                    notes.append("a command has MORE (RFC 37, Framing)")
            elif self._encrypts and body[:8] == b"\x07MESSAGE":
                command = self._command(body)
        if self._used > 1:
            if self._flags & RESERVED:
                notes.append(f"reserved bits of the flags are set: {self._flags:#04x}")
            if self._flags & LONG and self._body <= 255:
                notes.append("the long form of a short frame")
        return Frame(
            side=self._side,
            at=self._at,
            offset=offset,
            size=size,
            head=head,
            flags=self._flags,
            header=self._header,
            body=self._body,
            command=command,
            identity=self._identity,
            encrypted=bool(command and command.name == "MESSAGE"),
            subscription="" if command or self._identity else self._subscription(body),
            notes=tuple(notes),
        )

    def _command(self, body: bytes) -> commands.Command:
        command = commands.decode(body, self._body, self._mechanism)
        if self._mechanism == "CURVE":
            self._encrypts = self._encrypts or command.name in ("INITIATE", "READY")
        for field in command.fields:
            if field.property and field.name.lower() == "socket-type":
                self._socket_type = field.value.decode("ascii", "backslashreplace")
        return command

    def _subscription(self, body: bytes) -> str:
        """What a message of a SUB or XSUB means to a publisher (RFC 23, "The Publish-Subscribe Pattern"; RFC 29)."""
        if self._socket_type not in ("SUB", "XSUB") or not body or self._flags & 1:
            return ""
        return {0: "cancel", 1: "subscribe"}.get(body[0], "")
