"""What changed between two runs. Pure.

A `fixed` cell counts as passed: what is compared is how the cells behave, and the ledger may be about other libraries.
A cell that was known and now fails was no green one: it is named apart if it fails in another way than before.

Slowdowns are measured as ratios, because absolute times on two machines, or on a busy one, are not comparable. The
floor of a run is the cost of its fastest cells: of the cells that passed in both runs, take the quarter that was
fastest in the first, and in each run the median of their costs. These cells do little more than open sockets and
exchange a message or two, so the floor shows the speed of machine and harness; both runs use the same cells, so a
changed plan does not move it. The cost of a peer or scenario is the lower quartile of its cells, which ignores cells
that had to wait. Single cells vary by a factor of a hundred and are not reported.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import RED, Verdict
from zmq_interop.results.report import summary
from zmq_interop.results.report.groups import Group, groups
from zmq_interop.results.report.layout import EMPTY, PIPE, Line, Page, rendered
from zmq_interop.results.report.reading import Report
from zmq_interop.system.errors import Exit

SLOWER_PEER = 2.0  # the same run on one machine, idle and busy, differs by at most 1.4
SLOWER_SCENARIO = 4.0  # here by 3, and more on a busy machine: it is reported, but does not fail the comparison
FEWEST_OF_ONE = 10  # the fewest cells that tell what a peer or scenario costs
FEWEST = 40  # cells that passed in both runs, to speak of what they cost
_CHANGED = "fails in another way"
NAMED = 10  # cells of each sort that are named; the rest are counted


class Slower(msgspec.Struct, frozen=True):
    """A peer or scenario whose cost, relative to the run's floor, grew by the factor `ratio`. what: "peer c"."""

    what: str
    ratio: float
    cells: int


class Gone(msgspec.Struct, frozen=True):
    """A cell that is no longer played. why: "not planned", "unsupported", ..."""

    id: str
    why: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """From the run `before` to the run `after`. Cells are those of `after`, but for what is gone.

    red: those that are red now and were not, in groups. changed: those of a known failure that now fail in another way,
    in groups. known: those that passed and now fail as the ledger says.
    green: those that failed, known or not, and pass. gone: those that were played and are not. new: those that are
    played and were not, and are not red. slower: relative to each run's floor; None where too few cells tell.
    versions: what changed in peers, harness and protos, a line each.
    """

    before: Report
    after: Report
    red: tuple[Group, ...]
    changed: tuple[Group, ...]
    known: tuple[CellJudged, ...]
    green: tuple[CellJudged, ...]
    gone: tuple[Gone, ...]
    new: tuple[CellJudged, ...]
    slower: tuple[Slower, ...] | None
    versions: tuple[str, ...]

    @property
    def exit_code(self) -> Exit:
        """FAILED where something got worse, INTERRUPTED where a run does not tell of all that it planned.

        Worse means: newly red, failing in another way, gone, or a slower peer. A newly known cell may be flaky. BROKEN
        where all that is worse is that cells could not be judged.
        """
        if self.before.incomplete or self.after.incomplete:
            return Exit.INTERRUPTED
        slower = any(one.what.startswith("peer ") for one in self.slower or ())
        if self.changed or self.gone or slower or any(group.verdict is not Verdict.BROKEN for group in self.red):
            return Exit.FAILED
        return Exit.BROKEN if self.red else Exit.OK


def compare(before: Report, after: Report) -> Difference:
    """What changed from the one run to the other."""
    before, after = (msgspec.structs.replace(one, cells=tuple(map(_as_passed, one.cells))) for one in (before, after))
    old = {cell.id: cell for cell in before.cells}
    new = {cell.id: cell for cell in after.cells}
    was = {id: cell.verdict for id, cell in old.items()}
    played = {id for id, verdict in was.items() if verdict is not Verdict.UNSUPPORTED}
    red, changed = _red(old, after)
    green, known, fresh = [], [], []
    for cell in after.cells:
        if cell.verdict is Verdict.PASS and was.get(cell.id) in (*RED, Verdict.KNOWN):
            green.append(cell)
        elif cell.verdict is Verdict.KNOWN and was.get(cell.id) is Verdict.PASS:
            known.append(cell)
        elif cell.verdict in (Verdict.PASS, Verdict.KNOWN) and cell.id not in played:
            fresh.append(cell)
    both = [id for id, verdict in was.items() if verdict is Verdict.PASS and id in new and new[id].verdict is verdict]
    return Difference(
        before=before,
        after=after,
        red=red,
        changed=changed,
        known=tuple(known),
        green=tuple(green),
        gone=tuple(_gone(played, old, new, set(after.unjudged))),
        new=tuple(fresh),
        slower=_slower([(old[id], new[id]) for id in both]),
        versions=tuple(_versions(before, after)),
    )


def _as_passed(cell: CellJudged) -> CellJudged:
    return msgspec.structs.replace(cell, verdict=Verdict.PASS) if cell.verdict is Verdict.FIXED else cell


def _red(old: Mapping[str, CellJudged], after: Report) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """The groups that are newly red, and those of known failures that fail in another way. old: id -> verdict before.

    What was red before is in neither. Known failures that no entry covers now are newly red, in groups of their own.
    """
    green: list[CellJudged] = []
    fresh: list[CellJudged] = []
    uncovered: list[CellJudged] = []
    changed: list[CellJudged] = []
    for cell in after.cells:
        earlier = old.get(cell.id)
        if cell.verdict not in RED:
            green.append(cell)
        elif earlier is None or earlier.verdict not in (*RED, Verdict.KNOWN):
            fresh.append(cell)
        elif earlier.verdict is Verdict.KNOWN:
            (changed if cell.verdict is Verdict.FAIL and cell.kind is not earlier.kind else uncovered).append(cell)

    def grouped(cells: list[CellJudged]) -> list[Group]:
        return groups([*green, *cells], after.scenarios)

    return tuple(grouped(fresh) + grouped(uncovered)), tuple(grouped(changed))


