"""An agent that is still being written: what it does not claim makes cells unsupported, and none of them red."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.space import HERE
from zmq_interop import scenarios
from zmq_interop.core import events, plan
from zmq_interop.core.peer import OPERATIONS, Peer
from zmq_interop.core.verdicts import RED, Verdict
from zmq_interop.peers import manifest
from zmq_interop.results import ledger
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan, Run
from zmq_interop.schemas import project
from zmq_interop.system.paths import PEERS

FIRST = ("close_all", "open", "bind", "connect", "send", "receive")  # peers/README.md begins with these


def peer(folder: Path, operations: Collection[str]) -> Peer:
    """The Python peer with no others than these operations."""
    shutil.copytree(PEERS / "python", folder, ignore=shutil.ignore_patterns("build", "gen", "__pycache__"))
    left_out = [name for name in OPERATIONS if name not in operations]
    with (folder / "lane.py").open("a") as file:
        file.writelines(f"Lane.{name} = None\n" for name in left_out)
    with (folder / "peer.toml").open("a") as file:
        file.write(f"operations = {list(operations)}\n")
    return manifest.load(folder)


@pytest.mark.parametrize("lacks", ["all but the first", "set_option", "close"])
def test_what_is_not_claimed_is_not_asked(lacks: str, tmp_path: Path) -> None:
    every = [name for name in OPERATIONS if name != lacks]
    peers = {"python": peer(tmp_path / "python", every if len(every) < len(OPERATIONS) else FIRST)}
    cells = plan.plan(scenarios.load(), peers)
    judged: list[events.CellJudged] = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.CellJudged):
            judged.append(event)

    planned = Plan(
        space=HERE, protos=project.scan(), peers=peers, cells=plan.planned(cells, peers), ledger=ledger.load()
    )
    asyncio.run(Run(Options(runtime="process", peers=("python",)), planned, [listen], print).play())
    assert [f"{one.id}: {one.got}{one.reason}" for one in judged if one.verdict in RED] == []
    assert {one.verdict for one in judged} >= {Verdict.PASS, Verdict.UNSUPPORTED}
