"""What each of the peers that wrap libzmq, and each two of them, play alone and all five together do not.

Which cells a default run plays depends on who takes part; that a part of an untouched tree is green is not said by the
whole. For the two other stacks `./interop bench parts` says it: races in their libraries are in the ledger with their
rates, and no test is red for such a race (docs/decisions/0014).
"""

from __future__ import annotations

import asyncio
import itertools

import msgspec

from tests.space import HERE
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.verdicts import RED
from zmq_interop.run import selection, session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Run

FIVE = ("c", "cpp", "go", "python", "python-system")


def test_each_two_peers_are_green_without_the_others() -> None:
    together = {cell.id for cell in selection.select(Options(peers=FIVE), HERE).cells}
    alone = {
        cell.id
        for count in (1, 2)
        for some in itertools.combinations(FIVE, count)
        for cell in selection.select(Options(peers=some), HERE).cells
    }
    options = Options(runtime="process", peers=FIVE)
    planned = session.prepare(msgspec.structs.replace(options, every=True), HERE)
    cells = [cell for cell in planned.cells if cell.id in alone - together]
    red: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, CellJudged) and event.verdict in RED:
            red.append(f"{event.id}: {event.verdict} {event.kind or ''} {event.got}{event.reason}")

    ended = asyncio.run(Run(options, msgspec.structs.replace(planned, cells=cells), [listen], print).play())
    assert red == []
    assert ended.problems == []
