"""The shared .proto files: which there are, their digest, and the Python code that the harness itself needs of them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from harness.errors import ProtoError, UsageError
from harness.locks import held_briefly
from harness.paths import GENERATED, PROTO

PROTOC = (sys.executable, "-m", "grpc_tools.protoc")
_COMPLAINT = re.compile(r"^(?P<file>[^:\n]+\.proto):(?P<line>\d+):(?P<column>\d+): (?P<text>.+)$", re.MULTILINE)


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


def scan(folder: Path = PROTO) -> ProtoSet:
    """Finds and digests the .proto files; raises ProtoError where there is none or one cannot be read."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.proto"))
    if not files:
        raise ProtoError(f"{folder} has no .proto files", "is this a whole checkout of the project?")
    digest = hashlib.sha256()
    for name in files:
        if any(character.isspace() for character in name):
            raise ProtoError(
                f"{folder / name}: a proto's path must not have blanks in it", "rename the file or its folder"
            )
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise ProtoError(f"{folder / name}: {error.strerror}") from None
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return ProtoSet(folder=folder, files=tuple(files), digest=digest.hexdigest())


def generate(protos: ProtoSet, target: Path = GENERATED) -> Path:
    """Compiles the protos to Python for the harness, where they changed, and puts the result on sys.path.

    Returns the folder, which also has `descriptors.binpb`, a FileDescriptorSet with all imports and source positions.
    Raises ProtoError with protoc's first complaint: file, line, column, message.
    """
    if not _is_current(protos, target):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with held_briefly(target.parent):
                if not _is_current(protos, target):  # another harness may have been faster
                    _generate(protos, target)
        except OSError as error:
            raise UsageError(
                f"{error.filename or target}: {error.strerror or error}",
                f"the harness must be able to write in {target.parent}",
            ) from None
    if str(target) not in sys.path:
        sys.path.insert(0, str(target))
    return target


def _is_current(protos: ProtoSet, target: Path) -> bool:
    stamp = target / "digest"
    return stamp.is_file() and stamp.read_text() == protos.digest


def _generate(protos: ProtoSet, target: Path) -> None:
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        _protoc(protos, fresh)
        (fresh / "digest").write_text(protos.digest)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _protoc(protos: ProtoSet, target: Path) -> None:
    command = [
        *PROTOC,
        f"-I{protos.folder}",
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--descriptor_set_out={target / 'descriptors.binpb'}",
        "--include_imports",
        *protos.files,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complaint = _COMPLAINT.search(done.stderr)
        if complaint:
            found = complaint.groupdict()
            where = f"{protos.folder / found['file']}:{found['line']}:{found['column']}"
            raise ProtoError(f"{where}: {found['text']}", "mend the proto; no peer can be built from it as it is")
        raise ProtoError(f"protoc failed on {protos.folder}: {done.stderr.strip()[-2000:]}")
