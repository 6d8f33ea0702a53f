"""Implements `interop ledger add`: failures of the last run become known."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from zmq_interop import scenarios
from zmq_interop.cli import ledger_files
from zmq_interop.cli.ledger_files import Target
from zmq_interop.core import patterns as spelling
from zmq_interop.core.cell import select
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results import history
from zmq_interop.results.ledger import Entry, Ledger, editing, findings, fitting, reading, writing
from zmq_interop.results.ledger.last import Last
from zmq_interop.results.ledger.scope import Cause, Causes
from zmq_interop.results.ledger.subject import PROTO, Subject, of_event, of_plans
from zmq_interop.run import past_runs, selection
from zmq_interop.run.options import Options
from zmq_interop.scenarios import OWN_SCHEMAS
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.text import typed
from zmq_interop.system.workspace import Workspace

_NAMED = 4  # cells that one line names
_RATE = 'it is flaky, and its entry needs a measured rate (docs/ledger.md, "Flaky cells")'


def add(
    files: Sequence[Path],
    patterns: Sequence[str],
    reason: str,
    url: str,
    wanted: Collection[Kind],
    space: Workspace,
    *,
    default: bool,
) -> int:
    """Adds the cells that failed in the last run with one of the wanted kinds; returns the exit code.

    An entry with the same reason gets wider if it can; else there is a new one. files, default: as for
    `ledger_files.target`, whose file alone is changed. Returns Exit.FAILED if an entry of that file stands in the way
    of some cells. Raises UsageError if no cell is selected, or none can be added.
    """
    seen = ledger_files.last_run(space)
    target = ledger_files.target(files, seen, space, default=default)
    chosen = _chosen(seen, patterns, wanted, ledger_files.last_log(space))
    sorted_ = _Sorted(target, seen, chosen)
    if not sorted_.fresh:
        cell, entry = (sorted_.stuck or sorted_.known)[0]
        hint = "correct that entry, or narrow it" if sorted_.stuck else "there is nothing to add"
        raise UsageError(f"{entry.at} already covers {cell.id}: {entry}", hint)
    text = target.path.read_text(encoding="utf-8") if target.path.exists() else ""
    mine = reading.parse(text, target.name, target.rank)
    kinds = sorted({cell.kind for cell in sorted_.fresh if cell.kind})
    fresh = list(map(of_event, sorted_.fresh))
    there, unplayed = _there(seen, fresh, space)
    wider = next((one for one in mine.entries if _alike(one, mine, kinds, reason, url)), None)
    others = [entry for entry in target.ledger.entries if wider is None or entry.at != wider.at]
    strange = _others(seen, there, others, wider, {cell.id for cell in fresh})
    failing = [*fresh, *_failing(seen, wider)]
    causes = fitting.fit(failing, [*strange, *unplayed], kinds)
    guessed = bool(unplayed) and causes != fitting.fit(failing, strange, kinds)
    if wider is None:
        new = Entry(scope=Causes(when=causes), kinds=tuple(kinds), reason=reason, url=url)
        text = editing.add(text, new)
    else:
        kept = [one for one in _when(wider) if not _within(one, causes, there)]
        text = editing.rescope(text, mine, {wider: Causes(when=fitting.merged([*kept, *causes]))})
    grown = reading.parse(text, target.name, target.rank)  # check that the result is valid and does not overlap
    findings.refuse_overlaps(grown, there)
    ledger_files.write(target.path, text)
    entry = grown.entries[-1 if wider is None else mine.entries.index(wider)]
    what = "a new entry for" if wider is None else "the entry now also covers"
    lines = [f"{entry.at}: {what} {_cells(len(fresh))}: {writing.shown(entry.scope)}"]
    lines += [f"still red: {cell.id}: {one.at} expects it to fail as {one}" for cell, one in sorted_.stuck]
    ruled = Ledger([*(one for one in target.ledger.entries if one.file != target.name), *grown.entries])
    if target.path not in (space.known, space.ledger) and str(target.path) not in seen.options:
        lines.append(f"the last run did not have this file: give runs {shlex.join(['--ledger', str(target.path)])}")
    lines += _left(seen, ruled, chosen)
    lines += _narrow(seen, fresh, unplayed) if guessed else ()
    lines += _may_pass(seen, sorted_.fresh, space)
    show("\n".join(lines))
    return Exit.FAILED if sorted_.stuck else Exit.OK


class _Sorted:
    """The chosen cells: `known` as some entry says, `stuck` if one of the target's rank says otherwise, else fresh."""

    def __init__(self, target: Target, seen: Last, chosen: Iterable[CellJudged]) -> None:
        strong = Ledger(entry for entry in target.ledger.entries if entry.rank >= target.rank)
        self.known: list[tuple[CellJudged, Entry]] = []
        self.stuck: list[tuple[CellJudged, Entry]] = []
        self.fresh: list[CellJudged] = []
        for cell in chosen:
            if (entry := _applies(target.ledger, seen, cell)) and cell.kind in entry.kinds:
                self.known.append((cell, entry))
            elif entry := _applies(strong, seen, cell):
                self.stuck.append((cell, entry))
            else:
                self.fresh.append(cell)


def _applies(ledger: Ledger, seen: Last, cell: CellJudged) -> Entry | None:
    """The entry that covers the cell and has not expired."""
    entry = ledger.covering(of_event(cell), seen.circumstances)
    return None if entry in ledger.expired else entry


