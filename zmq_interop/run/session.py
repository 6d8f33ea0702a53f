"""A run from its options to its last event; used by both `interop run` and the pytest plug-in."""

from __future__ import annotations

import datetime
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from zmq_interop import __version__
from zmq_interop.agents.runtimes.base import RunPlace, Runtime
from zmq_interop.core import budget, events, exclude, scenario_text, shard
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import (
    CellJudged,
    Event,
    Incident,
    Listener,
    PeerLost,
    PeerSeen,
    Planned,
    RunEnded,
    RunStarted,
    Since,
)
from zmq_interop.core.features import PROGRAMS
from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.variants import SIGN
from zmq_interop.core.verdicts import RED, UNPLAYED, Verdict, account
from zmq_interop.results import costs, history, ledger
from zmq_interop.results.event_log import EventLog
from zmq_interop.results.ledger import Ledger, findings
from zmq_interop.results.ledger.findings import Evidence, Found
from zmq_interop.results.ledger.judge import LedgerJudge
from zmq_interop.results.ledger.subject import Every, of_plans
from zmq_interop.results.report.cell_log import CellLogs
from zmq_interop.run import choice, expectations, narrowing, run_folder, selection, tapping
from zmq_interop.run.again import again
from zmq_interop.run.choice import Choice
from zmq_interop.run.countdown import Countdown
from zmq_interop.run.options import Options
from zmq_interop.run.selection import NO_VARIANTS, Variants
from zmq_interop.schemas import payloads
from zmq_interop.schemas.payloads import Types
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.workspace import Workspace

if TYPE_CHECKING:
    from zmq_interop.run.engine.engine import Engine
    from zmq_interop.run.engine.player import Watch

LONGEST_LIMIT = 3600


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is known before anything is built or started.

    space: the folders that the run uses. descriptors: of the protos; None: of the project's own. uncut: of a shard, all
    cells of the plan that it is a part of. excluded: what is left out of that by name. every: the cells of `--all`, of
    which those of any other run are a part. problems, notes: as of RunEnded.
    uncovered: pairs of values that are in no cell because of --budget.
    """

    space: Workspace
    protos: ProtoSet
    descriptors: Path | None = None
    peers: dict[str, Peer]
    cells: list[PlannedCell]
    uncut: list[PlannedCell] = []
    excluded: list[PlannedCell] = []
    every: Every = Every()
    ledger: Ledger
    problems: list[str] = []
    notes: list[str] = []
    uncovered: list[str] = []

    @property
    def types(self) -> Types:
        """The message types of its protos."""
        return payloads.load(self.descriptors) if self.descriptors else payloads.of_project()

    @property
    def outside(self) -> list[str]:
        """The names of peers that are not of the tree."""
        return [name for name, peer in self.peers.items() if not peer.of_tree]

    def runtimes(self, chosen: Choice, options: Options) -> dict[str, Runtime]:
        """The runtimes of a choice, by name, none open yet. options: of the run."""
        return choice.make(chosen, self.protos, self.space, options.install, options.wire)

    @property
    def beside(self) -> str:
        """The first thing that can only run as a process of this machine, for people; "" if there is none: a program of
        the user's, or a variant."""
        name = next((one.cell.scenario.name for one in self.cells if PROGRAMS in one.cell.scenario.place), "")
        if name:
            return f"your program {name.partition(':')[0]}"
        return next((f"the variant {name}" for name in self.peers if SIGN in name), "")


def prepare(options: Options, space: Workspace, variants: Variants = NO_VARIANTS) -> Plan:
    """Compiles the protos, reads the manifests, plans the cells. Raises InteropError.

    variants: those that the options ask for (`selection.variants_of`), made.
    """
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: must be at least 1")
    if not 0.001 <= options.limit <= LONGEST_LIMIT:  # written this way round to reject NaN
        raise UsageError(f"--limit {options.limit:g}: must be from 0.001 to {LONGEST_LIMIT} seconds")
    messages, peers, selected, every, excluded, others = selection.select(options, space, variants)
    expectations.check_required(options, peers, others)
    failures = ledger.load(options.ledgers, default=options.default_ledger, own=space.known, here=space.ledger)
    findings.refuse_overlaps(failures, of_plans(planned.cell for planned in selected))
    problems, notes = expectations.against_baseline(options, space.baseline, selected, peers)
    parted = exclude.exclude(selected, excluded)
    narrowed = narrowing.to_changes(options, parted.kept, peers)
    cells = narrowed.cells
    notes += [*filter(None, [parted.note]), *narrowed.notes]
    uncut: list[PlannedCell] = []
    if options.shard:
        uncut = cells
        cells = shard.cut(costs.load().added(cells, failures.speaks_of), options.shard)
    fitting = narrowing.to_budget(options, cells, peers, failures, space)
    return Plan(
        space=space,
        protos=messages.protos,
        descriptors=messages.descriptors,
        peers=peers,
        cells=fitting.cells,
        uncut=uncut,
        excluded=parted.left_out,
        every=every,
        ledger=failures,
        problems=problems,
        notes=[*notes, *fitting.notes],
        uncovered=fitting.uncovered,
    )


