"""One event log, read and checked.

A log that ends too early is not an error: its run was killed, or the disk was full, and `Log.incomplete` says so.
Anything that the harness never writes is an error with file and line: a line in the middle that is not an event, a cell
that was not planned or is judged twice, an account that does not balance.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from zmq_interop.core import shard, verdicts
from zmq_interop.core.events import (
    VERSION,
    CellJudged,
    Event,
    Incident,
    PeerLost,
    PeerSeen,
    Planned,
    Replayed,
    RunEnded,
    RunStarted,
    Wire,
)
from zmq_interop.core.shard import Shard
from zmq_interop.system.errors import Exit, LogError, UsageError

LONGEST_LINE = 64 << 20  # bytes; texts of agents are bounded, so no event is nearly that long
_OPENING = b'{"type":"run",'  # every log begins so
_HINT = "give an event log as `interop run` writes it: events.jsonl in the run's folder, one event per line"


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What one log says.

    started and ended: None where the log was cut short before them. shard: None for a run of a whole plan. cells: id ->
    verdict, in the order of the events. replays: what was played once more. wires: what relays saw, by id and
    `Wire.replay`. lines: id -> the number of the verdict's line. incomplete: why planned cells have no verdict, ""
    where all have one.
    """

    path: Path
    started: RunStarted | None
    shard: Shard | None
    planned: Planned
    peers: tuple[PeerSeen, ...]
    lost: tuple[PeerLost, ...]
    incidents: tuple[Incident, ...]
    cells: dict[str, CellJudged]
    replays: tuple[Replayed, ...]
    wires: dict[tuple[str, bool], Wire]
    lines: dict[str, int]
    ended: RunEnded | None
    incomplete: str

    def wire(self, cell: str) -> Wire | None:
        """What relays saw of a cell: of the play with its verdict, or else of the replay; None if it had none."""
        return self.wires.get((cell, False)) or self.wires.get((cell, True))


def read(path: Path, longest: int = LONGEST_LINE) -> Log:
    """Reads one log. longest: bytes of a line. Raises LogError, which names file and line."""
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(longest + 1), b""), 1):
                if len(line) > longest:
                    raise LogError(f"{path}:{number}: a line of more than {longest >> 20} MiB", _HINT)
                reader.take(number, line)
    except OSError as error:
        raise LogError(f"{path}: {error.strerror}", _HINT) from None
    return reader.log()


