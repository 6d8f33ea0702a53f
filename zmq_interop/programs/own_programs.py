"""Plays one dialogue of one program in a cell: starts the program, plays its other side, stops it, and judges."""

from __future__ import annotations

import asyncio
from pathlib import Path

from zmq_interop.programs.building import Builds
from zmq_interop.programs.declaration import Dialogue, Program
from zmq_interop.programs.dialogue import OtherSide
from zmq_interop.programs.launch import ProgramFailed
from zmq_interop.programs.running import RunningProgram, unless_crashed
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch, Unplayable


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
        self._work = cell.work_folder(next(iter(cell.cell.scenario.roles)))
        self._running = RunningProgram(cell, own.name, own.program, own.folder, self._work, own.dialogue.run)
        running = self._running
        self._others = OtherSide(
            cell, own.name, self._work.name, own.program, own.dialogue, running.restart, running.text, running.logged
        )

    async def play(self) -> None:
        try:
            try:
                await self._begin()
                await unless_crashed(self._others.play(), [self._running])
            except Mismatch as mismatch:
                raise self._running.told(mismatch) from None
            await self._running.end()
        except ProgramFailed as failed:
            if failed.kind:
                raise Mismatch(failed.kind, failed.expected or "the program to keep running", failed.what) from None
            raise Unplayable(f"{self._own.name}: {failed.what}") from None
        finally:
            await self._close()

    async def _begin(self) -> None:
        """Binds what the program connects to, starts the program, and connects to what it binds."""
        running = self._running
        ours = running.choose(lambda name: {"port": "*", "path": str(self._work / name)})
        running.place(running.bound | await self._others.bind(ours))
        if self._own.program.attach:
            running.tell_bound()
        else:
            await running.start()
        await self._others.connect(running.bound)

    async def _close(self) -> None:
        """Leaves nothing of the program behind."""
        await self._running.close()
        if self._own.alone:
            await self._others.close()
