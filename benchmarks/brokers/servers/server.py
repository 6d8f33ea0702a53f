"""What a server is: its programs, the files that they read, and the address for its clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from zmq_interop.system.workspace import Workspace


class Brought(NamedTuple):
    """A server's programs on this machine. version: in words. home: what the module itself makes of it."""

    version: str
    home: Path


class Program(NamedTuple):
    """A program of a server. endpoint: where it listens once it is ready; "" where that is not waited for, but its end.
    variables: of its environment beside those of the command."""

    name: str
    command: tuple[str, ...]
    endpoint: str
    variables: Mapping[str, str] = {}


class Site(NamedTuple):
    """Where one server may be. disk: its own folder, on disk. sockets: one with a short path, in memory. port: gives a
    free port of 127.0.0.1. safe: whether it must keep messages."""

    disk: Path
    sockets: Path
    port: Callable[[], int]
    safe: bool


class Server(NamedTuple):
    """files: by path, with what is in them. programs: in the order in which they start."""

    files: Mapping[Path, str]
    programs: tuple[Program, ...]
    address: dict[str, str]


class Module(Protocol):
    """What each module of this package offers."""

    async def bring(self, space: Workspace, say: Callable[[str], None]) -> Brought:
        """Finds or fetches it. Raises NotMeasured with the reason where it is not to be had."""

    def plan(self, brought: Brought, site: Site) -> Server:
        """One server of its own."""
