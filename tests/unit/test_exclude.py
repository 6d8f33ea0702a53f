"""`interop run --exclude`: what is left out is counted, and of the rest nothing is judged otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents.scripted.runtime import Script, at, die
from zmq_interop.core import plan
from zmq_interop.core.cell import matches
from zmq_interop.core.events import CellJudged, Planned
from zmq_interop.core.exclude import Excluded, exclude
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.shard import Shard
from zmq_interop.core.verdicts import Account
from zmq_interop.system.errors import Exit, UsageError

PEERS = world.peers("a", "b")
ALL = plan.planned(world.cells(PEERS), PEERS)
TCP = "push_pull/tcp/a:*"


def part(*patterns: str, of: Sequence[PlannedCell] = ALL) -> Excluded:
    return exclude(of, plan.excluded(world.in_memory(), PEERS, patterns))


def test_each_cell_is_kept_or_left_out_once_and_the_note_counts_them() -> None:
    parted = part(TCP, "push_pull/*/a:a", "push_pull/ipc/b:b")
    assert sorted(cell.id for cell in [*parted.kept, *parted.left_out]) == sorted(cell.id for cell in ALL)
    assert {cell.id for cell in parted.left_out} == {
        cell.id for cell in ALL if matches(cell.id, (TCP, "push_pull/*/a:a", "push_pull/ipc/b:b"))
    }
    of_tcp = sum(matches(cell.id, (TCP,)) for cell in ALL)
    more = len(parted.left_out) - of_tcp - 1
    assert parted.note == (
        f"excluded: {len(parted.left_out)} cells by --exclude 'push_pull/tcp/a:*' ({of_tcp}), "
        f"--exclude 'push_pull/*/a:a' ({more}), --exclude push_pull/ipc/b:b (1)"
    )
    none = part()
    assert (none.kept, none.left_out, none.note) == (ALL, [], "")


def test_a_pattern_that_leaves_out_nothing_is_no_fault_of_a_run_of_some_cells() -> None:
    few = [one for one in ALL if one.cell.transport == "ipc"]
    assert part(TCP, of=few).note == "excluded: 0 cells by --exclude 'push_pull/tcp/a:*'"


def test_a_pattern_that_no_cell_of_all_peers_matches_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="--exclude 'push_pull/tcp/a:c' matches no cell"):
        part("push_pull/tcp/a:c")
    with pytest.raises(UsageError, match=r"did you mean 'push_pull/tcp'\?"):
        part(TCP, "pushpull/tcp")


@pytest.mark.parametrize("pattern", ["push_pul", "push_pull/tcp/a", "push_pull/", "*/a:b", "p"])
def test_a_pattern_means_what_it_means_to_run(pattern: str) -> None:
    selected = {cell.id for cell in world.cells(PEERS, pattern)}
    assert {cell.id for cell in part(pattern).left_out} == selected


def test_a_pattern_means_the_same_whatever_else_narrows_the_run() -> None:
    """A cell of a peer that was not chosen is no beginning of the id of one that was."""
    wide = world.peers("a", "a-pure", "b")
    few = plan.planned(world.cells(world.peers("a-pure", "b"), "push_pull/tcp"), wide)
    parted = exclude(few, plan.excluded(world.in_memory(), wide, ["push_pull/tcp/a:b"]))
    assert parted.kept == few


def test_a_pattern_whose_cells_another_one_has_left_out_is_not_out_of_date() -> None:
    assert part(TCP, "push_pull/tcp/a:a").note.endswith("--exclude push_pull/tcp/a:a (0)")


def test_a_run_plays_the_rest_and_says_what_it_left_out(play: Player) -> None:
    dies = {"a": Script(instead=at("bind", die))}
    ended, seen = play(world.peers("a", "b"), dies, exclude=("*/a:*", "*:a"))
    planned = [cell.id for cell in ALL if "a" not in cell.cell.peers]
    assert sorted(event.id for event in seen if isinstance(event, CellJudged)) == sorted(planned)
    assert (ended.exit_code, ended.account) == (Exit.OK, Account(planned=len(planned), passed=len(planned)))
    assert ended.notes[0].startswith(f"excluded: {len(ALL) - len(planned)} cells by --exclude ")
    (plan,) = (event for event in seen if isinstance(event, Planned))
    assert not plan.full, "ledger prune must not take what was left out for what is gone"


def test_an_entry_about_cells_that_are_left_out_is_not_stale(play: Player) -> None:
    entry = f"[[failure]]\ncells = ['{TCP}']\nkind = 'lost'\nreason = 'r'\n"
    for shard in (None, Shard(number=1, of=2)):
        ended, _ = play(world.peers("a", "b"), ledger=entry, exclude=(TCP,), shard=shard)
        assert (ended.exit_code, ended.problems) == (Exit.OK, [])
