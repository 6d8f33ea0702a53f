"""The rate of a run and an estimate of the remaining time, once there is enough data. Pure."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results import costs
from zmq_interop.results.costs import Costs

WINDOW = 10.0  # seconds that the rate averages over: long enough to be steady, short enough to be current
LEAST = 2.0  # seconds, and
FEWEST = 10  # cells needed for a rate
WORK = 200  # milliseconds added to what a cell costs: that is mostly waiting, but processors limit how many cells wait
CALM = 4  # an estimate of N seconds follows a change of the rate within about N / CALM seconds


class Pace:
    """Counts the cells of a plan as they are judged.

    Cells that are judged without being played (unsupported, broken) count as done, but not for the rate.
    """

    def __init__(self, planned: Iterable[str], recorded: Costs | None = None) -> None:
        """planned: ids of all cells. recorded: what their scenarios cost, by default as the project has it."""
        self._costs = recorded or costs.load()
        cells = Counter(id.partition("/")[0] for id in planned)
        self.planned = cells.total()
        self.done = 0
        self._left = sum(self._cost_of(name) * count for name, count in cells.items())
        self._seen: deque[tuple[float, int]] = deque()  # when; cells played from the first to this one
        self._first = 0.0  # when the first cell was judged that was played
        self._played = self._cost = 0
        self._told: tuple[float, float] | None = None  # when, and how many seconds were to go
        self._suspects: dict[str, int] = {}  # id -> cost

    def judged(self, cell: CellJudged, now: float) -> None:
        """Takes a verdict. now: seconds on a clock that is never set back."""
        cost = self._cost_of(cell.scenario)
        self._suspects.pop(cell.id, None)
        self.done += 1
        self._left = max(0, self._left - cost)
        if cell.verdict is Verdict.UNSUPPORTED or not cell.operations:
            return
        if self._seen:  # before the first, peers were built and started
            self._played += 1
            self._cost += cost
        else:
            self._first = now
        self._seen.append((now, self._played))

    def again(self, ids: Iterable[str]) -> None:
        """Takes cells that were in flight when an agent was lost. Their replay takes an unknown time."""
        self._suspects.update((id, self._cost_of(id.partition("/")[0])) for id in ids)

    @property
    def suspects(self) -> int:
        """How many cells are played again, and have no verdict yet."""
        return len(self._suspects)

    @property
    def fresh(self) -> int:
        """How many cells have no verdict and are none of those."""
        return self.planned - self.done - len(self._suspects)

    @property
    def playing(self) -> bool:
        """Whether a cell has been played."""
        return bool(self._seen)

    def rate(self, now: float) -> float | None:
        """Cells per second over the last WINDOW seconds; None if it is too early."""
        while len(self._seen) > 1 and self._seen[1][0] <= now - WINDOW:
            self._seen.popleft()
        if not self._enough(now):
            return None
        since, cells = self._seen[0]
        return (self._played - cells) / (now - since) if now > since else None

    def to_go(self, now: float) -> float | None:
        """Seconds until the end: the cost of the remaining cells at the rate of all cells so far.

        The rate of the last seconds would be that of the scenario being played, which need not be that of the rest. The
        answer changes gradually: it depends on the one before. Replays are not included; None if only they are left, or
        if it is too early.
        """
        if not self._enough(now) or not self._cost or self.fresh <= 0:
            return None
        left = max(0, self._left - sum(self._suspects.values()))
        found = left * (now - self._first) / self._cost
        if self._told is not None:
            passed = now - self._told[0]
            expected = max(0.0, self._told[1] - passed)
            found += (expected - found) * math.exp(-passed / max(1.0, expected / CALM))
        self._told = now, found
        return found

    def _enough(self, now: float) -> bool:
        """Whether there is enough to tell from."""
        return bool(self._seen) and now - self._first >= LEAST and self._played >= FEWEST

    def _cost_of(self, scenario: str) -> int:
        """What one of its cells takes, in milliseconds that mean something only in relation to others."""
        return self._costs.scenario(scenario) + WORK


def duration(seconds: float) -> str:
    """A duration for people: "45 s", "1 min 20 s", "1 h 05 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
