"""A report on a terminal: failures first, then the matrix, then what to look at, and the account as the last line."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from zmq_interop import home
from zmq_interop.events import CellJudged, PeerSeen, RunStarted
from zmq_interop.report import matrix
from zmq_interop.report.cell_log import file_name
from zmq_interop.report.groups import Group
from zmq_interop.report.reading import Report
from zmq_interop.report.text import line, paint
from zmq_interop.verdicts import Verdict

SHOWN = 20  # groups of red cells that are told in full
TITLES = 100  # groups whose titles are told; the rest are counted
NAMED = 6  # cells of a group
LAST = 8  # cells, or else groups, that are named again above the account, where a terminal shows them
MOST_KNOWN = 12  # reasons of the ledger
MOST_NEEDS = 8  # that a peer does not meet
WIDTH = 118

Line = tuple[str, str]  # the text and its colour, "" for none
_COLOUR = {Verdict.FAIL: "red", Verdict.FIXED: "red", Verdict.BROKEN: "red", Verdict.KNOWN: "yellow"}


def lines(report: Report, *, colour: bool = False) -> list[str]:
    """The text, line by line. Nothing in it steers a terminal but its own colours, where they are asked for."""
    found = report.groups
    before = [*_incomplete(report), *_groups(report, found), *_agents(report), *_context(report)]
    after = [*_problems(report), *_again(report, found), *_account(report)]
    return [
        *_painted(before, colour),
        *matrix.lines(report.cells, colour=colour),
        matrix.LEGEND,
        *_painted(after, colour),
    ]


def _painted(told: Iterable[Line], colour: bool) -> Iterator[str]:
    return (paint(text, name if colour else "") for text, name in told)


def _said(text: str, colour: str = "") -> Iterator[Line]:
    """A text of several lines: all but the first are set in, so that none passes for one of the report's own."""
    first, *rest = text.splitlines() or [""]
    yield first, colour
    yield from ((f"  {one}", "") for one in rest)


def _incomplete(report: Report) -> Iterator[Line]:
    """What must be known before anything else is read."""
    if report.incomplete:
        yield f"incomplete: {report.incomplete}", "red"
    yield from ((one, "yellow") for one in report.unlike)


def _groups(report: Report, found: list[Group]) -> Iterator[Line]:
    for group in found[:SHOWN]:
        yield "", ""
        yield from _said(title(group), _COLOUR[group.verdict])
        if len(group.cells) > 1:
            named = [cell.id for cell in group.cells[:NAMED]]
            yield f"  cells     {named[0]}", ""
            yield from ((f"            {id}", "") for id in named[1:])
            if len(group.cells) > NAMED:
                yield f"            and {len(group.cells) - NAMED} more", ""
        if group.verdict is not Verdict.BROKEN or group.example.operations:
            yield from ((told, "") for told in evidence(report, group.example))
    if more := found[SHOWN:]:
        yield "", ""
        yield f"and {sum(len(group.cells) for group in more)} more red cells in {len(more)} more groups:", "red"
        yield from ((f"  {title(group)}", "") for group in more[: TITLES - SHOWN])
        if len(found) > TITLES:
            yield f"  and {len(found) - TITLES} more groups: `{home.COMMAND} report --json` has all", ""


def title(group: Group) -> str:
    """What is red, in one line: "FAIL every cell with c as REP: 12 (lost)"."""
    count = len(group.cells)
    word = group.verdict.upper()
    if group.verdict is Verdict.BROKEN:
        return f"{word} {'1 cell is' if count == 1 else f'{count} cells are'} not judged: {group.sentence}"
    if count == 1:
        return f"{word} {group.example.id}: {group.how}"
    return f"{word} {group.sentence}: {count} ({group.how})"


def evidence(report: Report, cell: CellJudged) -> list[str]:
    """What is known about one red cell, and how to play it again."""
    known = {peer.name: peer for peer in report.peers}
    playing = [
        f"{role:<9} {name} ({peer.runtime}): {versions(peer)}" if (peer := known.get(name)) else f"{role:<9} {name}"
        for role, name in cell.roles.items()
    ]
    return [
        f"  {told}"
        for told in [
            *_seen(cell),
            *playing,
            *_since(report, cell),
            *_where(cell, report.folder(cell.id), report.repro(cell.id)),
        ]
    ]


def failure(cell: CellJudged, folder: Path, again: str) -> list[str]:
    """One cell that is not as it should be. folder: the run's. again: the command that plays it again."""
    title = f"{cell.verdict.upper()} {cell.id}" + (f": {cell.kind}" if cell.kind else "")
    return [line(title), *(line(f"  {told}") for told in (*_seen(cell), *_where(cell, folder, again)))]


