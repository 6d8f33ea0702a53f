"""Reads of an event log what the history needs: run, peers, verdicts. Operations, nearly all of a log, are skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from zmq_interop.core.events import LOG, VERSION, PeerSeen, RunEnded, RunStarted
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.site.history import Judged, Peer, RunFacts
from zmq_interop.system.errors import LogError, UsageError

_CELL, _PEER, _END = b'{"type":"cell"', b'{"type":"peer"', b'{"type":"end"'
# Within a text of JSON a quotation mark has a backslash before it, so this begins the operations and nothing else.
_OPERATIONS = b',"operations":['


class _Line(msgspec.Struct, frozen=True):
    id: str
    verdict: Verdict
    kind: Kind | None = None


class _Plan(msgspec.Struct, frozen=True, tag_field="type", tag="plan"):
    full: bool = False
    whole: int = 0


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """One log. judged: its verdicts, in the order in which they came."""

    path: Path
    run: RunFacts
    judged: list[Judged]


def logs(paths: Iterable[Path]) -> list[Path]:
    """The event logs that these paths name: a log itself, the folder of a run, or a folder with any number of these
    below it. Each once. Raises UsageError for a path without any."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            there = [path / LOG] if (path / LOG).is_file() else sorted(path.rglob(LOG))
        else:
            there = [path] if path.is_file() else []
        if not there:
            raise UsageError(f"{path}: there is no event log", f"give the path of an {LOG}, or of a folder with some")
        found.update(dict.fromkeys(one.resolve() for one in there))
    return [*found]


def started(path: Path) -> str:
    """When the run of a log started, for sorting. Raises LogError."""
    with _opened(path) as file:
        return _opening(path, file.readline()).started


def scan(path: Path) -> Scanned:
    """Reads one log; one that was cut short counts as far as it goes. Raises LogError."""
    line, peer, decode = msgspec.json.Decoder(_Line), msgspec.json.Decoder(PeerSeen), msgspec.json.decode
    judged: list[Judged] = []
    peers: dict[str, Peer] = {}
    plan = _Plan()
    ended: RunEnded | None = None
    with _opened(path) as file:
        opening = _opening(path, file.readline())
        number = 1
        try:
            for number, text in enumerate(file, 2):
                if text.startswith(_CELL):
                    cut = text.find(_OPERATIONS)
                    one = line.decode(text if cut < 0 else text[:cut] + b"}")
                    judged.append((one.id, one.verdict, one.kind))
                elif text.startswith(_PEER):
                    seen = peer.decode(text)
                    peers[seen.name] = Peer(runtime=seen.runtime, language=seen.language, libraries=seen.libraries)
                elif text.startswith(_END):
                    ended = decode(text, type=RunEnded)
                elif number == 2:
                    plan = decode(text, type=_Plan)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if text.endswith(b"\n"):
                raise LogError(f"{path}:{number}: not an event: {error}", "give a complete event log") from None
    run = RunFacts(
        id=opening.id,
        started=opening.started,
        harness=opening.harness,
        shard=opening.shard,
        complete=ended is not None and not ended.unplayed,
        whole=plan.full,
        exit_code=-1 if ended is None else ended.exit_code,
        **({} if ended is None else {"account": ended.account}),
        peers=peers,
    )
    return Scanned(path=path, run=run, judged=judged)


def in_order(paths: Iterable[Path]) -> Iterator[Scanned]:
    """The logs, the one that started first before the others; one at a time is in memory. Raises LogError."""
    for _, path in sorted((started(path), path) for path in paths):
        yield scan(path)


def _opened(path: Path):  # type: ignore[no-untyped-def]
    try:
        return path.open("rb")
    except OSError as error:
        raise LogError(f"{path}: {error.strerror}", "give a readable event log") from None


def _opening(path: Path, text: bytes) -> RunStarted:
    try:
        run = msgspec.json.decode(text, type=RunStarted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LogError(f"{path}:1: not the start of an event log: {error}", "give an event log") from None
    if run.version > VERSION:
        raise LogError(
            f"{path}:1: a log of version {run.version}; this harness reads up to {VERSION}", "use a newer harness"
        )
    return run
