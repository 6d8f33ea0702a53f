"""Whatever agents do, the account balances and nothing is left running."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import world
from zmq_interop.engine.engine import Settings
from zmq_interop.runtimes import scripted
from zmq_interop.runtimes.scripted import Deed, Script, at

DEEDS: list[Deed] = [
    scripted.die,
    scripted.answer_and_die,
    scripted.hang,
    scripted.swallow,
    scripted.wrong_id,
    scripted.twice,
    scripted.say(b"\x00\x00\x00\x03abc"),
    scripted.say(b"\xff\xff\xff\xff"),
    scripted.late(0.5),
    scripted.late(30),
    scripted.reply(endpoint="nowhere"),
    scripted.reply(closed=7),
]
scripts = st.builds(
    Script,
    unprepared=st.sampled_from(["", "", "", "no compiler"]),
    unstarted=st.sampled_from(["", "", "", "no such file"]),
    instead=st.builds(
        at,
        st.sampled_from(["open", "bind", "connect", "send", "receive", "set_option", "close_all"]),
        st.sampled_from(DEEDS),
        nth=st.integers(0, 5),
        instance=st.sampled_from(["", "a-1", "b-2"]),
    ),
    status=st.sampled_from([0, 0, 1]),
    deaf=st.booleans(),
    cut=st.sampled_from([1, 7, 1 << 20]),
)


@given(st.fixed_dictionaries({"a": scripts, "b": scripts}), st.integers(1, 20))
@settings(max_examples=60)
def test_whatever_agents_do_every_cell_gets_one_verdict(script: dict[str, Script], jobs: int) -> None:
    known = world.peers("a", "b")
    planned = world.cells(known, "push_pull", "pub_sub/tcp", "dealer_router/inproc", "xpub_xsub/ipc")
    played = world.play(known, planned, script, settings=Settings(jobs=jobs))
    assert set(played.verdicts) == {cell.id for cell in planned}
    assert [instance.name for instance in played.runtime.instances if instance.ended is None] == []
