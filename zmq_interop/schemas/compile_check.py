"""Finds the protos that compile, so that a broken one does not affect the others.

A program of its own, since protoc says what it has to say on the process's real stderr, and since a file that ends
protoc must not end the harness. In one process a file costs a third of a millisecond, as a program of its own 80.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from zmq_interop.schemas.project import COMPLAINT, OWN, refused
from zmq_interop.system.errors import ProtoError

LIMIT_SECONDS = 120


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """files: those that compile together, in order. complaints: file -> "line:column: what protoc said" of the rest."""

    files: tuple[str, ...]
    complaints: dict[str, str]


def check(folder: Path, files: Sequence[str], descriptors: Path) -> Compiled:
    """Compiles the files of `folder`, leaves out those that do not compile, and those that import them.

    The project's own come first, so that of two files with the same type a user's is left out; of two users' the later
    one. Removes from `folder` what it leaves out. Writes `descriptors`, the FileDescriptorSet of the rest with all
    imports. Raises ProtoError for one of the project's own that does not compile.
    """
    command = [sys.executable, "-m", "zmq_interop.schemas.compile_check", str(folder), str(descriptors)]
    ordered = sorted(files, key=lambda name: (not name.startswith(OWN), name))
    root = str(Path(__file__).resolve().parent.parent)
    try:
        done = subprocess.run(
            command,
            input=msgspec.json.encode(ordered),
            cwd=root,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        return msgspec.json.decode(done.stdout, type=Compiled)
    except subprocess.TimeoutExpired:
        raise ProtoError(f"protoc did not finish {folder} within {LIMIT_SECONDS} s") from None
    except msgspec.DecodeError:
        raise refused(folder, done.stderr.decode(errors="replace")) from None


def _main(folder: str, descriptors: str) -> None:
    files: list[str] = msgspec.json.decode(sys.stdin.buffer.read(), type=list[str])
    os.chdir(folder)
    said = _protoc(files, descriptors)
    complaints: dict[str, str] = {}
    if said:
        own = [name for name in files if name.startswith(OWN)]
        if own and (told := _protoc(own, os.devnull)):
            sys.exit(told)
        users = [name for name in files if not name.startswith(OWN)]
        for name in users:
            if told := _protoc([*own, name], os.devnull):
                complaints[name] = _about(name, told)
        files = [name for name in files if name not in complaints]
        _remove(complaints)
        while said := _protoc(files, descriptors):  # what only shows together: a name that two files define
            guilty = next((one["file"] for one in COMPLAINT.finditer(said) if one["file"] in files), None)
            if guilty is None or guilty in own:
                sys.exit(said)
            complaints[guilty] = _about(guilty, said)
            files.remove(guilty)
            _remove([guilty])  # for who imports it, it is not there any more
    sys.stdout.buffer.write(msgspec.json.encode(Compiled(files=tuple(files), complaints=complaints)))


def _protoc(files: Sequence[str], descriptors: str) -> str:
    """What protoc complained of, "" where it took them all."""
    from grpc_tools import protoc  # type: ignore[import-untyped]

    well_known = str(Path(protoc.__file__).parent / "_proto")
    command = ["protoc", "-I.", f"-I{well_known}", f"--descriptor_set_out={descriptors}", "--include_imports"]
    command += ["--include_source_info", *files]  # what is refused later is told with its line
    with tempfile.TemporaryFile() as log:
        stderr = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            status = protoc.main(command)
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        log.seek(0)
        return log.read().decode(errors="replace").strip() or "protoc failed" if status else ""


def _about(name: str, said: str) -> str:
    """The first complaint about this file itself, else the first of all."""
    own = next((one for one in COMPLAINT.finditer(said) if one["file"] == name), None)
    return f"{own['line']}:{own['column']}: {own['text']}" if own else said.splitlines()[0]


def _remove(files: Sequence[str] | dict[str, str]) -> None:
    for name in files:
        Path(name).unlink()


if __name__ == "__main__":
    _main(*sys.argv[1:])
