"""What interop.toml declares, as frozen values. docs/own-programs.md describes each key; reading.py makes these."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from zmq_interop.core import sockets
from zmq_interop.programs import placeholders

BYTES = "bytes"  # the axis of dialogues that are also played in other encodings
ODD, USUAL = "odd-bytes", "canonical"  # its values
VERSION = "@"  # stands between a program's name and that of a version
ROLE = "peer"  # the role of whoever plays the other side, where a step does not say `by`
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
NAME_HINT = "a name has 1 to 32 lower-case letters, digits, _ and -, and begins with a letter"

# What stands at the other end of a socket of the program, where its declaration does not say `with`. A SUB gets an
# XPUB, since that learns when the subscription has come.
OTHER_END = {
    sockets.PUSH: sockets.PULL,
    sockets.PULL: sockets.PUSH,
    sockets.REQ: sockets.REP,
    sockets.REP: sockets.REQ,
    sockets.PUB: sockets.SUB,
    sockets.SUB: sockets.XPUB,
    sockets.XPUB: sockets.SUB,
    sockets.XSUB: sockets.PUB,
    sockets.DEALER: sockets.ROUTER,
    sockets.ROUTER: sockets.DEALER,
    sockets.PAIR: sockets.PAIR,
}
SocketType = Literal["PUSH", "PULL", "REQ", "REP", "PUB", "SUB", "XPUB", "XSUB", "DEALER", "ROUTER", "PAIR"]
Signal = Literal["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL"]
Time = str | int | float  # "2s", "500ms", "1m", or a number of seconds


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Ready(_Strict, frozen=True):
    """When the program is ready: after its sockets listen, and all that is said here.

    stdout, stderr: a regular expression that a line there matches. A group that is named as a socket gives its
    endpoint; one named SOCKET_port its port. health: a command that exits with 0. within: the limit.
    """

    stdout: str = ""
    stderr: str = ""
    health: tuple[str, ...] = ()
    within: Time = 10


class Stop(_Strict, frozen=True):
    """How the program is stopped: the signal, and how long it may take then. Whatever is left is killed."""

    signal: Signal = "SIGTERM"
    within: Time = 5


class Socket(_Strict, frozen=True, rename={"other": "with"}):
    """A socket of the program.

    bind, connect: its endpoint, or one for each transport; `tcp` and `ipc` stand for a free endpoint. other: the type
    of the other side's socket. options: what the other side sets, by libzmq's name without ZMQ_. subscriptions: of a
    SUB: what it subscribes to by itself. frames: the frames of its messages, as of Program.
    """

    type: SocketType
    bind: str | tuple[str, ...] = ()
    connect: str | tuple[str, ...] = ()
    other: SocketType | None = None
    options: dict[str, int | str] = {}
    subscriptions: tuple[str, ...] = ("",)
    frames: tuple[str, ...] | None = None

    @property
    def binds(self) -> bool:
        """Whether the program binds it."""
        return not self.connect

    @property
    def endpoints(self) -> tuple[str, ...]:
        """As declared, one for each transport."""
        given = self.bind or self.connect
        return (given,) if isinstance(given, str) else given

    @property
    def other_type(self) -> str:
        """The type of the socket at the other side."""
        return self.other or OTHER_END[self.type]


class Step(_Strict, frozen=True, rename={"as_": "as", "for_": "for"}):
    """One step of a dialogue. Exactly one of the first eight says what it does.

    send: the other side sends to this socket of the program. expect: the program sends on this socket. silent: it
    sends nothing there. log: a regular expression that is found in a line of the program's log. subscribe: the other
    side subscribes at this socket. restart: the program is stopped and started again. any_order: these are expected in
    whatever order. repeat: these are done until a message comes on `until`.

    by: which client does it. type, value, parts, topic: the message, by the frames of the socket. equals: the message
    that an earlier step named. frames: whole frames, as text. as_: names the message for later steps. within:
    the limit. varies: fields of a message to send to which another program, in a meeting, may give another value.
    for_: how long to be silent. partial: fields that `value` does not name may have any value.
    unknown_fields: whether the message may have fields that its type does not have. prefix: of the subscription.
    """

    send: str = ""
    expect: str = ""
    silent: str = ""
    log: str = ""
    subscribe: str = ""
    restart: Literal["", "stop", "kill"] = ""
    any_order: tuple[Step, ...] = ()
    repeat: tuple[Step, ...] = ()
    by: str = ROLE
    type: str = ""
    value: dict[str, Any] | None = None
    parts: dict[str, str] = {}
    topic: str | None = None
    equals: str = ""
    frames: tuple[str, ...] | None = None
    as_: str = ""
    within: Time | None = None
    varies: tuple[str, ...] = ()
    for_: Time = 0.25
    partial: bool = False
    unknown_fields: Literal["refused", "allowed"] = "refused"
    prefix: str = ""
    until: str = ""

    @property
    def action(self) -> str:
        """What it does: the key."""
        return next((name for name in ACTIONS if getattr(self, name)), "")

    @property
    def socket(self) -> str:
        """The socket that it is about, "" where it is about none."""
        return self.send or self.expect or self.silent or self.subscribe


ACTIONS = ("send", "expect", "silent", "log", "subscribe", "restart", "any_order", "repeat")


class Dialogue(_Strict, frozen=True):
    """A sequence of steps between the program and who plays its other side, from a fresh start of the program.

    about: what it shows, for reports. run: further arguments of the program, in this dialogue only.
    """

    name: str = ""
    about: str = ""
    run: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


class Version(_Strict, frozen=True):
    """Another version of a program: what differs from the program's own keys. dir: relative to the file."""

    dir: str | None = None
    run: tuple[str, ...] | None = None
    build: tuple[str, ...] | None = None
    env: dict[str, str] | None = None