class _Reader:
    """Takes the lines of a log one by one, and checks their order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(Event)
        self._started: RunStarted | None = None
        self._shard: Shard | None = None
        self._planned: Planned | None = None
        self._unjudged: set[str] = set()
        self._peers: list[PeerSeen] = []
        self._lost: list[PeerLost] = []
        self._incidents: list[Incident] = []
        self._replays: list[Replayed] = []
        self._wires: dict[tuple[str, bool], Wire] = {}
        self._cells: dict[str, CellJudged] = {}
        self._lines: dict[str, int] = {}
        self._ended: RunEnded | None = None
        self._cut = 0  # the line in the middle of which the log ends

    def take(self, number: int, line: bytes) -> None:
        """The next line; only the last one may have no end."""
        try:
            event = self._decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            begun = number > 1 or _OPENING.startswith(line[: len(_OPENING)])
            if line.endswith(b"\n") or not begun or self._ended:
                raise self._error(number, f"not a valid event of version {VERSION}: {error}") from None
            self._cut = number
            return
        if self._ended is not None:
            raise self._error(number, f"a `{_tag(event)}` event after the `end`: the file may hold two logs")
        match event, self._started, self._planned:
            case RunStarted(), None, _:
                self._start(number, event)
            case RunStarted(), _, _:
                raise self._error(number, "a second `run` event: the file may hold two logs")
            case _, None, _:
                raise self._error(number, f"a `{_tag(event)}` event before the `run`: the beginning is missing")
            case Planned(), _, None:
                self._plan(number, event)
            case Planned(), _, _:
                raise self._error(number, "a second `plan` event")
            case _, _, None:
                raise self._error(number, f"a `{_tag(event)}` event before the `plan`")
            case CellJudged(), _, _:
                self._judge(number, event)
            case PeerSeen(), _, _:
                self._peers.append(event)
            case PeerLost(), _, _:
                self._lost.append(event)
            case Incident(), _, _:
                self._incidents.append(event)
            case Replayed(), _, _:
                self._replays.append(event)
            case Wire(), _, _:
                self._wires[event.id, event.replay] = event
            case RunEnded(), _, Planned() as planned:
                self._end(number, event, planned)

    def log(self) -> Log:
        """The whole, when there are no more lines."""
        return Log(
            path=self._path,
            started=self._started,
            shard=self._shard,
            planned=self._planned or Planned(cells=[]),
            peers=tuple(self._peers),
            lost=tuple(self._lost),
            incidents=tuple(self._incidents),
            cells=self._cells,
            replays=tuple(self._replays),
            wires=self._wires,
            lines=self._lines,
            ended=self._ended,
            incomplete=self._incomplete(),
        )

    def _start(self, number: int, event: RunStarted) -> None:
        if event.version > VERSION:
            raise LogError(
                f"{self._path}:{number}: a log of version {event.version}, from harness {event.harness}; this harness "
                f"reads logs up to version {VERSION}",
                "read it with the harness that wrote it, or a newer one",
            )
        if event.shard:
            try:
                self._shard = shard.parse(event.shard)
            except UsageError as error:
                raise self._error(number, error.message) from None
        self._started = event

    def _plan(self, number: int, event: Planned) -> None:
        self._unjudged = set(event.cells)
        if len(self._unjudged) < len(event.cells):
            twice = next(id for id, count in Counter(event.cells).items() if count > 1)
            raise self._error(number, f"{twice!r} is planned twice")
        if event.places and (
            len(event.places) != len(event.cells) or not 0 <= min(event.places) <= max(event.places) < event.whole
        ):
            raise self._error(number, "the positions of a shard's cells do not match its cells")
        self._planned = event

    def _judge(self, number: int, event: CellJudged) -> None:
        if event.id in self._lines:
            raise self._error(number, f"{event.id!r} already has a verdict in line {self._lines[event.id]}")
        if event.id not in self._unjudged:
            raise self._error(number, f"{event.id!r} was not planned")
        if not event.roles and event.id != f"{event.scenario}/{event.transport}":  # two programs that meet
            raise self._error(number, f"{event.id!r} has no roles")
        self._unjudged.remove(event.id)
        self._cells[event.id] = event
        self._lines[event.id] = number

    def _end(self, number: int, event: RunEnded, planned: Planned) -> None:
        if event.left_out:
            out = set(event.left_out)
            if not out <= self._unjudged or len(out) < len(event.left_out):
                raise self._error(number, "a cell that was left out was not planned, is named twice, or has a verdict")
            self._unjudged -= out
            kept = [index for index, id in enumerate(planned.cells) if id not in out]
            planned = msgspec.structs.replace(
                planned,
                cells=[planned.cells[index] for index in kept],
                places=[planned.places[index] for index in kept] if planned.places else [],
            )
            self._planned = planned
        counted = verdicts.account(len(self._cells), Counter(cell.verdict for cell in self._cells.values()).items())
        if (
            event.account != counted
            or event.unplayed != len(self._unjudged)
            or (self._unjudged and not event.interrupted)
        ):
            raise self._error(
                number,
                f"the account does not balance: it says {event.account}, {event.unplayed} not played; the log has "
                f"{len(planned.cells)} planned cells and the verdicts {counted}",
            )
        if event.exit_code not in tuple(Exit) or (event.exit_code == Exit.OK and counted.exit_code != Exit.OK):
            raise self._error(number, f"the run says that it exited with {event.exit_code}, but {counted}")
        self._ended = event

    def _incomplete(self) -> str:
        if self._ended is not None:
            if not self._unjudged and self._ended.exit_code != Exit.INTERRUPTED:
                return ""
            if not self._unjudged:
                return f"{self._ended.interrupted}, after all of its {len(self._cells)} cells had a verdict"
            return f"{self._ended.interrupted}; {self._unplayed()} were not played"
        where = f"the log ends in the middle of line {self._cut}" if self._cut else "the log has no end"
        if self._planned is None:
            return f"{where}: the run was cut short before its plan was written"
        return f"{where}: the run was cut short; {self._unplayed()} have no verdict"

    def _unplayed(self) -> str:
        planned = len(self._unjudged) + len(self._cells)
        return f"{len(self._unjudged)} of {planned} planned cells"

    def _error(self, number: int, what: str) -> LogError:
        return LogError(f"{self._path}:{number}: {what}", _HINT)


def _tag(event: Event) -> str:
    return str(type(event).__struct_config__.tag)
