"""Builds programs, each once in a run, before the first of their cells."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from zmq_interop.programs.declaration import Program
from zmq_interop.programs.launch import ProgramFailed
from zmq_interop.system.text import plain

LIMIT = 600.0  # seconds
_LAST_LINES = 12


class Builds:
    """The builds of one run. All cells of a program wait for the one build."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[str]] = {}

    async def built(self, name: str, program: Program, folder: Path) -> None:
        """Waits until the program is built. Raises ProgramFailed with the end of what the build said."""
        if not program.build:
            return
        if name not in self._tasks:
            work = _build(program, (folder / program.dir).resolve())
            self._tasks[name] = asyncio.get_running_loop().create_task(work)
        if said := await asyncio.shield(self._tasks[name]):
            raise ProgramFailed(said)


async def _build(program: Program, folder: Path) -> str:
    """What is wrong with the build, "" if nothing is."""
    command = " ".join(program.build)
    try:
        build = await asyncio.create_subprocess_exec(
            *program.build,
            cwd=folder,
            env={**os.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except (OSError, ValueError) as error:
        return f"build: {command} does not start: {getattr(error, 'strerror', None) or error}"
    try:
        said, _ = await asyncio.wait_for(build.communicate(), LIMIT)
    except TimeoutError:
        build.kill()
        await build.wait()
        return f"build: {command} did not end within {LIMIT:g} s"
    if build.returncode == 0:
        return ""
    lines = said.decode(errors="replace").splitlines()[-_LAST_LINES:]
    return "\n".join([f"build: {command} exited with {build.returncode}", *(f"  | {plain(line)}" for line in lines)])
