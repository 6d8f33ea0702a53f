"""What an agent answers, or makes of files, can trip a check up: the check says so, and the others are played."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from tests.smoke.conftest import play_checks
from tests.space import HERE
from zmq_interop.core.peer import Launch, Peer
from zmq_interop.peers import manifest
from zmq_interop.schemas import gather
from zmq_interop.smoke.agent import Agent
from zmq_interop.smoke.play import CheckOutcome
from zmq_interop.smoke.rules import REGISTRY
from zmq_interop.system.paths import ROOT

FIRST, *_, LAST = REGISTRY.values()
IPC = REGISTRY["anyone_may_connect_over_ipc"]
NO_FILE = f"""
import sys
sys.path[:0] = [{str(ROOT / "peers/python")!r}]
from agent import main
from lane import Lane
from pathlib import Path

class NoFile(Lane):
    def bind(self, operation):
        response = super().bind(operation)
        if response.endpoint.startswith("ipc://"):
            Path(response.endpoint.removeprefix("ipc://")).unlink()
        return response

main(NoFile)
"""


def test_a_check_that_cannot_read_an_answer_fails_and_ends_nothing(tmp_path: Path, breaches: tuple[str, ...]) -> None:
    async def trip(agent: Agent) -> None:
        (tmp_path / agent.hello.language / "not there").stat()

    tripping = msgspec.structs.replace(IPC, play=trip)
    honest = manifest.discover()["python"]
    played = asyncio.run(play_checks(tmp_path, honest, gather.gather(HERE.snapshots).protos, [FIRST, tripping, LAST]))
    assert [one.outcome for one in played.results] == [CheckOutcome.PASS, CheckOutcome.FAIL, CheckOutcome.PASS]
    assert "FileNotFoundError" in played.results[1].why
    assert breaches, "the peer is built"


def test_a_stack_whose_ipc_makes_no_file_is_not_asked_who_may_write_to_it(
    tmp_path: Path, breaches: tuple[str, ...]
) -> None:
    program = tmp_path / "agent.py"
    program.write_text(NO_FILE)
    honest = manifest.discover()["python"]
    run = Launch(command=(sys.executable, str(program)))
    peer: Peer = msgspec.structs.replace(
        honest, manifest=msgspec.structs.replace(honest.require(), run=run, build=None)
    )
    played = asyncio.run(play_checks(tmp_path, peer, gather.gather(HERE.snapshots).protos, [FIRST, IPC]))
    assert played.results[1].outcome is CheckOutcome.UNSEEN, played.results[1]
    assert "there is no socket file at 'ipc://" in played.results[1].why
    assert breaches, "the peer is built"
