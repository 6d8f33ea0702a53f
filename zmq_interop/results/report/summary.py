"""A report on a terminal: failures first, then the matrix, then the next steps, and the account as the last line."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from zmq_interop.core.events import CellJudged, PeerSeen, RunStarted
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import advice, known, matrix, wire_words
from zmq_interop.results.report import versions as by_version
from zmq_interop.results.report.cell_log import file_name
from zmq_interop.results.report.groups import Group
from zmq_interop.results.report.layout import EMPTY, LABEL, PIPE, WIDTH, Line, Page, labelled, rendered
from zmq_interop.results.report.reading import Report
from zmq_interop.system import home
from zmq_interop.system.text import line, typed

SHOWN = 20  # groups of red cells that are told in full
TITLES = 100  # groups whose titles are told; the rest are counted
NAMED = 6  # cells of a group
LAST = 8  # cells, or else groups, that are named again above the account, where a terminal shows them
MOST_KNOWN = 6  # findings of the ledger
MOST_NEEDS = 3  # that a peer does not meet
MOST_COMMAND = 40  # characters of a run's arguments that are repeated

Shown = Callable[[Path], str]  # a path as it is told
_COLOUR = {Verdict.FAIL: "red", Verdict.FIXED: "red", Verdict.BROKEN: "red", Verdict.KNOWN: "yellow"}


def lines(report: Report, kept: Path | None = None, *, colour: bool = False, on: Page = PIPE) -> list[str]:
    """The text, line by line, as it suits the page; a terminal gets paths as seen from the current folder.

    kept: the folder of runs that commands take by their ids.
    """
    found = report.groups
    near = str if on.piped else _near
    before = [*_incomplete(report), *_groups(report, found, near), *_agents(report), *_context(report)]
    after = [
        EMPTY,
        *map(Line, matrix.legend(report.cells)),
        *(Line(one, hang=4) for one in by_version.lines(report.versions, SHOWN)),
        *_problems(report),
        *_again(report, found),
        *_ending(report, near, kept),
    ]
    return [
        *rendered(before, on, colour=colour),
        *matrix.lines(report.cells, colour=colour, width=on.width or WIDTH),
        *rendered(after, on, colour=colour),
    ]


def _said(text: str, colour: str = "") -> Iterator[Line]:
    """A text of several lines: all but the first are indented, so that none looks like a line of the report."""
    first, *rest = text.splitlines() or [""]
    yield Line(first, colour)
    yield from (Line(f"  {one}", hang=4) for one in rest)


def _incomplete(report: Report) -> Iterator[Line]:
    """What the reader must know first."""
    if report.incomplete:
        yield Line(f"incomplete: {report.incomplete}", "red")
    yield from (Line(one, "yellow") for one in report.unlike)


def _groups(report: Report, found: list[Group], near: Shown) -> Iterator[Line]:
    for group in found[:SHOWN]:
        yield EMPTY
        yield from _said(title(group), _COLOUR[group.verdict])
        if len(group.cells) > 1:
            first, *rest = [cell.id for cell in group.cells[:NAMED]]
            yield Line("  cells     ", copied=first)
            yield from (Line(" " * LABEL, copied=id) for id in rest)
            if len(group.cells) > NAMED:
                yield Line(f"{'':{LABEL}}and {len(group.cells) - NAMED} more")
        if group.verdict is not Verdict.BROKEN or group.example.operations:
            yield from _evidence(report, group.example, near)
    if more := found[SHOWN:]:
        yield EMPTY
        yield Line(f"and {sum(len(group.cells) for group in more)} more red cells in {len(more)} more groups:", "red")
        yield from (Line(f"  {title(group)}", hang=4) for group in more[: TITLES - SHOWN])
        if len(found) > TITLES:
            yield Line(f"  and {len(found) - TITLES} more groups: see `{home.COMMAND} report --json`")


def title(group: Group) -> str:
    """What is red, in one line: "FAIL every cell with c as REP: 12 (lost)"."""
    count = len(group.cells)
    word = group.verdict.upper()
    if group.verdict is Verdict.BROKEN:
        return f"{word} {'1 cell is' if count == 1 else f'{count} cells are'} not judged: {group.sentence}"
    how = f"no longer {group.how}" if group.verdict is Verdict.FIXED and group.how else group.how
    if count == 1:
        return f"{word} {group.example.id}: {how}"
    return f"{word} {group.sentence}: {count} ({how})"


def evidence(report: Report, cell: CellJudged) -> list[str]:
    """What is known about one red cell, and how to play it again."""
    return [one.text + one.copied for one in _evidence(report, cell, str)]


def _evidence(report: Report, cell: CellJudged, near: Shown) -> Iterator[Line]:
    if blame := report.blames.get(cell.id):
        yield from labelled("blame", blame.sentence)
        if blame.telling:
            yield Line("  to tell   ", hang=LABEL, copied=report.repro(cell.id, *blame.telling))
    yield from _seen(cell)
    for what, command in advice.commands(report, cell):
        yield Line(f"  or {what}: ", hang=LABEL, copied=command)
    peers = {peer.name: peer for peer in report.peers}
    for role, name in cell.roles.items():
        told = f" ({peers[name].runtime}): {versions(peers[name])}" if name in peers else ""
        yield from labelled(role, f"{name}{told}")
    if since := report.since(cell.id):
        yield from labelled("since", since)
    if wire := report.wires.get(cell.id):
        yield from labelled("wire", wire_words.evidence(cell, wire))
    yield from _where(cell, report.folder(cell.id), report.repro(cell.id), near)


def failure(cell: CellJudged, folder: Path, again: str) -> list[str]:
    """One cell that is not as it should be. folder: the run's. again: the command that plays it again."""
    title = f"{cell.verdict.upper()} {cell.id}" + (f": {cell.kind}" if cell.kind else "")
    return [line(title), *(line(one.text + one.copied) for one in (*_seen(cell), *_where(cell, folder, again)))]


