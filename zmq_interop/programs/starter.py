"""Writes the text of a first interop.toml, commented, from what a user says of a program and from the protos."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from zmq_interop.programs.declaration import NAME, NAME_HINT, OTHER_END
from zmq_interop.programs.inline_toml import inline
from zmq_interop.schemas.payloads import Types
from zmq_interop.system import near
from zmq_interop.system.errors import UsageError

_MOST_FIELDS = 4
_SENDS_ONLY = ("PUSH", "PUB")
_RECEIVES_ONLY = ("PULL", "SUB")


class Socket(NamedTuple):
    """One socket of the program. end: "bind" or "connect"."""

    name: str
    type: str
    end: str


def socket(text: str) -> Socket:
    """Parses NAME=TYPE or NAME=TYPE:connect. Raises UsageError."""
    name, equals, rest = text.partition("=")
    type, _, end = rest.partition(":")
    if not equals or not NAME.fullmatch(name) or end not in ("", "bind", "connect"):
        raise UsageError(f"--socket {text}: is not NAME=TYPE, NAME=TYPE:bind or NAME=TYPE:connect", NAME_HINT)
    if type.upper() not in OTHER_END:
        hint = near.hint(type.upper(), OTHER_END, f"types: {', '.join(OTHER_END)}")
        raise UsageError(f"--socket {text}: there is no socket type {type!r}", hint)
    return Socket(name, type.upper(), end or "bind")


def text(name: str, run: str, sockets: Sequence[Socket], protos: Sequence[str], types: Types | None) -> str:
    """The text of interop.toml. It has no problem that `check-config` would find, so it can be played as it is.

    run: the command as typed in a shell, "" for none yet. protos: folders. types: of these; None without protos. Raises
    UsageError for a name that cannot be a program's.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"--name {name}: is no name of a program", NAME_HINT)
    command = shlex.split(run) if run else [f"./{name}", *(f"{{{one.name}}}" for one in sockets)]
    lines = [
        "# What `interop run` puts under test. docs/own-programs.md has each key; `interop check-config` checks it.",
        f"proto = {inline(list(protos))}  # folders with .proto files; imports are relative to them",
        "",
        f"[program.{name}]",
        "# {NAME} is the endpoint of a socket, {NAME.port} its port, {work} an empty folder for each cell.",
        f"run = {inline(command)}",
        '# build = ["make"]                      # run once, before the first cell',
        '# ready = { stdout = "listening" }      # beside: it listens at each endpoint that it binds',
        '# stop = { signal = "SIGTERM", within = "5s" }',
        '# frames = ["$topic", "$message"]       # if a message has more frames than its payload',
    ]
    lines += [f'sockets.{one.name} = {{ type = "{one.type}", {one.end} = ["tcp", "ipc"] }}' for one in sockets]
    message = _first(types) if types else None
    lines += ["", f"[[program.{name}.dialogue]]", 'name = "first"', "steps = [", *_steps(sockets, message), "]"]
    return "\n".join(lines) + "\n"


def _first(types: Types) -> Descriptor | None:
    """The message type that the example uses: the first with a field."""
    found = (types.find(name) for name, file in types.files.items() if not file.startswith("interop/"))
    return next((one for one in found if one.fields), None)


def _steps(sockets: Sequence[Socket], message: Descriptor | None) -> list[str]:
    body = 'frames = ["hello"]'
    if message is not None:
        body = f'type = "{message.full_name}", value = {inline(_example(message))}'
    any_of = f'type = "{message.full_name}"' if message is not None else 'frames = ["hello"]'
    inputs = [one.name for one in sockets if one.type not in _SENDS_ONLY]
    outputs = [one.name for one in sockets if one.type not in _RECEIVES_ONLY]
    lines = ["  # The other side sends to this socket of the program, with the library of each language in turn:"]
    lines += [f'  {{ send = "{inputs[0]}", {body}, as = "sent" }},'] if inputs else []
    if outputs:
        lines.append(
            '  # The program sends this; with `value`, fields that it does not name have their default. "$any",'
        )
        lines.append('  # "$sent.FIELD", { "$range" = [1, 5] } and { "$regex" = "..." } stand in places of values:')
        lines.append(f'  {{ expect = "{outputs[0]}", {any_of} }},')
    else:
        lines.append("  # The program has no socket on which it sends, so it is judged by a line of its log:")
        lines.append('  { log = "hello" },')
    return lines


def _example(message: Descriptor) -> dict[str, Any]:
    """A value for some fields of a type."""
    plain = [one for one in message.fields if not one.is_repeated and not one.message_type and not one.containing_oneof]
    return {one.name: _value(one) for one in plain[:_MOST_FIELDS]}


def _value(field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values[-1].name
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            return "aGVsbG8=" if field.type == FieldDescriptor.TYPE_BYTES else "hello"
        case FieldDescriptor.CPPTYPE_BOOL:
            return True
        case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
            return 1.5
    return 7
