"""One run with all hostile peers, each against an honest one, and the honest one's own cells beside them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.hostile import peers
from tests.hostile.cases import CASES
from tests.space import HERE, logs_in
from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.agents.runtimes import stderr
from zmq_interop.core import default_cells, plan
from zmq_interop.core.events import CellJudged, Event, Incident, PeerLost, RunEnded
from zmq_interop.peers import build, manifest
from zmq_interop.results.ledger import Ledger
from zmq_interop.run import session
from zmq_interop.run.engine import instance
from zmq_interop.run.options import Options
from zmq_interop.schemas import project

HONEST = "python"


def cell_id(name: str) -> str:
    """The cell of this peer: it is the one that binds, so that what it refuses shows at once."""
    return f"push_pull/tcp/{HONEST}:{name}"


class Told:
    """What a run told about each peer."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cells: dict[str, CellJudged] = {}
        self.lost: dict[str, PeerLost] = {}
        self.incidents: dict[str, list[Incident]] = {}
        self.ended: RunEnded | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case CellJudged():
                self.cells[event.id] = event
            case PeerLost():
                assert event.name not in self.lost, "one clear message, not two"
                self.lost[event.name] = event
            case Incident():
                self.incidents.setdefault(event.instance.rpartition("-")[0], []).append(event)
            case RunEnded():
                self.ended = event

    def text(self, name: str) -> str:
        """All that a user reads about this peer, as one text."""
        cell = self.cells[cell_id(name)]
        texts = [cell.reason, cell.got]
        if name in self.lost:
            lost = self.lost[name]
            texts += [lost.reason, lost.hint, lost.detail]
        return "\n".join([*texts, *(f"{one.reason}; it {one.ended}" for one in self.incidents.get(name, ()))])


def play(home: Path) -> Told:
    """Plays the run. home: an empty folder, for the peers and the run's logs."""
    shared = project.scan()
    project.generate(HERE)
    folders = [
        Outside(name=name, folder=peers.make(home, name, case.be, case.change, case.lie))
        for name, case in CASES.items()
    ]
    found = outside.join(manifest.discover(), folders)
    asyncio.run(build.build(found[HONEST], shared, HERE, home / "build.log", print, install=True))
    wanted = {cell_id(name) for name in (*CASES, HONEST)} | {f"req_rep/tcp/{HONEST}:{HONEST}"}
    every = {one.name: one for one in scenarios.load()}
    cells = [
        cell
        for name in ("push_pull", "req_rep")
        for cell in default_cells.expand(every[name], list(found), {})
        if cell.id in wanted
    ]
    options = Options(runtime="process", jobs=len(cells), limit=2, grace=5, install=False)
    planned = session.Plan(
        space=logs_in(home), protos=shared, peers=found, cells=plan.planned(cells, found), ledger=Ledger()
    )
    told = Told(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instance, "HELLO_LIMIT", 8.0)  # for the one that says nothing
        patch.setattr(stderr, "MOST_BYTES", 70 << 20)  # for the one that never ends, and not for the one that does
        asyncio.run(session.Run(options, planned, [told], print).play())
    return told
