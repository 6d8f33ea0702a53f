"""Unit tests: no agent, no socket, no time that passes."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings

from tests.unit import still_time, world
from zmq_interop.agents.scripted.runtime import Script, ScriptedRuntime
from zmq_interop.core import exclude, plan, shard
from zmq_interop.core.events import Event, RunEnded
from zmq_interop.core.peer import Peer
from zmq_interop.results.event_log import read
from zmq_interop.results.ledger import reading
from zmq_interop.results.ledger.subject import Every
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan, Run
from zmq_interop.schemas import project
from zmq_interop.schemas.project import OWN
from zmq_interop.system import workspace
from zmq_interop.system.paths import PROTO

# Examples are bounded by their number and not by the clock of a busy machine, and the same ones are tried each time.
settings.register_profile(
    "unit",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder proto/ as the project has it, without what a user may have added."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / OWN).symlink_to(PROTO / OWN)
    return folder


@pytest.fixture
def play(tmp_path: Path) -> world.Player:
    """Plays a run on scripted agents, with its folder below tmp_path."""

    def one(
        known: Mapping[str, Peer],
        script: Mapping[str, Script] | None = None,
        watch: Callable[[Run, Event], None] = lambda _run, _event: None,
        ledger: str = "",
        **options: object,
    ) -> tuple[RunEnded, list[Event]]:
        chosen = msgspec.structs.replace(Options(runtime="process"), **options)
        shared = project.scan()
        runtime = ScriptedRuntime(shared.digest, script)
        selected = plan.planned(plan.plan(world.in_memory(), known, chosen.patterns, chosen.roles), known)
        parted = exclude.exclude(selected, plan.excluded(world.in_memory(), known, chosen.exclude))
        cells = parted.kept
        planned = Plan(
            space=workspace.at(tmp_path),
            protos=shared,
            peers=dict(known),
            cells=shard.cut(cells, chosen.shard) if chosen.shard else cells,
            uncut=cells if chosen.shard else [],
            excluded=parted.left_out,
            notes=[parted.note] if parted.note else [],
            every=Every(world.in_memory(), known),
            ledger=reading.parse(ledger, "ledger.toml"),
        )
        seen: list[Event] = []

        def listen(event: Event) -> None:
            seen.append(event)
            watch(this, event)

        this = Run(chosen, planned, [listen], lambda line: None, lambda _: {"process": runtime})
        ended = still_time.run(this.play())
        assert this.place is not None
        assert not this.place.scratch.exists()
        assert list(read(this.place.folder / "events.jsonl")) == seen, "the log has all that listeners saw"
        assert all(instance.ended is not None for instance in runtime.instances)
        return ended, seen

    return one
