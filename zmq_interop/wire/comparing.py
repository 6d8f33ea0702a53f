"""Where the wires of two plays of a cell first differ, without what may differ between stacks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zmq_interop.core.transcript import BINDER, CONNECTOR, Connection, Payload, Transcript
from zmq_interop.wire import reading
from zmq_interop.wire.commands import Command
from zmq_interop.wire.items import Frame, Greeting, Item, Undecoded

IGNORED = (
    "how writes were split, times, and which side was first",
    "the padding in a greeting's signature",
    "the order of properties, upper and lower case in their names, and an empty Identity",
    "heartbeats",
    "encrypted content, of which only sizes are compared",
    "another encoding of the same protobuf value",
)
_OPAQUE = ("CURVE", "GSSAPI")  # mechanisms whose commands contain keys and nonces


class Difference(NamedTuple):
    """connection: its place in the first transcript. side, offset: of the first byte there that differs.

    item: the offset where the frame or greeting with that byte begins. here, there: what the two have, in words.
    """

    connection: int
    side: int
    offset: int
    item: int
    here: str
    there: str


class _Unit(NamedTuple):
    """An item, and what of it is compared."""

    item: Item
    key: object


def first(one: Transcript, other: Transcript) -> list[Difference]:
    """The first difference of each side of each pair of connections, in the order of the first transcript.

    Connections are paired by their roles, in the order in which they were made. Those without bytes are left out.
    """
    found: list[Difference] = []
    rest = _by_roles(other)
    for number, connection in enumerate(one.connections):
        if not connection.segments:
            continue
        queue = rest.get((connection.connector, connection.binder), [])
        if not queue:
            found.append(Difference(number, CONNECTOR, 0, 0, "this connection", "no such connection"))
            continue
        place = queue.pop(0)
        units = (_units(one, number), _units(other, place))
        for side in (CONNECTOR, BINDER):
            here, there = ([unit for unit in each if unit.item.side == side] for each in units)
            if (difference := _difference(number, side, here, there)) is not None:
                found.append(difference)
    return found


def _by_roles(transcript: Transcript) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(transcript.connections):
        if one.segments:
            found.setdefault((one.connector, one.binder), []).append(number)
    return found


def _difference(number: int, side: int, here: Sequence[_Unit], there: Sequence[_Unit]) -> Difference | None:
    end = here[-1].item.offset + here[-1].item.size if here else 0
    for one, other in itertools.zip_longest(here, there):
        if one is not None and other is not None and one.key == other.key:
            continue
        if one is None:
            return Difference(number, side, end, end, "nothing more", _shown(other.item, 0))
        if other is None:
            return Difference(number, side, one.item.offset, one.item.offset, _shown(one.item, 0), "nothing more")
        at = _first_byte(one.item.head, other.item.head)
        return Difference(
            number, side, one.item.offset + at, one.item.offset, _shown(one.item, at), _shown(other.item, at)
        )
    return None


def _first_byte(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (here, there) in pairs if here != there), min(len(one), len(other)))


def _shown(item: Item, at: int) -> str:
    data = item.head[at : at + 8]
    return f"{data.hex(' ') or 'nothing'}{' ...' if item.size > at + len(data) else ''}"


def _units(transcript: Transcript, number: int) -> list[_Unit]:
    payloads = {(one.side, one.offset): one for one in transcript.payloads if one.connection == number}
    return list(_keyed(transcript.connections[number], payloads))


def _keyed(connection: Connection, payloads: dict[tuple[int, int], Payload]) -> Iterator[_Unit]:
    mechanism = {CONNECTOR: "NULL", BINDER: "NULL"}
    for item in reading.items(connection):
        match item:
            case Greeting():
                mechanism[item.side] = item.mechanism
                yield _Unit(item, ("greeting", item.head[:1], item.head[9:]))
            case Frame(command=Command(name=("PING" | "PONG"))):
                continue
            case Frame(command=Command() as command):
                yield _Unit(item, _command(item, command, opaque=mechanism[item.side] in _OPAQUE))
            case Frame():
                yield _Unit(item, _message(item, payloads.get((item.side, item.offset))))
            case Undecoded():
                yield _Unit(item, ("undecoded", item.head, item.size))


def _command(item: Frame, command: Command, *, opaque: bool) -> object:
    if opaque:
        return ("opaque", command.name, item.flags, tuple((field.name, field.size) for field in command.fields))
    if command.problem or not any(field.property for field in command.fields):
        return ("command", item.head, item.size)
    properties = sorted(
        (field.name.lower(), field.value, field.size)
        for field in command.fields
        if field.size or field.name.lower() != "identity"
    )
    return ("command", command.name, item.flags, tuple(properties))


def _message(item: Frame, payload: Payload | None) -> object:
    if payload is None or payload.problem or payload.left_out or len(item.content) < item.body:
        return ("message", item.head, item.size)
    # Records of one field keep their order; those of different fields may stand in any (Protocol Buffers, "Encoding").
    records = sorted(
        ((field.depth, field.number, field.wire, field.value) for field in payload.fields), key=lambda one: one[:2]
    )
    return ("payload", item.flags, payload.message, tuple(records))
