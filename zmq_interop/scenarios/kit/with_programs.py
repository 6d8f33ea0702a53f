"""What a cell's context offers to scenarios that also start programs without an agent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from zmq_interop.scenarios.kit.cell_context import Endpoint
    from zmq_interop.scenarios.kit.cell_tap import CellTap


class Note(NamedTuple):
    """Something that a cell did without an agent. at: the loop's clock. took: seconds, -1 if it did not succeed."""

    who: str
    call: str
    asked: str
    at: float
    took: float = -1
    answered: str = ""


class WithPrograms:
    """A part of CellContext. notes: what the cell did without an agent. logs: what programs other than agents wrote:
    name -> the end of it."""

    _hands: Any  # of CellContext
    _tap: CellTap | None

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.logs: dict[str, str] = {}
        self._deadline: tuple[asyncio.Timeout, float] | None = None

    def endpoint(self, role: str) -> Endpoint:
        """An unused endpoint, in the form in which the role's instance binds it."""
        raise NotImplementedError

    def work_folder(self, role: str) -> Path:
        """A new folder of the cell, in memory, with a short path; it goes with the run.

        Only where the place has features.IPC_FILES.
        """
        folder = Path(self._hands.instances[role].ipc) / self.endpoint(role).name
        folder.mkdir()
        return folder

    def bound_by(self, program: str, endpoint: str) -> None:
        """A program without an agent has bound an endpoint."""
        if self._tap is not None:
            self._tap.has_bound(program, endpoint)

    def stopped(self, program: str) -> None:
        """A program without an agent has ended: nothing of it is bound any more."""
        if self._tap is not None:
            self._tap.gone(program)

    def through(self, role: str, name: str, endpoint: str, program: str = "") -> str:
        """The endpoint to connect to for a link between a role and a program without an agent: in a tapped cell, that
        of a relay. name: unique to the endpoint; over ipc its path below the folder of sockets. program: who connects,
        if it is not the role."""
        if self._tap is None:
            return endpoint
        return self._tap.seen_by(program or role, self._hands.instances[role], name, endpoint, [])

    def timed_by(self, deadline: asyncio.Timeout, limit: float) -> None:
        """Tells what ends the cell, `limit` seconds after its start."""
        self._deadline = deadline, limit

    @contextlib.contextmanager
    def untimed(self) -> Iterator[None]:
        """The cell's time stands still inside, and begins anew after it: for waits that have limits of their own."""
        if self._deadline is None:
            yield
            return
        deadline, limit = self._deadline
        deadline.reschedule(None)
        try:
            yield
        finally:
            if not deadline.expired():
                deadline.reschedule(asyncio.get_running_loop().time() + limit)

    @contextlib.contextmanager
    def noted(self, who: str, call: str, asked: str) -> Iterator[Callable[[str], None]]:
        """Notes for the log of the cell what is done inside, and how long it takes. Gives what takes the answer."""
        clock = asyncio.get_running_loop().time
        start = clock()
        answers: list[str] = []
        done = False
        try:
            yield answers.append
            done = True
        finally:
            took = clock() - start if done else -1
            self.notes.append(Note(who, call, asked, start, took, "; ".join(answers) or ("done" if done else "")))
