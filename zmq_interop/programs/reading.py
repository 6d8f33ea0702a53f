"""Reads interop.toml into frozen values. Each error names the file, the line and the key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from zmq_interop.programs import checks, toml_places
from zmq_interop.programs.declaration import Config, Declared, Dialogue, Program, Socket, Step
from zmq_interop.programs.problems import Problem, Problems
from zmq_interop.system import near
from zmq_interop.system.errors import UsageError

MAX_BYTES = 1 << 20
_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_PART = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_FIELD = re.compile(r"(?P<missing>missing required|unknown) field `(?P<name>.*)`")
_T = TypeVar("_T", bound=msgspec.Struct)


def read(file: Path) -> Declared:
    """Reads and checks a declaration; without its messages, which types.py checks.

    Raises UsageError with every problem, one a line.
    """
    try:
        if file.exists() and not file.is_file():  # reading a FIFO would block for ever
            raise UsageError(f"{file}: is no regular file", "give the path of an interop.toml")
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UsageError(f"{file}: is more than {MAX_BYTES} bytes long", "give the path of an interop.toml")
        text = content.decode()
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise UsageError(f"{file}: does not exist", "`interop init` writes one") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}", "give the path of an interop.toml") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is not UTF-8: {error}", "save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{file}: is not TOML: {error}", "https://toml.io/en/v1.0.0 describes the format") from None
    problems = Problems(file, toml_places.lines(text))
    config = _config(raw, problems)
    declared = Declared(file=file, config=config, lines=problems.lines) if config is not None else None
    if declared is not None:
        checks.check(declared, problems)
    problems.refuse()
    assert declared is not None
    return declared


def _config(raw: dict[str, Any], problems: Problems) -> Config | None:
    """Converts it part by part, since msgspec's messages do not name the keys of a table of tables."""
    programs = raw.get("program")
    if not isinstance(programs, dict) or not programs:
        problems.add(("program",), "there must be a table [program.NAME] for at least one program")
        return None
    made: dict[str, Program] = {}
    for name, table in programs.items():
        one = _program(table, ("program", name), problems)
        if one is not None:
            made[name] = one
    rest = _convert({key: value for key, value in raw.items() if key != "program"}, Config, (), problems, program={})
    if rest is None or len(made) < len(programs):
        return None
    return msgspec.structs.replace(rest, program=made)


def _program(table: object, path: toml_places.Place, problems: Problems) -> Program | None:
    if not isinstance(table, dict):
        problems.add(path, "must be a table: [program.NAME]")
        return None
    parts = dict(table)
    sockets = parts.pop("sockets", None)
    dialogues = parts.pop("dialogue", None)
    made: dict[str, Socket] = {}
    if isinstance(sockets, dict):
        for name, socket in sockets.items():
            one = _convert(socket, Socket, (*path, "sockets", name), problems)
            if one is not None:
                made[name] = one
    else:
        problems.add((*path, "sockets"), 'is missing: write sockets.NAME = { type = "PULL", bind = "tcp" }')
    spoken: list[Dialogue] = []
    if isinstance(dialogues, list) and dialogues:
        for number, dialogue in enumerate(dialogues):
            of_one = _dialogue(dialogue, (*path, "dialogue", number), problems)
            if of_one is not None:
                spoken.append(of_one)
    else:
        problems.add((*path, "dialogue"), "is missing: write a table [[program.NAME.dialogue]] for each dialogue")
    made_of = _convert(parts, Program, path, problems, sockets={}, dialogue=[])
    if made_of is None or problems.found:
        return None
    return msgspec.structs.replace(made_of, sockets=made, dialogue=tuple(spoken))


def _dialogue(table: object, path: toml_places.Place, problems: Problems) -> Dialogue | None:
    if not isinstance(table, dict):
        problems.add(path, "must be a table: [[program.NAME.dialogue]]")
        return None
    steps = table.get("steps")
    if not isinstance(steps, list) or not steps:
        problems.add((*path, "steps"), 'must be a list of steps: [{ send = "in", type = "my.Message", value = {} }]')
        return None
    made = [_convert(step, Step, (*path, "steps", number), problems) for number, step in enumerate(steps)]
    rest = _convert({key: value for key, value in table.items() if key != "steps"}, Dialogue, path, problems, steps=[])
    if rest is None or None in made:
        return None
    return msgspec.structs.replace(rest, steps=tuple(step for step in made if step is not None))


def _convert(raw: object, type: type[_T], path: toml_places.Place, problems: Problems, **absent: object) -> _T | None:
    """One table as a struct; a problem and None where it is none. absent: keys that are converted elsewhere."""
    try:
        return msgspec.convert({**raw, **absent} if isinstance(raw, Mapping) else raw, type)
    except (msgspec.ValidationError, RecursionError) as error:
        problems.found.append(_problem(str(error), type, path, raw))
        return None


def _problem(said: str, type: type[msgspec.Struct], path: toml_places.Place, raw: object) -> Problem:
    """What msgspec said of a table, with the key that it is about. raw: the table."""
    found = _AT.search(said)
    inner = [(name or index) for name, index in _PART.findall(found["path"] if found else "")]
    inside: list[str | int] = [int(part) if part.isdigit() else part for part in inner if part != "..."]
    at = (*path, *inside)
    what = _AT.sub("", said)
    field = _FIELD.search(what)
    if field is None and (known := _choices(type, inside)) and (given := _given(raw, inside)) not in known:
        hint = near.hint(str(given), known, f"known values: {', '.join(known)}")
        return Problem(at, f"{given!r} is not known; {hint}")
    if field is None:
        return Problem(at, what[0].lower() + what[1:])
    if field["missing"] != "unknown":
        return Problem((*at, field["name"]), "is missing")
    owner = _owner(type, inside)
    known = sorted(one.encode_name for one in msgspec.structs.fields(owner))
    hint = near.hint(field["name"], known, f"known keys: {', '.join(known)}")
    return Problem((*at, field["name"]), f"is not known; {hint}")


def _choices(type: type[msgspec.Struct], inside: list[str | int]) -> list[str]:
    """The values that the key at this path may have, if they are a list of names; else none."""
    owner = _owner(type, inside[:-1])
    found = [one.type for one in msgspec.structs.fields(owner) if inside and one.encode_name == inside[-1]]
    parts = [part for one in found for part in (one, *get_args(one)) if get_origin(part) is Literal]
    return [str(name) for part in parts for name in get_args(part) if name]


def _given(raw: object, inside: list[str | int]) -> object:
    """What stands at this path of a table."""
    for part in inside:
        known = isinstance(raw, Mapping) or (isinstance(raw, list) and isinstance(part, int))
        raw = raw[part] if known else None  # type: ignore[index]
    return raw


def _owner(type: type[msgspec.Struct], inside: list[str | int]) -> Any:
    """The struct to which a path inside a struct leads."""
    owner: Any = type
    for part in inside:
        if isinstance(part, int):
            continue
        fields = {one.encode_name: one for one in msgspec.structs.fields(owner)}
        default = fields[part].default if part in fields else msgspec.NODEFAULT
        owner = default.__class__ if isinstance(default, msgspec.Struct) else owner
    return owner
