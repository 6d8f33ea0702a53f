"""The values of `interop compare --with`: another version of a library, a checkout of one, or another folder or image.

A library that the agent loads when it starts is brought, and the peer stays as it is (peers/shared_libraries.py).
Another library is chosen in a copy of the peer's folder, below the work folder, by commands of the peer's own manifest
(docs/decisions/0034). The copy is made whole elsewhere first: whoever interrupts that finds the one that was there.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.core.peer import FILE, Library, Peer
from zmq_interop.peers import build_folder, requirements, shared_libraries
from zmq_interop.peers import manifest as manifests
from zmq_interop.system import commands, scratch, wheels
from zmq_interop.system.errors import PeerBroken, UsageError
from zmq_interop.system.workspace import Workspace

LIMIT_SECONDS = 600  # of a command that chooses: it fetches an index, or a library's sources
_NAME = r"[A-Za-z0-9][A-Za-z0-9._/-]*"  # of a library; a path begins with . or / where it could be taken for one
_VERSION = re.compile(rf"(?P<name>{_NAME})(?:==|@)(?P<version>[A-Za-z0-9][A-Za-z0-9.+!_-]*)")
_NUMBERED = re.compile(r"v?\d+\.\d")
_CHECKOUT = re.compile(rf"(?P<name>{_NAME})=(?P<folder>[^=].*)")
_FORMS = (
    "--with takes LIBRARY==VERSION, LIBRARY=CHECKOUT, the FOLDER of a peer or of a library's checkout, or image:IMAGE; "
    "write ./ before a folder whose name contains = or @"
)


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Another one of a library: of a version, or in a folder. name: "" where the folder alone was given."""

    name: str = ""
    version: str = ""
    checkout: Path | None = None

    def is_there(self, told: str) -> bool:
        """Whether a library that says this version of itself, "7.36.2 (upb)", can be the one that was asked for: what
        came of a checkout, a branch or a commit nobody can tell."""
        if not _NUMBERED.match(self.version):
            return bool(told)
        asked, has = self.version.removeprefix("v"), told.partition(" ")[0].removeprefix("v")
        try:
            return Version(asked) == Version(has)  # 6.33 is 6.33.0
        except InvalidVersion:
            return asked == has

    def __str__(self) -> str:
        """As it can be typed."""
        if self.checkout is None:
            return f"{self.name}=={self.version}"
        return f"{self.name}={self.checkout}" if self.name else str(self.checkout)


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """All that `--with` names, at least one thing.

    place: the folder or image that takes the peer's place. libraries: what is chosen in it, or in the peer itself.
    """

    place: Outside | None = None
    libraries: tuple[Other, ...] = ()

    def words(self) -> list[str]:
        """The options that name it."""
        return [word for one in (self.place, *self.libraries) if one for word in ("--with", str(one))]

    @property
    def has_checkout(self) -> bool:
        """Whether a library comes from a folder of this machine, which no image can be built from."""
        return any(one.checkout for one in self.libraries)


def parse(texts: Sequence[str]) -> Variant:
    """Reads what stands behind each `--with`. Raises UsageError."""
    places: list[Outside] = []
    libraries: list[Other] = []
    for text in texts:
        if (found := _VERSION.fullmatch(text)) and not text.startswith("image:"):
            libraries.append(Other(name=found["name"], version=found["version"]))
        elif found := _CHECKOUT.fullmatch(text):
            libraries.append(Other(name=found["name"], checkout=_folder(text, Path(found["folder"]))))
        elif text.startswith("image:"):
            places.append(outside.parse(text))
        elif (Path(text) / FILE).is_file():
            places.append(Outside(folder=Path(text)))
        else:
            libraries.append(Other(checkout=_folder(text, Path(text))))
    names = [one.name for one in libraries]
    if len(places) > 1 or len(set(names)) < len(names):
        raise UsageError(f"--with {' --with '.join(texts)}: the same thing is given twice", _FORMS)
    if places and places[0].image and libraries:
        raise UsageError(
            f"--with {places[0]}: the library of an image cannot be replaced", "build an image that has that version"
        )
    return Variant(place=places[0] if places else None, libraries=tuple(libraries))


def is_version(text: str) -> bool:
    """Whether the text names a version of a library: `LIBRARY==VERSION`, or `LIBRARY@VERSION`; no cell's id does."""
    found = _VERSION.fullmatch(text)
    return found is not None and ":" not in text and not text.startswith("image:")


def _folder(text: str, folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"--with {text}: there is no folder {folder}", _FORMS)
    return folder.absolute()


