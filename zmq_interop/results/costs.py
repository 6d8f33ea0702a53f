"""What a cell costs, used to cut a plan evenly and to estimate its duration: by scenario, from a file that is part of
the project and so the same on every machine.

tools/costs creates that file from event logs.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.scenario import Scenario
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.event_log import read

PATH = Path(__file__).with_name("costs.toml")
UNPLAYED = 1
_PLAYED = (Verdict.PASS, Verdict.KNOWN, Verdict.FIXED)  # an unexpected failure does not predict the next run


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Milliseconds that a cell is in flight: the average, rounded up; at least 1.

    scenarios: by name. known: the same for cells that the ledger knows to fail, which often wait for a message that
    never comes. unknown: for a scenario in neither, by its class: "quick", "slow", or "own" for its own agents.
    """

    unknown: dict[str, int]
    scenarios: dict[str, int]
    known: dict[str, int]

    def of(self, planned: PlannedCell, is_known: Callable[[Cell], bool]) -> int:
        """What the cell costs; one that its peers do not claim costs nothing but its line in the log.

        is_known: whether the ledger knows a cell to fail.
        """
        if planned.unclaimed:
            return UNPLAYED
        name = planned.cell.scenario.name
        if name in self.known and is_known(planned.cell):
            return self.known[name]
        return self.scenarios.get(name) or self.unknown[sort(planned.cell.scenario)]

    def added(self, cells: Iterable[PlannedCell], is_known: Callable[[Cell], bool]) -> list[PlannedCell]:
        """The cells, each with its cost; is_known: as in `of`."""
        return [msgspec.structs.replace(one, cost=self.of(one, is_known)) for one in cells]

    def scenario(self, name: str) -> int:
        """What a cell of the scenario of this name costs, for somebody who knows no more than that."""
        return self.scenarios.get(name) or self.unknown["quick"]


def sort(one: Scenario) -> str:
    """Beside which others the cells of a scenario are played, as far as its declaration tells."""
    return "own" if one.own else "slow" if one.slow else "quick"


def load(path: Path = PATH) -> Costs:
    """Reads the file, which is part of the project."""
    return msgspec.toml.decode(path.read_bytes(), type=Costs)


def measure(run: Iterable[Event], known: Iterable[Scenario]) -> Costs:
    """Computes the costs from event logs. Raises ValueError if they have no played cell of some class."""
    seconds: dict[str, list[float]] = {}
    failing: dict[str, list[float]] = {}
    for event in run:
        if isinstance(event, CellJudged) and event.verdict in _PLAYED:
            of = failing if event.verdict is Verdict.KNOWN else seconds
            of.setdefault(event.scenario, []).append(event.seconds)
    sorts: dict[str, list[float]] = {"quick": [], "slow": [], "own": []}
    for one in known:
        sorts[sort(one)] += seconds.get(one.name, [])
    if missing := [name for name, played in sorts.items() if not played]:
        raise ValueError(f"no cell of {' or '.join(missing)} was played: use logs of full runs")
    return Costs(
        unknown={name: _mean(played) for name, played in sorts.items()},
        scenarios={name: _mean(played) for name, played in sorted(seconds.items())},
        known={name: _mean(played) for name, played in sorted(failing.items())},
    )


def _mean(seconds: list[float]) -> int:
    milliseconds = 1000 * sum(seconds) / len(seconds)
    noise = max(0, len(str(int(milliseconds))) - 2)  # insignificant digits, which would change in every diff
    step: int = 10**noise
    return max(1, math.ceil(milliseconds / step)) * step


def render(costs: Costs) -> str:
    """The text of the file."""
    lines = [
        "# Milliseconds that a cell is in flight, by scenario: `--shard` uses them to cut a plan evenly.",
        "# tools/costs writes this file.",
    ]
    for name, table in (("unknown", costs.unknown), ("scenarios", costs.scenarios), ("known", costs.known)):
        lines += ["", f"[{name}]", *(f"{scenario} = {cost}" for scenario, cost in table.items())]
    return "\n".join(lines) + "\n"


def _main(logs: list[str]) -> None:
    from zmq_interop import scenarios
    from zmq_interop.schemas import project
    from zmq_interop.system import workspace

    project.generate(workspace.here())
    try:
        run = [event for log in logs for event in read(Path(log))]
        sys.stdout.write(render(measure(run, scenarios.load())))
    except (OSError, ValueError) as error:
        sys.exit(f"tools/costs: {error}")


if __name__ == "__main__":
    _main(sys.argv[1:])
