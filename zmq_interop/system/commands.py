"""Runs a program to its end, without a shell, and kills its whole process group if it is cut short."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NOT_STARTED = 127  # as a shell says it
TIMED_OUT = 124  # as timeout(1) says it
KEPT_BYTES = 64 * 1024
_WAITERS = ThreadPoolExecutor(max_workers=256, thread_name_prefix="waits for a program")  # each is one that runs
_running: set[int] = set()  # the process groups of what runs and may be cut short


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """How a program ended.

    status: its exit status, minus the signal's number where one killed it, NOT_STARTED or TIMED_OUT. output: the last
    KEPT_BYTES of stdout and stderr, in the order in which they were written.
    """

    status: int
    output: str

    def tail(self, lines: int = 20) -> str:
        """The last lines of the output, for a message."""
        return "\n".join(self.output.strip().splitlines()[-lines:])


def expand(command: Sequence[str]) -> list[str]:
    """A manifest's command as it is run: "{python}" stands for the harness's own Python."""
    return [argument.replace("{python}", sys.executable) for argument in command]


async def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    limit: float | None = None,
    cut_short: bool = True,
    inherited: Sequence[int] = (),
) -> Done:
    """Runs `command` in a session of its own and waits for it.

    log: takes the output; what it had is overwritten. limit: seconds after which the whole process group is killed.
    cut_short: whether a cancellation kills it as well; a package manager is rather waited for than killed halfway.
    inherited: descriptors that it gets beside the usual three.
    """
    # A file and no pipe: what the program leaves running behind it cannot keep us waiting for the pipe's end.
    with log.open("w+b") if log else tempfile.TemporaryFile() as output:
        try:
            # asyncio's own gives way between fork and answer, and what ends the harness then misses this program.
            process = subprocess.Popen(  # noqa: ASYNC220
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=inherited,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL byte in an argument
            reason = f"{command[0]}: {error.strerror if isinstance(error, OSError) else error}\n"
            output.write(reason.encode(errors="replace"))
            return Done(NOT_STARTED, reason)
        if cut_short:
            _running.add(process.pid)
        ended = asyncio.get_running_loop().run_in_executor(_WAITERS, process.wait)
        timed_out = False
        try:
            async with asyncio.timeout(limit):
                await asyncio.shield(ended)
        except TimeoutError:
            timed_out = True
        except asyncio.CancelledError:
            if not cut_short:
                await ended
            raise
        finally:
            _kill(process.pid)
            status = await ended
            _running.discard(process.pid)
        size = output.seek(0, os.SEEK_END)
        output.seek(max(0, size - KEPT_BYTES))
        return Done(TIMED_OUT if timed_out else status, output.read().decode("utf-8", "replace"))


def kill_all() -> None:
    """Kills what runs and may be cut short, for a harness that ends without waiting: it would not end by itself."""
    for group in tuple(_running):
        _kill(group)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(group, signal.SIGKILL)
