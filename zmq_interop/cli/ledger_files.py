"""The face of `./interop ledger` and `./interop baseline`: keeps the two files that runs are held against."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path

from zmq_interop.agents.outside import Outside
from zmq_interop.core.cell import select
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results import baseline as baselines
from zmq_interop.results.ledger import Entry, Ledger, editing, findings, fitting, last, reading
from zmq_interop.results.ledger.entry import Subject
from zmq_interop.results.ledger.findings import Evidence
from zmq_interop.results.ledger.ledger import subject, subjects
from zmq_interop.run import session
from zmq_interop.run.session import Options
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.paths import BASELINE, LATEST, LEDGER
from zmq_interop.system.stdio import show


def check(file: Path | None, outside: tuple[Outside, ...] = ()) -> int:
    """Tells what is wrong with a ledger as far as that is known without a run; returns the exit code.

    outside: peers that take part beside those of the tree.
    """
    ledger = reading.load(file)
    usual, every = (_subjects(Options(outside=outside, every=every)) for every in (False, True))
    complaints = [*findings.overlapping(ledger, every), *map(str, findings.find(ledger, usual))]
    found = f"{len(complaints)} complaints" if complaints else "nothing is wrong with them"
    show("\n".join([*complaints, f"{len(ledger.entries)} entries: {found}"]))
    return Exit.FAILED if complaints else Exit.OK


def add(file: Path | None, patterns: Sequence[str], reason: str, url: str, wanted: Collection[Kind]) -> int:
    """Writes an entry for what failed in the last run, in one of the wanted ways.

    Raises UsageError where that is nothing, or known already.
    """
    path = file or LEDGER
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    ledger = reading.load(file) if file is None or file.exists() else Ledger()
    seen = last.read(LATEST / "events.jsonl")
    failed = [cell for cell in seen.cells if cell.verdict is Verdict.FAIL and cell.kind in wanted]
    how = f"({' or '.join(sorted(wanted))}) " if len(wanted) < len(Kind) else ""
    asked: set[str] = set()
    for pattern in patterns:
        if not (found := select([cell.id for cell in failed], pattern)):
            raise UsageError(
                f"{pattern!r} selects no cell that failed {how}in the last run", f"{LATEST / 'events.jsonl'} has it"
            )
        asked.update(found)
    chosen = {cell.id: cell for cell in failed if cell.id in asked}
    for cell in chosen.values():
        if (known := ledger.covering(subject(cell), seen.circumstances)) is not None:
            raise UsageError(f"{known.at} covers {cell.id} already, and says: {known}", "mend that entry, or narrow it")
    usual = _subjects(Options())
    played = {peer for cell in seen.cells for peer in cell.roles.values()}
    # A pattern speaks of nobody who did not play, and of nothing that another entry speaks of.
    others = {cell.id for cell in seen.cells if cell.verdict in (Verdict.PASS, Verdict.FAIL)}
    others |= {cell.id for cell in usual if not played.issuperset(cell.roles.values())}
    others |= {id for id in (*(cell.id for cell in seen.cells), *(cell.id for cell in usual)) if ledger.speaks_of(id)}
    kinds = sorted({cell.kind for cell in chosen.values() if cell.kind})
    cells = fitting.fit(chosen, others - set(chosen))
    text = editing.add(text, Entry(cells=tuple(cells), kinds=tuple(kinds), reason=reason, url=url))
    grown = reading.parse(text, str(path))  # what is written can be read, and does not contradict what was there
    findings.refuse_overlaps(grown, usual)
    _write(path, text)
    show(f"{grown.entries[-1].at}: a new entry for {len(chosen)} cells: {', '.join(cells)}")
    return Exit.OK


def prune(file: Path | None, *, dry_run: bool) -> int:
    """Deletes and narrows entries by what the last run has shown. Raises UsageError where that was not a whole run."""
    path = file or LEDGER
    ledger = reading.load(path)
    seen = last.read(LATEST / "events.jsonl")
    if not seen.full:
        raise UsageError(
            "the last run played a part of the suite: what did not fail in it may fail all the same",
            f"`{home.COMMAND} run` without patterns, peers or roles, then prune again",
        )
    evidence = Evidence()
    for cell in seen.cells:
        entry = ledger.covering(subject(cell), seen.circumstances)
        evidence.add(ledger.judge(cell, entry), entry)
    found = findings.find(ledger, [subject(cell) for cell in seen.cells], evidence)
    if found and not dry_run:
        _write(path, editing.apply(path.read_text(encoding="utf-8"), ledger, found))
    done = "would be changed" if dry_run else "changed"
    show("\n".join([*map(str, found), f"{path.name}: {len(found)} of {len(ledger.entries)} entries {done}"]))
    return Exit.OK


def baseline() -> int:
    """Writes the baseline anew and shows the difference; returns the exit code."""
    _, peers, cells = session.select(Options())
    now = baselines.measure(cells, peers)
    changed = baselines.difference(now, baselines.load())
    _write(BASELINE, str(now))
    show("\n".join([*changed, f"{BASELINE.name}: {'written' if changed else 'nothing has changed'}"]))
    return Exit.OK


def _write(path: Path, text: str) -> None:
    """Puts the text in the file's place, whole or not at all."""
    fresh = path.resolve().with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        if path.exists():
            fresh.chmod(path.stat().st_mode)
        fresh.replace(path.resolve())
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise UsageError(f"{path}: {error.strerror}", "the ledger and the baseline must be files to write") from None


def _subjects(options: Options) -> list[Subject]:
    """The cells of the plan that these options select, as entries of a ledger see them."""
    return subjects(planned.cell for planned in session.select(options)[2])
