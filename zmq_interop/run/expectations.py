"""What a plan must have: the peers that are required, and as much as the baseline says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.peers import manifest
from zmq_interop.results import baseline
from zmq_interop.run.options import Options
from zmq_interop.system.errors import UsageError


def check_required(options: Options, peers: Mapping[str, Peer], others: frozenset[str]) -> None:
    """Raises UsageError for a required peer that cannot take part. others: peers that --peers leaves out."""
    left_out = [name for name in options.require_peers if name in others]
    if left_out:
        names = ", ".join(left_out)
        raise UsageError(
            f"--require-peers: {names} {'is' if len(left_out) == 1 else 'are'} required, but not among --peers "
            f"{','.join(options.peers)}",
            f"add {names} to --peers, or remove it from --require-peers",
        )
    manifest.pick(dict(peers), options.require_peers, "--require-peers: ")


def against_baseline(
    options: Options, file: Path, cells: Sequence[PlannedCell], peers: Mapping[str, Peer]
) -> tuple[list[str], list[str]]:
    """The problems and notes from comparing a full plan with the baseline."""
    written = baseline.load(file) if options.full else None
    if written is None:
        return [], []
    alike = not (options.every or options.proto_dirs or options.outside)
    now = baseline.measure(cells, peers)
    now = msgspec.structs.replace(now, peers={name: now.peers[name] for name, peer in peers.items() if peer.of_tree})
    return baseline.compare(now, written, alike=alike)


def absent(
    options: Options, played: Collection[str], cells: Sequence[PlannedCell], uncut: Sequence[PlannedCell]
) -> Iterator[str]:
    """A problem for each required peer that did not play, unless all that it can play is in other shards.

    played: peers with a judged cell. cells: those of the run. uncut: of a shard, those of all shards.
    """

    def has_some(some: Sequence[PlannedCell], name: str) -> bool:
        return any(name in one.cell.peers and not one.unclaimed for one in some)

    for name in options.require_peers:
        if name not in played and not (has_some(uncut, name) and not has_some(cells, name)):
            planned = sum(name in one.cell.peers for one in cells)
            why = f"none of its {planned} cells could be judged" if planned else "it is in no cell of this run"
            yield f"--require-peers: {name}: {why}"