class Run:
    """One run. `play` may be called once; `stop` from a signal handler or another callback of the loop.

    runtimes: makes the runtimes of a choice, by name; left out, those of the choice itself. watch: sees each cell that
    was played (zmq_interop/run/engine/player.py).
    """

    def __init__(
        self,
        options: Options,
        planned: Plan,
        listeners: Sequence[Listener],
        say: Callable[[str], None],
        runtimes: Callable[[Choice], dict[str, Runtime]] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.options = options
        self.planned = planned
        self.place: RunPlace | None = None
        self.ended: RunEnded | None = None
        self.interrupted = ""
        self._listeners = list(listeners)
        self._say = say
        self._make = runtimes or (lambda chosen: planned.runtimes(chosen, options))
        self._watch = watch
        self._engine: Engine | None = None
        self._counts: dict[Verdict, int] = dict.fromkeys(Verdict, 0)
        self._red: list[str] = []
        self._played: set[str] = set()  # peers with a judged cell
        self._failed = tapping.Failed()
        self._had_enough = False  # stopped by --exitfirst, which does not count as an interruption
        self._judged: set[str] = set()
        building = {peer for one in planned.cells if not one.unclaimed for peer in one.cell.peers}
        seconds = budget.parse(options.budget) if options.budget else None
        self._countdown = Countdown(seconds, building, self._spend)
        self._blameless = 0  # agent failures that no cell caused; they still fail the run

    def _choose(self) -> Choice:
        """The runtimes of the peers that play. --runtime may name other peers: selecting fewer cells must not make it
        wrong."""
        chosen = choice.choose(self.options.runtime, self.planned.peers, self.planned.beside)
        playing = {peer for planned in self.planned.cells for peer in planned.cell.peers}
        return msgspec.structs.replace(
            chosen, runtimes={peer: name for peer, name in chosen.runtimes.items() if peer in playing}
        )

    @property
    def _sort(self) -> str:
        """Which sort of run it is, among those that are kept."""
        if len(self.planned.cells) == 1:
            return run_folder.CELL
        whole = self.options.whole and not self.planned.excluded and not self.options.compare
        return run_folder.WHOLE if whole else run_folder.NARROWED

    def stop(self, why: str) -> None:
        """Stops scheduling cells; `play` returns when those in flight are done."""
        self.interrupted = self.interrupted or why
        if self._engine is not None:
            self._engine.stop()

    def interrupt(self, why: str) -> int:
        """The same, but cells that do not end soon (`Engine.cut`) get no verdict. Returns how many are in flight."""
        self.stop(why)
        if self._engine is None:
            return 0
        self._engine.cut()
        return self._engine.in_flight

    def _spend(self) -> None:
        if self._engine is not None:
            self._engine.cut()

    async def play(self) -> RunEnded:
        """Plays all cells and returns the last event. Stops everything that it started."""
        with payloads.using(self.planned.types):
            return await self._play()

    async def _play(self) -> RunEnded:
        from zmq_interop.run.engine.engine import Engine, Settings
        from zmq_interop.run.engine.player import unwatched

        started = time.monotonic()
        chosen = self._choose()
        self.place = run_folder.make(self.planned.space, self.options.control, self._sort)
        log = EventLog(self.place.folder / events.LOG)
        self._listeners[:0] = [log, CellLogs(self.place.folder / "cells")]
        runtimes: dict[str, Runtime] = {}
        try:
            subjects = of_plans(planned.cell for planned in self.planned.cells)
            judge = LedgerJudge(self.planned.ledger, subjects, chosen.runtimes, self.planned.outside)
            self._tell(opening := self._opening(self.place, chosen))
            self._tell(_planned(self.planned, full=self.options.whole and not self.planned.excluded))
            runtimes = self._make(chosen)
            await choice.open_all(runtimes, self.place)
            engine = Engine(
                choice.by_peer(chosen, runtimes),
                self.planned.peers,
                self.planned.protos.digest,
                lambda event: self._hear(event, judge),
                self._say,
                Settings(
                    jobs=self.options.jobs,
                    limit=self.options.limit,
                    grace=self.options.grace,
                    share_links=not (self.options.every or self.options.fresh_links),
                    wire=self.options.wire,
                ),
                self.planned.ledger.expects,
                self._watch or unwatched,
            )
            self._engine = engine
            if self.interrupted:  # before it was there: nothing is in flight
                engine.stop()
            cells = {planned.id: planned.cell for planned in self.planned.cells}
            await engine.run(
                self.planned.cells,
                lambda: [cells[id] for id in judge.again()],
                lambda: self._to_replay(judge, cells, choice.by_peer(chosen, runtimes)),
            )
            for judged in judge.close():
                self._tell(judged)
            since = history.since(self._red, opening, run_folder.earlier(self.place.folder))
            self.ended = self._closing(judge, since, time.monotonic() - started)
            self._tell(self.ended)
            return self.ended
        finally:
            self._countdown.cancel()
            for runtime in runtimes.values():
                for left in await runtime.close():
                    self._say(f"{left}; the next run and `{home.COMMAND} clean` will try again")
            run_folder.remove(self.place)
            log.close()

    def _hear(self, event: Event, judge: LedgerJudge) -> None:
        """Handles an event of the engine."""
        if isinstance(event, CellJudged):
            for judged in judge.judge(event):
                self._tell(judged)
            return
        if isinstance(event, PeerSeen):
            judge.on_peer_seen(event)
        self._tell(event)

    def _to_replay(self, judge: LedgerJudge, cells: Mapping[str, Cell], runtimes: Mapping[str, Runtime]) -> list[Cell]:
        """The failed cells to play once more through relays, after all verdicts are told."""
        for judged in judge.close():
            self._tell(judged)
        wanted = not self.options.wire and (self._had_enough or not self.interrupted)
        return self._failed.chosen(cells, runtimes) if wanted else []

    def _tell(self, event: Event) -> None:
        match event:
            case CellJudged():
                self._counts[event.verdict] += 1
                self._judged.add(event.id)
                if event.verdict not in UNPLAYED:
                    self._played.update(event.roles.values())
                self._failed.add(event)
                if event.verdict in RED:
                    self._red.append(event.id)
                    if self.options.exitfirst and not self.interrupted:
                        self._had_enough = True
                        self.stop(f"--exitfirst: {event.id}")
            case Incident(cells=[]):
                self._blameless += 1
            case PeerSeen() | PeerLost():
                self._countdown.built(event.name)
        for listener in self._listeners:
            listener(event)

    def _opening(self, run_place: RunPlace, chosen: Choice) -> RunStarted:
        now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 (for people: nothing is counted from it)
        return RunStarted(
            version=events.VERSION,
            id=run_place.run_id,
            started=now.isoformat(timespec="milliseconds"),
            harness=__version__,
            command=sys.argv[1:],
            runtimes=chosen.runtimes,
            why=chosen.why,
            jobs=self.options.jobs,
            limit=self.options.limit,
            shard=str(self.options.shard or ""),
            proto_digest=self.planned.protos.digest,
            machine=f"{platform.system()} {platform.release()} {platform.machine()}",
            again=again(self.options, self.planned.space),
        )

    def _closing(self, judge: LedgerJudge, since: dict[str, Since], seconds: float) -> RunEnded:
        done = sum(self._counts.values())
        planned = len(self.planned.cells)
        # The account of an interrupted run covers the judged cells; `unplayed` counts the rest.
        left_out = [] if self.interrupted or not self._countdown.is_over else self._unjudged()
        total = done if self.interrupted else planned - len(left_out)
        result = account(total, self._counts.items())
        found = self._findings(judge.evidence)
        problems = [*self.planned.problems, *judge.strange]
        if not self.interrupted:
            problems += expectations.absent(self.options, self._played, self.planned.cells, self.planned.uncut)
            problems += map(str, found.problems)
        code = result.exit_code
        if code in (Exit.OK, Exit.BROKEN) and problems:
            code = Exit.FAILED
        if code == Exit.OK and self._blameless:
            code = Exit.BROKEN
        nothing = not any(self._counts[verdict] for verdict in Verdict if verdict not in UNPLAYED)
        if code == Exit.OK and nothing and not self.options.shard:  # other shards may have playable cells
            problems.append("nothing was played: all cells are unsupported; `run --list --why` shows what they need")
            code = Exit.NOTHING_SELECTED
        if self.interrupted and not self._had_enough:
            code = Exit.INTERRUPTED
        return RunEnded(
            account=result,
            seconds=round(seconds, 3),
            exit_code=code,
            interrupted=self.interrupted,
            unplayed=planned - len(left_out) - done,
            left_out=left_out,
            problems=problems,
            notes=[
                *self.planned.notes,
                *narrowing.spent(self.options, left_out),
                *found.unseen,
                *judge.notes(),
                *self._failed.notes(),
            ],
            since=since,
        )

    def _unjudged(self) -> list[str]:
        return [one.id for one in self.planned.cells if one.id not in self._judged]

    def _findings(self, evidence: Evidence) -> Found:
        """What is wrong with the ledger's entries. A shard cannot tell which are too broad."""
        if self.interrupted or not self.options.full:
            return Found([], [])
        return findings.find(self.planned.ledger, self.planned.every, evidence if self.options.whole else None)


def _planned(one: Plan, *, full: bool) -> Planned:
    """The plan as an event."""
    known = {planned.cell.scenario.name: planned.cell.scenario for planned in one.cells}
    places = {cell.id: place for place, cell in enumerate(one.uncut)}
    return Planned(
        cells=[cell.id for cell in one.cells],
        scenarios={name: scenario_text.of(scenario) for name, scenario in known.items()},
        places=[places[cell.id] for cell in one.cells] if places else [],
        whole=len(places),
        full=full,
    )
