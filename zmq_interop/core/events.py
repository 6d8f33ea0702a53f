"""The event log: a run as JSON lines, one event a line. Every report is derived from it and from nothing else.

The order: `run`, `plan`, then `peer`, `peer_broken`, `incident`, `wire`, `cell` and `replay` as they happen, and `end`.
A log without `end` is one of a run that was cut short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from zmq_interop.core.transcript import Transcript
from zmq_interop.core.verdicts import Account, Kind, Verdict

# One more when an event or a field is added, or one means something else. Readers take logs of their own version and of
# older ones: what is added has a default, which says what the older ones meant.
VERSION = 6
LOG = "events.jsonl"  # the file, in the folder of a run


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    pass


class RunStarted(_Event, frozen=True, tag="run"):
    """The first event. started: UTC, ISO 8601. runtimes: peer -> runtime. why: the reason for these runtimes.

    shard: which part of the plan this run plays, "2/4", or "" where it plays all of it. again: the options with which
    `interop run CELL` plays a cell under the circumstances of this run; where another command does, that comes first.
    """

    version: int
    id: str
    started: str
    harness: str
    command: list[str]
    runtimes: dict[str, str]
    why: str
    jobs: int
    limit: float
    proto_digest: str
    machine: str
    shard: str = ""
    again: list[str] = []


class ScenarioText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a scenario of the plan asks, for those who read the log without the harness beside it.

    family: the part of the catalogue that has it. doc: its docstring, which cites the rule. sockets: role -> the types
    of socket that it opens. by_value: axis value -> role -> those that it opens as well, in cells of this value.
    """

    family: str
    doc: str
    sockets: dict[str, list[str]] = {}
    by_value: dict[str, dict[str, list[str]]] = {}


class Planned(_Event, frozen=True, tag="plan"):
    """The ids of all cells of the run, in the order of the plan. scenarios: by name, those of these cells.

    places: for a shard, where each of its cells stands in the whole plan, counted from 0. whole: how many that has.
    full: nothing that was asked for left any cell out.
    """

    cells: list[str]
    scenarios: dict[str, ScenarioText] = {}
    places: list[int] = []
    whole: int = 0
    full: bool = False


class PeerSeen(_Event, frozen=True, tag="peer"):
    """A peer's first agent has said Hello. libraries: name -> version at run time."""

    name: str
    runtime: str
    language: str
    libraries: dict[str, str]
    lanes: int


class PeerLost(_Event, frozen=True, tag="peer_broken"):
    """A peer cannot be judged; all its cells that were not played are `broken` for this reason."""

    name: str
    reason: str
    hint: str = ""
    detail: str = ""


class Incident(_Event, frozen=True, tag="incident"):
    """An instance was given up: it died, hung, or broke the contract. cells: those that it took along."""

    instance: str
    reason: str
    ended: str
    cells: list[str]
    stderr: str = ""


class Operation(_Event, frozen=True, gc=False, tag="operation"):
    """One operation on an agent. at and took: microseconds since the cell began; took is -1 without answer."""

    at: int
    took: int
    instance: str
    lane: int
    call: str
    asked: str
    answered: str


class CellJudged(_Event, frozen=True, tag="cell"):
    """A verdict. roles: role -> peer. instances: role -> instance. at: seconds since the run started.

    values: axis -> the name of its value. about: what else the ledger can say of these, such as the file of a message.

    expected and got are there for `fail`; reason says why a cell is unsupported, broken, or was played alone.
    stderr: instance -> what it wrote there while the cell was played, at most the last 4 KiB. entry and url: the
    ledger's entry that covers the cell, as file:line, and where that says that the failure is described.
    """

    id: str
    scenario: str
    transport: str
    binder: str
    roles: dict[str, str]
    verdict: Verdict
    values: dict[str, str] = {}
    about: dict[str, str] = {}
    kind: Kind | None = None
    expected: str = ""
    got: str = ""
    reason: str = ""
    entry: str = ""
    url: str = ""
    at: float = 0
    seconds: float = 0
    alone: bool = False
    instances: dict[str, str] = {}
    operations: list[Operation] = []
    stderr: dict[str, str] = {}


class Replayed(_Event, frozen=True, tag="replay"):
    """A cell was played once more, to measure how often it fails; its verdict in the account is that of `cell`.

    verdict: pass, fail, or broken: what this play was by itself. at: seconds since the run started.
    """

    id: str
    verdict: Verdict
    kind: Kind | None = None
    expected: str = ""
    got: str = ""
    reason: str = ""
    at: float = 0
    seconds: float = 0


class Wire(_Event, frozen=True, tag="wire"):
    """What relays saw of one play of a cell.

    replay: False for the play that has the cell's verdict. True for another one after it, because the cell had failed;
    then the other fields say how that play went, as in `CellJudged`. A cell whose agent was lost is played again, so a
    later event of the same id and `replay` takes the place of an earlier one.
    """

    id: str
    transcript: Transcript
    replay: bool = False
    verdict: Verdict | None = None
    kind: Kind | None = None
    expected: str = ""
    got: str = ""
    reason: str = ""
    at: float = 0
    seconds: float = 0
    instances: dict[str, str] = {}
    operations: list[Operation] = []
    stderr: dict[str, str] = {}


class Since(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Since when a cell is red. first: the id of the first run, of those in a row up to this one, that saw it so.

    before: the last run before that which played the cell; "" where no log that is kept tells. verdict: of that run.
    """

    first: str
    before: str = ""
    verdict: Verdict | None = None


class RunEnded(_Event, frozen=True, tag="end"):
    """The last event. interrupted: why cells of the plan were not played, "" when all were. unplayed: how many.

    left_out: planned cells for which `--budget` left no time; the account is without them.
    problems: what fails the run beside its cells, such as a stale entry of the ledger. notes: what fails nothing, and
    is to be known. since: red cell -> since when it is that, for those that an earlier run on this machine played.
    """

    account: Account
    seconds: float
    exit_code: int
    interrupted: str = ""
    unplayed: int = 0
    left_out: list[str] = []
    problems: list[str] = []
    notes: list[str] = []
    since: dict[str, Since] = {}


Event = RunStarted | Planned | PeerSeen | PeerLost | Incident | CellJudged | Replayed | Wire | RunEnded
Listener = Callable[[Event], None]


def schema() -> dict[str, Any]:
    """The JSON Schema of one line of the log."""
    return msgspec.json.schema(Event)
