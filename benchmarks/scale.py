"""How planning and reporting grow with the number of cells, far beyond what one machine plays: by simulation.

A hundred peers with the claims of one of the tree, as versions of libraries are peers of a run. Event logs are written
with as many operations a cell as a run has on average. Each step is a process of its own, whose memory is measured.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import msgspec

from zmq_interop import scenarios
from zmq_interop.core import events, plan, shard, verdicts
from zmq_interop.core.events import CellJudged, Event, Operation, Planned, RunEnded, RunStarted, ScenarioText
from zmq_interop.core.peer import Peer
from zmq_interop.core.shard import Shard
from zmq_interop.core.verdicts import Verdict
from zmq_interop.peers import manifest
from zmq_interop.results import costs
from zmq_interop.results.report import json_summary, page, reading
from zmq_interop.schemas import project
from zmq_interop.system import workspace
from zmq_interop.system.paths import ROOT

PEERS = 100
SHARDS = 10
_REPORTED = (20, 10)  # parts of the cells of the plan that are reported: one and the double, to see what grows
_OPERATIONS = [
    Operation(at=i, took=40, instance="a-1", lane=0, call="send", asked="1 text", answered="done") for i in range(13)
]


class Figures(msgspec.Struct, frozen=True):
    """What a step took. done: in how many seconds each part of it was. mib: the most memory that its process held."""

    cells: int
    done: dict[str, float]
    mib: int


def main(cells: int) -> int:
    """Measures all steps, and prints them. Returns the exit code."""
    click.echo(f"{'step':<10}{'cells':>10}{'MiB':>7}  seconds of one processor")
    _show("plan", _measure("plan", cells))
    for part in _REPORTED:
        _show("report", _measure("report", cells // part))
    return 0


def _show(name: str, found: Figures) -> None:
    seconds = ", ".join(f"{what} {one:.1f}" for what, one in found.done.items())
    click.echo(f"{name:<10}{found.cells:>10}{found.mib:>7}  {seconds}")


def _measure(step: str, cells: int) -> Figures:
    command = [sys.executable, "-m", "benchmarks.scale", step, str(cells)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Figures)


def planned(wanted: int) -> Figures:
    """Plans up to so many cells between the peers, all there are of some scenarios; cuts a shard from them."""
    tree = manifest.discover()["c"]
    names = [f"p{number:02}" for number in range(PEERS)]
    peers: dict[str, Peer] = {name: msgspec.structs.replace(tree, name=name) for name in names}
    alone = {"p00": peers["p00"]}
    sizes = {one.name: len(plan.plan([one], alone, every=True)) * PEERS ** len(one.roles) for one in scenarios.load()}
    chosen, room = [], wanted
    for one in sorted(scenarios.load(), key=lambda one: sizes[one.name]):  # small ones first: they fill it best
        if sizes[one.name] <= room:
            chosen.append(one)
            room -= sizes[one.name]
    clock = _Clock()
    cells = plan.plan(chosen, peers, every=True)
    clock.lap("cells")
    found = plan.planned(cells, peers)
    clock.lap("claims")
    priced = costs.load().added(found, lambda _: False)
    clock.lap("costs")
    shard.cut(priced, Shard(1, SHARDS))
    clock.lap("cut")
    return Figures(len(priced), clock.laps, _peak())


def reported(wanted: int) -> Figures:
    """Reads the logs of shards with so many cells, and makes a summary and a page of them."""
    with tempfile.TemporaryDirectory(prefix="interop-scale-") as name:
        paths = [Path(name) / f"{number}.jsonl" for number in range(SHARDS)]
        for number, path in enumerate(paths):
            with path.open("wb") as file:
                file.writelines(msgspec.json.encode(event) + b"\n" for event in _log(number, wanted // SHARDS))
        clock = _Clock()
        told = reading.read_logs(paths)
        clock.lap("merge")
        json_summary.render(told)
        clock.lap("summary")
        page.render(told)
        clock.lap("page")
        return Figures(len(told.cells), clock.laps, _peak())


def _log(number: int, cells: int) -> Iterator[Event]:
    whole = cells * SHARDS
    places = range(number * cells, (number + 1) * cells)
    yield RunStarted(
        version=events.VERSION,
        id=f"run-{number}",
        started="2026-01-01T00:00:00.000+00:00",
        harness="0",
        command=["run"],
        runtimes={},
        why="simulated",
        jobs=16,
        limit=10.0,
        shard=f"{number + 1}/{SHARDS}",
        proto_digest="0",
        machine="none",
    )
    names = {place: f"scenario{place % 100}/tcp/v{place // 100}/p{place % 97}:p{place % 89}" for place in places}
    text = ScenarioText(family="many", doc="It arrives.", sockets={"one": ["PUSH"], "other": ["PULL"]})
    yield Planned(
        cells=[*names.values()], scenarios={f"scenario{i}": text for i in range(100)}, places=[*names], whole=whole
    )
    for place, name in names.items():
        yield CellJudged(
            id=name,
            scenario=f"scenario{place % 100}",
            transport="tcp",
            binder="one",
            roles={"one": f"p{place % 97}", "other": f"p{place % 89}"},
            values={"value": f"v{place // 100}"},
            verdict=Verdict.PASS,
            seconds=0.01,
            instances={"one": "a-1", "other": "b-1"},
            operations=_OPERATIONS,
        )
    account = verdicts.account(cells, {Verdict.PASS: cells}.items())
    yield RunEnded(account=account, seconds=1.0, exit_code=0)


class _Clock:
    """Takes the processor time of one part after the other: what else the machine does counts little."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.laps[name] = round(now - self._since, 2)
        self._since = now


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


_STEPS: dict[str, Callable[[int], Figures]] = {"plan": planned, "report": reported}

if __name__ == "__main__":
    project.generate(workspace.here())
    sys.stdout.write(json.dumps(msgspec.to_builtins(_STEPS[sys.argv[1]](int(sys.argv[2])))))