def _seen(cell: CellJudged) -> Iterator[Line]:
    told = (("expected", cell.expected), ("got", cell.got), ("reason", cell.reason))
    return (one for name, text in told if text for one in labelled(name, text))


def _where(cell: CellJudged, folder: Path | None, again: str, near: Shown = str) -> Iterator[Line]:
    if cell.operations and folder is not None:
        yield Line("  log       ", hang=LABEL, copied=near(folder / "cells" / file_name(cell.id)))
    yield Line("  again     ", hang=LABEL, copied=again)


def versions(peer: PeerSeen) -> str:
    """The language of a peer and its libraries."""
    return ", ".join([peer.language, *(f"{name} {version}" for name, version in peer.libraries.items())])


def _agents(report: Report) -> Iterator[Line]:
    """Peers that could not be judged, and agent failures that no cell caused."""
    for lost in report.lost:
        yield EMPTY
        yield from _said(f"BROKEN peer {lost.name}: {lost.reason}", "red")
        yield from (Line(f"  {told}", hang=4) for text in (lost.hint, lost.detail) for told in text.splitlines())
    for incident in report.blameless:
        yield EMPTY
        told = f"{incident.reason}; it {incident.ended}"
        yield from _said(f"AGENT {incident.instance} failed, but no cell caused it: {told}", "red")
        yield from (Line(f"  {told}", hang=4) for told in incident.stderr.splitlines())


def _context(report: Report) -> Iterator[Line]:
    """The counts of known and unsupported cells, and the versions of the peers."""
    yield EMPTY
    yield from _known(report)
    yield from _unsupported(report)
    for peer in sorted(report.peers, key=lambda peer: peer.name):
        yield Line(f"{peer.name} ({peer.runtime}): {versions(peer)}", hang=4)
    yield EMPTY


