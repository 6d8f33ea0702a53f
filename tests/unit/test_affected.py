"""`--since`: which cells a change of files can affect, and why the others are left out."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import pytest

from tests.ci.git import git
from tests.unit import world
from zmq_interop.core import affected, plan
from zmq_interop.core.affected import Effect
from zmq_interop.peers import manifest
from zmq_interop.run import narrowing
from zmq_interop.run.options import Options
from zmq_interop.schemas import git_tree
from zmq_interop.system.errors import NothingSelected, UsageError
from zmq_interop.system.paths import ROOT

PEERS = world.peers("a", "b", "c")
PLAN = plan.planned(world.cells(PEERS, "push_pull", "multipart"), PEERS)
RULES = {
    PurePath(): Effect(what="the harness", every=True),
    PurePath("docs"): Effect(what="files that no cell depends on"),
    PurePath("peers/a"): Effect(what="the peer a", peers=frozenset({"a"})),
    PurePath("peers/a/shared.py"): Effect(what="the peers a, b", peers=frozenset({"a", "b"})),
    PurePath("families/multipart.py"): Effect(what="the scenarios of multipart", families=frozenset({"multipart"})),
}
NOTHING = Effect(what="peers that this repository does not have")


def kept(*changed: str, always: Effect = NOTHING) -> set[str]:
    return {one.id for one in affected.choose(PLAN, changed, RULES, always, "main").kept}


def test_the_longest_path_counts() -> None:
    everything = {one.id for one in PLAN}
    assert kept("pyproject.toml") == everything
    assert kept("docs/x.md", "peers/a/agent.py") == {one.id for one in PLAN if "a" in one.cell.peers}
    assert kept("peers/a/shared.py") == {one.id for one in PLAN if {"a", "b"} & set(one.cell.peers)}
    assert kept("families/multipart.py") == {one.id for one in PLAN if one.cell.scenario.name == "multipart"}


def test_peers_from_elsewhere_always_play() -> None:
    elsewhere = Effect(what="peers that this repository does not have", peers=frozenset({"c"}))
    assert kept("docs/x.md", always=elsewhere) == {one.id for one in PLAN if "c" in one.cell.peers}
    assert kept(always=elsewhere) == kept("docs/x.md", always=elsewhere)


def test_each_part_says_why() -> None:
    found = affected.choose(PLAN, ["docs/x.md", "peers/a/lane.py"], RULES, NOTHING, "main")
    unchanged = "nothing that their peers or scenarios are made of changed"
    playing = sum("a" in one.cell.peers for one in PLAN)
    assert found.notes == [
        f"--since main: {playing} cells for the peer a: peers/a/lane.py",
        "--since main: no cell for files that no cell depends on: docs/x.md",
        f"--since main: {len(PLAN) - playing} cells are left out: {unchanged}",
    ]
    only = affected.choose(PLAN, ["families/multipart.py"], RULES, NOTHING, "main")
    assert only.notes[-1] == "--since main: scenarios that are not played: push_pull"


@pytest.mark.parametrize(
    ("changed", "told"), [([], "no file changed"), (["docs/x.md"], r"docs/x\.md: files that no cell depends on")]
)
def test_nothing_is_affected(changed: list[str], told: str) -> None:
    with pytest.raises(NothingSelected, match=told):
        affected.choose(PLAN, changed, RULES, NOTHING, "main")


def test_git_tells_what_changed_and_when(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for name in ("kept", "edited", "gone", "sub/kept"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1\n")
    (tmp_path / ".gitignore").write_text("built\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message=one")
    first = git_tree.commit(tmp_path, "main")
    assert git_tree.changed(tmp_path, first) == []
    (tmp_path / "edited").write_text("2\n")
    git(tmp_path, "commit", "--quiet", "--all", "--message=two")
    (tmp_path / "gone").unlink()
    (tmp_path / "new ü").write_text("1\n")
    (tmp_path / "built").write_text("1\n")
    assert git_tree.changed(tmp_path, first) == ["edited", "gone", "new ü"]
    assert git_tree.last_change(tmp_path) == git_tree.NOW
    assert git_tree.last_change(tmp_path / "sub") == int(git(tmp_path, "log", "-1", "--format=%ct", first))


def test_a_file_that_peers_share_by_a_link_affects_each_of_them() -> None:
    there = manifest.discover()
    target = PurePath(os.path.realpath(ROOT / "peers/python-omq/lane.py"))
    rules = narrowing.rules(Options(), ROOT, [], there)
    assert {"python", "python-omq"} <= rules[target.relative_to(ROOT)].peers
    assert rules[PurePath("peers/c")].peers == {"c"}


def test_a_commit_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="there is no such commit"):
        narrowing.to_changes(Options(since="no-such-branch"), PLAN, PEERS)
