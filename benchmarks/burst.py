"""Bursts between two agents, beside a bare loop of libzmq in C: what the agents' own loops cost."""

from __future__ import annotations

import functools
import statistics
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.bench import Bench, NotMeasured
from benchmarks.row import Row, Target, measured
from harness import cell as cells
from harness import expect
from harness.events import CellJudged, Event
from harness.scenario import Scenario, needs
from harness.sockets import PULL, PUSH
from harness.stage import Stage
from harness.verdicts import Kind

SOURCE = Path(__file__).with_name("bare.c")
TARGETS = {"c": 0.9, "go": 0.6, "python": 0.45}
LIMIT = 100.0  # seconds for a burst: it must be long over before
READY = (b"ready",)


class Size(msgspec.Struct, frozen=True):
    """How large messages are. turns: how many bursts there are. few: how many messages do to see that it works."""

    name: str
    bytes: int
    turns: int
    few: int


SIZES = (Size("64", 64, turns=20, few=100_000), Size("64k", 64 << 10, turns=5, few=5_000))


async def _measure(bench: Bench, *, peer: str, size: Size, row: Row) -> list[Row]:
    """Agents and the bare loop in turns; the first turn of each is warm-up."""
    with _bare() as program:
        turns = Turns(program, bench.times(100_000, size.few), size.bytes)
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
        cell = cells.make(one, "tcp", "puller", {}, (peer, peer))
        await bench.play([cell] * (bench.times(size.turns, 3) + 1), "process", turns, jobs=1)
    agents, bare = turns.agents[1:], turns.bare[1:]
    ratios = [theirs / ours for ours, theirs in zip(agents, bare, strict=True)]
    rates = [f"{turns.count / statistics.median(seconds):,.0f}" for seconds in (agents, bare)]
    return [measured(row, ratios, f"messages/s: agents {rates[0]}, bare C {rates[1]}")]


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


class Bare:
    """The bare loop as seen from outside."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def measure(self, count: int, size: int) -> float:
        """Seconds for one burst. Blocks on purpose: nothing else shall run meanwhile."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(f"{count} {size}\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        if not answer:
            raise NotMeasured("the bare loop ended early; what it said stands above")
        return int(answer) / 1e9


class Turns:
    """Has the bare loop take its turn after every burst of the agents, while the engine waits (Listener).

    agents, bare: seconds of each burst, from just before the first receive to just after the last.
    """

    def __init__(self, bare: Bare, count: int, size: int) -> None:
        self.count = count
        self.agents: list[float] = []
        self.bare: list[float] = []
        self._bare = bare
        self._size = size

    async def burst(self, stage: Stage) -> None:
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
            self.bare.append(self._bare.measure(self.count, self._size))


@contextmanager
def _bare() -> Iterator[Bare]:
    """The bare loop, compiled for this. Raises NotMeasured where it cannot be."""
    with tempfile.TemporaryDirectory(prefix="interop-bare-") as folder:
        path = Path(folder) / "bare"
        compile_ = ["cc", "-O2", "-o", str(path), str(SOURCE), "-lzmq"]
        try:
            subprocess.run(compile_, check=True, capture_output=True, text=True)
        except OSError as error:
            raise NotMeasured(f"{compile_[0]}: {error.strerror}; it takes a C compiler: ./interop doctor") from None
        except subprocess.CalledProcessError as error:
            said = next((line for line in error.stderr.splitlines() if "error" in line), "cc failed")
            raise NotMeasured(f"{said}; it takes libzmq and its headers: ./interop doctor") from None
        # A session of its own: Ctrl-C is for the harness, and the end of stdin ends the program.
        with subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as program:
            try:
                yield Bare(program)
            finally:
                program.communicate()