def _known(report: Report) -> Iterator[Line]:
    found = known.findings(report.cells, report.peers)
    if not found:
        return
    count = sum(len(one.cells) for one in found)
    yield Line(f"known: {_cells(count)} failed exactly as the ledger says (no action needed):", "yellow")
    yield from (Line(f"  {len(one.cells):>5}  {one.reason}", hang=9) for one in found[:MOST_KNOWN])
    if more := found[MOST_KNOWN:]:
        rest = sum(len(one.cells) for one in more)
        findings = f"{len(more)} more findings" if len(more) > 1 else "one more finding"
        yield Line(f"  {rest:>5}  for {findings}: see `{home.COMMAND} report --html`")
    yield EMPTY


def _unsupported(report: Report) -> Iterator[Line]:
    cells = [cell for cell in report.cells if cell.verdict is Verdict.UNSUPPORTED]
    if not cells:
        return
    first = report.runs[0] if len(report.runs) == 1 else None
    command = first.command if first else []
    same = shlex.join(command) if command[:1] == ["run"] else "run"
    same = same if len(same) < MOST_COMMAND else "run ..."  # its own arguments, which the first line of the log has
    yield Line(f"unsupported: {_cells(len(cells))}; `{home.COMMAND} {same} --list --why` gives the reasons")
    unmet: dict[str, Counter[str]] = {}
    for cell in cells:
        for one in cell.reason.split("; "):  # zmq_interop/core/plan.py, Missing
            peer, _, need = one.partition(" ")
            unmet.setdefault(peer, Counter())[need] += 1
    for peer, needs in sorted(unmet.items()):
        told = [f"{need} ({count})" for need, count in needs.most_common(MOST_NEEDS)]
        more = [f"{len(needs) - MOST_NEEDS} more"] if len(needs) > MOST_NEEDS else []
        alike = "does not claim "
        if all(one.startswith(alike) for one in told):
            told[1:] = [one.removeprefix(alike) for one in told[1:]]
        yield Line(f"  {peer} {', '.join([*told, *more])}", hang=4)
    yield EMPTY


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _problems(report: Report) -> Iterator[Line]:
    yield EMPTY
    yield from (one for problem in report.problems for one in _said(problem, "red"))
    yield from (one for note in report.notes for one in _said(note))


def _again(report: Report, found: list[Group]) -> Iterator[Line]:
    """The red cells again, each with its command: the end of the output is what a terminal shows first."""
    count = sum(len(group.cells) for group in found)
    if not count:
        return
    yield Line(f"red: {count} of {_cells(len(report.cells))}; to play {'it' if count == 1 else 'one'} again:", "red")
    if count <= LAST:
        for group in found:
            for cell in group.cells:
                word = cell.verdict if cell.verdict is Verdict.FIXED else cell.kind or cell.verdict
                yield Line(f"  {word:<12}  ", hang=4, copied=report.repro(cell.id))
        return
    for group in found[:LAST]:
        yield Line(title(group), hang=2)
        yield Line("  ", hang=2, copied=report.repro(group.example.id))
    if len(found) > LAST:
        yield Line(f"and {len(found) - LAST} more groups: see above")


def _ending(report: Report, near: Shown, kept: Path | None) -> Iterator[Line]:
    """The next steps, and the account."""
    yield EMPTY
    if report.incomplete:
        yield Line(f"incomplete: {report.incomplete}", "red")
    if report.cells:
        yield Line("all cells, as a page: ", copied=typed(["report", "--html", *_runs(report, kept)]))
    logs = ", ".join(map(near, report.paths))
    yield Line(f"{report.seconds:.1f} s; event log: ", copied=logs)
    yield Line(str(report.account), "red" if report.exit_code else "green", kept=True)


def _near(path: Path) -> str:
    """The path as seen from the current folder, where it is below that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _runs(report: Report, kept: Path | None) -> Iterator[str]:
    """The runs as `interop report` takes them: by their ids, where they are among those that are kept."""
    for path in report.paths:
        folder = path.parent.resolve()
        yield folder.name if folder.parent == kept else str(path)


def opening(event: RunStarted) -> str:
    """The first line of a run."""
    return line(event.why)
