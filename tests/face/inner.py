"""A pytest inside this one, with the face, and an engine that does as it is told."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Awaitable, Callable, Sequence

import pytest

from zmq_interop.cli.pytest.plugin import SPACE
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.run.engine.engine import Settings
from zmq_interop.system.workspace import Workspace

Play = Callable[["ToldEngine", Sequence[Cell]], Awaitable[None]]
Tell = Callable[[Play], "list[ToldEngine]"]


class ToldEngine:
    """Stands in for the engine. play: what the next ones do. made: those that there were."""

    made: list[ToldEngine]
    play: Play

    def __init__(
        self,
        runtimes: object,
        peers: object,
        proto_digest: str,
        emit: Callable[[Event], None],
        say: Callable[[str], None],
        settings: Settings,
        expects: object,
        watch: object,
    ) -> None:
        self.emit = emit
        self.say = say
        self.settings = settings
        self.stopped = asyncio.Event()
        self.ids: list[str] = []
        self.made.append(self)

    async def run(self, planned: Sequence[PlannedCell], again: object, failed: object) -> None:
        """As the engine's."""
        self.ids = [one.id for one in planned]
        await type(self).play(self, [one.cell for one in planned])

    def stop(self) -> None:
        """As the engine's."""
        self.stopped.set()

    def judge(self, cell: Cell, verdict: Verdict, text: str = "") -> None:
        """Emits a verdict, with all that goes with it. text: in place of what the agents say."""
        failed = verdict in (Verdict.FAIL, Verdict.FIXED, Verdict.KNOWN)
        event = CellJudged(
            id=cell.id,
            scenario=cell.scenario.name,
            transport=cell.transport,
            binder=cell.binder,
            roles=dict(zip(cell.scenario.roles, cell.peers, strict=True)),
            verdict=verdict,
            kind=Kind.ALTERED if failed else None,
            expected="what was sent" if failed else "",
            got=text or ("something else" if failed else ""),
            reason="" if verdict in (Verdict.PASS, Verdict.FAIL) else text or f"why it is {verdict}",
            seconds=0.25,
            stderr={"c-1": text or "last words"} if verdict is Verdict.FAIL else {},
        )
        self.emit(event)


class Inner:
    """The pytest inside. space: where it plays."""

    def __init__(self, pytester: pytest.Pytester, space: Workspace) -> None:
        self.pytester = pytester
        self._space = space

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Gives the face its workspace (a hook of the pytest inside)."""
        config.stash[SPACE] = self._space

    def module(self, arguments: str = 'runtime="process", patterns=("push_pull/tcp",)', name: str = "it") -> None:
        """Writes the test module test_inner_<name>.py with cells; the prefix keeps it apart from modules out here."""
        source = f"from zmq_interop.cli.pytest.plugin import Cells\ntest_cell = Cells({arguments})\n"
        self.pytester.makepyfile(**{f"test_inner_{name}": source})

    def conftest(self, source: str) -> None:
        """Writes its conftest.py."""
        self.pytester.makeconftest(textwrap.dedent(source))

    def run(self, *arguments: str) -> pytest.RunResult:
        """Runs it in this process."""
        return self.pytester.runpytest_inprocess(
            "-p",
            "zmq_interop.cli.pytest.plugin",
            "--interop-peers",
            "c,go",
            *arguments,
            plugins=[self],
            no_reraise_ctrlc=True,
        )


def verdicts(*wanted: Verdict) -> Play:
    """Judges the cells so, one after the other; those that are left pass."""

    async def play(self: ToldEngine, cells: Sequence[Cell]) -> None:
        for index, cell in enumerate(cells):
            self.judge(cell, wanted[index] if index < len(wanted) else Verdict.PASS)

    return play


async def first_fails(self: ToldEngine, cells: Sequence[Cell]) -> None:
    """Judges one cell and then waits to be stopped."""
    self.judge(cells[0], Verdict.FAIL)
    await self.stopped.wait()
