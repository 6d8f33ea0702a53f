"""What takes part in a run: messages, peers, cells. Reads manifests and protos; builds and starts nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.core import plan, variants
from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.scenario import Scenario
from zmq_interop.core.variants import Wanted
from zmq_interop.peers import manifest
from zmq_interop.results.ledger.subject import PEER, PROTO, Every
from zmq_interop.run import coverings
from zmq_interop.run.options import Options
from zmq_interop.schemas import gather, payloads, samples
from zmq_interop.schemas.gather import Schemas
from zmq_interop.system.workspace import Workspace

if TYPE_CHECKING:
    from zmq_interop.programs.declaration import Declared


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


class Variants(NamedTuple):
    """The variants of a run (core/variants.py), and what each became: a peer that can be started, or has a problem."""

    wanted: Wanted = Wanted()
    made: Mapping[str, Peer] = {}


NO_VARIANTS = Variants()


def names_variants(options: Options) -> bool:
    """Whether the options may name a variant."""
    names = (*options.peers, *options.patterns, *options.roles.values())
    return bool(options.spread) or any(variants.SIGN in one for one in names)


def variants_of(options: Options) -> tuple[Wanted, dict[str, Peer]]:
    """The variants that the options ask for, none made yet, and all peers that they can be of. Raises InteropError."""
    there = outside.join(manifest.discover(), options.outside)
    asked = (*options.patterns, *options.roles.values())
    return variants.wanted(there, options.spread, options.peers, asked), there


def select(options: Options, space: Workspace, playing: Variants = NO_VARIANTS) -> Selected:
    """What the options select. playing: what `variants_of` gives, made. Raises InteropError."""
    declared = _declaration(options.config) if options.config else None
    folders = [*options.proto_dirs, *(declared.proto_dirs if declared else ())]
    messages = gather.gather(space.snapshots, list({folder.resolve(): folder for folder in folders}.values()))
    there = outside.join(manifest.discover(), options.outside)
    wanted, made = playing
    beside = {one.name: made[one.name] for one in wanted.named}
    names = wanted.peers or options.peers
    peers = manifest.pick(there | beside, (*names, *_bases(wanted))) if names else there | beside
    known = [*scenarios.load(samples.read(messages)), *_of_programs(declared, messages)]
    remembered = coverings.load(space)
    before = len(remembered)
    cells = plan.plan(known, peers, _patterns(options, declared, folders), options.roles, options.every, remembered)
    if len(remembered) > before:
        coverings.save(space, remembered)
    excluded = plan.excluded(known, there, options.exclude)
    if wanted.all:
        if wanted.spread:
            cells = variants.spread(cells, wanted.spread)
        peers = dict(sorted((peers | {one.name: made[one.name] for one in wanted.spread}).items()))
        excluded = {
            pattern: frozenset(cell.id for cell in cells if variants.base_id(cell.id) in ids)
            for pattern, ids in excluded.items()
        }
    others = frozenset(there.keys() - peers.keys())
    given = {PROTO: folders, PEER: options.outside}
    lacks = [option for option, values in given.items() if not values]
    every = Every(known, peers, lacks=lacks, planned=cells)
    return Selected(messages, peers, plan.planned(cells, peers), every, excluded, others)


def _bases(wanted: Wanted) -> Iterator[str]:
    """The peers that play because variants of them do, though nobody names them."""
    yield from dict.fromkeys(one.peer for one in wanted.spread)
    yield from dict.fromkeys(one.name for one in wanted.named)


def _declaration(file: Path) -> Declared:
    from zmq_interop.programs import reading  # a run without programs of the user starts sooner without it

    return reading.read(file)


def _of_programs(declared: Declared | None, messages: Schemas) -> list[Scenario]:
    if declared is None:
        return []
    from zmq_interop.programs import scenarios as program_scenarios

    return program_scenarios.of(declared, payloads.load(messages.descriptors), messages.defects)


def _patterns(options: Options, declared: Declared | None, protos: Sequence[Path]) -> Sequence[str]:
    """What a run plays: with a declaration and without patterns, the programs and the user's own messages."""
    if declared is None or options.patterns:
        return options.patterns
    from zmq_interop.programs import scenarios as program_scenarios

    return (*program_scenarios.names(declared), *([scenarios.OWN_SCHEMAS] if protos else ()))
