"""Plays one dialogue of one program in a cell: starts the program, plays its other side, stops it, and judges."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from pathlib import Path
from typing import Any

from zmq_interop.agents.runtimes import loopback
from zmq_interop.core.verdicts import Kind
from zmq_interop.programs import placeholders
from zmq_interop.programs.building import Builds
from zmq_interop.programs.declaration import Dialogue, Program, seconds
from zmq_interop.programs.dialogue import OtherSide
from zmq_interop.programs.launch import MOST_LOG, ProgramFailed, ProgramProcess, Start
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch, Unplayable

AFTER = 0.25  # seconds in which the end of a program, whose end makes a step fail, becomes known
MOST_SHOWN = 16 << 10  # bytes of a program's log that the log of a cell has
_FIRST_PORT, _LAST_PORT = 20_000, 32_000  # no system assigns these by itself
# Two runs on one machine begin at different ports.
PORTS = itertools.cycle(
    range(_FIRST_PORT, _LAST_PORT)[random.randrange(_LAST_PORT - _FIRST_PORT) :]  # noqa: S311 (no secret)
)


class OwnProgram:
    """Plays a dialogue (`Scenario.play`). name: the program's. folder: what paths in the declaration are relative to.

    turn: held by a cell that plays, so that not too many programs run at once. alone: that is one cell at a time, since
    an endpoint is the same in every cell.
    """

    def __init__(
        self,
        name: str,
        program: Program,
        dialogue: Dialogue,
        folder: Path,
        builds: Builds,
        turn: asyncio.Semaphore,
        *,
        alone: bool = False,
    ) -> None:
        self.name = name
        self.program = program
        self.dialogue = dialogue
        self.folder = folder
        self.builds = builds
        self.turn = turn
        self.alone = alone

    async def __call__(self, cell: CellContext) -> None:
        """Raises Mismatch, Unplayable, OperationFailed, AgentError."""
        with cell.untimed():
            try:
                await self.builds.built(self.name, self.program, self.folder)
            except ProgramFailed as failed:
                raise Unplayable(f"{self.name}: {failed.what}") from None
            await self.turn.acquire()
        try:
            await _Play(self, cell).play()
        finally:
            self.turn.release()


class _Play:
    """One play of one cell."""

    def __init__(self, own: OwnProgram, cell: CellContext) -> None:
        self._own = own
        self._cell = cell
        self._program = own.program
        role = next(iter(cell.cell.scenario.roles))
        self._role = role
        self._work = cell.work_folder(role)
        self._places: dict[str, str] = {"work": str(self._work)}
        self._bound: dict[str, str] = {}  # the program's own endpoints
        self._hidden: list[str] = []
        self._process: ProgramProcess | None = None
        self._started = 0
        self._restarting = False
        self._crash: asyncio.Future[ProgramProcess] = asyncio.get_running_loop().create_future()
        self._others = OtherSide(
            cell, own.name, self._work.name, own.program, own.dialogue, self._restart, self._text, self._logged
        )

    async def play(self) -> None:
        try:
            try:
                await self._begin()
                await self._talk()
            except Mismatch as mismatch:
                raise self._told(mismatch) from None
            await self._end()
        except ProgramFailed as failed:
            if failed.kind:
                raise Mismatch(failed.kind, failed.expected or "the program to keep running", failed.what) from None
            raise Unplayable(f"{self._own.name}: {failed.what}") from None
        finally:
            await self._close()

    async def _begin(self) -> None:
        """Binds what the program connects to, starts the program, and connects to what it binds."""
        ours: dict[str, str] = {}
        for name, socket in self._program.sockets.items():
            template = self._template(name)
            if socket.binds:
                self._bound[name] = placeholders.expand(template, self._endpoint_value)
            else:
                place = {"port": "*", "path": str(self._work / name)}
                ours[name] = placeholders.expand(template, place.__getitem__)
        bound = await self._others.bind(ours)
        for name, endpoint in (self._bound | bound).items():
            self._places |= placeholders.of_socket(name, endpoint)
        if self._program.attach:
            for endpoint in self._bound.values():
                self._cell.bound_by(self._own.name, endpoint)
        else:
            await self._start()
        await self._others.connect(self._bound)

    def _template(self, name: str) -> str:
        """The declared endpoint of a socket for the cell's transport."""
        socket = self._program.sockets[name]
        fitting = [one for one in socket.endpoints if placeholders.transport(one) == self._cell.cell.transport]
        return placeholders.whole((fitting or socket.endpoints)[0], name, binds=socket.binds)

    def _endpoint_value(self, name: str) -> str:
        return str(loopback.free_port(loopback.FIRST, PORTS)) if name == "port" else str(self._work)

    def _text(self, text: str) -> str:
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

    async def _start(self) -> None:
        program = self._program
        folder = (self._own.folder / program.dir).resolve()
        for name, template in program.files.items():
            path = self._work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.write_text(self._text((self._own.folder / template).read_text()))
            except (OSError, UnicodeDecodeError) as error:
                raise ProgramFailed(f"files: {template}: {error}") from None
        command = [self._text(one) for one in (*program.run, *self._own.dialogue.run)]
        if "/" in command[0] and (folder / command[0]).is_file():
            command[0] = str(folder / command[0])
        environment = {"PYTHONUNBUFFERED": "1", **os.environ, "INTEROP_WORK": str(self._work)}
        environment |= {name: self._text(text) for name, text in program.env.items()}
        process = ProgramProcess(self._own.name, Start(command, folder, environment, self._bound, tuple(self._hidden)))
        self._process = process
        self._started += 1
        with self._cell.untimed(), self._cell.noted(self._own.name, "start", " ".join(command)) as note:
            await process.start(program.ready)
            note(f"process {process.pid}")
        process.ended.add_done_callback(lambda _: self._ended(process))
        ready = f"within {seconds(program.ready.within):g} s"
        with self._cell.untimed(), self._cell.noted(self._own.name, "ready", ready) as note:
            await process.ready(program.ready)
            self._bound |= process.captured
            for endpoint in self._bound.values():
                self._cell.bound_by(self._own.name, endpoint)
            note(", ".join(f"{name} {endpoint}" for name, endpoint in self._bound.items()))

    def _ended(self, process: ProgramProcess) -> None:
        """The program has ended. That is a failure unless it was asked to, or ended well by itself."""
        bad = process.crashed or process.flooded
        if bad and process is self._process and not self._restarting and not self._crash.done():
            self._crash.set_result(process)

    async def _talk(self) -> None:
        """Plays the dialogue until it has ended, or the program has."""
        talking = asyncio.get_running_loop().create_task(self._others.play())
        either: list[asyncio.Future[Any]] = [talking, self._crash]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if talking.done() and talking.exception() is not None:
                await asyncio.wait([self._crash], timeout=AFTER)
            if self._crash.done():
                process = self._crash.result()
                if process.flooded:
                    what = f"at most {MOST_LOG >> 20} MiB of log in one cell"
                    raise ProgramFailed(process.with_log(f"the program {process.ended.result()}"), "unexpected", what)
                what = "the program to stay alive"
                raise ProgramFailed(process.with_log(f"it {process.ended.result()}"), "crashed", what)
            await talking
        finally:
            talking.cancel()
            await asyncio.wait([talking])

    async def _logged(self, pattern: str, limit: float) -> bool:
        assert self._process is not None
        with self._cell.noted(self._own.name, "log", f"{pattern} within {limit:g} s") as note:
            found = await self._process.lines.find(pattern, limit)
            note(found if found is not None else "no such line")
        return found is not None

    async def _restart(self, how: str) -> None:
        process = self._process
        assert process is not None
        self._restarting = True
        with self._cell.noted(self._own.name, "stop", how):
            await process.stop(self._program.stop, kill=how == "kill")
        self._cell.stopped(self._own.name)
        self._keep_log()
        self._restarting = False
        await self._start()

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        self._restarting = True
        with self._cell.noted(self._own.name, "stop", self._program.stop.signal) as note:
            await process.stop(self._program.stop)
            note(process.ended.result() if process.ended.done() else "")

    def _told(self, mismatch: Mismatch) -> Mismatch:
        """The failure with what the program itself has to say, where something is missing."""
        process = self._process
        if process is None or mismatch.kind not in (Kind.LOST, Kind.REFUSED, Kind.HUNG):
            return mismatch
        ended = f"; the program {process.ended.result()}" if process.ended.done() else ""
        return Mismatch(mismatch.kind, mismatch.expected, process.with_log(f"{mismatch.got}{ended}"))

    def _keep_log(self) -> None:
        process = self._process
        if process is not None and (text := process.text(MOST_SHOWN)):
            name = self._own.name if self._started == 1 else f"{self._own.name}, start {self._started}"
            self._cell.logs[name] = text

    async def _close(self) -> None:
        """Leaves nothing of the program behind."""
        self._restarting = True
        if self._process is not None:
            await self._process.close()
            self._keep_log()
        if self._own.alone:
            await self._others.close()
