"""What a decoded connection consists of: greetings, frames, and bytes that do not decode."""

from __future__ import annotations

import msgspec

from zmq_interop.wire.commands import Command

MORE, LONG, COMMAND, RESERVED = 1, 2, 4, 0xF8  # a frame's flags in ZMTP 2 and 3 (RFC 23 and 37, "Formal Grammar")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """side: who sent it, transcript.CONNECTOR or BINDER. at: when its last byte was read, in microseconds since the
    cell began. offset: of its first byte in all bytes of this side. size: how many bytes it has there. head: its first
    bytes, as many as were kept.
    """

    side: int
    at: int
    offset: int
    size: int
    head: bytes


class Greeting(Item, frozen=True, kw_only=True):
    """A greeting. version: what this side says that it speaks; (1, 0) for an unversioned one.

    used: the major version that both sides speak, by which the following bytes were decoded. notes: which of its bytes
    break a rule.
    """

    version: tuple[int, int]
    used: int
    mechanism: str = ""
    as_server: bool = False
    socket_type: str = ""
    notes: tuple[str, ...] = ()


class Frame(Item, frozen=True, kw_only=True):
    """A frame. flags: the octet on the wire. body: size of its body; head begins with `header` bytes of header.

    command: if it is a command. identity: the frame of ZMTP 1 and 2 that ends the greeting. encrypted: a message whose
    content only the two sides can read (CURVE). subscription: "subscribe" or "cancel" for a message that means that
    (RFC 23 and 29). notes: which of its bytes break a rule.
    """

    flags: int
    header: int
    body: int
    command: Command | None = None
    identity: bool = False
    encrypted: bool = False
    subscription: str = ""
    notes: tuple[str, ...] = ()

    @property
    def more(self) -> bool:
        """Whether another frame of the same message follows."""
        return bool(self.flags & MORE)

    @property
    def content(self) -> bytes:
        """The bytes of the body that were kept."""
        return self.head[self.header :]

    @property
    def is_payload(self) -> bool:
        """Whether it is a frame of a message of the application, in plain text."""
        return not (self.command or self.identity or self.encrypted or self.subscription)


class Undecoded(Item, frozen=True, kw_only=True):
    """The bytes of a side from `offset` to its end, which do not decode. why: the reason. size may be 0."""

    why: str
