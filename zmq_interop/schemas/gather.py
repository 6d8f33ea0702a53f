"""The protos of a run, copied into one folder: the project's own, and those of users in proto/ and other folders.

The copy is named by a digest of its content. So peers are built from exactly the files that were checked, even if
somebody edits them meanwhile, and the user's folder may lie anywhere.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from zmq_interop.schemas.compile_check import Compiled, check
from zmq_interop.schemas.project import OWN, ProtoSet, digest
from zmq_interop.system import home
from zmq_interop.system.errors import ProtoError, UsageError
from zmq_interop.system.locks import held_briefly
from zmq_interop.system.paths import PROTO

KEPT = 8  # snapshots; each is as large as its protos
FORM = 2  # the format of a snapshot; increase it when the same protos make a different one
MAX_SEEN = 100_000  # files and folders below one folder: with more, it is probably the wrong folder
MAX_FILES = 1000
MAX_NAMES = 100_000  # bytes; the names of all files must fit in one environment variable
MAX_BYTES = 1 << 20  # of one proto
SAMPLES = ".samples.yaml"
# Peers use names unquoted in shells, makefiles and build arguments.
_NAME = re.compile(r"(?:[A-Za-z0-9_.+=@][A-Za-z0-9_.+=@-]*/)*[A-Za-z0-9_.+=@][A-Za-z0-9_.+=@-]*\.proto")


class Schemas(msgspec.Struct, frozen=True, kw_only=True):
    """The source of a run's messages.

    protos: the files that peers are built from. descriptors: the path of their FileDescriptorSet. defects: file,
    relative to its folder -> why it is left out. samples: sample file, relative to its folder -> its path.
    """

    protos: ProtoSet
    descriptors: Path
    defects: dict[str, str]
    samples: dict[str, Path]


def gather(snapshots: Path, folders: Sequence[Path] = (), own: Path = PROTO) -> Schemas:
    """Reads proto/ and the user's `folders`, and makes a snapshot unless one with the same content exists.

    snapshots: the folder that holds all snapshots (Workspace.snapshots). own: the project's proto/.

    A faulty proto becomes a defect and does not affect the others. Raises UsageError for a folder that cannot be used
    at all, ProtoError if one of the project's own protos does not compile.
    """
    found = _Found()
    found.take(own, of_user=False)
    for name, problem in found.defects.items():
        if name.startswith(OWN):
            raise ProtoError(problem, "check that this is a complete checkout of the project")
    for folder in folders:
        _check(folder, own)
        found.take(folder, of_user=True)
    contents = dict(sorted(found.contents.items()))
    if len(contents) > MAX_FILES or sum(len(name) + 1 for name in contents) > MAX_NAMES:
        raise UsageError(
            f"{len(contents)} protos are too many: the maximum is {MAX_FILES}, with {MAX_NAMES} bytes of names",
            "give --proto a folder with only the protos that your programs exchange",
        )
    try:
        snapshot = _snapshot(contents, snapshots)
        sifted = msgspec.json.decode((snapshot / "sifted.json").read_bytes(), type=Compiled)
    except OSError as error:
        raise UsageError(
            f"{error.filename or snapshots}: {error.strerror or error}",
            f"make {snapshots} writable",
        ) from None
    complaints = {name: f"{found.paths[name]}:{text}" for name, text in sifted.complaints.items()}
    files = tuple(sorted(sifted.files))
    return Schemas(
        protos=ProtoSet(
            folder=snapshot / "proto", files=files, digest=digest((name, contents[name]) for name in files)
        ),
        descriptors=snapshot / "descriptors.binpb",
        defects={_text(name): _text(why) for name, why in sorted({**found.defects, **complaints}.items())},
        samples=dict(sorted(found.samples.items())),
    )


def _text(path: str) -> str:
    """A path as valid text: bytes that are not UTF-8 become escapes."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _check(folder: Path, own: Path) -> None:
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() or folder.is_symlink() else "does not exist"
        raise UsageError(f"--proto {folder}: {what}", "give the folder that imports in your protos are relative to")
    if folder.resolve().is_relative_to(own.resolve()) or own.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"--proto {folder}: {own} is already part of every run", "omit --proto, or give another folder"
        )
    for taken, whose in ((OWN, "this project"), ("google/protobuf/", "Protocol Buffers")):
        if (folder / taken).exists():
            raise UsageError(
                f"--proto {folder}: it must not contain a folder {taken}, which is reserved for {whose}",
                "remove the folder: every proto can import its files without it",
            )


