"""Placeholders such as {in} or {in.port} in what a declaration hands to a program. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from zmq_interop.core import endpoints

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")
ENV = "env."
OWN = ("work",)  # those that every program has


def names(text: str) -> Iterator[str]:
    """The names of the placeholders in a text. `{{` and `}}` stand for the brackets themselves."""
    return (found[1] for found in _PLACE.finditer(text) if found[1] is not None)


def expand(text: str, value: Callable[[str], str]) -> str:
    """The text with each placeholder replaced. value: name -> what stands there; it may raise KeyError."""
    return _PLACE.sub(lambda found: found[0][0] if found[1] is None else value(found[1]), text)


def of_socket(name: str, endpoint: str) -> Mapping[str, str]:
    """The placeholders that tell a program an endpoint: {in}, and {in.host}, {in.port} or {in.path} of it."""
    rest = endpoint.partition("://")[2]
    if endpoints.port(endpoint) is None:
        return {name: endpoint, f"{name}.path": rest}
    host, _, port = rest.rpartition(":")
    return {name: endpoint, f"{name}.host": host, f"{name}.port": port}


def transport(endpoint: str) -> str:
    """The transport of a declared endpoint: "tcp" of tcp://127.0.0.1:{port} and of tcp."""
    return endpoint.partition(":")[0]


def whole(endpoint: str, name: str, *, binds: bool) -> str:
    """A declared endpoint as a template: `tcp` and `ipc` stand for any free endpoint. name: the socket's."""
    match endpoint:
        case "tcp":
            return "tcp://127.0.0.1:{port}"
        case "ipc":
            return f"ipc://{{work}}/{name}" if binds else "ipc://{path}"
    return endpoint
