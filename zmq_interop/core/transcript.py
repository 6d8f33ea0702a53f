"""The bytes of a cell's connections, as a run stores them. Frozen values, without I/O."""

from __future__ import annotations

import msgspec

CONNECTOR, BINDER = 0, 1  # the two directions of a connection: what the side that connected sent, and the other's
CLOSED, RESET = "closed", "reset"


class Segment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bytes of one side that were read at once.

    side: CONNECTOR or BINDER. at: microseconds since the cell began. data: the bytes that were kept. holes:
    what was passed on but not kept: position in `data`, and count.
    """

    side: int
    at: int
    data: bytes = b""
    holes: list[tuple[int, int]] = []

    @property
    def size(self) -> int:
        """How many bytes were passed on."""
        return len(self.data) + sum(count for _, count in self.holes)


class End(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A side ended its direction. how: "closed" (no more bytes) or "reset". at: microseconds since the cell began."""

    side: int
    at: int
    how: str = CLOSED


class Connection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One connection through a relay.

    connector, binder: the roles of the two sockets. endpoint: that the bound socket has. at: when it was accepted, in
    microseconds since the cell began. ends: at most one for each side, in time order. refused: why the relay could not
    reach the bound socket.
    """

    connector: str
    binder: str
    at: int
    endpoint: str = ""
    segments: list[Segment] = []
    ends: list[End] = []
    refused: str = ""

    def size(self, side: int) -> int:
        """How many bytes this side sent."""
        return sum(segment.size for segment in self.segments if segment.side == side)


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record of a protobuf message. offset, size: of the record in the frame's body, in bytes.

    depth: how many messages it is inside. wire: the wire type as a word. value: a text for people. note: what in it
    contradicts the message's type.
    """

    offset: int
    size: int
    number: int
    wire: str
    name: str = ""
    value: str = ""
    depth: int = 0
    note: str = ""


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frame's body, decoded as the message that the scenario sent there.

    connection: its place in the transcript. offset: of the frame in all bytes of this side. message: the full name of
    its type. fields: as far as they decode, or as far as they are kept. left_out: how many more there are. problem: why
    the bytes from `problem_at` on do not decode, "" if all do.
    """

    connection: int
    side: int
    offset: int
    message: str
    fields: list[Field] = []
    left_out: int = 0
    problem: str = ""
    problem_at: int = 0


class Transcript(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was seen of one play of a cell.

    untapped: why links have no relay. left_out: how many further connections there were. failed: why the tap stopped
    working, "" if it did not.
    """

    connections: list[Connection] = []
    payloads: list[Payload] = []
    untapped: list[str] = []
    left_out: int = 0
    failed: str = ""
