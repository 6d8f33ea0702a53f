"""Remembers from run to run which cells are played by default: to find them takes longer than all else before a run."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
import tempfile
from pathlib import Path

import msgspec

from zmq_interop.core import cell, covering, default_cells, lacks
from zmq_interop.core.default_cells import Coverings
from zmq_interop.system.workspace import Workspace

MOST = 2000  # coverings: those of ten choices of peers, in some 100 KB
_COMPUTED_BY = (cell, covering, default_cells, lacks)


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    """computed_by: a digest of the code that found them."""

    computed_by: str
    coverings: dict[str, list[int]]


def load(space: Workspace) -> Coverings:
    """What is remembered in this workspace; nothing if the file is missing, damaged or of another version."""
    try:
        stored = msgspec.msgpack.decode(space.coverings.read_bytes(), type=_Stored)
    except (OSError, msgspec.MsgspecError):
        return {}
    return stored.coverings if stored.computed_by == _version() else {}


def save(space: Workspace, coverings: Coverings) -> None:
    """Remembers them, the newest `MOST`. Where nothing can be written, the next run finds them again."""
    if not space.folder.is_dir():
        return
    newest = dict(itertools.islice(coverings.items(), max(0, len(coverings) - MOST), None))
    content = msgspec.msgpack.encode(_Stored(computed_by=_version(), coverings=newest))
    with contextlib.suppress(OSError):
        _replace(space.coverings, content)


def _replace(file: Path, content: bytes) -> None:
    """Another run that reads the file at the same time sees all of the old or all of the new content."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@functools.cache
def _version() -> str:
    sources = (Path(module.__file__ or "").read_bytes() for module in _COMPUTED_BY)
    return hashlib.sha256(b"".join(sources)).hexdigest()
