"""`interop run --exclude`: what is left out is counted, and of the rest nothing is judged otherwise."""

from __future__ import annotations

from tests.unit import world
from tests.unit.world import Player
from zmq_interop.agents.scripted.runtime import Script, at, die
from zmq_interop.core import cell as cells
from zmq_interop.core import plan
from zmq_interop.core.events import CellJudged, Planned
from zmq_interop.core.exclude import exclude
from zmq_interop.core.shard import Shard
from zmq_interop.core.verdicts import Account
from zmq_interop.system.errors import Exit

PEERS = world.peers("a", "b")
ALL = plan.planned(world.cells(PEERS), PEERS)
TCP = "push_pull/tcp/a:*"


def test_each_cell_is_kept_or_left_out_once_and_the_note_counts_them() -> None:
    parted = exclude(ALL, (TCP, "push_pull/*/a:a", "push_pull/ipc/b:b"), full=True)
    assert sorted(cell.id for cell in [*parted.kept, *parted.left_out]) == sorted(cell.id for cell in ALL)
    assert {cell.id for cell in parted.left_out} == {
        cell.id for cell in ALL if cells.matches(cell.id, (TCP, "push_pull/*/a:a", "push_pull/ipc/b:b"))
    }
    of_tcp = sum(cells.matches(cell.id, (TCP,)) for cell in ALL)
    more = len(parted.left_out) - of_tcp - 1
    assert parted.note == (
        f"excluded: {len(parted.left_out)} cells by --exclude 'push_pull/tcp/a:*' ({of_tcp}), "
        f"--exclude 'push_pull/*/a:a' ({more}), --exclude push_pull/ipc/b:b (1)"
    )
    none = exclude(ALL, (), full=True)
    assert (none.kept, none.left_out, none.note) == (ALL, [], "")


def test_a_pattern_that_leaves_out_nothing_is_no_fault_of_a_run_of_some_cells() -> None:
    assert exclude(ALL, ("pigeon",), full=False).note == "excluded: 0 cells by --exclude pigeon"


def test_a_pattern_whose_cells_another_one_has_left_out_is_not_out_of_date() -> None:
    assert exclude(ALL, (TCP, "push_pull/tcp/a:a"), full=True).note.endswith("--exclude push_pull/tcp/a:a (0)")


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