def _chosen(seen: Last, patterns: Sequence[str], wanted: Collection[Kind], log: Path) -> list[CellJudged]:
    failed = [cell for cell in seen.cells if cell.verdict is Verdict.FAIL and cell.kind in wanted]
    how = f"({' or '.join(sorted(wanted))}) " if len(wanted) < len(Kind) else ""
    asked: set[str] = set()
    families = spelling.families((one.family, one.name) for one in scenarios.declared())
    for pattern in patterns:
        spelt = spelling.spelt(pattern, families)
        if not (found := [id for one in spelt for id in select([cell.id for cell in failed], one)]):
            raise UsageError(
                f"{pattern!r} selects no cell that failed {how}in the last run",
                f"the last run's log is {log}",
            )
        asked.update(found)
    return [cell for cell in failed if cell.id in asked]


def _there(seen: Last, fresh: Iterable[Subject], space: Workspace) -> tuple[list[Subject], list[Subject]]:
    """All cells of the scenarios of these: those of the project, and those of the run. Then those that a whole run
    would have judged and the last run did not play, if it was narrowed."""
    whole = selection.select(Options(), space)
    names = dict.fromkeys(cell.scenario for cell in fresh)
    found = {cell.id: cell for name in names for cell in whole.every.of(name)}
    found |= {cell.id: of_event(cell) for cell in seen.cells if cell.scenario in names}
    if seen.full:
        return list(found.values()), []
    if PROTO in seen.options:
        names.pop(OWN_SCHEMAS, None)  # the messages of a whole run would be others
    judged = {cell.id for cell in seen.cells}
    unplayed = [one for one in whole.cells if one.cell.scenario.name in names and one.id not in judged]
    return list(found.values()), of_plans(one.cell for one in unplayed if not one.unclaimed)


def _failing(seen: Last, wider: Entry | None) -> list[Subject]:
    """The cells of the last run that failed and that the entry covers already."""
    if wider is None:
        return []
    failed = [of_event(cell) for cell in seen.cells if cell.verdict is Verdict.FAIL and cell.kind in wider.kinds]
    return [cell for cell in failed if wider.scope.matches(cell)]


def _within(cause: Cause, causes: Sequence[Cause], there: Sequence[Subject]) -> bool:
    """Whether the others hold for each cell for which this one does, so that it adds nothing."""
    return all(any(one.holds(cell) for one in causes) for cell in there if cause.holds(cell))


def _others(
    seen: Last, there: Iterable[Subject], entries: Sequence[Entry], wider: Entry | None, fresh: Collection[str]
) -> list[Subject]:
    """What the causes must not match: peers that did not play, cells of other entries, and other cells of the run."""
    played = {peer for cell in seen.cells for peer in cell.roles.values()}
    others = [
        cell
        for cell in there
        if not played.issuperset(cell.roles.values()) or any(one.scope.matches(cell) for one in entries)
    ]
    for judged in seen.cells:
        cell = of_event(judged)
        ours = wider is not None and judged.verdict is Verdict.FAIL and wider.scope.matches(cell)
        if judged.verdict in (Verdict.PASS, Verdict.FAIL) and not ours:
            others.append(cell)
    return [cell for cell in others if cell.id not in fresh]


def _alike(entry: Entry, mine: Ledger, kinds: Collection[Kind], reason: str, url: str) -> bool:
    """Whether an entry says of its cells what is to be said of more, and nothing else."""
    plain = not (entry.flaky or entry.where or entry.runtime or entry in mine.expired or entry.expires)
    same = entry.reason == reason and url in ("", entry.url) and set(kinds) <= set(entry.kinds)
    return plain and same and bool(_when(entry))


def _when(entry: Entry) -> tuple[Cause, ...]:
    """Its causes, if they can take more."""
    return entry.scope.when if isinstance(entry.scope, Causes) and not entry.scope.unless else ()


def _left(seen: Last, ledger: Ledger, chosen: Collection[CellJudged]) -> Iterable[str]:
    """A line on the red cells of the run that were not selected, if there are any."""
    asked = {cell.id for cell in chosen}
    left = [
        cell.id
        for cell in seen.cells
        if cell.verdict is Verdict.FAIL
        and cell.id not in asked
        and ledger.judge(cell, ledger.covering(of_event(cell), seen.circumstances)).verdict is Verdict.FAIL
    ]
    if left:
        more = ", ..." if len(left) > _NAMED else ""
        yield f"still red, since not selected: {_cells(len(left))}: {', '.join(left[:_NAMED])}{more}"


def _narrow(seen: Last, fresh: Iterable[Subject], unplayed: Sequence[Subject]) -> Iterable[str]:
    """That the entry names less than the cause, and the run that shows the cause."""
    names = list(dict.fromkeys(cell.scenario for cell in fresh))
    played = sum(cell.scenario in names for cell in seen.cells)
    command = typed(["run", "--all", *names, *seen.options])
    yield (
        f"the last run played {played} of the {played + len(unplayed)} cells of {', '.join(names)}, too few to show "
        f"the cause: the entry covers only what failed. Run `{command}`, then this command again to widen it"
    )


def _may_pass(seen: Last, judged: Sequence[CellJudged], space: Workspace) -> Iterable[str]:
    """What the kept runs say of whether these cells always fail. What a compiler refuses, it always refuses."""
    if all(cell.kind is Kind.UNCOMPILABLE for cell in judged):
        return
    fresh = [cell.id for cell in judged]
    runs = past_runs.kept(space.runs)
    if flaky := history.passed(fresh, seen.started, runs):
        id, (passed, played) = max(flaky.items(), key=lambda one: one[1][0])
        others = f", and {_cells(len(flaky) - 1)} more at times" if len(flaky) > 1 else ""
        yield f"{id} passed in {passed} of {played} kept runs{others}: if nothing has changed since, {_RATE}"
    else:
        yield f"if a cell passes when it is played again, {_RATE}"


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
