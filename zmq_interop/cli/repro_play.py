"""Plays a cell for `interop repro`, and writes the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from zmq_interop.cli import run_cmd
from zmq_interop.core import cell as cells
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event, PeerSeen
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.verdicts import Verdict
from zmq_interop.repro import descriptors, folder, recording
from zmq_interop.repro.parts import Part
from zmq_interop.repro.recording import Recording
from zmq_interop.results.report import terminal
from zmq_interop.run import session
from zmq_interop.run.engine.instance import Playing
from zmq_interop.run.options import Options
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import Exit, InteropError, PeerBroken, UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.workspace import Workspace

_REFERENCES = ("python", "c")  # peers that may play all roles of the cell that shows what should happen


def main(id: str, target: Path, space: Workspace) -> int:
    """Writes the reproduction of one cell to a folder. Returns the exit code. Raises InteropError."""
    if target.exists() and any(target.iterdir()):
        raise UsageError(f"-o {target}: the folder is not empty", "give a new folder, or an empty one")
    options = Options(patterns=(id,), runtime="process", fresh_links=True)
    chosen = _only(session.prepare(options, space), id)
    ids = [chosen.id, *_beside(chosen.cell)]
    planned = session.prepare(msgspec.structs.replace(options, patterns=tuple(dict.fromkeys(ids))), space)
    report = terminal.Terminal()
    watch = _Watch(chosen.cell)
    one = session.Run(options, planned, [watch], report.say, watch=watch.played)
    code = run_cmd.conduct(one, report)
    if code is not None or one.interrupted:
        return Exit.INTERRUPTED if code is None else code
    types = planned.types
    with payloads.using(types):
        story = watch.story()
        texts = folder.files(story)
        needed = folder.message_types(story)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)
    if needed:
        (target / "messages.binpb").write_bytes(descriptors.of(types, needed))
        for name in descriptors.files(types, needed):
            source = planned.protos.folder / name
            if source.is_file():
                (target / "proto" / name).parent.mkdir(parents=True, exist_ok=True)
                (target / "proto" / name).write_bytes(source.read_bytes())
    show(f"{target}: {', '.join(sorted(texts))}\n  `sh {target / 'run.sh'}` runs it")
    return Exit.OK


def _only(planned: session.Plan, id: str) -> PlannedCell:
    """The one cell that is selected, if it can be played. Raises UsageError."""
    if len(planned.cells) != 1:
        raise UsageError(
            f"repro {id}: this selects {len(planned.cells)} cells", "give the whole id of one; a report names it"
        )
    one = planned.cells[0]
    if one.cell.scenario.by_hand:
        raise UsageError(
            f"repro {one.id}: the harness itself writes or bends the bytes of a connection, and no program does",
            f"`./interop run {one.id} --wire` and `./interop log {one.id} --wire` show the bytes to send",
        )
    if one.unclaimed:
        raise UsageError(f"repro {one.id}: the cell is unsupported: {'; '.join(map(str, one.unclaimed))}")
    return one


def _beside(cell: Cell) -> list[str]:
    """The cells of the same scenario and values with one reference in all roles."""
    return [
        cells.make(cell.scenario, cell.transport, cell.binder, cell.values, (peer,) * len(cell.peers)).id
        for peer in _REFERENCES
    ]


class _Watch:
    """Keeps what was played: the recordings of cells, their verdicts, and what the peers said of themselves."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._recordings: dict[str, Recording | InteropError] = {}
        self._judged: dict[str, CellJudged] = {}
        self._seen: dict[str, PeerSeen] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, PeerSeen):
            self._seen[event.name] = event
        elif isinstance(event, CellJudged):
            self._judged[event.id] = event

    def played(self, playing: Playing, _: CellJudged) -> None:
        """The Watch of the run."""
        cell = playing.cell
        roles = dict(zip(cell.scenario.roles, cell.peers, strict=True))
        try:
            kept: Recording | InteropError = recording.record(self._cell.id, roles, playing.lanes, playing.journal)
        except InteropError as error:
            kept = error
        self._recordings[cell.id] = kept

    def story(self) -> folder.Story:
        """What was played, put together. Raises UsageError for what is not supported yet, PeerBroken."""
        cell = self._cell
        judged = self._judged[cell.id]
        if judged.verdict in (Verdict.BROKEN, Verdict.UNSUPPORTED):
            raise PeerBroken(":".join(cell.peers), f"repro {cell.id}: the cell is {judged.verdict}: {judged.reason}")
        passed = judged.verdict in (Verdict.PASS, Verdict.FIXED)
        got = self._recording(cell.id)
        return folder.Story(
            cell=cell,
            expected=got if passed else self._expected(),
            got=got,
            parts=[_part(role, peer, self._seen) for role, peer in zip(cell.scenario.roles, cell.peers, strict=True)],
            outcome=("", "") if passed else (judged.expected, f"{judged.kind}: {judged.got}"),
        )

    def _expected(self) -> Recording:
        for id in _beside(self._cell):
            if id in self._judged and self._judged[id].verdict is Verdict.PASS:
                return self._recording(id)
        tried = " and ".join(_beside(self._cell))
        raise recording.refused(self._cell.id, f"a failure beside which no cell passes ({tried} did not)")

    def _recording(self, id: str) -> Recording:
        kept = self._recordings.get(id)
        if kept is None:
            raise recording.refused(self._cell.id, "a cell in which an agent dies or hangs")
        if isinstance(kept, InteropError):
            raise kept
        return kept


def _part(role: str, peer: str, seen: Mapping[str, PeerSeen]) -> Part:
    about = seen[peer]
    return Part(role, peer, about.language, dict(about.libraries))