class _Found:
    """The contents of the folders: protos, sample files, and files that cannot be used."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.paths: dict[str, Path] = {}
        self.samples: dict[str, Path] = {}
        self.defects: dict[str, str] = {}

    def take(self, folder: Path, *, of_user: bool) -> None:
        """Adds everything below one folder.

        Raises UsageError if a user's folder has neither a proto nor a sample, or if a proto differs from one of the
        same name in another folder.
        """
        any_proto = any_sample = False
        for name, path, problem in _walk(folder):
            proto = name.endswith(".proto")
            any_proto = any_proto or proto
            if problem:
                self.defects[name] = f"{path}: {problem}"
            elif proto:
                self._proto(name, path)
            elif name.endswith(SAMPLES):
                any_sample = True
                self.samples[name if name not in self.samples else str(path)] = path
        if of_user and not (any_proto or any_sample):  # samples may be of types of another folder
            raise UsageError(f"--proto {folder}: it contains no .proto file", "give the folder with your protos")

    def _proto(self, name: str, path: Path) -> None:
        content, problem = _read(path)
        if name.startswith("google/protobuf/"):
            problem = " google/protobuf/ belongs to Protocol Buffers: remove it; every proto can import it"
        elif not _NAME.fullmatch(name):
            problem = " a proto's path may contain letters, digits and _ . + = @ - (not first), and no spaces"
        if name in self.paths and not problem and content != self.contents.get(name):
            raise UsageError(
                f"{path} and {self.paths[name]} have the same name in two folders, but differ",
                "imports name a file by its path in its folder: rename one of them",
            )
        self.paths[name] = path
        if problem:
            self.defects[name] = f"{path}:{problem}"
        else:
            self.contents[name] = content


def _walk(root: Path) -> Iterator[tuple[str, Path, str]]:
    """Every proto and sample file in order: its name relative to root, its path, and why it cannot be used, or "".

    Follows symbolic links, except those to a folder above. Raises UsageError for a folder with too many files.
    """
    seen = 0
    waiting: list[tuple[str, Path, frozenset[str]]] = [("", root, frozenset({os.path.realpath(root)}))]
    while waiting:
        prefix, folder, above = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield prefix.rstrip("/") or ".", folder, error.strerror or str(error)
            continue
        seen += len(entries)
        if seen > MAX_SEEN:
            raise UsageError(
                f"{root}: it contains more than {MAX_SEEN} files and folders", "give a folder with your protos only"
            )
        for entry in entries:
            name, path = prefix + entry.name, Path(entry.path)
            if entry.name.endswith((".proto", SAMPLES)) and not path.is_dir():
                yield name, path, ""
            elif path.is_dir():
                real = os.path.realpath(path)
                if real in above:
                    yield name, path, "a symbolic link that leads back to a folder above it"
                else:
                    waiting.append((f"{name}/", path, above | {real}))


def _read(path: Path) -> tuple[bytes, str]:
    """The content of a file, and the problem with it, or "". The problem is worded to follow "PATH:"."""
    content = b""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return content, " not a file"
        if status.st_size > MAX_BYTES:
            return content, f" {status.st_size} bytes: the maximum for a proto is {MAX_BYTES}"
        content = path.read_bytes()
        content.decode()
    except UnicodeDecodeError as error:
        return content, f"{content.count(bytes([10]), 0, error.start) + 1}: not UTF-8"
    except OSError as error:
        return content, f" {error.strerror or error}"
    return content, ""


def _snapshot(contents: Mapping[str, bytes], snapshots: Path) -> Path:
    """Returns the folder with the copy, the descriptors, and the list of files that do not compile (`sifted.json`)."""
    # The compiler is part of the digest: another protoc may accept other files.
    target = snapshots / digest([("", f"{FORM} {home.compiler()}".encode()), *contents.items()])[:32]
    snapshots.mkdir(parents=True, exist_ok=True)
    if not target.is_dir():
        with held_briefly(snapshots):
            if not target.is_dir():  # another process may have made it meanwhile
                _make(contents, target)
                for old in sorted(snapshots.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                    shutil.rmtree(old, ignore_errors=True)
    os.utime(target)  # the oldest ones are removed, so mark this one as used
    return target


def _make(contents: Mapping[str, bytes], target: Path) -> None:
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        for name, content in contents.items():
            path = fresh / "proto" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        sifted = check(fresh / "proto", list(contents), fresh / "descriptors.binpb")
        (fresh / "sifted.json").write_bytes(msgspec.json.encode(sifted))
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
