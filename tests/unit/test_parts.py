"""Each part of the suite that can be played alone is a part of `--all`, of which the ledger is about every cell."""

from __future__ import annotations

from benchmarks import parts
from zmq_interop import scenarios
from zmq_interop.core import plan, shard
from zmq_interop.peers import manifest


def test_what_a_part_plays_is_in_the_plan_of_all() -> None:
    known, peers = scenarios.load(), manifest.discover()
    every = {cell.id for one in known for cell in plan.expand(one, list(peers), {})}
    names = [one.name for one in known]
    usual = plan.plan(known, peers)
    for arguments in parts.arguments(list(peers), names):
        match arguments:
            case ("--peers", some):
                cells = plan.plan(known, {name: peers[name] for name in some.split(",")})
            case ("--shard", part):
                cells = shard.cut(usual, shard.parse(part), lambda _: 1)
            case _:
                cells = plan.plan(known, peers, arguments)
        assert {cell.id for cell in cells} <= every, arguments
