"""Private in-memory folders with short paths for one run or command; those of killed ones are removed (decision 27)."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zmq_interop.system import owner

_PREFIX = "interop-"
_MARK = ".owner"  # ends the name of a link beside a scratch folder, whose target tells whose that is


def memory() -> Path:
    """Where sockets are made by default: in memory where there is such a folder (ipc is three times faster there), and
    near the root, since a socket's path has at most 107 bytes."""
    shm = Path("/dev/shm")  # noqa: S108 (what we make there has a random name and is ours alone)
    return shm if shm.is_dir() and os.access(shm, os.W_OK) else Path(tempfile.gettempdir())


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A new in-memory folder for a command that is not a run; removed at its end, or by the next command if killed."""
    sweep()
    made = make()
    try:
        yield made
    finally:
        remove(made)


def make(below: Path | None = None) -> Path:
    """A new folder, and the link that tells whose it is. below: the folder that it is made in, by default `memory()`.

    The link comes first, and is there with all that it tells or not at all: at whatever moment its maker is killed,
    nothing is left that nobody knows to be ours.
    """
    folder = (below or memory()) / f"{_PREFIX}{secrets.token_hex(4)}"
    _mark(folder).symlink_to(owner.current())
    folder.mkdir(mode=0o700)
    return folder


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _mark(folder).unlink(missing_ok=True)


def _mark(folder: Path) -> Path:
    return folder.with_name(folder.name + _MARK)


def marks(below: Path | None = None) -> Iterator[Path]:
    """The links that tell whose scratch folders are: of all runs, also of those that are still going on. below: as for
    `make`."""
    return (below or memory()).glob(f"{_PREFIX}*{_MARK}")


def stale(below: Path | None = None) -> Iterator[Path]:
    """Scratch folders whose run is gone, and after each the link that tells so. Those of other users are theirs. below:
    as for `make`."""
    for mark in marks(below):
        try:
            if mark.lstat().st_uid != os.geteuid() or not owner.is_gone(str(mark.readlink())):
                continue
        except OSError:  # no link, or removed just now
            continue
        folder = mark.with_name(mark.name.removesuffix(_MARK))
        if folder.is_dir():
            yield folder
        if not folder.exists():  # asked now, when whoever asked for it has removed it, or could not
            yield mark


def sweep(below: Path | None = None) -> None:
    """Removes what `stale` finds."""
    for path in stale(below):
        if path.is_symlink():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)
