"""What `interop new-peer` makes, untouched: it builds, says what it claims, keeps the contract, and can be played."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.driver import BROKEN, DIGEST, Agent, Protos, build
from tests.space import HERE
from zmq_interop import scenarios
from zmq_interop.core import events, plan
from zmq_interop.core.peer import CONTRACT, OPERATIONS, Peer
from zmq_interop.core.verdicts import Verdict
from zmq_interop.peers import manifest, scaffold
from zmq_interop.peers.build import build as build_peer
from zmq_interop.results import ledger
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan, Run
from zmq_interop.schemas import project
from zmq_interop.system.errors import Exit, PeerBroken
from zmq_interop.system.paths import PEERS, ROOT, TEMPLATES

WHOLE = sorted(path.parent.name for path in TEMPLATES.glob("*/template.toml") if path.parent.name != scaffold.BARE)
NAME = "new-one"


@pytest.fixture(scope="module", params=WHOLE)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new peer."""
    language = tomllib.loads((TEMPLATES / request.param / "template.toml").read_text())["languages"][0]
    return scaffold.make(NAME, language, tmp_path_factory.mktemp(request.param) / "elsewhere")


@pytest.fixture(scope="module")
def home(folder: Path, protos: Protos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(folder, protos, tmp_path_factory.mktemp("built"))


@pytest.fixture(params=["stdio", "socket"])
def skeleton(request: pytest.FixtureRequest, home: Path, protos: Protos) -> Iterator[Agent]:
    agent = Agent(home, protos, request.param)
    yield agent
    agent.stop()


def test_it_says_what_it_claims(folder: Path, skeleton: Agent) -> None:
    peer = manifest.load(folder, of_tree=False)
    claims = peer.require().claims
    hello = skeleton.hello.hello
    assert (hello.contract, hello.peer, hello.proto_digest) == (CONTRACT, NAME, DIGEST)
    assert hello.lanes == claims.lanes
    for name in ("socket_types", "transports", "mechanisms", "options", "abilities", "operations"):
        assert sorted(getattr(hello, name)) == sorted(getattr(claims, name)), name


def test_every_operation_but_two_is_still_to_be_written(skeleton: Agent) -> None:
    assert skeleton.do(close_all={}).closed == 0
    assert skeleton.do(program={"steps": [{"close_all": {}}]}).program.results[0].closed == 0
    for operation in set(OPERATIONS) - {"close_all", "program"}:
        request: dict[str, Any] = {operation: {}}
        assert skeleton.error(**request) == "UNSUPPORTED", operation


def test_it_knows_every_message_type_and_names_the_protos_that_it_could_not_take(
    skeleton: Agent, protos: Protos
) -> None:
    hello = skeleton.hello.hello
    refused = {refusal.file: refusal.reason for refusal in hello.refused}
    assert set(refused) >= BROKEN
    assert "types/user.proto" not in refused
    assert all(refused.values())
    assert set(hello.message_types) >= protos.payloads(*(file for file in protos.files if file not in refused))


def test_its_channel_and_lanes_are_as_the_contract_asks(skeleton: Agent) -> None:
    lanes = skeleton.hello.hello.lanes
    assert skeleton.error(lanes, close_all={}) == "INVALID"
    numbers = [skeleton.start(lane % lanes, close_all={}) for lane in range(500)]
    assert all(skeleton.answer(number).WhichOneof("result") == "closed" for number in numbers)
    skeleton.end_channel()
    assert skeleton.exit() == 0


def smoke(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zmq_interop", "smoke", str(folder), "--no-install"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_smoke_has_nothing_against_it(folder: Path) -> None:
    done = smoke(folder)
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    assert "operations done, 2 of 16: close_all program" in done.stdout


def play(peers: dict[str, Peer]) -> tuple[events.RunEnded, list[events.CellJudged]]:
    judged: list[events.CellJudged] = []
    cells = plan.plan(scenarios.load(), peers, ("push_pull",))
    planned = Plan(
        space=HERE, protos=project.scan(), peers=peers, cells=plan.planned(cells, peers), ledger=ledger.Ledger(())
    )
    listeners = [lambda event: judged.append(event) if isinstance(event, events.CellJudged) else None]
    return asyncio.run(Run(Options(runtime="process"), planned, listeners, print).play()), judged


def test_a_run_counts_what_it_cannot_play_yet(folder: Path) -> None:
    ended, judged = play({"python": manifest.load(PEERS / "python"), NAME: manifest.load(folder, of_tree=False)})
    assert ended.exit_code == Exit.OK
    assert ended.account.balanced
    assert {one.verdict for one in judged if NAME in one.roles.values()} == {Verdict.UNSUPPORTED}
    assert {one.verdict for one in judged if NAME not in one.roles.values()} == {Verdict.PASS}


def test_what_no_template_knows_says_what_to_write(tmp_path: Path) -> None:
    peer = manifest.load(scaffold.make(NAME, "Zig", tmp_path / NAME))
    assert peer.require().language == "Zig"
    with pytest.raises(PeerBroken) as caught:
        asyncio.run(build_peer(peer, project.scan(), HERE, tmp_path / "log", print, install=False))
    assert "README.md, steps 1 and 2" in caught.value.detail
    done = smoke(peer.folder)
    assert done.returncode == Exit.BROKEN
    assert "| build.sh has no build command yet: README.md, steps 1 and 2" in done.stderr
