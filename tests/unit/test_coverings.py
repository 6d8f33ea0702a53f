"""Which cells a default run plays is found once and remembered: what is remembered changes nothing but the time."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit import world
from zmq_interop.core import plan
from zmq_interop.core.default_cells import Coverings
from zmq_interop.run import coverings
from zmq_interop.system import workspace
from zmq_interop.system.workspace import Workspace

PEERS = world.peers("a", "b", "c")


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return workspace.at(tmp_path)


def ids(known: Coverings, *patterns: str, roles: dict[str, str] | None = None) -> list[str]:
    return [cell.id for cell in plan.plan(world.in_memory(), PEERS, patterns, roles, coverings=known)]


@pytest.mark.parametrize("patterns", [(), ("push_pull", "multipart/tcp"), ("*/ipc/*",)])
def test_a_remembered_plan_is_that_of_the_first_time(patterns: tuple[str, ...]) -> None:
    known: Coverings = {}
    first = ids(known, *patterns)
    assert known
    found = dict(known)
    assert ids(known, *patterns) == first == ids({}, *patterns)
    assert known == found


def test_it_is_looked_up_and_not_found_again() -> None:
    known: Coverings = {}
    ids(known, "push_pull")
    (key,) = known
    assert len(ids({key: [0]})) < len(ids({}))


def test_other_claims_other_roles_and_other_peers_are_other_plans() -> None:
    known: Coverings = {}
    ids(known, "push_pull")
    ids(known, "push_pull", roles={"pusher": "a"})
    for peers in (world.peers("a", "b"), PEERS | {"c": world.peer("c", transports=["tcp"])}):
        plan.plan(world.in_memory(), peers, ["push_pull"], coverings=known)
    assert len(known) == 4


def test_what_is_saved_is_what_is_read(space: Workspace) -> None:
    assert coverings.load(space) == {}
    known: Coverings = {}
    ids(known)
    coverings.save(space, known)
    assert coverings.load(space) == known
    assert [file.name for file in space.folder.iterdir()] == [space.coverings.name]


def test_the_newest_are_kept(space: Workspace) -> None:
    coverings.save(space, {str(number): [number] for number in range(coverings.MOST + 1)})
    assert list(coverings.load(space))[:1] == ["1"]
    assert len(coverings.load(space)) == coverings.MOST


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode({"computed_by": "another version", "coverings": {"a": [1]}}),
        msgspec.msgpack.encode({"coverings": []}),
    ],
)
def test_a_file_that_is_of_no_use_counts_as_none_and_is_replaced(space: Workspace, content: bytes) -> None:
    space.coverings.write_bytes(content)
    assert coverings.load(space) == {}
    coverings.save(space, {"a": [1]})
    assert coverings.load(space) == {"a": [1]}


def test_where_nothing_can_be_written_the_run_goes_on(space: Workspace, tmp_path: Path) -> None:
    space.coverings.mkdir()
    coverings.save(space, {"a": [1]})
    assert [file.name for file in tmp_path.iterdir()] == [space.coverings.name]
    coverings.save(workspace.at(tmp_path / "missing"), {"a": [1]})
    assert not (tmp_path / "missing").exists()
