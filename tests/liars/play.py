"""One run for all liars: every cell that the table names, and the same cells with honest agents."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.liars.caught import Caught
from tests.liars.caught_by import CAUGHT
from tests.space import HERE, logs_in
from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.core import plan
from zmq_interop.core.cell import Cell, make
from zmq_interop.core.events import CellJudged, Event, RunEnded
from zmq_interop.core.peer import CONTRACT
from zmq_interop.core.scenario import Scenario
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.peers import build, manifest
from zmq_interop.results.ledger import Ledger
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.schemas import project
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system.paths import PEERS

PROGRAM = Path(__file__).with_name("agent.py")
HONEST = "python"
TRUTHFUL = "truthful"  # the liars' own program without a lie
# Seconds that a message may take before it is lost: an honest agent must never need them, however busy the machine is.
LIMIT = 10.0
# Cells that an honest agent fails, for the library's sake: scenario -> values (docs/findings.md).
FAILS_HONESTLY = {"odd_command": {"subscribe-to-pull", "cancel-to-pull"}, "message_too_large": {"most-20"}}
GRACE = 5.0  # seconds that an answer may be late; the agent that is late on purpose takes far longer


class Results:
    """What became of the cells."""

    def __init__(self) -> None:
        self.cells: dict[str, CellJudged] = {}
        self.ended: RunEnded | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case CellJudged():
                self.cells[event.id] = event
            case RunEnded():
                self.ended = event

    def score(self, scenario: Scenario, one: Caught) -> tuple[int, int]:
        """How many cells found the lie out, of how many."""
        judged = [self.cells[cell.id] for cell in met(scenario, one).values()]
        return sum(cell.verdict is not Verdict.PASS for cell in judged), len(judged)


def met(scenario: Scenario, one: Caught) -> dict[str, Cell]:
    """The scenario's cells with a liar in its role and honest agents in the others, by the values of its axes."""
    peers = tuple(peer_name(one.lie) if role == one.role else HONEST for role in scenario.roles)
    every = cells(scenario, peers)
    return {value: every[value] for value in one.only} if one.only else every


def controls(scenario: Scenario) -> list[tuple[str, ...]]:
    """Honest peers for its roles, and in one role after the other the liars' program without a lie."""
    roles = list(scenario.roles)
    honest = [tuple(TRUTHFUL if role == one else HONEST for role in roles) for one in roles]
    return [(HONEST,) * len(roles), *honest]


def cells(scenario: Scenario, peers: tuple[str, ...]) -> dict[str, Cell]:
    """The scenario's cells with these peers over one transport, tcp where it can, by the values of its axes."""
    names = [axis.name for axis in scenario.axes]
    transport = "tcp" if "tcp" in scenario.transports else scenario.transports[0]
    if transport == "inproc":  # one peer plays all roles
        peers = (next((peer for peer in peers if peer != HONEST), HONEST),) * len(peers)
    return {
        "/".join(values): make(scenario, transport, scenario.binder, dict(zip(names, values, strict=True)), peers)
        for values in itertools.product(*(axis.values for axis in scenario.axes))
        if FAILS_HONESTLY.get(scenario.name, set()).isdisjoint(values)
    }


def peer_name(lie: str) -> str:
    """The peer that tells this lie."""
    return f"liar-{lie}"


def all_lies(home: Path) -> tuple[str, ...]:
    """The names of all lies that the program knows, after the honest peer's build, on which liars run.

    home: takes the log of the build.
    """
    build_honest(project.scan(), home)
    done = subprocess.run([sys.executable, PROGRAM, "--list"], capture_output=True, text=True, check=True)
    return tuple(done.stderr.split())


def build_honest(shared: ProtoSet, home: Path) -> None:
    """Builds the honest peer from these protos: liars have no build of their own, and run on that."""
    asyncio.run(build.build(manifest.discover()[HONEST], shared, HERE, home / "build.log", print, install=True))


def play(lies: Sequence[str], home: Path) -> Results:
    """Plays all cells of the table and the honest ones. home: an empty folder, for the peers and the run's logs."""
    shared = project.scan()
    project.generate(HERE)
    build_honest(shared, home)
    folders = [make_peer(home, peer_name(lie), "--lie", lie) for lie in lies] + [make_peer(home, TRUTHFUL)]
    peers = outside.join(manifest.discover(), [Outside(folder=folder) for folder in folders])
    # Not by patterns: of the many thousand cells that so many peers have, few are wanted.
    planned = session.Plan(
        space=logs_in(home), protos=shared, peers=peers, cells=plan.planned(_wanted(), peers), ledger=Ledger()
    )
    return carry_out(planned)


def carry_out(planned: session.Plan, limit: float = LIMIT) -> Results:
    """Plays a plan. limit: seconds that a message may take."""
    options = Options(runtime="process", jobs=64, limit=limit, grace=GRACE, install=False)
    results = Results()
    asyncio.run(session.Run(options, planned, [results], print).play())
    return results


def _wanted() -> Iterable[Cell]:
    """Each cell once; those that take longest come first, so that the others are played beside them."""
    wanted: dict[str, Cell] = {}
    for scenario in scenarios.load():
        played = [met(scenario, one) for one in sorted(CAUGHT.get(scenario.name, ()), key=_haste)]
        for some in (*played, *(cells(scenario, peers) for peers in controls(scenario))):
            wanted.update((cell.id, cell) for cell in some.values())
    return wanted.values()


def _haste(one: Caught) -> bool:
    return one.kind not in (Kind.LOST, Kind.HUNG)


def make_peer(home: Path, name: str, *arguments: str, program: Path = PROGRAM) -> Path:
    """A peer's folder: it claims what the honest peer claims, and starts the liars' program, or another one."""
    honest = (PEERS / HONEST / "peer.toml").read_text()
    folder = home / name
    folder.mkdir()
    command = ", ".join(f'"{word}"' for word in ("{python}", program, *arguments))
    claims = honest[honest.index("[claims]") :]
    facts = f'contract = {CONTRACT}\nname = "{name}"\nlanguage = "Python"\n'
    (folder / "peer.toml").write_text(f"{facts}\n[run]\ncommand = [{command}]\n\n{claims}")
    return folder
