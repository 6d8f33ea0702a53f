"""What takes part in a run: messages, peers, cells. Reads manifests and protos; builds and starts nothing."""

from __future__ import annotations

from typing import NamedTuple

from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.core import plan
from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.peers import manifest
from zmq_interop.results.ledger.subject import Every
from zmq_interop.run.options import Options
from zmq_interop.schemas import gather, project, samples
from zmq_interop.schemas.gather import Schemas


class Selected(NamedTuple):
    """What takes part in a run.

    cells: the plan before it is cut to a shard. every: all that there are, of which `cells` may be a part.
    """

    messages: Schemas
    peers: dict[str, Peer]
    cells: list[PlannedCell]
    every: Every


def select(options: Options) -> Selected:
    """What the options select. Raises InteropError."""
    project.generate()
    messages = gather.gather(options.proto_dirs)
    peers = outside.join(manifest.discover(), options.outside)
    if options.peers:
        peers = manifest.pick(peers, options.peers)
    known = scenarios.load(samples.read(messages))
    cells = plan.plan(known, peers, options.patterns, options.roles, options.every)
    return Selected(messages, peers, plan.planned(cells, peers), Every(known, peers))
