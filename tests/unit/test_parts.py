"""Each part of the suite that can be played alone is a part of `--all`, of which the ledger is about every cell."""

from __future__ import annotations

from benchmarks import parts
from zmq_interop import scenarios
from zmq_interop.core import default_cells, plan, shard
from zmq_interop.peers import manifest


def test_what_a_part_plays_is_in_the_plan_of_all() -> None:
    known, peers = scenarios.load(), manifest.discover()
    every = {cell.id for one in known for cell in default_cells.expand(one, list(peers), {})}
    usual = plan.planned(plan.plan(known, peers), peers)
    for arguments in parts.arguments(list(peers), [one.name for one in known]):
        match arguments:
            case ("--peers", some):
                ids = [cell.id for cell in plan.plan(known, {name: peers[name] for name in some.split(",")})]
            case ("--shard", part):
                ids = [cell.id for cell in shard.cut(usual, shard.parse(part))]
            case _:
                ids = [cell.id for cell in plan.plan(known, peers, arguments)]
        assert set(ids) <= every, arguments
