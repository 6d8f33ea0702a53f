"""Implements `interop fuzz-cells`: sessions of generated messages, and the files of what they find (decision 59)."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import hypothesis.configuration
import msgspec

from zmq_interop import scenarios
from zmq_interop.core.cell import Cell
from zmq_interop.core.default_cells import expand
from zmq_interop.core.events import CellJudged
from zmq_interop.core.frames import Typed
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import summary
from zmq_interop.run import session
from zmq_interop.run.fuzzing import Bounds, Finding, Pairs, Search
from zmq_interop.run.live_session import LiveSession
from zmq_interop.run.options import Options
from zmq_interop.schemas import generated, kept, payloads
from zmq_interop.schemas.payloads import Types
from zmq_interop.schemas.project import OWN
from zmq_interop.schemas.samples import Own
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, NothingSelected, PeerBroken
from zmq_interop.system.paths import PROTO
from zmq_interop.system.stdio import show
from zmq_interop.system.text import counted, line, typed
from zmq_interop.system.workspace import Workspace

FOLDER = "regressions"
_EVERY = 10.0  # seconds between lines of progress
_LARGEST_SEED = 1 << 32
_MOST_BROKEN = 3  # cells that could not be judged, by name


class Wish(NamedTuple):
    """The command's own options. keep: None for the default folder."""

    minutes: float
    examples: int | None = None
    seed: int | None = None
    keep: Path | None = None


class Player:
    """Plays messages. cells: how many were played. after: called after each play.

    failed: what ended the session; `play` raises KeyboardInterrupt then, as fuzzing.Search asks.
    """

    def __init__(self, live: LiveSession, peers: Sequence[str], after: Callable[[], None]) -> None:
        self.cells = 0
        self.failed: Exception | None = None
        self._live = live
        self._peers = peers
        self._after = after

    def play(self, messages: Mapping[str, Own], pairs: Pairs | None) -> list[CellJudged]:
        """The verdicts on these messages between these pairs of peers; None: between all."""
        cells = [one for one in cells_of(messages, self._peers) if pairs is None or one.peers in pairs]
        try:
            judged = self._live.play(cells)
        except Exception as error:  # noqa: BLE001 (`_end` raises it)
            self.failed = error
            raise KeyboardInterrupt from None
        self.cells += len(judged)
        if self._live.lost and not any(one.verdict is Verdict.FAIL for one in judged):  # else for what it did
            lost = self._live.lost[0]
            self.failed = PeerBroken(lost.name, f"peer {lost.name}: {lost.reason}", lost.hint, lost.detail)
            raise KeyboardInterrupt
        self._after()
        return judged


def cells_of(messages: Mapping[str, Own], peers: Sequence[str]) -> list[Cell]:
    """The cells of own_schemas with these messages, each between every pair of peers."""
    declared = next(one for one in scenarios.declared() if one.name == scenarios.OWN_SCHEMAS)
    (axis,) = declared.axes
    values = msgspec.structs.replace(axis, values=dict(messages))
    return list(expand(msgspec.structs.replace(declared, axes=(values,)), peers, {}))


def main(wish: Wish, options: Options, space: Workspace) -> int:
    """Searches, keeps what it finds, prints it, and returns the exit code. Raises InteropError."""
    own = f"fuzz-{os.getpid()}"  # another search may go on in the same workspace
    hypothesis.configuration.set_hypothesis_home_dir(space.make(space.folder / f"{own}-hypothesis"))
    apart = space.apart(own, f"{own}-latest")
    options = msgspec.structs.replace(options, patterns=(scenarios.OWN_SCHEMAS,))
    try:
        return _search(wish, options, apart)
    finally:
        apart.latest.unlink(missing_ok=True)
        for folder in (apart.runs, space.folder / f"{own}-hypothesis"):
            shutil.rmtree(folder, ignore_errors=True)


def _search(wish: Wish, options: Options, space: Workspace) -> int:
    planned = session.prepare(options, space)
    types = planned.types
    project = payloads.of_project().files
    names = [one for one in types.files if one not in project] if options.proto_dirs else list(types.files)
    if not names:
        raise NothingSelected("there is no message type to play", "give --proto a folder whose protos compile")
    keep = wish.keep or _default(options)
    first = secrets.randbelow(_LARGEST_SEED) if wish.seed is None else wish.seed
    _say(f"seed {first}: {counted(len(names), 'message type')} between {counted(len(planned.peers), 'peer')}")
    progress = _Progress()
    found: list[Finding] = []
    with LiveSession(options, planned, _say) as live:
        player = Player(live, list(planned.peers), progress.tell)
        search = progress.search = Search(player.play, generated.messages(types, names), types)
        try:
            search.learn(_there(planned, types, frozenset(names), keep))
            for finding in search.run(first, Bounds(seconds=wish.minutes * 60, examples=wish.examples)):
                found.append(finding)
                file = kept.write(keep, finding.own, types, _comment(finding, live, first, options))
                show("\n".join(map(line, _lines(finding, file, types))))
        except KeyboardInterrupt:
            search.stopped = True
    return _end(search, player, found, options, keep)