async def make(peer: Peer, variant: Variant, space: Workspace, *, say: Callable[[str], None], install: bool) -> Peer:
    """The peer as `variant` has it, under the name and in the place of `peer` in the plan.

    space: where the copy goes. say: takes lines of progress. install: whether what its build needs may be installed.
    Raises UsageError for what cannot be chosen, PeerBroken where choosing it fails.
    """
    if variant.place:
        placed = outside.load(variant.place, {})
        peer = msgspec.structs.replace(placed, name=peer.name, joined=peer.joined)
    if not variant.libraries:
        return peer
    loaded = [one for one in variant.libraries if _is_shared(peer, one)]
    built = [one for one in variant.libraries if one not in loaded]
    if built:
        peer = await _copied(peer, msgspec.structs.replace(variant, libraries=tuple(built)), space, say, install)
    for one in loaded:
        file = _library(peer, one).shared
        folder = await shared_libraries.bring(peer.name, one.name, one.version, file, space, say=say, install=install)
        peer = msgspec.structs.replace(peer, libraries=folder, of_tree=False)
    return peer


def is_process(peer: Peer, variant: Variant) -> bool:
    """Whether it can only run as a process: no image is built from a folder of this machine."""
    return variant.has_checkout or any(_is_shared(peer, one) for one in variant.libraries)


def _library(peer: Peer, other: Other) -> Library:
    return next(one for one in peer.require().libraries if one.name == other.name)


def _is_shared(peer: Peer, other: Other) -> bool:
    """Whether the agent loads the library when it starts, so that another version needs no build."""
    return bool(other.version) and any(one.shared and one.name == other.name for one in peer.require().libraries)


async def _copied(peer: Peer, variant: Variant, space: Workspace, say: Callable[[str], None], install: bool) -> Peer:
    """A copy of the peer's folder in which the libraries are chosen; it is built as any peer is. Raises as `make`."""
    chosen = [_command(peer, one) for one in variant.libraries]
    met = await requirements.meet(peer, space, say=say, install=install)
    env = {**wheels.environment(os.environ), **requirements.environment(met.bins)}
    workplaces = space.make(space.workplaces)
    with scratch.folder() as fresh:
        copy = build_folder.copy(peer, fresh)
        for other, command in zip(variant.libraries, chosen, strict=True):
            say(f"{peer.name}: switching to {other} ({' '.join(command)})")
            done = await commands.run(command, cwd=copy.folder, env=env, limit=LIMIT_SECONDS)
            if done.status != 0:
                hint = wheels.advice(done.output) or "check that this version exists; the command's output:"
                raise PeerBroken(peer.name, f"could not switch to {other}", hint, done.tail())
        made = build_folder.copy(copy, workplaces, folder_name(peer, variant))
    changed = manifests.load(made.folder, of_tree=False)  # how it is built and started may have changed as well
    made = msgspec.structs.replace(changed, name=peer.name, joined=peer.joined)
    made.require()
    if variant.has_checkout:  # it may have changed, and no input of the build tells
        for name in build_folder.MADE:
            shutil.rmtree(made.folder / name, ignore_errors=True)
    return made


def folder_name(peer: Peer, variant: Variant) -> str:
    """The name of the folder of a copy: one for each peer and each variant of it, and no peer's own."""
    said = ",".join(map(str, variant.libraries))
    digest = hashlib.sha256(f"{peer.folder}\0{said}".encode()).hexdigest()[:8]
    return f"{peer.name}+{re.sub(r'[^A-Za-z0-9.]+', '-', said)[-60:].strip('-.')}+{digest}"


def _command(peer: Peer, other: Other) -> list[str]:
    """The manifest's command that chooses it. Raises UsageError where there is none."""
    key = "checkout" if other.checkout else "version"
    value = other.version or str(other.checkout)
    libraries = peer.require().libraries
    able = [one for one in libraries if getattr(one, key)]
    found = [one for one in able if one.name == other.name] if other.name else able
    if len(found) != 1:
        raise UsageError(_refusal(peer, other, able), _advice(peer, libraries))
    return [argument.replace(f"{{{key}}}", value) for argument in commands.expand(getattr(found[0], key))]


def _refusal(peer: Peer, other: Other, able: Sequence[Library]) -> str:
    if other.name:
        what = "a checkout" if other.checkout else "another version"
        return f"--with {other}: peer {peer.name} cannot use {what} of {other.name}"
    if able:
        names = " or ".join(f"{one.name}={other}" for one in able)
        return f"--with {other}: say which library this is a checkout of: --with {names}"
    return f"--with {other}: the folder has no {FILE}, and peer {peer.name} cannot use a checkout of a library"


def _advice(peer: Peer, libraries: Sequence[Library]) -> str:
    can = [f"{one.name}==VERSION" for one in libraries if one.version or one.shared]
    can += [f"{one.name}=CHECKOUT" for one in libraries if one.checkout]
    if not can:
        return f"{peer.peer_toml} has no [[libraries]]; {by_hand(peer)}"
    return f"it can use {', '.join(can)}; for anything else {by_hand(peer)}"


def by_hand(peer: Peer) -> str:
    """What there is to do where no command of the manifest chooses a library, or where that is not enough."""
    return f"copy {peer.folder} (cp -rL), make the copy build with that library, and use it: --with FOLDER"
