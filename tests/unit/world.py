"""Peers, scenarios and runs in memory, for the tests of what stands above the runtimes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tests.unit import still_time
from zmq_interop import scenarios
from zmq_interop.agents.scripted.runtime import CLAIMS, Script, ScriptedRuntime
from zmq_interop.core import plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event, Incident, PeerLost, PeerSeen, RunEnded
from zmq_interop.core.peer import CONTRACT, Launch, Manifest, Peer
from zmq_interop.core.scenario import TRANSPORTS, Needs, Play, Scenario
from zmq_interop.core.verdicts import Expectation, Verdict
from zmq_interop.run.engine.engine import Engine, Settings
from zmq_interop.run.engine.player import Watch, unwatched
from zmq_interop.system.paths import PEERS

Player = Callable[..., tuple[RunEnded, list[Event]]]  # the fixture `play`
DIGEST = "d1gest"
IN_MEMORY = (
    "push_pull",
    "req_rep",
    "pub_sub",
    "dealer_router",
    "router_dealer",
    "pair",
    "xpub_xsub",
    "multipart",
    "data_message",
    "decode_proof",
)


def peer(name: str, **claims: object) -> Peer:
    """A peer for the scripted runtime that claims all it can do, but for what is given here."""
    manifest = Manifest(
        contract=CONTRACT,
        name=name,
        language="none",
        run=Launch(command=("-",)),
        claims=msgspec.structs.replace(CLAIMS, **claims),
    )
    return Peer(name=name, folder=PEERS / name, manifest=manifest, of_tree=True)


def peers(*names: str, **claims: object) -> dict[str, Peer]:
    """Peers with the same claims, by name."""
    return {name: peer(name, **claims) for name in names}


def in_memory() -> list[Scenario]:
    """Those real scenarios that the scripted runtime can play: it knows no water-marks, timers or networks."""
    return [
        msgspec.structs.replace(one, transports=tuple(name for name in one.transports if name in TRANSPORTS))
        for one in scenarios.load()
        if one.name in IN_MEMORY
    ]


def cells(known: Mapping[str, Peer], *patterns: str) -> list[Cell]:
    """Cells of the real scenarios that can be played in memory."""
    return plan.plan(in_memory(), known, patterns)


def cells_of(play: Play, known: Mapping[str, Peer]) -> list[Cell]:
    """Cells of a scenario of the test's own with the roles `one` and `other`, over tcp and ipc."""
    roles = {"one": Needs(), "other": Needs()}
    own = Scenario(
        name="own", roles=roles, binder="one", play=play, doc="", transports=("tcp", "ipc"), binders=("one", "other")
    )
    return plan.plan([own], known)


class Played:
    """An engine's run to its end: the events, and what tests ask of them."""

    def __init__(self, runtime: ScriptedRuntime, events: list[Event], said: list[str]) -> None:
        self.runtime = runtime
        self.events = events
        self.said = said

    @property
    def judged(self) -> dict[str, CellJudged]:
        """Verdicts by the cell's id; a cell that was judged twice is an error."""
        found = [event for event in self.events if isinstance(event, CellJudged)]
        by_id = {cell.id: cell for cell in found}
        assert len(by_id) == len(found), "a cell was judged twice"
        return by_id

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict alone, by the cell's id."""
        return {id: cell.verdict for id, cell in self.judged.items()}

    @property
    def incidents(self) -> list[Incident]:
        """Agents that were given up."""
        return [event for event in self.events if isinstance(event, Incident)]

    @property
    def lost(self) -> list[PeerLost]:
        """Peers that were given up."""
        return [event for event in self.events if isinstance(event, PeerLost)]

    @property
    def seen(self) -> list[PeerSeen]:
        """Peers of which an agent said Hello."""
        return [event for event in self.events if isinstance(event, PeerSeen)]


def play(
    known: Mapping[str, Peer],
    planned: Sequence[Cell],
    script: Mapping[str, Script] | None = None,
    *,
    settings: Settings | None = None,
    expects: Callable[[Cell], Expectation] = lambda _: Expectation(),
    watch: Callable[[Engine, Event], None] = lambda _engine, _event: None,
    watch_cell: Watch = unwatched,
) -> Played:
    """Plays cells on scripted agents, in no time. expects: as in Engine. watch: sees each event, and may
    stop the engine. watch_cell: sees each cell that was played, with its lanes."""

    async def main() -> Played:
        runtime = ScriptedRuntime(DIGEST, script)
        events: list[Event] = []
        said: list[str] = []

        def emit(event: Event) -> None:
            events.append(event)
            watch(engine, event)

        runtimes = dict.fromkeys(known, runtime)
        engine = Engine(runtimes, known, DIGEST, emit, said.append, settings or Settings(), expects, watch_cell)
        await engine.run(plan.planned(planned, known))
        await runtime.close()
        return Played(runtime, events, said)

    return still_time.run(main())