def _gone(played: set[str], old: Iterable[str], new: dict[str, CellJudged], unjudged: set[str]) -> Iterator[Gone]:
    for id in old:
        if id in played and id not in new:
            yield Gone(id, "without a verdict" if id in unjudged else "not planned")
        elif id in played and new[id].verdict is Verdict.UNSUPPORTED:
            yield Gone(id, f"unsupported: {new[id].reason}")


def _slower(pairs: Sequence[tuple[CellJudged, CellJudged]]) -> tuple[Slower, ...] | None:
    """pairs: cells that passed in both runs, before and after."""
    if len(pairs) < FEWEST:
        return None
    quickest = sorted(pairs, key=lambda pair: pair[0].seconds)[: len(pairs) // 4]
    floors = [statistics.median(pair[side].seconds for pair in quickest) for side in (0, 1)]
    if not all(floors):
        return None
    of: dict[str, list[tuple[CellJudged, CellJudged]]] = defaultdict(list)
    for pair in pairs:
        of[f"scenario {pair[0].scenario}"].append(pair)
        for peer in set(pair[0].roles.values()):
            of[f"peer {peer}"].append(pair)
    found = []
    for what, cells in of.items():
        if len(cells) < FEWEST_OF_ONE:
            continue
        before, after = (_quartile(pair[side].seconds for pair in cells) / floors[side] for side in (0, 1))
        ratio = after / before if before else 1.0
        if ratio >= (SLOWER_PEER if what.startswith("peer ") else SLOWER_SCENARIO):
            found.append(Slower(what, round(ratio, 1), len(cells)))
    return tuple(sorted(found, key=lambda one: -one.ratio))


def _quartile(values: Iterable[float]) -> float:
    found = sorted(values)
    return found[(len(found) - 1) // 4]


def _versions(before: Report, after: Report) -> Iterator[str]:
    def of(report: Report) -> dict[str, str]:
        run = next((run for run in report.runs if run is not None), None)
        shared = {"harness": run.harness, "protos": run.proto_digest} if run else {}
        return shared | {peer.name: f"{peer.runtime}, {summary.versions(peer)}" for peer in report.peers}

    old, new = of(before), of(after)
    yield from (f"{name}: {old[name]} -> {new[name]}" for name in old if name in new and old[name] != new[name])


def lines(told: Difference, *, colour: bool = False, on: Page = PIPE) -> list[str]:
    """The difference as text, line by line, as it suits the page; the last line is the count of each sort."""
    return [*rendered(body(told), on, colour=colour)]


def body(told: Difference) -> Iterator[Line]:
    """Its lines, not folded yet."""
    for name, report in (("the first run", told.before), ("the second run", told.after)):
        if report.incomplete:
            yield Line(f"incomplete: {name}: {report.incomplete}", "red")
    yield from (Line(f"changed  {one}", "yellow", hang=9) for one in told.versions)
    again = told.after.repro
    known_as = {cell.id: str(cell.kind) for cell in told.before.cells if cell.verdict is Verdict.KNOWN}
    for word, group in [*(("newly red", one) for one in told.red), *((_CHANGED, one) for one in told.changed)]:
        kinds = " or ".join(dict.fromkeys(known_as[cell.id] for cell in group.cells if cell.id in known_as))
        yield EMPTY
        yield Line(f"{word}: {summary.title(group)}{f' (before: known as {kinds})' if kinds else ''}", "red")
        yield from _some([[Line("  ", copied=again(cell.id))] for cell in group.cells])
    known = [[Line("  ", copied=again(cell.id)), Line(f"    {cell.reason}", hang=4)] for cell in told.known]
    yield from _sort("newly known", "yellow", known)
    yield from _sort("gone", "red", [[Line(f"  {one.id}: {one.why}", hang=4)] for one in told.gone])
    slower = [f"{one.what}: {one.ratio:g} x, by {one.cells} cells" for one in told.slower or ()]
    yield from _sort("slower", "red", [[Line(f"  {one}", hang=4)] for one in slower])
    yield from _sort("newly green", "green", [[Line("  ", copied=cell.id)] for cell in told.green])
    yield from _sort("new", "", [[Line("  ", copied=cell.id)] for cell in told.new])
    red, changed = (sum(len(group.cells) for group in some) for some in (told.red, told.changed))
    counts = (
        f"newly red {red}, {_CHANGED} {changed}, newly known {len(told.known)}, newly green {len(told.green)}, "
        f"gone {len(told.gone)}, new {len(told.new)}, slower "
    )
    yield EMPTY
    cost = "unknown: too few cells passed in both" if told.slower is None else str(len(told.slower))
    yield Line(counts + cost, "red" if told.exit_code else "green", kept=True)


def _sort(name: str, colour: str, told: Sequence[list[Line]]) -> Iterator[Line]:
    """All of one sort, under its name."""
    if told:
        yield EMPTY
        yield Line(f"{name}: {len(told)}", colour)
        yield from _some(told)


def _some(told: Sequence[list[Line]]) -> Iterator[Line]:
    """The first ones, and how many more there are."""
    yield from (line for lines in told[:NAMED] for line in lines)
    if len(told) > NAMED:
        yield Line(f"  and {len(told) - NAMED} more")
