"""Outside peers: those that `--peer` adds to the project's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from zmq_interop.core.peer import FILE, NAME, NAME_HINT, Peer
from zmq_interop.peers import manifest
from zmq_interop.system import home, near
from zmq_interop.system.errors import UsageError

_IMAGE = "image:"
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}")
_ENDPOINT = re.compile(r"[a-z][a-z0-9+]*://")
NO_AGENT = "a program without an agent is no peer"
WRITE_ONE = (
    "to put it under test, declare it in interop.toml (docs/own-programs.md); to make it a peer, write an agent for "
    f"its language and libraries: `{home.COMMAND} new-peer NAME --language LANG` creates a folder, and --peer FOLDER "
    "adds it to a run"
)
_FORMS = "--peer takes PATH, image:IMAGE, NAME=PATH or NAME=image:IMAGE; write ./ before a path that contains = or :"


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """One peer that a user names.

    name: what it is called in this run, "" for the name that it has itself. Either `folder` or `image` is there.
    """

    name: str = ""
    folder: Path = Path()
    image: str = ""

    def __str__(self) -> str:
        """As it can be typed."""
        path = str(self.folder)
        where = f"{_IMAGE}{self.image}" if self.image else f"./{path}" if _special(path) else path
        return f"{self.name}={where}" if self.name else where


def _special(path: str) -> bool:
    """Whether `parse` would not take it for a path."""
    return path.startswith(_IMAGE) or "=" in path.partition("/")[0]


def parse(text: str, base: Path = Path()) -> Outside:
    """Parses a value of `--peer`. base: the folder that a path is relative to. Raises UsageError."""
    name, where = "", text
    if "=" in text.partition("/")[0]:
        name, _, where = text.partition("=")
        if not NAME.fullmatch(name):
            raise UsageError(f"--peer {text}: {name!r} cannot be a peer's name: {NAME_HINT}", _FORMS)
    if _ENDPOINT.match(where):
        raise UsageError(f"--peer {text}: {where} is an endpoint: {NO_AGENT}", WRITE_ONE)
    if not where:
        raise UsageError(f"--peer {text}: names no peer", _FORMS)
    if not where.startswith(_IMAGE):
        return Outside(name=name, folder=base / where)
    image = where.removeprefix(_IMAGE)
    if not _REFERENCE.fullmatch(image) or ".." in image:  # it becomes a part of an address at the engine
        raise UsageError(f"--peer {text}: {image!r} is not a valid image name", _FORMS)
    return Outside(name=name, image=image)


def join(tree: Mapping[str, Peer], wanted: Iterable[Outside]) -> dict[str, Peer]:
    """The peers of the tree and those outside, name -> Peer, in order of name.

    An unusable peer is kept with its `problem`, so that its cells are not silently missing. Raises UsageError for a
    folder that is not a peer's, and for two peers with one name.
    """
    peers = dict(tree)
    for one in wanted:
        peer = load(one, tree)
        if peer.name in peers:
            raise UsageError(
                f"two peers are named {peer.name!r}: {_where(peers[peer.name])} and {_where(peer)}",
                f"give this one another name: --peer NAME={msgspec.structs.replace(one, name='')}",
            )
        peers[peer.name] = peer
    return dict(sorted(peers.items()))


def find(text: str, tree: Mapping[str, Peer]) -> Peer:
    """One peer by name, where the tree has it, else as `--peer` names it. Raises UsageError."""
    return tree[text] if text in tree else load(parse(text), tree)


def load(one: Outside, tree: Mapping[str, Peer]) -> Peer:
    """One that a user names. tree: the peers that need no such name, for a better message. Raises UsageError."""
    if one.image:
        from zmq_interop.agents.runtimes import image_peers

        peer = image_peers.load(one.image)
    else:
        if one.folder.is_file():
            raise UsageError(f"--peer {one}: {one.folder} is a file, not a peer's folder: {NO_AGENT}", WRITE_ONE)
        if not (one.folder / FILE).is_file():
            known = f"; {one} is a peer in this project: select it with --peers" if str(one.folder) in tree else ""
            forms = f"{_FORMS}; peers/README.md explains how to write a peer"
            if one.folder.exists():
                raise UsageError(f"{one.folder} has no {FILE}{known}", forms)
            meant = "" if known else near.hint(str(one.folder), tree)
            raise UsageError(f"the folder {one.folder} does not exist{known}", f"{meant} {forms}".strip())
        peer = manifest.load(one.folder.resolve(), of_tree=False)
    if one.name:
        return msgspec.structs.replace(peer, name=one.name)
    if not NAME.fullmatch(peer.name):
        raise UsageError(
            f"{_where(peer)} does not name its peer: {peer.problem}",
            f"fix that, or name the peer: --peer NAME={one}",
        )
    return peer


def _where(peer: Peer) -> str:
    """For people. One without a manifest says why: it may be that which gives it the wrong name."""
    what = f"the image {peer.image}" if peer.image else str(peer.folder)
    return f"{what} ({peer.problem})" if peer.problem else what
