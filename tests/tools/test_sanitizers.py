"""The C agent plays its whole matrix against itself under the address and undefined-behaviour sanitizers."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.space import HERE
from tests.tools.tool import complain
from zmq_interop import scenarios
from zmq_interop.core import plan
from zmq_interop.core.events import CellJudged, Event, Incident, PeerLost
from zmq_interop.core.peer import Peer
from zmq_interop.core.verdicts import Verdict
from zmq_interop.peers import manifest
from zmq_interop.results import ledger
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan, Run
from zmq_interop.schemas import project
from zmq_interop.system.paths import PEERS

NAME = "c"  # the ledger knows what fails by this name


def sanitized(folder: Path) -> Peer:
    """A copy of the C peer whose agent is the sanitized one."""
    shutil.copytree(PEERS / "c", folder, ignore=shutil.ignore_patterns("build", "gen"))
    text = (folder / "peer.toml").read_text()
    for old, new in (
        ('command = ["make", "--silent"]', 'command = ["make", "--silent", "SANITIZE=1"]'),
        ('command = ["build/agent"]', 'command = ["build/agent-sanitized"]'),
    ):
        assert text.count(old) == 1, f"peers/c/peer.toml has no line {old}; this test must learn the new one"
        text = text.replace(old, new)
    (folder / "peer.toml").write_text(text)
    return manifest.load(folder)


def test_the_c_agent_runs_clean_under_sanitizers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # libzmq asks for as much memory as a peer says that it will send, and lives with a no (docs/findings.md).
    monkeypatch.setenv("ASAN_OPTIONS", "allocator_may_return_null=1")
    peers = {NAME: sanitized(tmp_path / NAME)}
    shared = project.scan()
    project.generate(HERE)
    cells = plan.plan(scenarios.load(), peers)
    complaints: list[str] = []

    def listen(event: Event) -> None:
        match event:
            case CellJudged(verdict=Verdict.PASS | Verdict.KNOWN):
                pass
            case CellJudged():
                complaints.extend([f"{event.id}: {event.verdict} {event.got}{event.reason}", *event.stderr.values()])
            case PeerLost():
                complaints.extend([f"{event.name}: {event.reason}", event.hint, event.detail])
            case Incident():  # a report ends the agent at once; one on leaks, at its end, with a status of its own
                complaints.extend([f"{event.instance}: {event.reason}; it {event.ended}", event.stderr])

    planned = Plan(space=HERE, protos=shared, peers=peers, cells=plan.planned(cells, peers), ledger=ledger.load())
    asyncio.run(Run(Options(runtime="process", peers=(NAME,)), planned, [listen], print).play())
    mend = "cd peers/c; the report names file and line. A crash without one: the agent's stderr is in .interop/latest"
    complain(f"{len(cells)} cells of the sanitized agent", complaints, mend)
