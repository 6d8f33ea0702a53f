"""One program in one cell: its endpoints, its starts and stops, its log, and whether it has crashed."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from zmq_interop.agents.runtimes import loopback
from zmq_interop.core.verdicts import Kind
from zmq_interop.programs import placeholders
from zmq_interop.programs.declaration import Program, seconds
from zmq_interop.programs.launch import MOST_LOG, ProgramFailed, ProgramProcess, Start
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch

AFTER = 0.25  # seconds in which the end of a program, whose end makes a step fail, becomes known
MOST_SHOWN = 16 << 10  # bytes of a program's log that the log of a cell has
_FIRST_PORT, _LAST_PORT = 20_000, 32_000  # no system assigns these by itself
# Two runs on one machine begin at different ports.
PORTS = itertools.cycle(
    range(_FIRST_PORT, _LAST_PORT)[random.randrange(_LAST_PORT - _FIRST_PORT) :]  # noqa: S311 (no secret)
)


class RunningProgram:
    """A program in a cell. `place` its sockets, `start` it, `end` it, and `close` it whatever happens.

    folder: what paths in the declaration are relative to. work: its own folder in this cell. arguments: further ones.
    bound: its sockets that it binds -> endpoint. crash: done when it has ended badly without being asked to.
    """

    def __init__(
        self, cell: CellContext, name: str, program: Program, folder: Path, work: Path, arguments: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.program = program
        self.bound: dict[str, str] = {}
        self.crash: asyncio.Future[ProgramProcess] = asyncio.get_running_loop().create_future()
        self._cell = cell
        self._folder = folder
        self._work = work
        self._arguments = arguments
        self._places: dict[str, str] = {"work": str(work)}
        self._hidden: list[str] = []
        self._process: ProgramProcess | None = None
        self._started = 0
        self._stopping = False

    def choose(self, vacant: Callable[[str], dict[str, str]]) -> dict[str, str]:
        """Chooses the endpoints that it binds. Returns where its other sockets may connect: socket -> endpoint.

        vacant: socket -> the placeholders of an endpoint that somebody else binds.
        """
        others: dict[str, str] = {}
        for name, socket in self.program.sockets.items():
            template = self._template(name)
            if socket.binds:
                self.bound[name] = placeholders.expand(template, self._endpoint_value)
            else:
                others[name] = placeholders.expand(template, vacant(name).__getitem__)
        return others

    def place(self, endpoints: dict[str, str]) -> None:
        """Tells it endpoints, as placeholders: socket -> endpoint."""
        for name, endpoint in endpoints.items():
            self._places |= placeholders.of_socket(name, endpoint)

    def tell_bound(self) -> None:
        """Tells the cell what the program has bound."""
        for endpoint in self.bound.values():
            self._cell.bound_by(self.name, endpoint)

    def _template(self, name: str) -> str:
        """The declared endpoint of a socket for the cell's transport."""
        socket = self.program.sockets[name]
        fitting = [one for one in socket.endpoints if placeholders.transport(one) == self._cell.cell.transport]
        return placeholders.whole((fitting or socket.endpoints)[0], name, binds=socket.binds)

    def _endpoint_value(self, name: str) -> str:
        return str(loopback.free_port(loopback.FIRST, PORTS)) if name == "port" else str(self._work)

    def text(self, text: str) -> str:
        """A text of the declaration with its placeholders expanded. Raises ProgramFailed."""

        def value(name: str) -> str:
            if not name.startswith(placeholders.ENV):
                return self._places[name]
            variable = name.removeprefix(placeholders.ENV)
            if variable not in os.environ:
                raise ProgramFailed(f"the environment variable {variable} is not set")
            self._hidden.append(os.environ[variable])
            return os.environ[variable]

        try:
            return placeholders.expand(text, value)
        except KeyError as error:
            raise ProgramFailed(f"{{{error.args[0]}}} has no value over {self._cell.cell.transport}") from None

    async def start(self) -> None:
        """Starts it, and waits until it is ready. Raises ProgramFailed."""
        program = self.program
        folder = (self._folder / program.dir).resolve()
        for name, template in program.files.items():
            path = self._work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.write_text(self.text((self._folder / template).read_text()))
            except (OSError, UnicodeDecodeError) as error:
                raise ProgramFailed(f"files: {template}: {error}") from None
        command = [self.text(one) for one in (*program.run, *self._arguments)]
        if "/" in command[0] and (folder / command[0]).is_file():
            command[0] = str(folder / command[0])
        environment = {"PYTHONUNBUFFERED": "1", **os.environ, "INTEROP_WORK": str(self._work)}
        environment |= {name: self.text(text) for name, text in program.env.items()}
        process = ProgramProcess(self.name, Start(command, folder, environment, self.bound, tuple(self._hidden)))
        self._process = process
        self._started += 1
        with self._cell.untimed(), self._cell.noted(self.name, "start", " ".join(command)) as note:
            await process.start(program.ready)
            note(f"process {process.pid}")
        process.ended.add_done_callback(lambda _: self._ended(process))
        ready = f"within {seconds(program.ready.within):g} s"
        with self._cell.untimed(), self._cell.noted(self.name, "ready", ready) as note:
            await process.ready(program.ready)
            self.bound |= process.captured
            self.tell_bound()
            note(", ".join(f"{name} {endpoint}" for name, endpoint in self.bound.items()))

    def _ended(self, process: ProgramProcess) -> None:
        """The program has ended. That is a failure unless it was asked to, or ended well by itself."""
        bad = process.crashed or process.flooded
        if bad and process is self._process and not self._stopping and not self.crash.done():
            self.crash.set_result(process)

    async def logged(self, pattern: str, limit: float) -> bool:
        """Whether it writes a line in which the regular expression is found, within so many seconds."""
        assert self._process is not None
        with self._cell.noted(self.name, "log", f"{pattern} within {limit:g} s") as note:
            found = await self._process.lines.find(pattern, limit)
            note(found if found is not None else "no such line")
        return found is not None

    async def restart(self, how: str) -> None:
        """Stops it ("stop") or kills it ("kill"), and starts it again at the same endpoints. Raises ProgramFailed."""
        process = self._process
        assert process is not None
        self._stopping = True
        with self._cell.noted(self.name, "stop", how):
            await process.stop(self.program.stop, kill=how == "kill")
        self._cell.stopped(self.name)
        self._keep_log()
        self._stopping = False
        await self.start()

    async def end(self) -> None:
        """Stops it after its last step. Raises ProgramFailed if it does not stop as it should."""
        process = self._process
        if process is None:
            return
        self._stopping = True
        with self._cell.noted(self.name, "stop", self.program.stop.signal) as note:
            await process.stop(self.program.stop)
            note(process.ended.result() if process.ended.done() else "")

    def told(self, mismatch: Mismatch) -> Mismatch:
        """The failure with what the program itself has to say, where something is missing."""
        process = self._process
        if process is None or mismatch.kind not in (Kind.LOST, Kind.REFUSED, Kind.HUNG):
            return mismatch
        ended = f"; the program {process.ended.result()}" if process.ended.done() else ""
        return Mismatch(mismatch.kind, mismatch.expected, process.with_log(f"{mismatch.got}{ended}"))

    def _keep_log(self) -> None:
        process = self._process
        if process is not None and (text := process.text(MOST_SHOWN)):
            name = self.name if self._started == 1 else f"{self.name}, start {self._started}"
            self._cell.logs[name] = text

    async def close(self) -> None:
        """Leaves nothing of the program behind."""
        self._stopping = True
        if self._process is not None:
            await self._process.close()
            self._keep_log()


async def unless_crashed(work: Coroutine[Any, Any, None], programs: Sequence[RunningProgram]) -> None:
    """Does some work while programs run. Raises what it raises, or ProgramFailed once one of the programs crashes."""
    working = asyncio.get_running_loop().create_task(work)
    crashes = [one.crash for one in programs]
    either: list[asyncio.Future[Any]] = [working, *crashes]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if working.done() and working.exception() is not None:
            await asyncio.wait(crashes, timeout=AFTER, return_when=asyncio.FIRST_COMPLETED)
        for one in programs:
            if one.crash.done():
                raise _crashed(one, one.crash.result(), alone=len(programs) == 1)
        await working
    finally:
        working.cancel()
        await asyncio.wait([working])


def _crashed(program: RunningProgram, process: ProgramProcess, *, alone: bool) -> ProgramFailed:
    what = "the program" if alone else program.name
    if process.flooded:
        most = f"at most {MOST_LOG >> 20} MiB of log in one cell"
        return ProgramFailed(process.with_log(f"{what} {process.ended.result()}"), "unexpected", most)
    it = "it" if alone else program.name
    return ProgramFailed(process.with_log(f"{it} {process.ended.result()}"), "crashed", f"{what} to stay alive")
