"""Plays mutants of the Python agent against the honest one, and tells which scenarios notice which."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.liars import play as liars
from tests.space import HERE, logs_in
from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.core import lacks, plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.peer import Claims
from zmq_interop.core.scenario import Scenario
from zmq_interop.core.verdicts import RED, Verdict
from zmq_interop.peers import manifest
from zmq_interop.results.ledger import Ledger
from zmq_interop.run import session
from zmq_interop.schemas import project

PROGRAM = Path(__file__).with_name("agent.py")
TYPED = ("protobuf", "scalars", "collections", "evolution", "bad_payloads", "own_schemas")  # families with typed frames
LIMIT = 5.0  # seconds that a message may take: many are lost
AT_ONCE = 12  # mutants in one run
FEW, MANY = 2, 40  # cells of one scenario and role: for changes that nearly every cell meets, and for all others
OPERATION = "operation "
VALUE = "value "  # of an axis: for changes that other values do not show
COMMON = tuple(OPERATION + name for name in ("bind", "connect", "send", "receive", "close_all"))  # in nearly all cells
NOTHING = Claims(lanes=0, socket_types=(), transports=(), mechanisms=(), operations=())


class Point(NamedTuple):
    """One mutant. operator: the kind of change. about: as `tests.mutants.mutant.Mutant` has it."""

    name: str
    operator: str
    about: str

    @property
    def peer(self) -> str:
        """The name of the peer that has this fault: names of peers are short."""
        return f"mutant-{zlib.crc32(self.name.encode()):08x}"


class Noticed(NamedTuple):
    """What became of one mutant. met, red: names of the scenarios that were played with it, and that it turned red."""

    met: frozenset[str]
    red: frozenset[str]


def points(home: Path) -> list[Point]:
    """All mutants that the program knows, after the honest peer's build, on which they run. home: takes its log."""
    liars.build_honest(project.scan(), home)
    done = subprocess.run([sys.executable, PROGRAM, "--list"], capture_output=True, text=True, check=True)
    return [Point(name, *rest) for name, rest in json.loads(done.stderr).items()]


def play(chosen: Sequence[Point], home: Path) -> Iterator[tuple[Point, Noticed]]:
    """Plays each mutant in both roles beside the honest agent, and yields what noticed it.

    home: an empty folder. A cell that fails with two honest agents is no witness; each is played with them too.
    """
    project.generate(HERE)
    known = scenarios.load()
    for start in range(0, len(chosen), AT_ONCE):
        batch = chosen[start : start + AT_ONCE]
        folder = home / str(start)
        folder.mkdir()
        cells = {one: list(_cells(known, one)) for one in batch}
        controls = {_honest(cell).id: _honest(cell) for some in cells.values() for cell in some}
        judged = _judge([*(cell for some in cells.values() for cell in some), *controls.values()], batch, folder)
        for one in batch:
            yield one, _noticed(cells[one], judged)


def _noticed(cells: Iterable[Cell], judged: Mapping[str, Verdict]) -> Noticed:
    met: set[str] = set()
    red: set[str] = set()
    for cell in cells:
        if judged[_honest(cell).id] is Verdict.PASS and judged[cell.id] is not Verdict.UNSUPPORTED:
            met.add(cell.scenario.name)
            if judged[cell.id] in RED:
                red.add(cell.scenario.name)
    return Noticed(frozenset(met), frozenset(red))


def _judge(cells: Sequence[Cell], batch: Iterable[Point], folder: Path) -> dict[str, Verdict]:
    made = [liars.make_peer(folder, one.peer, "--mutant", one.name, program=PROGRAM) for one in batch]
    peers = outside.join(manifest.discover(), [Outside(folder=path) for path in made])
    planned = session.Plan(
        space=logs_in(folder), protos=project.scan(), peers=peers, cells=plan.planned(cells, peers), ledger=Ledger()
    )
    return {id: judged.verdict for id, judged in liars.carry_out(planned, LIMIT).cells.items()}


def _honest(cell: Cell) -> Cell:
    """The same cell with honest agents alone."""
    peers = (liars.HONEST,) * len(cell.peers)
    return msgspec.structs.replace(cell, id=cell.id.rpartition("/")[0] + "/" + ":".join(peers), peers=peers)


def _cells(known: Iterable[Scenario], point: Point) -> Iterator[Cell]:
    """The cells that can notice a mutant, over one transport, with it in one role after the other."""
    for scenario in known:
        for number, role in enumerate(scenario.roles):
            peers = [liars.HONEST] * len(scenario.roles)
            peers[number] = point.peer
            found = [cell for cell in liars.cells(scenario, tuple(peers)).values() if _can_notice(cell, role, point)]
            few = point.about in COMMON
            found.sort(key=lambda cell: zlib.crc32("/".join(cell.values.values()).encode()))
            yield from found[: FEW if few else MANY]


def _can_notice(cell: Cell, role: str, point: Point) -> bool:
    if point.about.startswith(VALUE):
        return point.about.removeprefix(VALUE) in cell.values.values()
    if point.about == "typed":
        return cell.scenario.family in TYPED
    return point.about in lacks.unclaimed(cell, role, NOTHING)
