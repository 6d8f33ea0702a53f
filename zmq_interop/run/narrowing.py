"""Narrows a plan to what a change can affect (`--since`) and to what a time allows (`--budget`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

import msgspec

from zmq_interop.core import affected, budget
from zmq_interop.core.affected import Effect
from zmq_interop.core.features import PROGRAMS
from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.peers import peer_files
from zmq_interop.results import costs
from zmq_interop.results.ledger import Ledger
from zmq_interop.run import past_runs
from zmq_interop.run.engine import queues
from zmq_interop.run.options import Options
from zmq_interop.run.run_folder import WHOLE, sort_of
from zmq_interop.scenarios import OWN_SCHEMAS
from zmq_interop.schemas import git_tree
from zmq_interop.system import home
from zmq_interop.system.errors import InteropError, UsageError
from zmq_interop.system.paths import PROTO, ROOT
from zmq_interop.system.text import counted
from zmq_interop.system.workspace import Workspace

ENOUGH = 0.9  # share of a past run's cells that are in the plan, for its pace to tell of the plan's
_CODE = ROOT / "zmq_interop"
_FAMILIES = _CODE / "scenarios" / "families"
# Parts of a checkout that no cell depends on.
_IDLE = (
    *(
        ".github",
        ".gitlab-ci.yml",
        ".gitignore",
        "action",
        "action.yml",
        "benchmarks",
        "docs",
        "examples",
        "mkdocs.yml",
    ),
    *("templates", "tests", "tools", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "interop-baseline.toml"),
    *("zmq_interop/cli", "zmq_interop/repro", "zmq_interop/results/report", "zmq_interop/smoke"),
)


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a plan, in its order, and what the report is to say of the rest. uncovered: the pairs of values
    that no cell has any more, each in words."""

    cells: list[PlannedCell]
    notes: list[str] = []
    uncovered: list[str] = []


def to_changes(options: Options, cells: Sequence[PlannedCell], peers: Mapping[str, Peer]) -> Narrowed:
    """The cells that may be affected by what changed since `--since`; all without it. Raises InteropError."""
    if not options.since:
        return Narrowed(cells=[*cells])
    top = git_tree.top(Path.cwd()) or (None if home.INSTALLED else git_tree.top(ROOT))
    if top is None:
        raise UsageError(
            f"--since {options.since}: {Path.cwd()} is in no git repository", "go to the repository that has changed"
        )
    commit = git_tree.commit(top, options.since)
    if not commit:
        raise UsageError(
            f"--since {options.since}: there is no such commit in {top}",
            "name a branch, a tag or a commit; in a shallow clone, fetch it first (fetch-depth: 0 in GitHub Actions)",
        )
    outside = (name for name, peer in peers.items() if peer.image or not peer.folder.resolve().is_relative_to(top))
    ours = {name for name, peer in peers.items() if peer.of_tree and top != ROOT}  # of an installed package
    always = Effect(what="peers that this repository does not have", peers=frozenset(outside) - ours)
    found = affected.choose(
        cells, git_tree.changed(top, commit), rules(options, top, cells, peers), always, options.since
    )
    return Narrowed(cells=found.kept, notes=found.notes)


def _below(top: Path, path: PurePath) -> PurePath:
    return path.relative_to(top) if path.is_relative_to(top) else path


def rules(
    options: Options, top: Path, cells: Sequence[PlannedCell], peers: Mapping[str, Peer]
) -> dict[PurePath, Effect]:
    """What each part of the repository affects; the longest path counts. Relative to `top`, the repository's folder."""
    return {_below(top, path): effect for path, effect in _rules(options, top, cells, peers).items()}


