"""Writes what was heard between two programs as a declaration of one of them. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.programs.declaration import NAME, NAME_HINT, OTHER_END
from zmq_interop.programs.inline_toml import inline
from zmq_interop.programs.overheard import Heard, Link, Said, in_order
from zmq_interop.schemas.payloads import Types
from zmq_interop.system.errors import UsageError

_SUBSCRIBERS = ("SUB", "XSUB")
_DELIMITED = ("REQ", "REP")  # these add an empty frame, which no application sees (RFC 28)
_TYPE, _TOPIC, _MESSAGE = "$type", "$topic", "$message"
_SHOWN = 60  # bytes of a message that cannot be declared


class Program(NamedTuple):
    """The program that is declared. side: BINDER if it is behind `forward`, or CONNECTOR. run: its command as typed in
    a shell, "" if the user gave none. protos: the folders, as the file names them."""

    name: str
    side: int
    run: str
    protos: tuple[str, ...]


class Recorded(NamedTuple):
    """text: of interop.toml. messages: how many it has. notes: what a person must look at, a line each."""

    text: str
    messages: int
    notes: tuple[str, ...]


class _Socket(NamedTuple):
    """A socket of the declared program. other: the type at the other side. frames: the envelope."""

    name: str
    type: str
    other: str
    frames: tuple[str, ...]
    subscriptions: tuple[str, ...]


def recorded(heard: Sequence[Heard], links: Sequence[Link], program: Program, types: Mapping[str, Types]) -> Recorded:
    """The declaration of one of the two programs.

    types: full name of each type that a message may have -> where it is found; the first of those that fit equally well
    is taken. Raises UsageError if nothing was heard that can be declared, or for a name that cannot be a program's.
    """
    if not NAME.fullmatch(program.name):
        raise UsageError(f"--name {program.name}: is no name of a program", NAME_HINT)
    return _Transcriber(heard, links, program.side, types).recorded(program)


class _Transcriber:
    def __init__(self, heard: Sequence[Heard], links: Sequence[Link], side: int, types: Mapping[str, Types]) -> None:
        self._heard = [one for one in heard if all(kind in OTHER_END for kind in one.types)]
        if not self._heard:
            raise UsageError("no connection was made on which both sides named their socket types", _why(heard, links))
        self._side = side
        self._types = types
        self._notes: list[str] = _problems(heard, links)
        self._fits = self._all_fits()
        self._sockets = self._all_sockets(links)
        self._clients = self._all_clients()

    def recorded(self, program: Program) -> Recorded:
        """The text of the file."""
        name = program.name
        steps = list(self._steps())
        end = "bind" if self._side == BINDER else "connect"
        sockets = list(dict.fromkeys(self._sockets.values()))
        command = shlex.split(program.run) or [f"./{name}", *(f"{{{one.name}}}" for one in sockets)]
        lines = [
            "# Recorded by `interop record`. Edit the command, and put matchers in places of values that differ each",
            "# time (docs/own-programs.md); `interop check-config` checks it.",
            f"proto = {inline(list(program.protos))}",
            "",
            f"[program.{name}]",
            f"run = {inline(command)}  # {{NAME}} is the endpoint of a socket",
            *(_declared(one, end) for one in sockets),
            "",
            f"[[program.{name}.dialogue]]",
            'name = "recorded"',
            "steps = [",
            *(f"  {one}" for one in steps),
            *self._proof(),
            "]",
        ]
        count = sum(not one.startswith("#") for one in steps)
        return Recorded("\n".join(lines) + "\n", count, tuple(self._notes))

    def _proof(self) -> Iterator[str]:
        """A hint where the program sends nothing, so that no step could fail."""
        if not any(one.side == self._side and not one.subscription for _, one in in_order(self._heard)):
            self._note("the program sends nothing: a step `log` must say how it shows what it received")
            yield '  # { log = "..." },  # what the program logs when it has received that'

    def _steps(self) -> Iterator[str]:
        for place, said in in_order(self._heard):
            if said.subscription:
                yield from self._subscription(place, said)
                continue
            step: dict[str, Any] = {"expect" if said.side == self._side else "send": self._sockets[place].name}
            step |= self._by(place)
            body = self._body(place, said)
            if body is None:
                self._note("messages that cannot be written as text are comments")
                yield f"# not declared: {_head(said)}"
            else:
                yield f"{inline(step | body)},"

    def _subscription(self, place: int, said: Said) -> Iterator[str]:
        if said.side == self._side:  # the program subscribes: that is a fact of its socket
            return
        prefix = _text(said.prefix)
        if prefix is None or said.subscription == "cancel":
            self._note("subscriptions that are cancelled, or are not text, are comments")
            yield f"# not declared: {said.subscription} {said.prefix[:_SHOWN]!r}"
        else:
            yield f"{inline({'subscribe': self._sockets[place].name} | self._by(place) | {'prefix': prefix})},"

    def _by(self, place: int) -> dict[str, str]:
        client = self._clients[place]
        return {"by": client} if client else {}

    def _body(self, place: int, said: Said) -> dict[str, Any] | None:
        """The keys of a step that say what the message is; None if it cannot be declared."""
        frames = self._application(place, said)
        if frames is None:
            return None
        envelope = self._sockets[place].frames
        if (found := self._fits.get(id(said))) is None or len(frames) != len(envelope):
            texts = [_text(one) for one in frames]
            return None if None in texts else {"frames": texts}
        body: dict[str, Any] = {}
        if _TOPIC in envelope:
            body["topic"] = _escaped(_text(frames[envelope.index(_TOPIC)]))
        body["type"] = found.DESCRIPTOR.full_name
        body["value"] = _escaped(json_format.MessageToDict(found, preserving_proto_field_name=True))
        return body

    def _application(self, place: int, said: Said) -> tuple[bytes, ...] | None:
        """The frames as the application at the other side sees them; None if they were not kept."""
        if said.frames and said.frames[0] == b"" and self._heard[place].types[1 - self._side] in _DELIMITED:
            return said.frames[1:]
        return said.frames

    def _all_fits(self) -> dict[int, Message]:
        """What each message's last frame is: of the types that fit it, the one that fits most messages of its kind.

        By the message's place in memory. A kind is a link and a direction.
        """
        fitting: dict[int, dict[str, Message]] = {}
        counts: dict[tuple[int, int], Counter[str]] = {}
        for place, said in in_order(self._heard):
            if said.frames:
                fits = fitting[id(said)] = _fitting(self._types, said.frames[-1])
                counts.setdefault((self._heard[place].link, said.side), Counter()).update(list(fits))
        found: dict[int, Message] = {}
        for place, said in in_order(self._heard):
            if fits := fitting.get(id(said), {}):
                count = counts[self._heard[place].link, said.side]
                best = max(fits, key=lambda name: count[name])
                rivals = [one for one in fits if one != best and count[one] == count[best]]
                if rivals:
                    self._note(f"{best} might also be {', '.join(rivals[:3])}: all messages there fit each of them")
                found[id(said)] = fits[best]
        return found

    def _all_sockets(self, links: Sequence[Link]) -> dict[int, _Socket]:
        """The program's socket for each connection; those of one link are one socket."""
        of_link: dict[int, _Socket] = {}
        for connection in self._heard:
            if connection.link not in of_link:
                type, other = connection.types[self._side], connection.types[1 - self._side]
                taken = {one.name for one in of_link.values()}
                name = links[connection.link].name or type.lower()
                name = name if name not in taken else f"{name}{connection.link + 1}"
                of_link[connection.link] = _Socket(
                    name, type, other, self._envelope(connection.link), self._subscriptions(connection.link)
                )
        return {place: of_link[connection.link] for place, connection in enumerate(self._heard)}

    def _subscriptions(self, link: int) -> tuple[str, ...]:
        found = (
            _text(one.prefix)
            for place, one in in_order(self._heard)
            if self._heard[place].link == link and one.side == self._side and one.subscription == "subscribe"
        )
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def _envelope(self, link: int) -> tuple[str, ...]:
        """What the frames of a link's messages are, by those whose payload is known."""
        shapes: Counter[tuple[str, ...]] = Counter()
        for place, said in in_order(self._heard):
            if self._heard[place].link != link or not said.frames or id(said) not in self._fits:
                continue
            frames = self._application(place, said)
            assert frames is not None
            shapes[_shape(frames[:-1], self._fits[id(said)].DESCRIPTOR.full_name)] += 1
        return shapes.most_common(1)[0][0] if shapes else (_MESSAGE,)

    def _all_clients(self) -> list[str]:
        """The name of each connection's client: "" for the first of each link, which is the default one."""
        seen: Counter[int] = Counter()
        names = []
        for connection in self._heard:
            seen[connection.link] += 1
            number = seen[connection.link]
            names.append("" if number == 1 else f"peer{number}")
        return names

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def _fitting(types: Mapping[str, Types], payload: bytes) -> dict[str, Message]:
    """The types of which these bytes are a message without unknown fields.

    Those whose encoder writes the same bytes; if there are none, those whose encoder writes as many, since maps and
    fields may be written in another order.
    """
    known: dict[str, Message] = {}
    exact: dict[str, Message] = {}
    for name, where in types.items():
        try:
            message = where.decode(name, payload)
            message.DiscardUnknownFields()
            encoded = message.SerializeToString(deterministic=True)
        except (DecodeError, ValueError, KeyError):
            continue
        if len(encoded) == len(payload):
            known[name] = message
        if encoded == payload:
            exact[name] = message
    return exact or known


