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

from zmq_interop.agents.runtimes import docker_daemon
from zmq_interop.core.events import Event, Listener, RunEnded
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.scenario import TRANSPORTS
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan, Run
from zmq_interop.system.errors import Exit
from zmq_interop.system.workspace import Workspace

PEERS = ("c", "go", "python")
# The core matrix stays what it is while the suite grows, so that its figures compare from one version to the next.
SCENARIOS = (
    "push_pull",
    "req_rep",
    "pub_sub",
    "dealer_router",
    "router_dealer",
    "pair",
    "xpub_xsub",
    "multipart",
    "data_message",
    "decode_proof",
)
EXCHANGE = re.compile(r"push_pull/tcp/[^/]+")  # PUSH/PULL over tcp, the default role binds: one cell a pair of peers


class NotMeasured(Exception):
    """Why a row has no figure; the other rows go on."""


class Bench:
    """One call of `interop bench`. space: where its runs are played. say: takes lines of progress."""

    def __init__(self, space: Workspace, say: Callable[[str], None], quick: bool = False, clone: bool = False) -> None:
        self.space = space
        self.say = say
        self.quick = quick
        self.clone = clone
        self._built: set[tuple[str, ...]] = set()

    def times(self, full: int, quick: int) -> int:
        """How often to do something."""
        return quick if self.quick else full

    @functools.cached_property
    def plan(self) -> Plan:
        """The core matrix: every cell of the core scenarios and peers."""
        whole = session.prepare(Options(patterns=SCENARIOS, peers=PEERS, every=True), self.space)
        return msgspec.structs.replace(whole, cells=[cell for cell in whole.cells if is_core(cell)])

    @functools.cached_property
    def suite(self) -> Plan:
        """The default suite: what `interop run` plays, with all peers."""
        return session.prepare(Options(), self.space)

    @functools.cached_property
    def no_containers(self) -> str:
        """Why containers cannot be measured here; "" where they can."""
        found = docker_daemon.find()
        return "" if found.answers else f"{found.reason}; try: tools/with-docker ./interop bench"

    def cell(self, id: str) -> PlannedCell:
        """One cell of the core matrix."""
        return next(cell for cell in self.plan.cells if cell.id == id)

    @property
    def exchanges(self) -> list[PlannedCell]:
        """PUSH/PULL over tcp between every ordered pair of the core peers."""
        return [cell for cell in self.plan.cells if EXCHANGE.fullmatch(cell.id)]

    async def play(
        self,
        cells: Sequence[PlannedCell],
        runtime: str,
        listener: Listener,
        jobs: int = Options().jobs,
        *,
        wire: bool = False,
    ) -> RunEnded:
        """Plays cells of the core peers; raises NotMeasured where one is not as it should be. See `play_of`."""
        ended = await self.play_of(self.plan, cells, runtime, listener, jobs, wire=wire)
        if ended.exit_code != Exit.OK:
            raise NotMeasured(f"its run was not green ({ended.account}): see `./interop run`")
        return ended

    async def play_of(
        self,
        plan: Plan,
        cells: Sequence[PlannedCell],
        runtime: str,
        listener: Listener,
        jobs: int = Options().jobs,
        *,
        wire: bool = False,
    ) -> RunEnded:
        """Plays a run just as `interop run` does, event log and verdicts and all, but leaves no trace of it.

        plan: has the peers of the cells. cells: they may come several times over. So no ids need to be made up, which
        would be memory of ours in the harness's bill, and the ledger knows them. wire: through relays.
        """
        builds = (runtime, *plan.peers)
        if builds not in self._built:  # no build may fall into what is timed
            self._built.add(builds)
            await self.play_of(plan, [cell for cell in plan.cells if EXCHANGE.fullmatch(cell.id)], runtime, _nothing)
        options = Options(peers=tuple(plan.peers), runtime=runtime, jobs=jobs, wire=wire)
        one = Run(options, msgspec.structs.replace(plan, cells=list(cells)), [listener], self.say)
        with traceless(self.space.latest) as forget:
            try:
                return await one.play()
            finally:
                if one.place is not None:
                    forget(one.place.folder)


def is_core(one: PlannedCell) -> bool:
    """Whether the cell is one of the core matrix."""
    return (
        one.cell.scenario.name in SCENARIOS
        and one.cell.transport in TRANSPORTS
        and all(peer in PEERS for peer in one.cell.peers)
    )


def _nothing(_: Event) -> None:
    """Hears of a run of which only its doing counts (Listener)."""


@contextmanager
def traceless(link: Path) -> Iterator[Callable[[Path], None]]:
    """Gives a function that removes a run's folder; `link` points to the user's own last run again at the end."""
    latest = link.readlink() if link.is_symlink() else None
    try:
        yield lambda folder: shutil.rmtree(folder, ignore_errors=True)
    finally:
        if not link.exists():
            link.unlink(missing_ok=True)
            if latest is not None and latest.exists():
                link.symlink_to(latest)


def repeated(cells: Sequence[PlannedCell], number: int) -> list[PlannedCell]:
    """The first `number` of the cells, begun again as often as that takes."""
    return list(itertools.islice(itertools.cycle(cells), number))