def _rules(
    options: Options, top: Path, cells: Sequence[PlannedCell], peers: Mapping[str, Peer]
) -> dict[PurePath, Effect]:
    programs = frozenset(one.cell.scenario.name for one in cells if PROGRAMS in one.cell.scenario.place)
    if top == ROOT:
        rest = Effect(what="the harness", every=True)
    else:
        rest = Effect(what="what your programs may be made of", scenarios=programs)
    found: dict[PurePath, Effect] = {PurePath(top): rest}
    if top == ROOT:
        idle = Effect(what="files that no cell depends on")
        found |= {PurePath(ROOT, name): idle for name in _IDLE}
        found[PurePath(PROTO)] = Effect(what="the protos", every=True)
        for family in {one.cell.scenario.family for one in cells}:
            found[PurePath(_FAMILIES, f"{family}.py")] = Effect(
                what=f"the scenarios of {family}", families=frozenset({family})
            )
    for folder in options.proto_dirs:
        found[PurePath(folder.resolve())] = Effect(what="your messages", scenarios=programs | {OWN_SCHEMAS})
    if options.config:
        found[PurePath(options.config.resolve())] = Effect(what="your programs", scenarios=programs)
    made_of: dict[PurePath, set[str]] = {}
    for name, peer in peers.items():
        for path in _made_of(peer):
            made_of.setdefault(path, set()).add(name)
    folders = {name: PurePath(peer.folder.resolve()) for name, peer in peers.items() if not peer.image}
    for path, names in made_of.items():
        names |= {name for name, folder in folders.items() if path.is_relative_to(folder)}
        what = f"the peer{'s' if len(names) > 1 else ''} {', '.join(sorted(names))}"
        found[path] = Effect(what=what, peers=frozenset(names))
    return found


def _made_of(peer: Peer) -> Iterator[PurePath]:
    """The folder of a peer, and each file elsewhere that a link in it points to."""
    if peer.image:
        return
    folder = peer.folder.resolve()
    yield PurePath(folder)
    try:
        for path in peer_files.walk(peer):
            real = path.resolve()
            if path.is_symlink() or not real.is_relative_to(folder):
                yield PurePath(real)
    except InteropError:  # too many files: the folder alone stands for it
        return


def to_budget(
    options: Options,
    cells: Sequence[PlannedCell],
    peers: Mapping[str, Peer],
    ledger: Ledger,
    space: Workspace,
) -> Narrowed:
    """The cells that fit into `--budget`; all without it. Raises InteropError."""
    if options.budget is None:
        return Narrowed(cells=[*cells])
    if options.shard:
        raise UsageError(
            "--budget does not go with --shard: it would leave out cells that no other part plays",
            "give each machine a --shard, or one machine a --budget",
        )
    priced = costs.load().added(cells, ledger.speaks_of)
    waits = [queues.of(one.cell, ledger.expects(one.cell)) for one in priced]
    widths = queues.widths(options.jobs)
    recorded = dict(zip((one.id for one in priced), budget.works(priced, waits, widths), strict=True))
    works = budget.works(priced, waits, widths, _pace(recorded, options, space))
    seconds = budget.parse(options.budget)
    chosen = budget.choose(priced, works, seconds, _recent(peers))
    return Narrowed(
        cells=chosen.kept,
        notes=budget.notes(chosen, options.budget),
        uncovered=[budget.words(pair) for pair in chosen.uncovered],
    )


def spent(options: Options, left_out: Sequence[str]) -> list[str]:
    """What a report says of the planned cells that got no verdict before the time was over."""
    if not left_out:
        return []
    count = counted(len(left_out), "planned cell")
    over = f"--budget {options.budget}: the time was over before {count} had a verdict"
    return [f"{over}; left out as well, such as {left_out[0]}"]


def _pace(recorded: Mapping[str, budget.Work], options: Options, space: Workspace) -> float:
    """How much slower this machine is than what is recorded, by the newest whole run that is kept here."""
    for folder in past_runs.kept(space.runs):
        if sort_of(folder) != WHOLE:
            continue
        run = past_runs.look(folder)
        if run.started is None or run.ended is None or run.ended.interrupted or run.started.jobs != options.jobs:
            continue
        ids = past_runs.planned(folder)
        works = [recorded[id] for id in ids if id in recorded]
        if ids and len(works) >= ENOUGH * len(ids):
            return budget.pace(run.ended.seconds, works)
    return 1.0


def _recent(peers: Mapping[str, Peer]) -> frozenset[str]:
    """The peers that changed last, by git: those with changes that are not committed, or else with the newest commit.

    None where git does not tell, or all changed at once, as in a clone without history.
    """
    changed: dict[str, int] = {}
    for name, peer in peers.items():
        if not peer.image and (when := git_tree.last_change(peer.folder)) is not None:
            changed[name] = when
    newest = max(changed.values(), default=0)
    found = frozenset(name for name, when in changed.items() if when == newest)
    return frozenset() if len(found) == len(peers) else found