class Program(_Strict, frozen=True):
    """A program under test.

    run: the command. attach: it already runs, and is neither started nor stopped. build: a command that is run once
    before. dir: the working folder, relative to the file. env: further variables. files: name in the program's own
    folder -> template, relative to the file. frames: the frames of each message: "$message", "$type", "$topic" or
    another "$name" of the step's `parts`, or a frame's text as it is. versions: name -> the folder of another version,
    in the place of `dir`, or all that differs. robust: in which other ways its dialogues are played, too: with messages
    in valid bytes that no encoder writes.
    """

    run: tuple[str, ...] = ()
    attach: bool = False
    build: tuple[str, ...] = ()
    dir: str = "."
    env: dict[str, str] = {}
    files: dict[str, str] = {}
    ready: Ready = Ready()
    stop: Stop = Stop()
    frames: tuple[str, ...] = ("$message",)
    sockets: dict[str, Socket] = {}
    dialogue: tuple[Dialogue, ...] = ()
    versions: dict[str, str | Version] = {}
    robust: tuple[Literal["odd-bytes"], ...] = ()

    def version(self, name: str) -> Program:
        """Another version of it, as a program with the same dialogues."""
        given = self.versions[name]
        one = Version(dir=given) if isinstance(given, str) else given
        differs = {key: value for key, value in msgspec.structs.asdict(one).items() if value is not None}
        return msgspec.structs.replace(self, versions={}, **differs)

    def frames_of(self, socket: str) -> tuple[str, ...]:
        """The frames of a message on this socket, as declared."""
        own = self.sockets[socket].frames
        return self.frames if own is None else own


class Config(_Strict, frozen=True):
    """All of interop.toml. proto: folders with .proto files, relative to the file. program: name -> program."""

    proto: tuple[str, ...] = ()
    program: dict[str, Program] = {}

    @property
    def played(self) -> dict[str, Program]:
        """The programs, and their versions: each version is a program NAME@VERSION."""
        found: dict[str, Program] = {}
        for name, program in self.program.items():
            found[name] = program
            found |= {f"{name}{VERSION}{version}": program.version(version) for version in program.versions}
        return found


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that was read. file: where. lines: path of each key -> its line, for messages."""

    file: Path
    config: Config
    lines: dict[tuple[str | int, ...], int] = {}

    @property
    def folder(self) -> Path:
        """What paths in it are relative to."""
        return self.file.parent

    @property
    def proto_dirs(self) -> tuple[Path, ...]:
        """The folders with the messages of its programs. Raises KeyError for a variable that is not set."""
        return tuple(self.folder / self.proto_dir(folder) for folder in self.config.proto)

    @staticmethod
    def proto_dir(folder: str) -> str:
        """A folder of `proto` with {env.VARIABLE} expanded. Raises KeyError with the placeholder that has no value."""

        def value(name: str) -> str:
            variable = name.removeprefix(placeholders.ENV)
            if variable == name or variable not in os.environ:
                raise KeyError(name)
            return os.environ[variable]

        return placeholders.expand(folder, value)


def seconds(time: Time) -> float:
    """A time in seconds. Raises ValueError for one that is none."""
    if isinstance(time, int | float):
        value = float(time)
    else:
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(ms|s|m)", time)
        if found is None:
            raise ValueError(f'{time!r} is no time: write "500ms", "2s" or "1m"')
        value = float(found[1]) * {"ms": 0.001, "s": 1, "m": 60}[found[2]]
    if not 0 < value <= LONGEST:
        raise ValueError(f"{time!r} must be more than 0 and at most {LONGEST} seconds")
    return value


LONGEST = 3600  # seconds
# What reading.py asks for, beside what the structs do.
_REQUIRED = {"Config": ["program"], "Program": ["sockets", "dialogue"], "Dialogue": ["name", "steps"]}


def schema() -> dict[str, Any]:
    """The JSON Schema of interop.toml."""
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Config)))
    for name, required in _REQUIRED.items():
        made["$defs"][name]["required"] = required
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "interop.toml", **made}