class _Progress:
    """Tells on stderr how far the search is, now and then. search: None until there is one."""

    def __init__(self) -> None:
        self.search: Search | None = None
        self._told = time.monotonic()

    def tell(self) -> None:
        """Called after each session."""
        if self.search is not None and time.monotonic() - self._told >= _EVERY:
            self._told = time.monotonic()
            _say(_counts(self.search))


def _say(text: str) -> None:
    show(line(f"interop: {text}"), sys.stderr)


def _default(options: Options) -> Path:
    """Where later runs with the same options look for samples."""
    if options.proto_dirs:
        return options.proto_dirs[0] / FOLDER
    return Path(FOLDER) if home.INSTALLED else PROTO / OWN / FOLDER


def _there(planned: session.Plan, types: Types, names: frozenset[str], keep: Path) -> dict[str, Own]:
    """The messages that runs play already, and those of the folder of kept ones, wherever that is."""
    found: dict[str, Own] = {}
    for one in {cell.cell.scenario.name: cell.cell.scenario for cell in planned.cells}.values():
        messages = ((name, own) for name, own in one.axes[0].values.items() if isinstance(own, Own))
        found.update((name, own) for name, own in messages if own.type in names and not own.refused)
    return kept.read(keep, types) | found


def _comment(finding: Finding, live: LiveSession, seed: int, options: Options) -> Iterator[str]:
    """What a kept file says of its message."""
    yield f"Found by `{typed(['fuzz-cells', '--seed', str(seed), *options.again()])}`:"
    yield f"{finding.cell.id}: {finding.cell.kind}"
    yield f"expected {finding.cell.expected}"
    yield f"got      {finding.cell.got}"
    yield f"red between: {_pairs(finding.red)}"
    for name in sorted({peer for pair in finding.red for peer in pair} & live.seen.keys()):
        yield summary.versions(live.seen[name])


def _pairs(pairs: Pairs) -> str:
    return " ".join(sorted(":".join(one) for one in pairs))


def _lines(finding: Finding, file: Path, types: Types) -> Iterator[str]:
    """What the terminal shows of a finding."""
    own = finding.own
    yield f"FAIL {finding.cell.id}: {finding.cell.kind}"
    with payloads.using(types):
        yield f"  message   {own.type}({payloads.show(Typed(own.type, own.value))}), sent as {own.forms[0].hex(' ')}"
    yield f"  expected  {finding.cell.expected}"
    yield f"  got       {finding.cell.got}"
    yield f"  red       {_pairs(finding.red)}"
    if not finding.repeats:
        yield "  it passed when it was played alone, so it could not be shrunk"
    else:
        shrunk = f"from {counted(len(finding.first.forms[0]), 'byte')} to {len(own.forms[0])}"
        more = "; there was no time for more" if finding.cut_short else ""
        yield f"  shrunk    {shrunk}, in {counted(finding.tries, 'try', 'tries')}{more}"
    yield f"  kept      {file}"


def _counts(search: Search) -> str:
    return (
        f"{counted(search.messages, 'message')}: {counted(len(search.causes) - search.learnt, 'finding')}, "
        f"{counted(search.known, 'cell')} known to the ledger, {search.explained} red as those of a finding are, "
        f"{len(search.broken)} broken"
    )


def _end(search: Search, player: Player, found: Sequence[Finding], options: Options, keep: Path) -> int:
    """Prints the account, and returns the exit code. Raises the error that ended a session."""
    for id, reason in list(search.broken.items())[:_MOST_BROKEN]:
        show(line(f"BROKEN {id}: {reason}"))
    show(line(f"{_counts(search)}; {counted(player.cells, 'cell')} played"))
    if found:
        played = keep.resolve().is_relative_to(PROTO) or any(
            keep.resolve().is_relative_to(one.resolve()) for one in options.proto_dirs
        )
        more = [] if played else ["--proto", str(keep)]
        command = typed(["run", f"{scenarios.OWN_SCHEMAS}/*/*@found-*", *options.again(), *more])
        show(line(f"play what was found: {command}"))
    if player.failed is not None:
        raise player.failed
    if search.stopped:
        return Exit.INTERRUPTED
    if found:
        return Exit.FAILED
    return Exit.BROKEN if search.broken else Exit.OK
