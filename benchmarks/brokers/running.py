"""Starts a server under guard, kills it, starts it again, and weighs it. Nothing of it outlives the command."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from benchmarks.bench import NotMeasured
from benchmarks.brokers.servers.server import Program, Server
from zmq_interop.programs.declaration import Ready, Stop
from zmq_interop.programs.guard import descendants
from zmq_interop.programs.launch import ProgramFailed, ProgramProcess, Start
from zmq_interop.system import commands

_READY = Ready(within=90)
_STOP = Stop(within=15)
_LIMIT = 60.0  # seconds for a program that only prepares something


class Running:
    """One server. `start` it, and `stop` it whatever happens."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._processes: list[ProgramProcess] = []

    async def start(self) -> None:
        """Writes its files, and starts its programs one after the other. Raises NotMeasured."""
        for path, text in self._server.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o700)
        for program in self._server.programs:
            env = {**os.environ, **program.variables}
            if program.endpoint:
                await self._start(program, env)
                continue
            done = await commands.run(program.command, cwd=self._folder, env=env, limit=_LIMIT)
            if done.status != 0:
                raise NotMeasured(f"{program.name} ended with {done.status}: {done.tail(3)}")

    async def _start(self, program: Program, env: dict[str, str]) -> None:
        if program.endpoint.startswith("ipc://"):
            Path(program.endpoint.removeprefix("ipc://")).unlink(missing_ok=True)  # of one that was killed
        process = ProgramProcess(
            program.name, Start(program.command, self._folder, env, {program.name: program.endpoint})
        )
        self._processes.append(process)
        try:
            await process.start(_READY)
            await process.ready(_READY)
        except ProgramFailed as error:
            raise NotMeasured(f"{program.name}: {error.what}") from None

    async def kill(self) -> None:
        """Kills all of it with SIGKILL, as a machine's memory or an operator would."""
        await self._end(kill=True)

    async def stop(self) -> None:
        """Stops it in order."""
        await self._end(kill=False)

    async def _end(self, *, kill: bool) -> None:
        while self._processes:
            process = self._processes[-1]
            try:
                with contextlib.suppress(ProgramFailed):  # it does not stop in time: its guard has killed it
                    await process.stop(_STOP, kill=kill)
            finally:
                await process.close()
                self._processes.remove(process)

    @property
    def pids(self) -> list[int]:
        """All its processes."""
        found: list[int] = []
        for process in self._processes:
            found += [process.pid, *descendants(process.pid)]
        return found


def mebibytes(pids: Iterable[int]) -> float:
    """What these processes take of the machine's memory: the sum of their proportional set sizes (PSS, proc(5),
    smaps_rollup), in which a page that several share counts once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024
