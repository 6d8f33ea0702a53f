"""Keeps two harnesses from making the same thing at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

_POLL_SECONDS = 0.05


@contextlib.asynccontextmanager
async def held(folder: Path, waiting: Callable[[], None] | None = None) -> AsyncIterator[None]:
    """Holds `folder` against everyone else who asks for it, in this process or another.

    It is the folder itself that is locked: there is no lock file that someone could remove, and the kernel gives the
    lock back when its holder dies. waiting: called once where someone else has it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waiting:
                    waiting()
                    waiting = None
                await asyncio.sleep(_POLL_SECONDS)
            except OSError as error:
                # NFS wants a descriptor that can be written, which a folder has not: better unguarded than not at all.
                if error.errno not in (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP):
                    raise
                break
        yield
    finally:
        os.close(descriptor)
