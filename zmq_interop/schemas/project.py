"""The project's own .proto files: their digest, and the Python code that the harness itself needs of the contract."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from zmq_interop.system import home
from zmq_interop.system.errors import ProtoError, UsageError
from zmq_interop.system.locks import held_briefly
from zmq_interop.system.paths import PROTO
from zmq_interop.system.workspace import Workspace

PROTOC = (sys.executable, "-P", "-m", "grpc_tools.protoc")  # -P: no module of the current folder is meant
DESCRIPTORS = "descriptors.binpb"
OWN = "interop/"  # what is below it is the project's; everything else that lies in proto/ is a user's
COMPLAINT = re.compile(
    r"^(?P<file>[^:\n]+\.proto):(?P<line>\d+):(?P<column>\d+): (?!warning: )(?P<text>.+)$", re.MULTILINE
)


class ProtoSet(msgspec.Struct, frozen=True, kw_only=True):
    """All .proto files below one folder.

    files: paths relative to `folder`, sorted. digest: hexadecimal SHA-256 over names and contents; it is what each
    agent's Hello must repeat.
    """

    folder: Path
    files: tuple[str, ...]
    digest: str

    def environment(self) -> dict[str, str]:
        """The variables that the contract gives to a peer's build."""
        return {
            "INTEROP_PROTO_DIR": str(self.folder),
            "INTEROP_PROTOS": " ".join(self.files),
            "INTEROP_PROTO_DIGEST": self.digest,
            "INTEROP_PROTOC": " ".join(PROTOC),
        }


def scan(folder: Path = PROTO, below: str = "") -> ProtoSet:
    """Finds and digests the .proto files, or only those `below` a folder in it.

    Raises ProtoError where there is none or one cannot be read.
    """
    files = sorted(path.relative_to(folder).as_posix() for path in (folder / below).rglob("*.proto"))
    if not files:
        raise ProtoError(f"{folder} has no .proto files", "check that this is a complete checkout of the project")
    contents: dict[str, bytes] = {}
    for name in files:
        if any(character.isspace() for character in name):
            raise ProtoError(
                f"{folder / name}: a proto's path must not contain spaces", "rename the file or its folder"
            )
        try:
            contents[name] = (folder / name).read_bytes()
        except OSError as error:
            raise ProtoError(f"{folder / name}: {error.strerror}") from None
    return ProtoSet(folder=folder, files=tuple(files), digest=digest(contents.items()))


def digest(contents: Iterable[tuple[str, bytes]]) -> str:
    """Hexadecimal SHA-256 over names and contents, in the order given."""
    result = hashlib.sha256()
    for name, content in contents:
        result.update(f"{name}\0{len(content)}\0".encode())
        result.update(content)
    return result.hexdigest()


def generate(space: Workspace) -> Path:
    """Compiles the project's own protos to Python for the harness, where they changed, and puts the result on sys.path.

    A command calls this before it imports anything that speaks to agents. What users add is not among the protos:
    neither a mistake in it nor a module of its name may stop the harness. Returns the folder, as `compiled` does, and
    raises the same errors.
    """
    protos = scan(below=OWN)
    if not _is_current(protos, space.generated):
        space.claim()
    folder = str(compiled(protos, space.generated))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return space.generated


def compiled(protos: ProtoSet, target: Path, protoc: Callable[[ProtoSet, Path], None] | None = None) -> Path:
    """Compiles protos to Python where they changed. protoc: what does it, by default `protoc`.

    Returns the folder `target`, which also has `descriptors.binpb`, a FileDescriptorSet with all imports. Raises
    ProtoError with protoc's first complaint: file, line, column, message; UsageError where it cannot write.
    """
    if not _is_current(protos, target):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with held_briefly(target.parent):
                if not _is_current(protos, target):  # another harness may have been faster
                    _generate(protos, target, protoc or run_protoc)
        except OSError as error:
            raise UsageError(
                f"{error.filename or target}: {error.strerror or error}",
                f"make {target.parent} writable, or name another folder: --work-dir DIR",
            ) from None
    return target


def descriptors() -> Path:
    """The FileDescriptorSet of the project's own protos, beside the code that `generate` made of them."""
    from interop.control.v1 import control_pb2

    return Path(control_pb2.__file__).parents[3] / DESCRIPTORS


def refused(folder: Path, said: str) -> ProtoError:
    """The error for protos of the project's own that do not compile. said: protoc's stderr."""
    complaint = COMPLAINT.search(said)
    if complaint is None:
        return ProtoError(f"protoc failed on {folder}: {said.strip()[-2000:]}")
    where = f"{folder / complaint['file']}:{complaint['line']}:{complaint['column']}"
    return ProtoError(f"{where}: {complaint['text']}", "fix the proto: no peer can be built until it compiles")


def _is_current(protos: ProtoSet, target: Path) -> bool:
    stamp = target / "digest"
    return stamp.is_file() and stamp.read_text() == _made_from(protos)


def _made_from(protos: ProtoSet) -> str:
    return f"{protos.digest} {home.compiler()}"  # what a newer protoc made, an older protobuf may not load


def _generate(protos: ProtoSet, target: Path, protoc: Callable[[ProtoSet, Path], None]) -> None:
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        protoc(protos, fresh)
        (fresh / "digest").write_text(_made_from(protos))
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def run_protoc(protos: ProtoSet, target: Path) -> None:
    """Compiles them, into a folder that is there. Raises ProtoError."""
    command = [
        *PROTOC,
        "-I.",  # from there, since protoc takes a file of this name in the current folder for the one that is meant
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--descriptor_set_out={target / DESCRIPTORS}",
        "--include_imports",
        *protos.files,
    ]
    done = subprocess.run(command, cwd=protos.folder, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise refused(protos.folder, done.stderr)
