"""One run of all dialogues of interop.toml in this folder, whose other side is the peer python."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.space import logs_in
from zmq_interop.core.events import CellJudged, Event, Wire
from zmq_interop.run import session
from zmq_interop.run.options import Options

CONFIG = Path(__file__).with_name("interop.toml")
SECRET = "hunter2-of-the-tests"
WIRES: dict[str, Wire] = {}  # what relays saw of cells, by id


def played(folder: Path, config: Path, *patterns: str, wire: bool = False) -> dict[str, CellJudged]:
    """The verdicts of a run with the peer python, by id. folder: for its logs."""
    found: dict[str, CellJudged] = {}

    def listen(event: Event) -> None:
        if isinstance(event, CellJudged):
            found[event.id] = event
        if isinstance(event, Wire):
            WIRES[event.id] = event

    options = Options(config=config, patterns=patterns, peers=("python",), runtime="process", limit=30, wire=wire)
    plan = session.prepare(options, logs_in(folder))
    asyncio.run(session.Run(options, plan, [listen], print).play())
    assert set(found) == {one.id for one in plan.cells}
    return found


@pytest.fixture(scope="session")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CellJudged]:
    """The verdicts of the run, by id."""
    os.environ["FAKE_PYTHON"] = sys.executable
    os.environ["FAKE_SECRET"] = SECRET
    return played(tmp_path_factory.mktemp("programs"), CONFIG)
