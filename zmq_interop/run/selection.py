"""What takes part in a run: messages, peers, cells. Reads manifests and protos; builds and starts nothing."""

from __future__ import annotations

from typing import NamedTuple

from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.core import plan
from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.peers import manifest
from zmq_interop.results.ledger.subject import PEER, PROTO, Every
from zmq_interop.run.options import Options
from zmq_interop.schemas import gather, samples
from zmq_interop.schemas.gather import Schemas
from zmq_interop.system.workspace import Workspace


class Selected(NamedTuple):
    """What takes part in a run.

    cells: the plan before it is cut to a shard. every: all that there are, of which `cells` may be a part. excluded:
    for each pattern of `--exclude`, the ids that it selects. others: names of the peers that were not chosen.
    """

    messages: Schemas
    peers: dict[str, Peer]
    cells: list[PlannedCell]
    every: Every
    excluded: dict[str, frozenset[str]]
    others: frozenset[str]


def select(options: Options, space: Workspace) -> Selected:
    """What the options select. Raises InteropError."""
    messages = gather.gather(space.snapshots, options.proto_dirs)
    there = outside.join(manifest.discover(), options.outside)
    peers = manifest.pick(there, options.peers) if options.peers else there
    known = scenarios.load(samples.read(messages))
    cells = plan.plan(known, peers, options.patterns, options.roles, options.every)
    excluded = plan.excluded(known, there, options.exclude)
    others = frozenset(there.keys() - peers.keys())
    given = {PROTO: options.proto_dirs, PEER: options.outside}
    every = Every(known, peers, lacks=[option for option, values in given.items() if not values])
    return Selected(messages, peers, plan.planned(cells, peers), every, excluded, others)