def _shape(before: Sequence[bytes], type: str) -> tuple[str, ...]:
    """The envelope of a message with these frames before its payload; () if it is to be declared frame by frame."""
    shape = [_TYPE if one == type.encode() else "" if one == b"" else _TOPIC for one in before]
    return (*shape, _MESSAGE) if shape.count(_TOPIC) < 2 else ()


def _declared(one: _Socket, end: str) -> str:
    keys: dict[str, Any] = {"type": one.type, end: ["tcp", "ipc"]}
    if one.other != OTHER_END[one.type] and one.type not in (*_SUBSCRIBERS, "PUB", "XPUB"):
        keys["with"] = one.other
    if one.type == "SUB":
        keys["subscriptions"] = list(one.subscriptions)
    if one.frames not in ((_MESSAGE,), ()):
        keys["frames"] = list(one.frames)
    return f"sockets.{one.name} = {inline(keys)}"


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _escaped(value: Any) -> Any:
    """The value with "$$" where a text begins with "$", which would be a reference."""
    match value:
        case str():
            return f"${value}" if value.startswith("$") else value
        case list():
            return [_escaped(one) for one in value]
        case dict():
            return {key: _escaped(one) for key, one in value.items()}
        case _:
            return value


def _head(said: Said) -> str:
    if said.frames is None:
        return "a frame that is too long"
    return " | ".join(repr(one[:_SHOWN]) for one in said.frames)


def _problems(heard: Sequence[Heard], links: Sequence[Link]) -> list[str]:
    found = []
    for one in heard:
        at = links[one.link].forward
        if one.encrypted:
            found.append(f"{one.encrypted} messages to or from {at} are encrypted, and so are left out")
        if one.undecoded:
            found.append(f"a connection to {at} does not decode from some byte on: {one.undecoded}")
    return list(dict.fromkeys(found))


def _why(heard: Sequence[Heard], links: Sequence[Link]) -> str:
    """What the user can do if nothing usable was heard."""
    refused: Mapping[str, None] = dict.fromkeys(one.refused for one in heard if one.refused)
    if refused:
        return f"nobody was reached: {', '.join(refused)}; start the program that binds first"
    if heard:
        return "both programs must speak ZMTP 2 or 3 without CURVE"
    return f"let the connecting program connect to {', '.join(one.listen for one in links)} while this command runs"


SIDES = {"binding": BINDER, "connecting": CONNECTOR}
