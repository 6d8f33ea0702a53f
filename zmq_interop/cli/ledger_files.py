"""Implements `interop ledger check` and `prune`, and `interop baseline`: two files that runs are compared with."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from zmq_interop.core.events import LOG
from zmq_interop.results.baseline import difference, load, measure
from zmq_interop.results.ledger import Ledger, editing, findings, last, reading
from zmq_interop.results.ledger.findings import Evidence
from zmq_interop.results.ledger.last import Last
from zmq_interop.results.ledger.subject import PEER, PROTO, of_event
from zmq_interop.run import selection
from zmq_interop.run.options import Options
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.text import counted
from zmq_interop.system.workspace import Workspace


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger that a command writes, the last that is named. rank: of its entries. ledger: those of all files."""

    path: Path
    rank: int
    ledger: Ledger

    @property
    def name(self) -> str:
        """The file as entries name it."""
        return reading.shown(self.path)


def check(options: Options, space: Workspace) -> int:
    """Checks the ledgers as far as possible without a run; returns the exit code.

    options: which ledgers, and the protos and peers that take part in addition to the project's own.
    """
    every = selection.select(options, space).every
    ledger = reading.load(options.ledgers, default=options.default_ledger, own=space.known, here=space.ledger)
    cells = [cell for scenario in every for cell in every.of(scenario)]
    found = findings.find(ledger, every)
    complaints = [*findings.overlapping(ledger, cells), *map(str, found.problems)]
    told = counted(len(complaints), "complaint") if complaints else "no complaints"
    show("\n".join([*complaints, *found.unseen, f"{counted(len(ledger.entries), 'entry', 'entries')}: {told}"]))
    return Exit.FAILED if complaints else Exit.OK


def target(files: Sequence[Path], seen: Last, space: Workspace, *, default: bool) -> Target:
    """The ledger to write. files, default: as of `reading.load`; without any, those of the last run.

    Raises UsageError for a file that cannot be read, or that is missing, unless it is the last of `files`.
    """
    named = [*files]
    if not files:
        pairs = zip(seen.options, seen.options[1:], strict=False)
        named = [Path(value) for option, value in pairs if option == "--ledger"]
        default = default and "--no-default-ledger" not in seen.options
    path = named[-1] if named else space.ledger
    ranks = reading.ranks(named, default=default, own=space.known, here=space.ledger)
    rank = ranks.get(path, len(ranks) + 1)
    if files and not path.exists():
        named.remove(path)
    ledger = reading.load(named, default=default, own=space.known, here=space.ledger)
    return Target(path=path, rank=rank, ledger=ledger)


def last_log(space: Workspace) -> Path:
    """The event log of the last run, whether it is there or not."""
    return space.latest / LOG


def last_run(space: Workspace) -> Last:
    """The last run. Raises UsageError, LogError."""
    log = last_log(space)
    if not log.exists():
        raise UsageError("there is no run yet", f"`{home.COMMAND} run` creates one")
    return last.read(log)


def prune(files: Sequence[Path], space: Workspace, *, default: bool, dry_run: bool) -> int:
    """Deletes and narrows entries by the results of the last run. Raises UsageError if that was not a full run.

    files, default: as for `target`, whose file alone is changed.
    """
    selected = selection.select(Options(), space)
    seen = last_run(space)
    if not seen.full:
        raise UsageError(
            "the last run was partial, and prune needs a full one",
            f"run `{home.COMMAND} run` without patterns, peers or roles, then prune again",
        )
    ours = target(files, seen, space, default=default)
    text = ours.path.read_text(encoding="utf-8") if ours.path.exists() else ""
    evidence = Evidence()
    for cell in seen.cells:
        entry = ours.ledger.covering(meant := of_event(cell), seen.circumstances)
        evidence.add(meant, ours.ledger.judge(cell, entry).verdict, entry)
    lacks = [option for option in (PROTO, PEER) if option not in seen.options]
    every = selected.every.of_run(list(map(of_event, seen.cells)), lacks)
    mine = Ledger(entry for entry in ours.ledger.entries if entry.file == ours.name)
    found, unseen = findings.find(mine, every, evidence)
    if found and not dry_run:
        write(ours.path, editing.apply(text, mine, found))
    done = "would be changed" if dry_run else "changed"
    last_line = f"{ours.path.name}: {len(found)} of {len(mine.entries)} entries {done}"
    show("\n".join([*map(str, found), *unseen, last_line]))
    return Exit.OK


def baseline(space: Workspace) -> int:
    """Rewrites the baseline and prints the difference; returns the exit code."""
    selected = selection.select(Options(), space)
    now = measure(selected.cells, selected.peers)
    changed = difference(now, load(space.baseline))
    write(space.baseline, str(now))
    show("\n".join([*changed, f"{space.baseline.name}: {'written' if changed else 'unchanged'}"]))
    return Exit.OK


def write(path: Path, text: str) -> None:
    """Replaces the file atomically. Raises UsageError."""
    fresh = path.resolve().with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        if path.exists():
            fresh.chmod(path.stat().st_mode)
        fresh.replace(path.resolve())
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise UsageError(f"{path}: {error.strerror}", "the ledger and the baseline must be writable files") from None
