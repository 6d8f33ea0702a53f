"""Reads peers/<name>/peer.toml into frozen values. docs/peer-contract.md describes the format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from zmq_interop.core import variants
from zmq_interop.core.peer import CONTRACT, FILE, NAME, NAME_HINT, OPERATIONS, Manifest, Peer
from zmq_interop.peers import join_order, manifest_errors, shared_libraries
from zmq_interop.peers.manifest_errors import ManifestError
from zmq_interop.system import near
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import PEERS

# Only names, never options, may reach pip or a package manager.
_WHEEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.+!]*")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_@:/-]*")
_SHARED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")  # a file's name, and no path
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+!]*")  # it stands in the name of a peer, and so in ids
MAX_BYTES = 16 * 1024  # a manifest is a page of text; the parser takes quadratic time for keys with very many dots


def remedy(contract: int) -> str:
    """What to do about a peer of another version of the contract."""
    if contract > CONTRACT:
        return "the peer is newer; use a newer harness, or an older version of the peer"
    return 'the peer is older; its agent needs the operation `program` (docs/peer-contract.md, "Versions")'


def parse(text: bytes, *, folder: str | None = None) -> Manifest:
    """Parses and checks one manifest.

    text: the file's bytes. folder: the name of the peer's folder, which the manifest must repeat; None for a peer
    outside the tree, whose folder may have any name. Raises ManifestError, a ValueError, with line, key, and what is
    expected there.
    """
    if len(text) > MAX_BYTES:
        raise ManifestError(f"is more than {MAX_BYTES} bytes long, the maximum for a manifest")
    try:
        manifest = msgspec.toml.decode(text, type=Manifest)
        written = text.decode()
    except UnicodeDecodeError as error:
        raise ManifestError(f"is not UTF-8: {error}") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise manifest_errors.of_parser(text.decode(errors="replace"), str(error)) from None
    for path, what in _faults(manifest, folder):
        raise manifest_errors.at(written, path, what)
    return manifest


def _faults(manifest: Manifest, folder: str | None) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Checks beyond the types of the structs: yields the path of a key, and what is wrong with it."""
    claims = manifest.claims
    if manifest.contract != CONTRACT:
        what = f"is {manifest.contract}; this harness speaks contract {CONTRACT}"
        yield ("contract",), f"{what}: {remedy(manifest.contract)}"
    if not NAME.fullmatch(manifest.name):
        yield ("name",), f"is {manifest.name!r}; {NAME_HINT}"
    if folder is not None and manifest.name != folder:
        yield ("name",), f"is {manifest.name!r}, but the folder is {folder!r}; they must be equal"
    if not 1 <= claims.lanes <= 65536:
        yield ("claims", "lanes"), f"is {claims.lanes}"
    for key in ("socket_types", "transports", "mechanisms"):
        if not getattr(claims, key):
            yield ("claims", key), "is empty: every cell would be unsupported, and none red"
    for operation in claims.operations:
        if operation not in OPERATIONS:
            yield ("claims", "operations"), f"names {operation!r}, which is not an operation of contract {CONTRACT}"
    if not manifest.run.command:
        yield ("run", "command"), "is empty; it must name the program to start"
    if manifest.build is not None and not manifest.build.command:
        yield ("build", "command"), "is empty; omit [build] if nothing is built"
    for number, need in enumerate(manifest.needs):
        names = [name for listed in need.packages.values() for name in listed]
        if not need.probe:
            yield ("needs", number, "probe"), "is empty"
        if need.wheel is not None and not _WHEEL.fullmatch(need.wheel):
            yield ("needs", number, "wheel"), f"is {need.wheel!r}, which does not pin one version"
        if need.at_least is not None and not re.search(r"\d", need.at_least):
            yield ("needs", number, "at_least"), f"is {need.at_least!r}, which is not a version"
        if wrong := [name for name in names if not _PACKAGE.fullmatch(name)]:
            yield ("needs", number, "packages"), f"names {wrong[0]!r}, which is not a package name"
    for number, library in enumerate(manifest.libraries):
        for key in ("version", "checkout"):
            command = getattr(library, key)
            if command and not any(f"{{{key}}}" in argument for argument in command):
                yield ("libraries", number, key), f"has no {{{key}}}: it cannot select anything"
        if not (library.version or library.checkout or library.shared):
            what = f"is {library.name!r}, which has neither command: version or checkout; and is not `shared`"
            yield ("libraries", number, "name"), what
    yield from _faults_of_variants(manifest)


