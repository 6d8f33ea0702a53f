"""What stands at the end of a run on a terminal: failures first, then the matrix, then the account."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from harness import home
from harness.events import CellJudged, Event, Incident, PeerLost, PeerSeen, RunEnded, RunStarted
from harness.report.cell_log import file_name
from harness.report.matrix import Matrix
from harness.report.text import plain
from harness.verdicts import Verdict

SHOWN = 20  # failures that are shown in full; the rest are counted by scenario
MOST_REASONS = 100  # for which cells are broken; the rest are counted
MOST_KNOWN = 12  # reasons of the ledger, likewise
MOST_NEEDS = 8  # that a peer does not meet, likewise


class Summary:
    """Takes the events of a run and keeps what the end needs, of bounded size whatever the number of cells."""

    def __init__(self, repro: Callable[[str], str]) -> None:
        self._repro = repro
        self._matrix = Matrix()
        self._peers: dict[str, PeerSeen] = {}
        self._lost: dict[str, PeerLost] = {}
        self._failures: list[CellJudged] = []
        self._more: Counter[str] = Counter()
        self._reasons: Counter[tuple[Verdict, str]] = Counter()
        self._unsupported = 0
        self._unmet: dict[str, Counter[str]] = {}  # peer -> need -> cells
        self._examples: dict[tuple[Verdict, str], CellJudged] = {}
        self._incidents: list[Incident] = []
        self._end: RunEnded | None = None

    def __call__(self, event: Event) -> None:
        """Takes one event (Listener)."""
        match event:
            case CellJudged():
                self._matrix.add(event)
                self._take(event)
            case PeerSeen():
                self._peers[event.name] = event
            case PeerLost():
                self._lost[event.name] = event
            case Incident(cells=[]):
                self._incidents.append(event)
            case RunEnded():
                self._end = event

    def _take(self, cell: CellJudged) -> None:
        match cell.verdict:
            case Verdict.FAIL | Verdict.FIXED:
                if len(self._failures) < SHOWN:
                    self._failures.append(cell)
                else:
                    self._more[f"{cell.scenario}: {cell.kind}"] += 1
            case Verdict.UNSUPPORTED:
                self._unsupported += 1
                for one in cell.reason.split("; "):  # harness/plan.py, Missing
                    peer, _, need = one.partition(" ")
                    self._unmet.setdefault(peer, Counter())[need] += 1
            case Verdict.BROKEN | Verdict.KNOWN:
                self._reasons[cell.verdict, cell.reason] += 1
                self._examples.setdefault((cell.verdict, cell.reason), cell)

    def lines(self, folder: Path) -> list[str]:
        """The text, line by line; the last one is the account. folder: the run's, for the paths of logs."""
        lines: list[str] = []
        for cell in self._failures:
            lines += ["", *failure(cell, folder, self._repro(cell.id))]
        if self._more:
            lines += [
                "",
                f"and {self._more.total()} more failures:",
                *(f"  {count:>5}  {what}" for what, count in self._more.most_common()),
            ]
            lines.append(f"  each has its log in {folder / 'cells'}")
        for lost in self._lost.values():
            lines += ["", f"BROKEN peer {lost.name}: {lost.reason}", *_indent(lost.hint), *_indent(lost.detail)]
        for verdict, most in ((Verdict.BROKEN, MOST_REASONS), (Verdict.KNOWN, MOST_KNOWN)):
            told = [(reason, count) for (of, reason), count in self._reasons.most_common() if of is verdict]
            for reason, count in told[:most]:
                lines += self._reason(verdict, reason, count, folder)
            if more := told[most:]:
                cells = sum(count for _, count in more)
                lines.append(f"{verdict}: {cells} more cells for {len(more)} more reasons: {folder / 'events.jsonl'}")
        lines += self._unsupported_lines()
        for incident in self._incidents:
            lines += [
                "",
                f"AGENT {incident.instance}, which no cell is to blame for: {incident.reason}; it {incident.ended}",
                *_indent(incident.stderr),
            ]
        lines += ["", *self._versions(), "", *self._matrix.lines(), ""]
        if self._end is not None:
            lines += self._end.problems
            if self._end.interrupted:
                lines.append(f"{self._end.interrupted}; {self._end.unplayed} planned cells were not played")
            lines.append(f"{self._end.seconds:.1f} s; event log: {folder / 'events.jsonl'}")
            lines.append(str(self._end.account))
        return [plain(line) for line in lines]

    def _unsupported_lines(self) -> list[str]:
        if not self._unsupported:
            return []
        lines = [f"unsupported: {self._unsupported} cells; `{home.COMMAND} run --list --why` tells of each"]
        for peer, needs in sorted(self._unmet.items()):
            told = [f"{need} ({count})" for need, count in needs.most_common(MOST_NEEDS)]
            more = [f"{len(needs) - MOST_NEEDS} more"] if len(needs) > MOST_NEEDS else []
            lines += textwrap.wrap(
                f"{peer} {', '.join([*told, *more])}", 118, initial_indent="  ", subsequent_indent="    "
            )
        return lines

    def _reason(self, verdict: Verdict, reason: str, count: int, folder: Path) -> list[str]:
        if verdict is not Verdict.BROKEN:
            return [f"{verdict}: {count} cell{'s' if count > 1 else ''}: {reason}"]
        cells = "1 cell is" if count == 1 else f"{count} cells are"
        example = self._examples[verdict, reason]
        lines = ["", f"BROKEN {cells} not judged: {reason}"]
        if example.operations:
            lines += [
                f"  log       {folder / 'cells' / file_name(example.id)}",
                f"  again     {self._repro(example.id)}",
            ]
        return lines

    def _versions(self) -> list[str]:
        return [
            f"{peer.name} ({peer.runtime}): {peer.language}, "
            + ", ".join(f"{name} {version}" for name, version in peer.libraries.items())
            for peer in sorted(self._peers.values(), key=lambda peer: peer.name)
        ]


def failure(cell: CellJudged, folder: Path, again: str) -> list[str]:
    """One cell that is not as it should be. folder: the run's. again: the command that plays it again."""
    told = (("expected", cell.expected), ("got", cell.got), ("reason", cell.reason))
    lines = [f"{cell.verdict.upper()} {cell.id}" + (f": {cell.kind}" if cell.kind else "")]
    lines += [line for name, text in told if text for line in _indent(f"{name:<9} {text}")]
    if cell.operations:
        lines.append(f"  log       {folder / 'cells' / file_name(cell.id)}")
    return [plain(line) for line in (*lines, f"  again     {again}")]


def opening(event: RunStarted) -> str:
    """The first line of a run."""
    return plain(event.why)


def _indent(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
