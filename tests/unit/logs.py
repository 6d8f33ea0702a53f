"""Event logs, written for the tests of what reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from zmq_interop.core import events, verdicts
from zmq_interop.core.events import (
    CellJudged,
    Event,
    Incident,
    Operation,
    PeerLost,
    PeerSeen,
    Planned,
    RunEnded,
    RunStarted,
    ScenarioText,
)
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.event_log import EventLog
from zmq_interop.results.report.reading import Report, read_logs

STARTED = RunStarted(
    version=events.VERSION,
    id="run",
    started="2026-01-01T00:00:00.000+00:00",
    harness="0.1.0",
    command=["run"],
    runtimes={"a": "process", "b": "process"},
    why="processes, as asked",
    jobs=16,
    limit=10.0,
    proto_digest="d1gest",
    machine="Linux",
)
# Terminal control in 7 and in 8 bits, what XML has no place for, Markdown, HTML, a mention, a command of GitHub's.
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \x9b31m \r\x08 \u202eevil\u2028 \x00\x0b\x1f\x7f \ufffe\uffff\ufdd0 --> ]]> </pre> "
    "<script>alert(1)</script> `` ` ``` | @octocat *b* [x](javascript:1) &amp; ::error::x \n```\n# evil\n::error::x"
)
TEXT = ScenarioText(family="exchange", doc="It arrives.", sockets={"one": ["PUSH"], "other": ["PULL"]})


def cell(id: str = "push_pull/tcp/a:b", verdict: Verdict = Verdict.PASS, **changes: object) -> CellJudged:
    """A verdict. The id must be scenario/transport/.../peer:peer, for the roles `one` and `other`."""
    scenario, transport, *_, players = id.split("/")
    first, second = players.split(":")
    one = CellJudged(
        id=id,
        scenario=scenario,
        transport=transport,
        binder="one",
        roles={"one": first, "other": second},
        verdict=verdict,
        instances={"one": f"{first}-1", "other": f"{second}-1"},
        operations=[Operation(at=3, took=40, instance="a-1", lane=0, call="open", asked="1 PUSH", answered="done")],
    )
    return msgspec.structs.replace(one, **changes)


def failed(id: str = "push_pull/tcp/a:b", **changes: object) -> CellJudged:
    """A cell that failed."""
    return cell(id, Verdict.FAIL, **{"kind": Kind.LOST, "expected": '["one"]', "got": "nothing", **changes})


def seen(name: str, **changes: object) -> PeerSeen:
    """A peer that said Hello."""
    one = PeerSeen(name=name, runtime="process", language="C 17", libraries={"libzmq": "4.3.5"}, lanes=9)
    return msgspec.structs.replace(one, **changes)


def planned(cells: Iterable[CellJudged], *unplayed: str, **changes: object) -> Planned:
    """The plan of these cells, and of some that are not played."""
    ids = [*(one.id for one in cells), *unplayed]
    one = Planned(cells=ids, scenarios={id.partition("/")[0]: TEXT for id in ids})
    return msgspec.structs.replace(one, **changes)


def ended(cells: Sequence[CellJudged], **changes: object) -> RunEnded:
    """The end of a run of these cells."""
    account = verdicts.account(len(cells), ((one.verdict, 1) for one in cells))
    return msgspec.structs.replace(RunEnded(account=account, seconds=1.5, exit_code=account.exit_code), **changes)


def whole(*found: Event, started: RunStarted = STARTED, end: RunEnded | None = None) -> list[Event]:
    """All events of a run of which these are those between plan and end."""
    cells = [one for one in found if isinstance(one, CellJudged)]
    return [started, planned(cells), *found, end or ended(cells)]


def write(path: Path, found: Iterable[Event]) -> Path:
    """A log of these events."""
    path.parent.mkdir(parents=True, exist_ok=True)
    log = EventLog(path)
    for event in found:
        log(event)
    log.close()
    return path


def report(folder: Path, *found: Event, started: RunStarted = STARTED, end: RunEnded | None = None) -> Report:
    """The report of a run of these events, whose log is in `folder`, with the logs of single cells."""
    (folder / "cells").mkdir(parents=True, exist_ok=True)
    return read_logs([write(folder / "events.jsonl", whole(*found, started=started, end=end))])


def hostile(folder: Path) -> Report:
    """The report of a run of which everything that is text is HOSTILE."""
    peer = HOSTILE.replace("/", "").replace(":", "")
    id = f"pair/tcp/{peer}:{peer}"
    cells = [
        failed(expected=HOSTILE, got=HOSTILE, stderr={HOSTILE: HOSTILE}, instances={HOSTILE: HOSTILE}),
        failed(id, kind=Kind.ALTERED, expected=HOSTILE, values={HOSTILE: HOSTILE}, transport=HOSTILE, binder=HOSTILE),
        cell(f"{HOSTILE.replace('/', '')}/tcp/{peer}:b", Verdict.FIXED, kind=Kind.LOST, reason=HOSTILE),
        cell("pair/tcp/a:b", Verdict.BROKEN, reason=HOSTILE),
        cell("pair/ipc/a:b", Verdict.UNSUPPORTED, reason=HOSTILE),
        cell("pair/ipc/b:b", Verdict.KNOWN, reason=HOSTILE),
    ]
    started = msgspec.structs.replace(
        STARTED, id=HOSTILE, started=HOSTILE, harness=HOSTILE, why=HOSTILE, machine=HOSTILE, again=[HOSTILE]
    )
    return report(
        folder,
        seen(peer, language=HOSTILE, libraries={HOSTILE: HOSTILE}, runtime=HOSTILE),
        PeerLost(name=HOSTILE, reason=HOSTILE, hint=HOSTILE, detail=HOSTILE),
        Incident(instance=HOSTILE, reason=HOSTILE, ended=HOSTILE, cells=[], stderr=HOSTILE),
        *cells,
        started=started,
        end=ended(cells, problems=[HOSTILE], interrupted=HOSTILE),
    )
