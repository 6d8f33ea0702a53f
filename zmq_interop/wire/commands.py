"""ZMTP commands as values: the name, and fields at their offsets (RFC 23, 24, 25, 26 and 37)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a command. offset: of its value, in bytes from the start of the command's body.

    size: bytes of the value. value: those of them that were kept. property: the name comes from the bytes themselves.
    """

    name: str
    offset: int
    size: int
    value: bytes
    property: bool = False


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded command. name: as on the wire, "" if even that does not decode.

    problem: why the rest does not decode, from `problem_at` on (bytes from the start of the body); "" if all does.
    """

    name: str
    fields: tuple[Field, ...] = ()
    problem: str = ""
    problem_at: int = 0


class _Stop(Exception):
    """The bytes from `at` on do not decode."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at


class _Reader:
    """Cuts fields from a body. size: of the whole body, of which `body` may only be the beginning that was kept."""

    def __init__(self, body: bytes, size: int) -> None:
        self.body = body
        self.size = size
        self.at = 0
        self.fields: list[Field] = []

    @property
    def left(self) -> int:
        """Bytes of the body that are not read yet."""
        return self.size - self.at

    def take(self, count: int, what: str) -> bytes:
        """The next bytes. Raises _Stop if the body ends before, or if they were not kept."""
        if count > self.left:
            raise _Stop(self.at, f"{what} needs {count} bytes, and {self.left} are left")
        if self.at + count > len(self.body):
            raise _Stop(self.at, f"{what} is not among the {len(self.body)} bytes that were kept")
        taken = self.body[self.at : self.at + count]
        self.at += count
        return taken

    def number(self, count: int, what: str) -> int:
        """A number in network byte order."""
        return int.from_bytes(self.take(count, what), "big")

    def field(self, name: str, count: int, *, property: bool = False) -> None:
        """The next bytes as a field, which may be only partly kept."""
        if count > self.left:
            raise _Stop(self.at, f"{name} has {count} bytes, and {self.left} are left")
        value = self.body[self.at : self.at + count]
        self.fields.append(Field(name=name, offset=self.at, size=count, value=value, property=property))
        self.at += count

    def rest(self, name: str) -> None:
        """Everything that is left, as one field."""
        self.field(name, self.left)


def decode(body: bytes, size: int, mechanism: str = "NULL") -> Command:
    """Decodes a command. Never raises.

    body: the frame's body, or its beginning that was kept. size: bytes of the whole body. mechanism: of the greeting,
    which decides what HELLO, WELCOME, INITIATE and READY contain.
    """
    reader = _Reader(body, size)
    name = ""
    try:
        length = reader.number(1, "the length of the command's name")
        if not length:
            raise _Stop(0, "a command's name has at least one byte (RFC 37, Formal Grammar)")
        name = reader.take(length, "the command's name").decode("ascii", "backslashreplace")
        if layout := _layout(name, mechanism):
            layout(reader)
        elif reader.left:
            reader.rest("data")
        if reader.left:
            raise _Stop(reader.at, f"{reader.left} bytes after the end of {name}")
    except _Stop as stop:
        return Command(name=name, fields=tuple(reader.fields), problem=str(stop), problem_at=stop.at)
    return Command(name=name, fields=tuple(reader.fields))


def _properties(reader: _Reader) -> None:
    """Metadata (RFC 37, "Formal Grammar"): a name of 1 to 255 bytes, a value of 0 to 2^31-1 bytes."""
    while reader.left:
        begin = reader.at
        length = reader.number(1, "the length of a property's name")
        if not length:
            raise _Stop(begin, "a property's name has at least one byte (RFC 37, Formal Grammar)")
        name = reader.take(length, "a property's name").decode("ascii", "backslashreplace")
        size = reader.number(4, f"the length of the property {name}")
        if size > (1 << 31) - 1:
            raise _Stop(reader.at - 4, f"the property {name} has {size} bytes; at most 2^31-1 are allowed (RFC 37)")
        reader.field(name, size, property=True)


def _ping(reader: _Reader) -> None:
    reader.field("ttl", 2)
    if reader.left:
        reader.rest("context")


def _pong(reader: _Reader) -> None:
    if reader.left:
        reader.rest("context")


def _error(reader: _Reader) -> None:
    reader.field("reason", reader.number(1, "the length of the reason"))


def _topic(reader: _Reader) -> None:
    reader.rest("topic")


def _plain_hello(reader: _Reader) -> None:
    """RFC 24, "Grammar"."""
    reader.field("username", reader.number(1, "the length of the username"))
    reader.field("password", reader.number(1, "the length of the password"))


def _curve_hello(reader: _Reader) -> None:
    """RFC 26, "Grammar"."""
    for name, size in (("version", 2), ("padding", 72), ("client's short-term key", 32), ("nonce", 8), ("box", 80)):
        reader.field(name, size)


def _curve_welcome(reader: _Reader) -> None:
    reader.field("nonce", 16)
    reader.field("box", 128 + 16)


def _curve_initiate(reader: _Reader) -> None:
    reader.field("cookie", 96)
    reader.field("nonce", 8)
    reader.rest("box")


def _curve_box(reader: _Reader) -> None:
    reader.field("nonce", 8)
    reader.rest("box")


_ALWAYS: dict[str, Callable[[_Reader], None]] = {
    "PING": _ping,
    "PONG": _pong,
    "ERROR": _error,
    "SUBSCRIBE": _topic,
    "CANCEL": _topic,
}
_OF_MECHANISM: dict[tuple[str, str], Callable[[_Reader], None]] = {
    ("NULL", "READY"): _properties,
    ("PLAIN", "HELLO"): _plain_hello,
    ("PLAIN", "INITIATE"): _properties,
    ("PLAIN", "READY"): _properties,
    ("CURVE", "HELLO"): _curve_hello,
    ("CURVE", "WELCOME"): _curve_welcome,
    ("CURVE", "INITIATE"): _curve_initiate,
    ("CURVE", "READY"): _curve_box,
    ("CURVE", "MESSAGE"): _curve_box,
}


def _layout(name: str, mechanism: str) -> Callable[[_Reader], None] | None:
    return _ALWAYS.get(name) or _OF_MECHANISM.get((mechanism, name))
