"""Keeps two harnesses from making the same thing at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

_POLL_SECONDS = 0.05


@contextlib.asynccontextmanager
async def held(folder: Path, waiting: Callable[[], None] | None = None) -> AsyncIterator[int]:
    """Holds `folder` against everyone else who asks for it, in this process or another.

    It is the folder itself that is locked: there is no lock file that someone could remove, and the kernel gives the
    lock back when its holder dies. Yields the descriptor that has the lock: a program that inherits it holds the folder
    as well, for as long as it lives. waiting: called once where someone else has it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            try:
                _lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waiting:
                    waiting()
                    waiting = None
                await asyncio.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def held_briefly(folder: Path) -> Iterator[None]:
    """The same for what takes a second at most: it blocks."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, how: int) -> None:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        raise
    except OSError as error:
        # NFS wants a descriptor that can be written, which a folder has not: better unguarded than not at all.
        if error.errno not in (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP):
            raise
