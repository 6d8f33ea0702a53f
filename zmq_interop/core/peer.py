"""What a peer is: its manifest, as frozen values. docs/peer-contract.md describes each key."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from zmq_interop.system.errors import PeerBroken

CONTRACT = 2
FILE = "peer.toml"
OPERATIONS = (
    "open",
    "close",
    "close_all",
    "set_option",
    "get_option",
    "bind",
    "connect",
    "unbind",
    "disconnect",
    "send",
    "receive",
    "send_burst",
    "receive_burst",
    "monitor",
    "receive_event",
    "program",
)
NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?")  # stands in ids, in folders, in names of images
NAME_HINT = (
    "a name has 1 to 32 lower-case letters, digits and dashes, begins with a letter and does not end with a dash"
)
OUTSIDE = 1 << 16  # `joined` of a peer outside the tree: after all others


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Need(_Strict, frozen=True):
    """Something that the build wants from the system.

    probe: a command that exits with 0 where it is there. at_least: the lowest version, compared with the first version
    number that the probe prints. packages: what brings it, by package manager ("apt", "dnf", ...). wheel: a pinned
    PyPI requirement whose program is used where the system has none that is new enough.
    """

    what: str
    probe: tuple[str, ...]
    at_least: str | None = None
    packages: dict[str, tuple[str, ...]] = {}
    wheel: str | None = None


class Build(_Strict, frozen=True):
    """How the agent is built in the peer's folder, and the globs of the files that it is built from."""

    command: tuple[str, ...]
    inputs: tuple[str, ...]


class Library(_Strict, frozen=True):
    """A library of the peer, and how it takes another one of it: in a copy of the folder, or as the agent starts.

    name: as Hello says it. version: the command that chooses the one of "{version}" in a copy. checkout: chooses that
    in the folder "{checkout}". shared: the file as which the built agent loads the library when it starts; another one
    needs no build then. variants: the versions that `interop run --variants` plays.
    """

    name: str
    version: tuple[str, ...] = ()
    checkout: tuple[str, ...] = ()
    shared: str = ""
    variants: tuple[str, ...] = ()


class Launch(_Strict, frozen=True):
    """How the built agent is started in the peer's folder; "{python}" stands for the harness's Python."""

    command: tuple[str, ...]


class Claims(_Strict, frozen=True):
    """What the peer says it can do; its Hello must say the same."""

    lanes: int
    socket_types: tuple[str, ...]
    transports: tuple[str, ...]
    mechanisms: tuple[str, ...] = ("NULL",)
    options: tuple[str, ...] = ()
    abilities: tuple[str, ...] = ()
    operations: tuple[str, ...] = OPERATIONS


class Manifest(_Strict, frozen=True):
    """A whole peer.toml."""

    contract: int
    name: str
    language: str
    run: Launch
    claims: Claims
    summary: str = ""
    needs: tuple[Need, ...] = ()
    libraries: tuple[Library, ...] = ()
    build: Build | None = None


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """One peer as it was found: with its manifest, or with the reason why it has none.

    name: what it is called in this run, which for a peer outside the tree its user may choose. hint: what to do about
    `problem`, detail: what a program said of it. image: of a peer that was given as a container image; `folder` is then
    the one in the image. joined: its place in the order in which peers joined (zmq_interop/peers/join_order.py).
    of_tree: whether it is one of the project's own, below peers/. libraries: the folder whose shared libraries its
    agent loads instead of the system's.
    """

    name: str
    folder: Path
    manifest: Manifest | None = None
    problem: str = ""
    hint: str = ""
    detail: str = ""
    image: str = ""
    joined: int = OUTSIDE
    of_tree: bool = False
    libraries: Path | None = None

    @property
    def own_name(self) -> str:
        """What it calls itself: in its Hello, in its Dockerfile."""
        return self.manifest.name if self.manifest else self.name

    @property
    def peer_toml(self) -> str:
        """Where its manifest is, in words."""
        path = self.folder / FILE
        return f"{path} in the image {self.image}" if self.image else str(path)

    def require(self) -> Manifest:
        """The manifest; raises PeerBroken when it could not be read."""
        if self.manifest is None:
            hint = self.hint or f"fix {self.peer_toml}; docs/peer-contract.md describes the format"
            raise PeerBroken(self.name, self.problem, hint, self.detail)
        return self.manifest
