"""The log of one cell as text: verdict, operations of all agents in time order, stderr."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from zmq_interop.core.events import CellJudged, Event, Replayed
from zmq_interop.core.verdicts import Verdict
from zmq_interop.system.text import fenced

MOST_NAME = 200  # bytes; file systems take 255


def file_name(id: str) -> str:
    """A cell's id as a file name; a long id is truncated and gets a digest."""
    name = re.sub(r"[^A-Za-z0-9_.+=@%,-]", "_", id.replace("/", "__"))
    if len(name) > MOST_NAME:
        name = f"{name[:MOST_NAME]}-{hashlib.sha256(id.encode(errors='replace')).hexdigest()[:12]}"
    return f"{name}.log"


def render(cell: CellJudged, replays: Iterable[Replayed] = ()) -> str:
    """The whole log of a cell as text. replays: its further plays, made to measure the failure rate."""
    lines = [f"{cell.id}: {cell.verdict}{f' ({cell.kind})' if cell.kind else ''} in {cell.seconds * 1000:.1f} ms"]
    lines += [f"{role}: {peer}, agent {cell.instances.get(role, '-')}" for role, peer in cell.roles.items()]
    told = [("expected", cell.expected), ("got", cell.got), ("reason", cell.reason)]
    told += [("ledger", cell.entry), ("described at", cell.url)]
    lines += [f"{name}: {text}" for name, text in told if text]
    if cell.alone:
        lines.append("played alone, because an agent was lost with several cells in flight")
    if cell.operations:
        lines += ["", "     at us   took us  agent, lane        operation"]
    for one in cell.operations:
        took = "-" if one.took < 0 else str(one.took)
        where = f"{one.instance}, {one.lane}"
        lines.append(f"{one.at:>10}{took:>10}  {where:<18} {one.call} {one.asked} -> {one.answered or 'no answer'}")
    for instance, text in cell.stderr.items():
        lines += ["", f"stderr of {instance}:", *(f"  {line}" for line in text.rstrip("\n").split("\n"))]
    for number, again in enumerate((one for one in replays if one.id == cell.id), 2):
        what = f"{again.verdict}{f' ({again.kind})' if again.kind else ''} in {again.seconds * 1000:.1f} ms"
        why = again.got or again.reason
        lines.append(f"play {number}, to measure the failure rate: {what}{f': {why}' if why else ''}")
    return "\n".join(one for line in lines for one in fenced(line)) + "\n"


class CellLogs:
    """Writes the log of each red cell to its own file (Listener)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, event: Event) -> None:
        """Writes the log of a cell that failed or is broken and was played."""
        if (
            isinstance(event, CellJudged)
            and event.verdict in (Verdict.FAIL, Verdict.KNOWN, Verdict.FIXED, Verdict.BROKEN)
            and event.operations
        ):
            self._folder.mkdir(exist_ok=True)
            (self._folder / file_name(event.id)).write_text(render(event), encoding="utf-8")
