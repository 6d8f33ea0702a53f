"""Whatever agents do, the account balances and nothing is left running."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import world
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Deed, Script, at
from zmq_interop.run.engine.engine import Settings

DEEDS: list[Deed] = [
    runtime.die,
    runtime.answer_and_die,
    runtime.hang,
    runtime.swallow,
    runtime.wrong_id,
    runtime.twice,
    runtime.say(b"\x00\x00\x00\x03abc"),
    runtime.say(b"\xff\xff\xff\xff"),
    runtime.late(0.5),
    runtime.late(30),
    runtime.reply(endpoint="nowhere"),
    runtime.reply(closed=7),
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
