"""The rules of a declaration beyond the types of its values. Adds a problem for each that does not hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from zmq_interop.core.scenario import FACTS
from zmq_interop.programs import placeholders
from zmq_interop.programs.declaration import (
    ACTIONS,
    BYTES,
    NAME,
    NAME_HINT,
    Declared,
    Dialogue,
    Program,
    Step,
    Time,
    seconds,
)
from zmq_interop.programs.matchers import REFERENCE
from zmq_interop.programs.problems import Problems
from zmq_interop.programs.toml_places import Place
from zmq_interop.system import near

_TRANSPORTS = ("tcp", "ipc")
_RECEIVES_ONLY = ("PULL", "SUB")
_SENDS_ONLY = ("PUSH", "PUB")
# The keys that a step may have beside that of its action.
_MESSAGE = ("by", "type", "value", "parts", "topic", "equals", "frames", "as_")
_ALLOWED = {
    "send": (*_MESSAGE, "within", "varies"),
    "expect": (*_MESSAGE, "within", "partial", "unknown_fields"),
    "silent": ("by", "for_"),
    "log": ("within",),
    "subscribe": ("by", "prefix"),
    "restart": (),
    "any_order": (),
    "repeat": ("until", "by", "within"),
}


def check(declared: Declared, problems: Problems) -> None:
    """Checks everything that can be checked without the messages."""
    for number, folder in enumerate(declared.config.proto):
        try:
            there = declared.folder / declared.proto_dir(folder)
        except KeyError as error:
            name = error.args[0]
            unset = f"the environment variable {name.removeprefix(placeholders.ENV)} is not set"
            known = f"the placeholder {{{name}}} is not known; known: {{env.VARIABLE}}; write {{{{ for a bracket"
            problems.add(("proto", number), unset if name.startswith(placeholders.ENV) else known)
            continue
        if not there.is_dir():
            problems.add(("proto", number), f"there is no folder {there}")
    for name, program in declared.config.program.items():
        _Program(declared.folder, name, program, problems).check()


class _Program:
    """The checks of one program."""

    def __init__(self, folder: Path, name: str, program: Program, problems: Problems) -> None:
        self._folder = folder
        self._name = name
        self._program = program
        self._problems = problems
        self._path: Place = ("program", name)

    def _add(self, *at_and_what: str | int) -> None:
        *at, what = at_and_what
        self._problems.add((*self._path, *at), str(what))

    def check(self) -> None:
        program = self._program
        if not NAME.fullmatch(self._name):
            self._add(f"is no name of a program: {NAME_HINT}")
        if self._name == "family":
            self._add("is no name of a program: a pattern family:NAME selects a family of scenarios")
        if bool(program.run) is program.attach:
            self._add("run", "give either `run`, the command that starts it, or `attach = true` if it already runs")
        if program.attach and (program.build or program.env or program.files):
            self._add("attach", "`build`, `env` and `files` are for a program that is started")
        self._dir(program.dir, "dir")
        self._versions()
        for name, template in program.files.items():
            if not (self._folder / template).is_file():
                self._add("files", name, f"there is no file {self._folder / template}")
            if Path(name).is_absolute() or ".." in Path(name).parts:
                self._add("files", name, "must be a path inside the program's own folder {work}")
        self._times()
        self._ready()
        self._sockets()
        self._frames(program.frames, "frames")
        for number, text in enumerate(program.run):
            self._placeholders(text, "run", number)
        for name, text in program.env.items():
            self._placeholders(text, "env", name)
        names = [dialogue.name for dialogue in program.dialogue]
        for number, dialogue in enumerate(program.dialogue):
            if not NAME.fullmatch(dialogue.name):
                self._add("dialogue", number, "name", f"{dialogue.name!r}: {NAME_HINT}")
            if names.index(dialogue.name) < number:
                self._add("dialogue", number, "name", f"there is already a dialogue {dialogue.name!r}")
            for place, text in enumerate(dialogue.run):
                self._placeholders(text, "dialogue", number, "run", place)
            _Steps(self._path, self._program, dialogue, number, self._problems).check()

    def _dir(self, dir: str, *at: str | int) -> None:
        if not (self._folder / dir).is_dir():
            self._add(*at, f"there is no folder {self._folder / dir}")

    def _versions(self) -> None:
        if self._program.versions and self._program.attach:
            self._add("versions", "a program that already runs has no other version")
        for name, given in self._program.versions.items():
            at = ("versions", name)
            if not NAME.fullmatch(name):
                self._add(*at, f"is no name of a version: {NAME_HINT}")
            if isinstance(given, str) or given.dir is not None:
                self._dir(self._program.version(name).dir, *at)
            if isinstance(given, str):
                continue
            for number, text in enumerate(given.run or ()):
                self._placeholders(text, *at, "run", number)
            for variable, text in (given.env or {}).items():
                self._placeholders(text, *at, "env", variable)

    def _times(self) -> None:
        times: list[tuple[Place, Time]] = [(("ready", "within"), self._program.ready.within)]
        times.append((("stop", "within"), self._program.stop.within))
        for at, time in times:
            _time(self._problems, (*self._path, *at), time)

    def _ready(self) -> None:
        for stream in ("stdout", "stderr"):
            try:
                found = re.compile(getattr(self._program.ready, stream))
            except re.error as error:
                self._add("ready", stream, f"is no regular expression: {error}")
                continue
            for group in found.groupindex:
                if group.removesuffix("_port") not in self._program.sockets and group not in self._program.sockets:
                    self._add("ready", stream, f"the group {group!r} is no socket, nor a socket and `_port`")

    def _sockets(self) -> None:
        program = self._program
        if not program.sockets:
            self._add("sockets", "is empty: name at least one socket")
        for name, socket in program.sockets.items():
            at = ("sockets", name)
            if not NAME.fullmatch(name):
                self._add(*at, f"is no name of a socket: {NAME_HINT}")
            if name in (*placeholders.OWN, "port", "path", "env"):
                self._add(*at, "is a placeholder of its own: choose another name")
            if bool(socket.bind) is bool(socket.connect):
                self._add(*at, 'give either `bind` or `connect`: "tcp", "ipc", or an endpoint')
            seen: list[str] = []
            for endpoint in socket.endpoints:
                transport = placeholders.transport(endpoint)
                key = "bind" if socket.binds else "connect"
                if transport not in _TRANSPORTS or not (
                    endpoint in _TRANSPORTS or endpoint.startswith(f"{transport}://")
                ):
                    self._add(*at, key, f'{endpoint!r} is no endpoint: write "tcp", "ipc" or tcp://127.0.0.1:{{port}}')
                if transport in seen:
                    self._add(*at, key, f"names two endpoints for {transport}")
                seen.append(transport)
                known = ("port", "work", "ipc") if socket.binds else ("port", "path")
                for one in placeholders.names(endpoint):
                    if one not in known:
                        self._add(*at, key, f"the placeholder {{{one}}} is not known here; {_listed(known)}")
                if program.attach and (list(placeholders.names(endpoint)) or "://" not in endpoint):
                    self._add(
                        *at, key, "of a program that already runs, give the endpoint itself, without placeholders"
                    )
            if socket.frames is not None:
                self._frames(socket.frames, *at, "frames")
        if not transports(program):
            self._add("sockets", "have no transport in common: give each an endpoint for the same one")

    def _frames(self, frames: tuple[str, ...], *at: str | int) -> None:
        if not frames:
            self._add(*at, "is empty: a message has at least one frame")
        for number, frame in enumerate(frames):
            if frame.startswith("$") and not re.fullmatch(r"\$[a-z][a-z0-9_]*", frame):
                self._add(*at, number, f'{frame!r}: write "$message", "$type", "$topic", or "$" and a name of yours')
        if frames.count("$message") > 1:
            self._add(*at, "has two $message: a message has one payload")

    def _placeholders(self, text: str, *at: str | int) -> None:
        known = [*placeholders.OWN]
        for name in self._program.sockets:
            known += [name, f"{name}.host", f"{name}.port", f"{name}.path"]
        for one in placeholders.names(text):
            if one not in known and not one.startswith(placeholders.ENV):
                hint = near.hint(one, known, _listed([*placeholders.OWN, *self._program.sockets, "env.VARIABLE"]))
                self._add(*at, f"the placeholder {{{one}}} is not known; {hint}; write {{{{ for a bracket")


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return "known: " + ", ".join(f"{{{name}}}" for name in names)


def transports(program: Program) -> tuple[str, ...]:
    """The transports that its dialogues are played over: those of all sockets that have several, or all have one."""
    of = [tuple(map(placeholders.transport, socket.endpoints)) for socket in program.sockets.values()]
    several = [one for one in of if len(one) > 1]
    if not several:
        return tuple(dict.fromkeys(one for names in of for one in names))[:1] if of else ()
    return tuple(one for one in several[0] if all(one in names for names in several))


def _time(problems: Problems, at: Place, time: Time) -> None:
    try:
        seconds(time)
    except ValueError as error:
        problems.add(at, str(error))


class _Steps:
    """The checks of one dialogue's steps."""

    def __init__(self, path: Place, program: Program, dialogue: Dialogue, number: int, problems: Problems) -> None:
        self._program = program
        self._steps = dialogue.steps
        self._problems = problems
        self._path: Place = (*path, "dialogue", number, "steps")
        self._named: set[str] = set()

    def check(self) -> None:
        for number, step in enumerate(self._steps):
            self._step(step, (*self._path, number), inside="")
        if not any(step.action in ("expect", "silent", "log", "any_order", "repeat") for step in self._steps):
            self._problems.add(self._path, "expects nothing: a dialogue that only sends can never be red")

    def _step(self, step: Step, at: Place, inside: str) -> None:
        add = self._problems.add
        actions = [name for name in ACTIONS if getattr(step, name)]
        if len(actions) != 1:
            add(at, f"a step has exactly one of {', '.join(ACTIONS)}; this one has {' and '.join(actions) or 'none'}")
            return
        (action,) = actions
        for field in step.__struct_fields__:
            written = field.rstrip("_")
            if field != action and field not in _ALLOWED[action] and (*at, written) in self._problems.lines:
                add((*at, written), f"does not belong to a step with `{action}`")
        if step.by != "peer" and (not NAME.fullmatch(step.by) or step.by in (*FACTS, BYTES)):
            add((*at, "by"), f"{step.by!r} is no name of a client: {NAME_HINT}")
        if action in ("any_order", "repeat"):
            self._group(step, at, inside)
            return
        if action == "log":
            self._log(step, at)
            return
        if action == "restart":
            if self._program.attach:
                add(at, "a program that already runs cannot be restarted")
            return
        if step.socket not in self._program.sockets:
            hint = near.hint(step.socket, self._program.sockets, f"sockets: {', '.join(self._program.sockets)}")
            add((*at, action), f"there is no socket {step.socket!r}; {hint}")
            return
        self._about_socket(step, at, action)
        if action in ("send", "expect"):
            self._message(step, at)
        if step.within is not None:
            _time(self._problems, (*at, "within"), step.within)
        if action == "silent":
            _time(self._problems, (*at, "for"), step.for_)

    def _log(self, step: Step, at: Place) -> None:
        if self._program.attach:
            self._problems.add(at, "the log of a program that already runs is not seen")
        try:
            re.compile(step.log)
        except re.error as error:
            self._problems.add((*at, "log"), f"is no regular expression: {error}")
        if step.within is not None:
            _time(self._problems, (*at, "within"), step.within)

    def _about_socket(self, step: Step, at: Place, action: str) -> None:
        sockets = self._program.sockets
        theirs = sockets[step.socket].type
        if action == "send" and theirs in _SENDS_ONLY:
            self._problems.add((*at, action), f"a {theirs} only sends: nothing can be sent to it")
        if action in ("expect", "silent") and theirs in _RECEIVES_ONLY:
            self._problems.add((*at, action), f"a {theirs} only receives: it never sends")
        if action == "subscribe" and sockets[step.socket].other_type != "SUB":
            self._problems.add((*at, action), f"the other side of {step.socket} is no SUB")

    def _group(self, step: Step, at: Place, inside: str) -> None:
        add = self._problems.add
        if inside:
            add(at, f"stands inside `{inside}`; groups cannot be nested")
        for key in ("any_order", "repeat"):
            for number, inner in enumerate(getattr(step, key)):
                self._step(inner, (*at, key, number), inside=key)
                if key == "any_order" and inner.action and inner.action != "expect":
                    add((*at, key, number), "`any_order` takes only steps with `expect`")
        sockets = {inner.expect for inner in step.any_order}
        if len(sockets) > 1:
            add(
                at,
                f"`any_order` is about one socket, not {' and '.join(sorted(sockets))}: sockets have no order anyway",
            )
        if step.repeat:
            if step.until not in self._program.sockets:
                add((*at, "until"), f"{step.until!r} is no socket; sockets: {', '.join(self._program.sockets)}")
            elif self._program.sockets[step.until].type in _RECEIVES_ONLY:
                add((*at, "until"), f"a {self._program.sockets[step.until].type} only receives: it never sends")
        if step.within is not None:
            _time(self._problems, (*at, "within"), step.within)

    def _message(self, step: Step, at: Place) -> None:
        add = self._problems.add
        given = [key for key in ("type", "equals", "frames") if getattr(step, key) not in ("", None)]
        wants_payload = "$message" in self._program.frames_of(step.socket)
        if len(given) != 1 and (wants_payload or given):
            add(at, "give the message as exactly one of `type` with `value`, `equals`, or `frames`")
        if step.value is not None and not step.type:
            add((*at, "type"), "is missing: the full name of the message type")
        if step.equals:
            found = REFERENCE.fullmatch(step.equals)
            if found is None or found["path"]:
                add((*at, "equals"), f'{step.equals!r}: write "$" and the name that an earlier step has as `as`')
            else:
                self._known(found["name"], (*at, "equals"))
        declared = [one[1:] for one in self._program.frames_of(step.socket) if one.startswith("$")]
        wanted = {one for one in declared if one not in ("message", "type")}
        parts = set(step.parts) | ({"topic"} if step.topic is not None else set())
        if step.frames is None and not step.equals:
            for one in sorted(wanted - parts):
                add(at, f"the frame ${one} is missing: write {_written(one)}")
            for one in sorted(parts - wanted):
                add(at, f"the messages of {step.socket} have no frame ${one}: `frames` does not name it")
        for place, name in _references(step.value, ()):
            self._known(name, (*at, "value", *place))
        if step.as_:
            if not NAME.fullmatch(step.as_):
                add((*at, "as"), f"{step.as_!r}: {NAME_HINT}")
            self._named.add(step.as_)

    def _known(self, name: str, at: Place) -> None:
        if name not in self._named:
            hint = near.hint(name, self._named, "write $$ for a dollar sign")
            self._problems.add(at, f"no earlier step is named {name!r} with `as`; {hint}")


def _written(part: str) -> str:
    return 'topic = "..."' if part == "topic" else f'parts = {{ {part} = "..." }}'


def _references(value: object, at: Place) -> Iterator[tuple[Place, str]]:
    """The names that a value refers to, with their places."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.startswith("$") or key == "$any_order":
                yield from _references(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _references(inner, (*at, number))
    elif isinstance(value, str) and value != "$any" and (found := REFERENCE.fullmatch(value)):
        yield at, found["name"]
