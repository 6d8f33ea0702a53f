"""Unit tests: no agent, no socket, no time that passes."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings

from tests.unit import still_time, world
from zmq_interop import choose, events, exclude, place, plan, protos, shard
from zmq_interop.events import Event, RunEnded
from zmq_interop.ledger import reading
from zmq_interop.manifest import Peer
from zmq_interop.paths import PROTO
from zmq_interop.protos import OWN
from zmq_interop.run import Options, Plan, Run
from zmq_interop.runtimes.scripted import Script, ScriptedRuntime

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
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> world.Player:
    """Plays a run on scripted agents, with its folder below tmp_path."""
    make = functools.partial(place.make, runs=tmp_path / "runs", latest=tmp_path / "latest")
    monkeypatch.setattr(place, "make", make)

    def one(
        known: Mapping[str, Peer],
        script: Mapping[str, Script] | None = None,
        watch: Callable[[Run, Event], None] = lambda _run, _event: None,
        ledger: str = "",
        **options: object,
    ) -> tuple[RunEnded, list[Event]]:
        chosen = msgspec.structs.replace(Options(runtime="process"), **options)
        shared = protos.scan()
        runtime = ScriptedRuntime(shared.digest, script)
        monkeypatch.setattr(choose, "make", lambda *_: {"process": runtime})
        selected = plan.plan(world.in_memory(), known, chosen.patterns, chosen.roles)
        parted = exclude.exclude(selected, chosen.exclude, full=chosen.full)
        cells = parted.kept
        planned = Plan(
            protos=shared,
            peers=dict(known),
            cells=shard.cut(cells, chosen.shard, lambda _: 1) if chosen.shard else cells,
            uncut=cells if chosen.shard else [],
            excluded=parted.left_out,
            notes=[parted.note] if parted.note else [],
            ledger=reading.parse(ledger, "ledger.toml"),
        )
        seen: list[Event] = []

        def listen(event: Event) -> None:
            seen.append(event)
            watch(this, event)

        this = Run(chosen, planned, [listen], lambda line: None)
        ended = still_time.run(this.play())
        assert this.place is not None
        assert not this.place.scratch.exists()
        assert list(events.read(this.place.folder / "events.jsonl")) == seen, "the log has all that listeners saw"
        assert all(instance.ended is not None for instance in runtime.instances)
        return ended, seen

    return one