def _faults_of_variants(manifest: Manifest) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The same for the libraries that are shared, and the versions that are variants."""
    names: dict[str, str] = {}
    for number, library in enumerate(manifest.libraries):
        key = ("libraries", number, "variants")
        if library.shared and (library.version or not _SHARED.fullmatch(library.shared)):
            what = "stands beside the command `version`" if library.version else f"is {library.shared!r}"
            yield ("libraries", number, "shared"), what
        if library.variants and not (library.version or library.shared):
            yield key, "is there, but neither the command `version` nor `shared`: nothing can select them"
        for version in library.variants:
            name = variants.name(library.name, version)
            if not _VERSION.fullmatch(version):
                yield key, f"names {version!r}, which is not a version"
            elif library.shared and version not in shared_libraries.versions(library.name):
                known = ", ".join(shared_libraries.versions(library.name)) or "none"
                yield key, f"names {version!r}; the harness knows a shared {library.name} of the versions: {known}"
            elif name in names:
                yield key, f"names {version!r}, but {name!r} is a variant already, of {names[name]}"
            names[name] = library.name


def load(folder: Path, *, of_tree: bool = True) -> Peer:
    """Reads the peer in `folder`; an invalid manifest becomes the peer's `problem` and is not raised.

    of_tree: whether its name must be that of the folder. Else it has the name that its manifest gives it, and without a
    manifest the folder's.
    """
    path = folder / FILE
    found = Peer(name=folder.name, folder=folder, of_tree=of_tree)
    try:
        if path.exists() and not path.is_file():  # reading a FIFO would block for ever
            return msgspec.structs.replace(found, problem=f"{path}: is a {_kind(path)}, not a regular file")
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        manifest = parse(text, folder=folder.name if of_tree else None)
        return msgspec.structs.replace(found, name=manifest.name, manifest=manifest)
    except OSError as error:
        return msgspec.structs.replace(found, problem=f"{path}: {error.strerror or error}")
    except ValueError as error:
        return msgspec.structs.replace(found, problem=f"{path}: {error}")


def _kind(path: Path) -> str:
    return "directory" if path.is_dir() else "special file"


def _folders(root: Path) -> list[Path]:
    """The folders below `root` that hold peers. A folder with files but no manifest counts, so that its cells are not
    silently missing. A folder with only build output belongs to a removed peer and does not count."""
    made = {"build", "gen", "__pycache__"}
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    named = [folder for folder in folders if folder.name not in made and not folder.name.startswith(".")]
    return [folder for folder in named if any(path.name not in made for path in folder.iterdir())]


def discover(root: Path = PEERS) -> dict[str, Peer]:
    """Finds the project's peers: the folders below `root` that have any file.

    Returns name -> Peer, in order of name. Raises UsageError for a folder whose name cannot be a peer's, and for a
    joined.toml that cannot be understood.
    """
    folders = _folders(root)
    for folder in folders:
        if not NAME.fullmatch(folder.name):
            raise UsageError(f"{folder} cannot be a peer's name", NAME_HINT)
    order = join_order.load(root)
    last = max(order.values(), default=-1) + 1
    return {
        folder.name: msgspec.structs.replace(load(folder), joined=order.get(folder.name, last)) for folder in folders
    }


def pick(peers: dict[str, Peer], names: Iterable[str], asked: str = "") -> dict[str, Peer]:
    """The peers with these names, sorted by name; raises UsageError for an unknown one.

    asked: a prefix for the message, such as the option's name.
    """
    wanted = list(names)
    for name in wanted:
        if name not in peers:
            known = f"known peers: {', '.join(peers) or 'none'}"
            raise UsageError(f"{asked}there is no peer {name!r}", near.hint(name, peers, known))
    return {name: peer for name, peer in peers.items() if name in wanted}
