"""Bursts between two agents, beside bare loops of their libraries: what the agents' own loops cost."""

from __future__ import annotations

import functools
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from benchmarks import loops
from benchmarks.bench import Bench
from benchmarks.row import Row, Target, measured
from zmq_interop.core.cell import make
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.scenario import Scenario, needs
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.peers import build, build_folder
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext

TARGETS = {"c": 0.9, "go": 0.6, "python": 0.45}
BARE_C = "bare C"
LIMIT = 100.0  # seconds for a burst: it must be long over before
READY = (b"ready",)


class Size(msgspec.Struct, frozen=True):
    """How large messages are. turns: how many bursts there are. few: how many messages do to see that it works.

    calls: whether calls are what a burst costs, and so the bare loops in the peer's own language are worth their time.
    """

    name: str
    bytes: int
    turns: int
    few: int
    calls: bool


SIZES = (
    Size("64", 64, turns=40, few=100_000, calls=True),
    Size("64k", 64 << 10, turns=5, few=5_000, calls=False),
)


async def _measure(bench: Bench, *, peer: str, size: Size, row: Row) -> list[Row]:
    """Agents and the bare loops in turns; the first turn of each is warm-up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="interop-bare-")))
        commands = await _commands(bench, peer if size.calls else "c", folder)
        programs = {name: stack.enter_context(loops.running(command)) for name, command in commands.items()}
        turns = Turns(programs, bench.times(100_000, size.few), size.bytes)
        one = Scenario(
            name="burst",
            roles={
                "pusher": needs(PUSH, operations=("send_burst",)),
                "puller": needs(PULL, operations=("receive_burst",)),
            },
            binder="puller",
            play=turns.burst,
            doc="What PUSH sends in a burst, PULL receives in a burst.",
        )
        cell = PlannedCell(cell=make(one, "tcp", "puller", {}, (peer, peer)))
        await bench.play([cell] * (bench.times(size.turns, 3) + 1), "process", turns, jobs=1)
    agents, bare = turns.agents[1:], {name: seconds[1:] for name, seconds in turns.bare.items()}
    rates = [f"{turns.count / statistics.median(seconds):,.0f}" for seconds in (agents, bare[BARE_C])]
    beside = [f"messages/s: agents {rates[0]}, {BARE_C} {rates[1]}"]
    for name, seconds in bare.items():
        if name != BARE_C:
            beside.append(f"{name} {statistics.median(_ratios(seconds, bare[BARE_C])):.3g} x")
    return [measured(row, _ratios(agents, bare[BARE_C]), "; ".join(beside))]


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    """How many times as fast as theirs ours were, turn by turn."""
    return [their / our for our, their in zip(ours, theirs, strict=True)]


async def _commands(bench: Bench, peer: str, folder: Path) -> dict[str, list[str | Path]]:
    """The bare loops beside a peer, by what the row calls them."""
    commands = {BARE_C: loops.of_c(folder)}
    if peer == "python":
        commands |= {"bare pyzmq": loops.of_python(), "whole messages": [*loops.of_python(), "whole"]}
    if peer == "go":
        built = build_folder.of(bench.plan.peers[peer], bench.space)
        log = folder / "build.log"
        environment = await build.build(built, bench.plan.protos, bench.space, log, bench.say, install=False)
        command = loops.of_go(folder, environment)
        commands |= {"bare pebbe/zmq4": command, "whole messages": [*command, "whole"]}
    return commands


def measurements() -> Iterator[tuple[Callable[[Bench], Awaitable[list[Row]]], tuple[Row, ...]]]:
    """One for each peer and size, with its row."""
    for peer, target in TARGETS.items():
        for size in SIZES:
            row = Row(
                name=f"burst-{peer}-{size.name}",
                what=f"rate of 100,000 messages of {size.bytes:,} bytes in a burst, {peer} to {peer}",
                unit="x bare C",
                target=Target(target, at_least=True),
            )
            yield functools.partial(_measure, peer=peer, size=size, row=row), (row,)


class Turns:
    """Has the bare loops take their turns after every burst of the agents, while the engine waits (Listener).

    agents, bare: seconds of each burst, from just before the first receive to just after the last.
    """

    def __init__(self, programs: dict[str, loops.Loop], count: int, size: int) -> None:
        self.count = count
        self.agents: list[float] = []
        self.bare: dict[str, list[float]] = {name: [] for name in programs}
        self._programs = programs
        self._size = size

    async def burst(self, stage: CellContext) -> None:
        """One burst between the two roles, after a message that shows that the connection stands (Play)."""
        pull = stage.lane("puller").open(PULL)
        push = stage.lane("pusher").open(PUSH)
        await stage.link(pull, push)
        await stage.transfer(push, pull, [READY])
        receiving = pull.receive_burst(self.count, LIMIT, numbers=False)
        await push.send_burst(self.count, self._size, LIMIT)
        got = await receiving
        expect.that(got.messages == self.count, Kind.LOST, f"{self.count} messages", f"{got.messages}")
        self.agents.append(got.seconds)

    def __call__(self, event: Event) -> None:
        """Takes one event (Listener)."""
        if isinstance(event, CellJudged):
            for name, program in self._programs.items():
                self.bare[name].append(program.measure(self.count, self._size))
