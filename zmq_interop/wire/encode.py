"""The bytes of ZMTP, as a peer writes them: greetings, frames and commands, also those that break a rule on purpose.

RFC 13 (ZMTP 1.0), RFC 15 (2.0), RFC 23 (3.0) and RFC 37 (3.1), each in "Formal Grammar" (RFC 13: "The ABNF grammar").
"""

from __future__ import annotations

from typing import NamedTuple

from zmq_interop.wire.items import COMMAND, LONG, MORE
from zmq_interop.wire.zmtp import SIGNATURE, SOCKET_TYPES

SIGNATURE_BYTES = b"\xff" + bytes(8) + b"\x7f"
assert len(SIGNATURE_BYTES) == SIGNATURE


class Frame(NamedTuple):
    """One frame: its flags without LONG (which only says how the size is encoded), and its body."""

    flags: int
    body: bytes


def greeting(
    version: tuple[int, int] = (3, 1),
    mechanism: bytes = b"NULL",
    *,
    as_server: int = 0,
    padding: bytes = bytes(8),
    filler: bytes = bytes(31),
) -> bytes:
    """A greeting of ZMTP 3, of 64 bytes. mechanism: padded with zero bytes here, up to 20."""
    head = b"\xff" + padding + b"\x7f" + bytes(version)
    return head + mechanism.ljust(20, b"\0") + bytes([as_server]) + filler


def greeting_2(socket_type: str) -> bytes:
    """A greeting of ZMTP 2.0 without identity: signature, revision 1, socket type, frame of the identity (RFC 15)."""
    return SIGNATURE_BYTES + bytes([1, SOCKET_TYPES.index(socket_type)]) + frame(Frame(0, b""))


def greeting_1() -> bytes:
    """A greeting of ZMTP 1.0: the frame of an anonymous identity (RFC 13)."""
    return frame_1(Frame(0, b""))


def frame(one: Frame, *, long: bool | None = None, size: int | None = None) -> bytes:
    """A frame of ZMTP 2 and 3.

    long: encode the size in eight bytes; left out, where it must be. size: say this instead of the body's size.
    """
    said = len(one.body) if size is None else size
    eight = said > 255 if long is None else long
    return bytes([one.flags | (LONG if eight else 0)]) + said.to_bytes(8 if eight else 1, "big") + one.body


def frame_1(one: Frame) -> bytes:
    """A frame of ZMTP 1.0, whose length counts its flags (RFC 13)."""
    length = len(one.body) + 1
    head = bytes([length]) if length < 255 else b"\xff" + length.to_bytes(8, "big")
    return head + bytes([one.flags]) + one.body


def message(*bodies: bytes) -> list[Frame]:
    """The frames of a message: all but the last have MORE."""
    return [Frame(MORE if place < len(bodies) - 1 else 0, body) for place, body in enumerate(bodies)]


def written(*bodies: bytes) -> bytes:
    """A message of ZMTP 2 and 3, as bytes."""
    return b"".join(frame(one) for one in message(*bodies))


def command(name: str, data: bytes = b"") -> Frame:
    """A command: the length of its name, the name, then its data."""
    return Frame(COMMAND, bytes([len(name)]) + name.encode() + data)


def property(name: bytes, value: bytes, *, size: int | None = None) -> bytes:
    """A property of READY. size: say this instead of the value's size."""
    said = len(value) if size is None else size
    return bytes([len(name)]) + name + said.to_bytes(4, "big") + value


def ready(socket_type: str, more: bytes = b"") -> Frame:
    """A READY with this socket type. more: further properties."""
    return command("READY", property(b"Socket-Type", socket_type.encode()) + more)


def ping(ttl: int, context: bytes = b"") -> Frame:
    """A PING. ttl: tenths of a second. context: the bytes that the PONG must repeat ("Connection Heartbeating")."""
    return command("PING", ttl.to_bytes(2, "big") + context)


def error(reason: bytes, *, size: int | None = None) -> Frame:
    """An ERROR with this reason. size: say this instead of the reason's size."""
    return command("ERROR", bytes([len(reason) if size is None else size]) + reason)
