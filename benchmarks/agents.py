"""Whether agents grow with the number of cells that are played on them, looked at from outside."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from benchmarks.bench import SCENARIOS, Bench, NotMeasured, repeated
from benchmarks.row import Row, Target, measured, skipped
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.peer import Peer
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.scenario import TRANSPORTS
from zmq_interop.core.verdicts import Verdict

MEMORY = Row(
    name="agents-memory",
    what="memory held by the worst agent in the 2nd half of 100,000 cells, to the 1st",
    unit="x",
    target=Target(1.05),
)
DESCRIPTORS = Row(name="agents-descriptors", what="open descriptors, the same", unit="x", target=Target(1.0))
PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY = 50  # cells between two looks
QUICK = 1.0  # seconds; cells that take longer wait for a timer, and would make this take hours


class Held(msgspec.Struct, frozen=True):
    """What one agent held at the least: resident KiB, and open descriptors. What cells in flight need comes on top,
    and goes again; what stays raises the least."""

    memory: int
    descriptors: int

    def least(self, other: Held) -> Held:
        """Of both, what was less."""
        return Held(min(self.memory, other.memory), min(self.descriptors, other.descriptors))


class Gauge:
    """Looks at every agent from time to time (Listener).

    tenths: of each tenth of the cells, and of each agent, by its number as a process, what it held at the least.
    names: the peer of each. failed: cells that passed before, and then did not.
    """

    def __init__(self, peers: Iterable[Peer], cells: int, say: Callable[[str], None]) -> None:
        self.tenths: list[dict[int, Held]] = [{} for _ in range(10)]
        self.names: dict[int, str] = {}
        self.failed: list[str] = []
        self._peers = peers
        self._cells = cells
        self._say = say
        self._judged = 0

    def half(self, process: int, *, late: bool) -> Held:
        """What an agent held at the least in a half of the cells; the first tenth is warm-up, in which lanes and what
        libraries keep for messages are made."""
        return functools.reduce(
            Held.least, (tenth[process] for tenth in (self.tenths[5:] if late else self.tenths[1:5]))
        )

    def __call__(self, event: Event) -> None:
        """Takes one event (Listener)."""
        if not isinstance(event, CellJudged):
            return
        tenth = self.tenths[self._judged * 10 // self._cells]
        self._judged += 1
        if event.verdict is not Verdict.PASS:
            self.failed.append(f"{event.id} ({event.kind or event.verdict})")
        if self._judged % EVERY:
            return
        self.names = self.names or dict(agents(self._peers))
        for process in self.names:
            try:
                held = _look(process)
            except OSError:
                raise NotMeasured(f"an agent of {self.names[process]} ended early") from None
            tenth[process] = tenth[process].least(held) if process in tenth else held
        if self._judged % (self._cells // 10) == 0:
            most = max(tenth, key=lambda process: tenth[process].memory)
            self._say(f"  {self._judged} of {self._cells} cells; most has {self.names[most]}: {_told(tenth[most])}")


async def growth(bench: Bench) -> list[Row]:
    """Memory and descriptors of all agents while the green cells of the core scenarios are played over and over."""
    if not (PROC / "self/statm").exists():
        return [skipped(row, f"there is no {PROC}/self/statm on this system") for row in (MEMORY, DESCRIPTORS)]
    green = await _green(bench)
    number = bench.times(100_000, 10_000)
    gauge = Gauge(bench.suite.peers.values(), number, bench.say)
    await bench.play_of(bench.suite, repeated(green, number), "process", gauge)
    for process, name in gauge.names.items():
        bench.say(f"  {name:<14} {', '.join(_told(tenth[process]) for tenth in gauge.tenths)}")
    notes = [f"{len(gauge.names)} agents, {len(green)} cells"]
    notes += [f"no cell of {peer}" for peer in sorted(set(bench.suite.peers) - set(gauge.names.values()))]
    notes += [f"{len(gauge.failed)} failed later: {', '.join(gauge.failed[:5])}"] if gauge.failed else []
    baseline = "; ".join(notes)
    return [
        _worst(MEMORY, gauge, lambda held: held.memory, baseline),
        _worst(DESCRIPTORS, gauge, lambda held: held.descriptors, baseline),
    ]


def _told(held: Held) -> str:
    return f"{held.memory / 1024:.1f} MiB, {held.descriptors} descriptors"


def _worst(row: Row, gauge: Gauge, of: Callable[[Held], int], baseline: str) -> Row:
    ratios = {one: of(gauge.half(one, late=True)) / of(gauge.half(one, late=False)) for one in gauge.names}
    worst = gauge.names[max(ratios, key=lambda process: ratios[process])]
    return measured(row, list(ratios.values()), f"worst: {worst}; {baseline}", of=max)


async def _green(bench: Bench) -> list[PlannedCell]:
    """The cells of the core scenarios that pass, between all peers: what fails would end agents, or wait for hours."""
    cells = [
        one for one in bench.suite.cells if one.cell.scenario.name in SCENARIOS and one.cell.transport in TRANSPORTS
    ]
    passed: set[str] = set()

    def judged(event: Event) -> None:
        if isinstance(event, CellJudged) and event.verdict is Verdict.PASS and event.seconds < QUICK:
            passed.add(event.id)

    await bench.play_of(bench.suite, cells, "process", judged)
    return [cell for cell in cells if cell.id in passed]


def agents(peers: Iterable[Peer]) -> Iterator[tuple[int, str]]:
    """Process id and peer of each running agent: the children of this process that run in a peer's folder."""
    folders = {peer.folder.resolve(): peer.name for peer in peers}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # it ended just now, or is somebody else's
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                peer = folders.get((folder / "cwd").readlink())
                if parent == os.getpid() and peer is not None:
                    yield int(folder.name), peer


def _look(process: int) -> Held:
    folder = PROC / str(process)
    pages = int((folder / "statm").read_text().split()[1])
    return Held(pages * PAGE // 1024, sum(1 for _ in (folder / "fd").iterdir()))
