"""Child processes that are not left behind."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from zmq_interop.system.paths import ROOT


@asynccontextmanager
async def child(*command: str, folder: Path = ROOT, errors: int | None = None) -> AsyncIterator[Process]:
    """A process with its stdout in a pipe, and stderr as `errors` says; the body waits for its end.

    Where the body fails or is cancelled, the process gets SIGINT, ends in order what is its own, and is waited for.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=errors,
        start_new_session=True,  # Ctrl-C reaches it through us, once
    )
    try:
        yield process
    except BaseException:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.communicate()
        raise
