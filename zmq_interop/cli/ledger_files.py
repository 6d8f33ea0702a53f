"""Implements `interop ledger` and `interop baseline`, which maintain the two files that runs are compared with."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path

from zmq_interop.agents.outside import Outside
from zmq_interop.core.cell import select
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results import baseline as baselines
from zmq_interop.results.ledger import Entry, Ledger, editing, findings, fitting, last, reading, writing
from zmq_interop.results.ledger.findings import Evidence
from zmq_interop.results.ledger.scope import Causes
from zmq_interop.results.ledger.subject import of_event
from zmq_interop.run import selection
from zmq_interop.run.options import Options
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.paths import BASELINE, LATEST, LEDGER
from zmq_interop.system.stdio import show


def check(file: Path | None, outside: tuple[Outside, ...] = ()) -> int:
    """Checks a ledger as far as possible without a run; returns the exit code.

    outside: peers that take part in addition to the project's own.
    """
    every = selection.select(Options(outside=outside)).every
    ledger = reading.load(file)
    cells = [cell for scenario in every for cell in every.of(scenario)]
    complaints = [*findings.overlapping(ledger, cells), *map(str, findings.find(ledger, every))]
    found = f"{len(complaints)} complaints" if complaints else "no complaints"
    show("\n".join([*complaints, f"{len(ledger.entries)} entries: {found}"]))
    return Exit.FAILED if complaints else Exit.OK


def add(file: Path | None, patterns: Sequence[str], reason: str, url: str, wanted: Collection[Kind]) -> int:
    """Adds an entry for the cells that failed in the last run with one of the wanted kinds.

    Raises UsageError if there are none, or an entry already covers them.
    """
    path = file or LEDGER
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    every = selection.select(Options()).every
    ledger = reading.load(file) if file is None or file.exists() else Ledger()
    seen = last.read(LATEST / "events.jsonl")
    failed = [cell for cell in seen.cells if cell.verdict is Verdict.FAIL and cell.kind in wanted]
    how = f"({' or '.join(sorted(wanted))}) " if len(wanted) < len(Kind) else ""
    asked: set[str] = set()
    for pattern in patterns:
        if not (found := select([cell.id for cell in failed], pattern)):
            raise UsageError(
                f"{pattern!r} selects no cell that failed {how}in the last run",
                f"the last run's log is {LATEST / 'events.jsonl'}",
            )
        asked.update(found)
    chosen = {cell.id: cell for cell in failed if cell.id in asked}
    for cell in chosen.values():
        if (known := ledger.covering(of_event(cell), seen.circumstances)) is not None:
            raise UsageError(f"{known.at} already covers {cell.id}: {known}", "correct that entry, or narrow it")
    played = {peer for cell in seen.cells for peer in cell.roles.values()}
    there = [cell for name in {cell.scenario for cell in chosen.values()} for cell in every.of(name)]
    # The causes must not match peers that did not play, or cells of other entries.
    others = [
        cell
        for cell in there
        if not played.issuperset(cell.roles.values()) or any(one.scope.matches(cell) for one in ledger.entries)
    ]
    others += [of_event(cell) for cell in seen.cells if cell.verdict in (Verdict.PASS, Verdict.FAIL)]
    kinds = sorted({cell.kind for cell in chosen.values() if cell.kind})
    causes = fitting.fit(list(map(of_event, chosen.values())), [cell for cell in others if cell.id not in chosen])
    new = Entry(scope=Causes(when=causes), kinds=tuple(kinds), reason=reason, url=url)
    text = editing.add(text, new)
    grown = reading.parse(text, str(path))  # check that the result is valid and does not overlap
    findings.refuse_overlaps(grown, there)
    _write(path, text)
    show(f"{grown.entries[-1].at}: a new entry for {len(chosen)} cells: {writing.shown(new.scope)}")
    return Exit.OK


def prune(file: Path | None, *, dry_run: bool) -> int:
    """Deletes and narrows entries by the results of the last run. Raises UsageError if that was not a full run."""
    path = file or LEDGER
    selected = selection.select(Options())
    ledger = reading.load(path)
    seen = last.read(LATEST / "events.jsonl")
    if not seen.full:
        raise UsageError(
            "the last run was partial, and prune needs a full one",
            f"run `{home.COMMAND} run` without patterns, peers or roles, then prune again",
        )
    evidence = Evidence()
    for cell in seen.cells:
        entry = ledger.covering(meant := of_event(cell), seen.circumstances)
        evidence.add(meant, ledger.judge(cell, entry).verdict, entry)
    found = findings.find(ledger, selected.every.of_run(list(map(of_event, seen.cells))), evidence)
    if found and not dry_run:
        _write(path, editing.apply(path.read_text(encoding="utf-8"), ledger, found))
    done = "would be changed" if dry_run else "changed"
    show("\n".join([*map(str, found), f"{path.name}: {len(found)} of {len(ledger.entries)} entries {done}"]))
    return Exit.OK


def baseline() -> int:
    """Rewrites the baseline and prints the difference; returns the exit code."""
    selected = selection.select(Options())
    now = baselines.measure(selected.cells, selected.peers)
    changed = baselines.difference(now, baselines.load())
    _write(BASELINE, str(now))
    show("\n".join([*changed, f"{BASELINE.name}: {'written' if changed else 'unchanged'}"]))
    return Exit.OK


def _write(path: Path, text: str) -> None:
    """Replaces the file atomically."""
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
