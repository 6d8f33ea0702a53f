"""The report as JSON for programs. docs/summary.schema.json, which `tools/schema` writes, is its schema."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import msgspec

from zmq_interop.core import verdicts
from zmq_interop.core.verdicts import Account, Kind, Verdict
from zmq_interop.results.report import matrix
from zmq_interop.results.report.reading import Report
from zmq_interop.results.report.versions import Table

VERSION = 1  # incremented when a field is removed or changes its meaning


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run. started: UTC, ISO 8601. log: the path of its event log. complete: whether it came to its end."""

    log: str
    complete: bool
    id: str = ""
    started: str = ""
    harness: str = ""
    shard: str = ""
    command: list[str] = []
    runtimes: dict[str, str] = {}
    proto_digest: str = ""
    machine: str = ""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that said Hello. libraries: name -> version at run time."""

    name: str
    runtime: str
    language: str
    libraries: dict[str, str]


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that could not be judged. hint: what to do about it."""

    name: str
    reason: str
    hint: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the matrix: the cells of two peers, in a scenario's first role and in its second."""

    first: str
    second: str
    account: Account


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario's cells."""

    name: str
    family: str
    account: Account


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell. roles: role -> peer. values: axis -> value. again: the command that plays it again.

    since: since when it is red, in words; "" where it is not, or no earlier run tells.
    """

    id: str
    scenario: str
    transport: str
    binder: str
    values: dict[str, str]
    roles: dict[str, str]
    verdict: Verdict
    kind: Kind | None
    expected: str
    got: str
    reason: str
    seconds: float
    since: str
    again: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Red cells that have something in common. sentence: what. kinds: how many failed in which way. cells: ids.

    blamed: the peers that comparison with other cells points to; blame: the same in words, with counts.
    """

    sentence: str
    blamed: list[str]
    blame: str
    verdict: Verdict
    kinds: dict[str, int]
    cells: list[str]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of a scenario that change alike with the version. told: in words, "red 4.1.5, green 4.2.5 to 4.3.5".

    outcomes: for each version of the table: green, red (known failures too), unsupported or broken. cells: ids, as of
    the peer itself; `c@*:c` where another version plays against the peer.
    """

    scenario: str
    told: str
    outcomes: list[str]
    cells: list[str]


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """What changes with the version of one library of a peer. versions: the oldest first. peers: who has each in this
    run. same: how many cells have one outcome in all versions."""

    peer: str
    library: str
    versions: list[str]
    peers: list[str]
    changes: list[Change]
    same: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. incomplete: why it does not tell of all that was planned, "" when it does. exit_code: as of the runs.

    unlike: in what the runs differ and should not. problems: what fails the runs beside their cells. notes: what
    fails nothing and is to be known. unjudged: planned cells without a verdict.
    """

    incomplete: str
    version: int = VERSION
    exit_code: int
    account: Account
    seconds: float
    runs: list[Run]
    unlike: list[str]
    problems: list[str]
    notes: list[str]
    peers: list[Peer]
    lost: list[Lost]
    matrix: list[Pair]
    scenarios: list[Scenario]
    groups: list[Group]
    versions: list[Versions]
    cells: list[Cell]
    unjudged: list[str]


def summary(report: Report) -> Summary:
    """The report as the value that is written."""
    of: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for cell in report.cells:
        of[cell.scenario][cell.verdict] += 1
    texts = report.scenarios
    return Summary(
        incomplete=report.incomplete,
        exit_code=report.exit_code,
        account=report.account,
        seconds=round(report.seconds, 3),
        runs=[*_runs(report)],
        unlike=[*report.unlike],
        problems=[*report.problems],
        notes=[*report.notes],
        peers=[
            Peer(name=one.name, runtime=one.runtime, language=one.language, libraries=one.libraries)
            for one in report.peers
        ],
        lost=[Lost(name=one.name, reason=one.reason, hint=one.hint) for one in report.lost],
        matrix=[
            Pair(first=first, second=second, account=_account(counts))
            for (first, second), counts in matrix.pairs(report.cells).items()
        ],
        scenarios=[
            Scenario(name=name, family=texts[name].family if name in texts else "", account=_account(counts))
            for name, counts in of.items()
        ],
        groups=[
            Group(
                sentence=group.sentence,
                blamed=list(blame.peers) if (blame := report.blames.get(group.example.id)) else [],
                blame=blame.sentence if blame else "",
                verdict=group.verdict,
                kinds=Counter(str(cell.kind) for cell in group.cells if cell.kind),
                cells=[cell.id for cell in group.cells],
            )
            for group in report.groups
        ],
        versions=[*map(_versions, report.versions)],
        cells=[
            Cell(
                id=cell.id,
                scenario=cell.scenario,
                transport=cell.transport,
                binder=cell.binder,
                values=cell.values,
                roles=cell.roles,
                verdict=cell.verdict,
                kind=cell.kind,
                expected=cell.expected,
                got=cell.got,
                reason=cell.reason,
                seconds=cell.seconds,
                since=report.since(cell.id),
                again=report.repro(cell.id),
            )
            for cell in report.cells
        ],
        unjudged=[*report.unjudged],
    )


def _versions(table: Table) -> Versions:
    return Versions(
        peer=table.peer,
        library=table.library,
        versions=[one.version for one in table.versions],
        peers=[one.peer for one in table.versions],
        changes=[
            Change(
                scenario=row.scenario,
                told=table.told(row),
                outcomes=[*map(str, row.outcomes)],
                cells=[*row.cells],
            )
            for row in table.rows
        ],
        same=table.same,
    )


def _runs(report: Report) -> list[Run]:
    found = []
    for path, run, ended in zip(report.paths, report.runs, report.ended, strict=True):
        one = Run(log=str(path), complete=ended is not None and not ended.unplayed)
        if run is not None:
            one = msgspec.structs.replace(
                one,
                id=run.id,
                started=run.started,
                harness=run.harness,
                shard=run.shard,
                command=run.command,
                runtimes=run.runtimes,
                proto_digest=run.proto_digest,
                machine=run.machine,
            )
        found.append(one)
    return found


def _account(counts: Counter[Verdict]) -> Account:
    return verdicts.account(counts.total(), counts.items())


def render(report: Report) -> str:
    """The JSON, on one line, which begins with why the report is incomplete."""
    return msgspec.json.encode(summary(report)).decode() + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of what `render` gives."""
    return msgspec.json.schema(Summary)
