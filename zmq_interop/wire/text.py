"""A transcript as text: each connection with its greetings, commands and frames, in time order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from zmq_interop.core.transcript import BINDER, CONNECTOR, RESET, Connection, End, Payload, Transcript
from zmq_interop.wire import reading
from zmq_interop.wire.commands import Command
from zmq_interop.wire.commands import Field as Part
from zmq_interop.wire.items import Frame, Greeting, Item, Undecoded

SHOWN = 20  # bytes of an item that are shown in hexadecimal
MOST_ITEMS = 400  # of one connection, that are shown


def render(
    transcript: Transcript,
    peers: Mapping[str, str] | None = None,
    marks: Mapping[tuple[int, int, int], str] | None = None,
) -> list[str]:
    """The lines of a transcript. peers: role -> peer, to name both. marks: connection, side and offset of an item -> a
    line to show below it."""
    names = {"?": "?", **(peers or {})}
    count = len(transcript.connections)
    lines = [f"{count} connection{'' if count == 1 else 's'} through relays"]
    lines += [f"not tapped: {reason}" for reason in transcript.untapped]
    if transcript.left_out:
        lines.append(f"{transcript.left_out} further connections were not kept")
    if transcript.failed:
        lines.append(f"the tap failed: {transcript.failed}")
    for number, connection in enumerate(transcript.connections):
        decoded = {(one.side, one.offset): one for one in transcript.payloads if one.connection == number}
        marked = {place[1:]: mark for place, mark in (marks or {}).items() if place[0] == number}
        lines += ["", *_connection(number, connection, decoded, names, marked)]
    return lines


def sides(connection: Connection) -> dict[int, str]:
    """What to call the two sides: their roles, and what each did where one role has both."""
    if connection.connector == connection.binder:
        return {CONNECTOR: f"{connection.connector} (connects)", BINDER: f"{connection.binder} (binds)"}
    return {CONNECTOR: connection.connector, BINDER: connection.binder}


class Row(NamedTuple):
    """An item of a transcript.

    at: microseconds since the cell began. sender, receiver: as `sides` calls them. connection: from 1.
    """

    at: int
    connection: int
    sender: str
    receiver: str
    title: str
    details: list[str]


def rows(transcript: Transcript) -> list[Row]:
    """The items and ends of all connections in time order."""
    found: list[Row] = []
    for number, one in enumerate(transcript.connections):
        roles = sides(one)
        decoded = {(each.side, each.offset): each for each in transcript.payloads if each.connection == number}
        if one.refused:
            found.append(Row(one.at, number + 1, roles[CONNECTOR], roles[BINDER], "found nobody", [one.refused]))
        for item in reading.items(one):
            details = list(_details(item, decoded.get((item.side, item.offset))))
            found.append(Row(item.at, number + 1, roles[item.side], roles[1 - item.side], describe(item), details))
        found += [Row(end.at, number + 1, roles[end.side], roles[1 - end.side], _how(end), []) for end in one.ends]
    return sorted(found, key=lambda row: row.at)


def _how(end: End) -> str:
    return "reset the connection" if end.how == RESET else "closed its direction"


def _connection(
    number: int,
    connection: Connection,
    decoded: Mapping[tuple[int, int], Payload],
    names: Mapping[str, str],
    marks: Mapping[tuple[int, int], str],
) -> Iterator[str]:
    roles = sides(connection)
    ends_of = (connection.connector, connection.binder)
    one, other = (f"{role} ({names[role]})" if role in names else role for role in ends_of)
    yield f"connection {number + 1}, at {connection.at} us: {one} connected to {other}"
    if connection.refused:
        yield f"  the relay found nobody at {connection.refused}"
        return
    if not connection.segments and not connection.ends:
        yield "  no bytes"
        return
    width = max(map(len, roles.values()))
    yield f"     at us  {'from':<{width}}  offset    size"
    found = reading.items(connection)
    ends = [(end.at, f"{end.at:>10}  {roles[end.side]:<{width}}  {_how(end)}") for end in connection.ends]
    for item in found[:MOST_ITEMS]:
        while ends and ends[0][0] < item.at:
            yield ends.pop(0)[1]
        head = f"{item.at:>10}  {roles[item.side]:<{width}}  {item.offset:>6}  {item.size:>6}"
        yield f"{head}  {describe(item)}"
        if mark := marks.get((item.side, item.offset)):
            yield f"{'>>>':>10}  {mark}"
        indent = " " * (len(head) + 2)
        for line in _details(item, decoded.get((item.side, item.offset))):
            yield f"{indent}{line}"
    if len(found) > MOST_ITEMS:
        yield f"  {len(found) - MOST_ITEMS} more frames are in the event log"
    yield from (line for _, line in ends)


def describe(item: Item) -> str:
    """What an item is, on one line."""
    match item:
        case Greeting():
            return _greeting(item)
        case Frame(command=Command() as command):
            told = "".join(f" {_part(part)}" for part in command.fields)
            return f"{'encrypted ' if item.encrypted else ''}{command.name or 'command'}{told}"
        case Frame():
            what = "identity" if item.identity else item.subscription or "message frame"
            topic = f" {_bytes(item.content[1:])}" if item.subscription else ""
            return f"{what}{topic}, {item.body} bytes{', more follow' if item.more else ''}"
        case Undecoded():
            return f"does not decode from byte {item.offset}: {item.why}"
        case _:
            return ""


def _greeting(item: Greeting) -> str:
    major, minor = item.version
    said = f"greeting of ZMTP {major}.{minor}"
    if item.used == 3:
        return f"{said}, mechanism {item.mechanism}, as-server {int(item.as_server)}"
    used = f", in use {item.used}.0" if item.used < major else ""
    return f"{said}{used}{f', {item.socket_type}' if item.socket_type else ''}"


def _part(part: Part) -> str:
    shown = _bytes(part.value[:SHOWN])
    if part.size > SHOWN:
        shown = f"{shown}... ({part.size} bytes)"
    return f"{part.name}={shown}"


def _bytes(data: bytes) -> str:
    """Bytes as text if all of them are printable ASCII, otherwise in hexadecimal."""
    if all(32 <= byte < 127 for byte in data):
        return f'"{data.decode("ascii")}"'
    return data.hex()


def _details(item: Item, payload: Payload | None) -> Iterator[str]:
    if item.head:
        yield hexadecimal(item.head, item.size)
    match item:
        case Frame(command=Command(problem=problem, problem_at=at)) if problem:
            yield f"the command does not decode from byte {item.offset + item.header + at}: {problem}"
    if isinstance(item, Greeting | Frame):
        yield from (f"note: {note}" for note in item.notes)
    if payload is not None:
        yield from _payload(payload)


def hexadecimal(data: bytes, size: int) -> str:
    """The first bytes in hexadecimal, and as text beside it. size: how many there are in all."""
    shown = data[:SHOWN]
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in shown)
    return f"{shown.hex(' ')}  {text}{f'  ... {size} bytes' if size > len(shown) else ''}"


def _payload(payload: Payload) -> Iterable[str]:
    yield f"{payload.message}:{'' if payload.fields or payload.problem else ' no fields, all values are defaults'}"
    for field in payload.fields:
        name = f" {field.name}" if field.name else ""
        note = f"  ({field.note})" if field.note else ""
        indent = "  " * (field.depth + 1)
        yield f"{indent}+{field.offset} {field.size} bytes: {field.number}{name} {field.wire} {field.value}{note}"
    if payload.left_out:
        yield f"  {payload.left_out} more fields"
    if payload.problem:
        yield f"  does not decode from +{payload.problem_at}: {payload.problem}"
