"""The scripted runtime is an honest peer: every scenario that it can play passes on it, in all its axes."""

from tests.unit import world
from zmq_interop.core import plan
from zmq_interop.core.verdicts import Verdict


def test_every_cell_of_every_scenario_passes() -> None:
    known = world.peers("a", "b")
    planned = plan.plan(world.in_memory(), known, every=True)
    played = world.play(known, planned)
    bad = {
        id: (cell.verdict, cell.kind, cell.got, cell.reason)
        for id, cell in played.judged.items()
        if cell.verdict != Verdict.PASS
    }
    assert bad == {}
    assert set(played.verdicts) == {cell.id for cell in planned}
    assert played.incidents == []
