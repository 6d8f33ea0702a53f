"""What all measurements share: how thorough they are, the plan, and how they play cells."""

from __future__ import annotations

import functools
import itertools
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from harness import run
from harness.cell import Cell
from harness.errors import Exit
from harness.events import Listener
from harness.paths import LATEST
from harness.run import Options, Plan, Run
from harness.runtimes import engine

PEERS = ("c", "go", "python")
EXCHANGE = re.compile(r"push_pull/tcp/\w+:\w+")  # PUSH/PULL over tcp, the default role binds: one cell a pair of peers


class NotMeasured(Exception):
    """Why a row has no figure; the other rows go on."""


class Bench:
    """One call of `interop bench`. say: takes lines of progress."""

    def __init__(self, say: Callable[[str], None], quick: bool = False, clone: bool = False) -> None:
        self.say = say
        self.quick = quick
        self.clone = clone
        self._built: set[str] = set()

    def times(self, full: int, quick: int) -> int:
        """How often to do something."""
        return quick if self.quick else full

    @functools.cached_property
    def plan(self) -> Plan:
        """The whole matrix of the core peers."""
        return run.prepare(Options(peers=PEERS))

    @functools.cached_property
    def no_containers(self) -> str:
        """Why containers cannot be measured here; "" where they can."""
        found = engine.find()
        return "" if found.answers else f"{found.reason}; try: tools/with-docker ./interop bench"

    def cell(self, id: str) -> Cell:
        """One cell of the matrix."""
        return next(cell for cell in self.plan.cells if cell.id == id)

    @property
    def exchanges(self) -> list[Cell]:
        """PUSH/PULL over tcp between every ordered pair of peers."""
        return [cell for cell in self.plan.cells if EXCHANGE.fullmatch(cell.id)]

    async def play(self, cells: Sequence[Cell], runtime: str, listener: Listener, jobs: int = Options().jobs) -> None:
        """Plays a run just as `interop run` does, event log and verdicts and all, but leaves no trace of it.

        cells: they may come several times over. So no ids need to be made up, which would be memory of ours in the
        harness's bill, and the ledger knows them. Raises NotMeasured where a cell is not as it should be.
        """
        if runtime not in self._built:  # no build may fall into what is timed
            self._built.add(runtime)
            await self.play(self.exchanges, runtime, lambda _: None)
        options = Options(peers=PEERS, runtime=runtime, jobs=jobs)
        one = Run(options, msgspec.structs.replace(self.plan, cells=list(cells)), [listener], self.say)
        with traceless() as forget:
            try:
                ended = await one.play()
            finally:
                if one.place is not None:
                    forget(one.place.folder)
        if ended.exit_code != Exit.OK:
            raise NotMeasured(f"its run was not green ({ended.account}): see `./interop run`")


@contextmanager
def traceless() -> Iterator[Callable[[Path], None]]:
    """Gives a function that removes a run's folder; `.interop/latest` points to the user's own run again at the end."""
    latest = LATEST.readlink() if LATEST.is_symlink() else None
    try:
        yield lambda folder: shutil.rmtree(folder, ignore_errors=True)
    finally:
        if not LATEST.exists():
            LATEST.unlink(missing_ok=True)
            if latest is not None and latest.exists():
                LATEST.symlink_to(latest)


def repeated(cells: Sequence[Cell], number: int) -> list[Cell]:
    """The first `number` of the cells, begun again as often as that takes."""
    return list(itertools.islice(itertools.cycle(cells), number))