def _seen(cell: CellJudged) -> list[str]:
    told = (("expected", cell.expected), ("got", cell.got), ("reason", cell.reason))
    return [one for name, text in told if text for one in f"{name:<9} {text}".splitlines()]


def _since(report: Report, cell: CellJudged) -> list[str]:
    told = report.since(cell.id)
    return [f"since     {told}"] if told else []


def _where(cell: CellJudged, folder: Path, again: str) -> list[str]:
    log = [f"log       {folder / 'cells' / file_name(cell.id)}"] if cell.operations else []
    return [*log, f"again     {again}"]


def versions(peer: PeerSeen) -> str:
    """The language of a peer and its libraries."""
    return ", ".join([peer.language, *(f"{name} {version}" for name, version in peer.libraries.items())])


def _agents(report: Report) -> Iterator[Line]:
    """Peers that could not be judged, and agents for whose death no cell answers."""
    for lost in report.lost:
        yield "", ""
        yield from _said(f"BROKEN peer {lost.name}: {lost.reason}", "red")
        yield from ((f"  {told}", "") for text in (lost.hint, lost.detail) for told in text.splitlines())
    for incident in report.incidents:
        if not incident.cells:
            yield "", ""
            told = f"{incident.reason}; it {incident.ended}"
            yield from _said(f"AGENT {incident.instance}, which no cell is to blame for: {told}", "red")
            yield from ((f"  {told}", "") for told in incident.stderr.splitlines())


def _context(report: Report) -> Iterator[Line]:
    """What is known and what is unsupported, counted; the versions of the peers."""
    reasons = Counter(cell.reason for cell in report.cells if cell.verdict is Verdict.KNOWN).most_common()
    for reason, count in reasons[:MOST_KNOWN]:
        yield f"known: {count} cell{'s' if count > 1 else ''}: {reason}", ""
    if more := reasons[MOST_KNOWN:]:
        yield f"known: {sum(count for _, count in more)} more cells for {len(more)} more reasons", ""
    yield from ((told, "") for told in _unsupported(report))
    yield "", ""
    for peer in sorted(report.peers, key=lambda peer: peer.name):
        yield f"{peer.name} ({peer.runtime}): {versions(peer)}", ""
    yield "", ""


def _unsupported(report: Report) -> Iterator[str]:
    cells = [cell for cell in report.cells if cell.verdict is Verdict.UNSUPPORTED]
    if not cells:
        return
    yield f"unsupported: {len(cells)} cells; `{home.COMMAND} run --list --why` tells of each"
    unmet: dict[str, Counter[str]] = {}
    for cell in cells:
        for one in cell.reason.split("; "):  # zmq_interop/plan.py, Missing
            peer, _, need = one.partition(" ")
            unmet.setdefault(peer, Counter())[need] += 1
    for peer, needs in sorted(unmet.items()):
        told = [f"{need} ({count})" for need, count in needs.most_common(MOST_NEEDS)]
        more = [f"{len(needs) - MOST_NEEDS} more"] if len(needs) > MOST_NEEDS else []
        yield from textwrap.wrap(
            f"{peer} {', '.join([*told, *more])}", WIDTH, initial_indent="  ", subsequent_indent="    "
        )


def _problems(report: Report) -> Iterator[Line]:
    yield "", ""
    yield from (one for problem in report.problems for one in _said(problem, "red"))
    yield from (one for note in report.notes for one in _said(note))


def _again(report: Report, found: list[Group]) -> Iterator[Line]:
    """What is red once more, each with the line that plays it: the last screen of a terminal is the first one seen."""
    count = sum(len(group.cells) for group in found)
    if not count:
        return
    yield f"red: {count} of {len(report.cells)} cells; to play {'it' if count == 1 else 'one'} again:", "red"
    if count <= LAST:
        for group in found:
            for cell in group.cells:
                yield f"  {cell.kind or cell.verdict:<12}  {report.repro(cell.id)}", ""
        return
    for group in found[:LAST]:
        yield textwrap.shorten(title(group), WIDTH, placeholder=" ..."), ""
        yield f"  {report.repro(group.example.id)}", ""
    if len(found) > LAST:
        yield f"and {len(found) - LAST} more groups: see above", ""


def _account(report: Report) -> Iterator[Line]:
    if report.incomplete:
        yield f"incomplete: {report.incomplete}", "red"
    yield f"{report.seconds:.1f} s; event log: {', '.join(map(str, report.paths))}", ""
    yield str(report.account), "red" if report.exit_code else "green"


def opening(event: RunStarted) -> str:
    """The first line of a run."""
    return line(event.why)
