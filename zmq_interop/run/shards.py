"""How many machines a run needs to be done in time, from recorded costs, and the matrix of a CI that says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from zmq_interop.core import budget, sharding
from zmq_interop.core import shard as shards
from zmq_interop.core.sharding import Part
from zmq_interop.results import costs
from zmq_interop.results.report import log
from zmq_interop.run.engine import queues
from zmq_interop.run.session import Plan
from zmq_interop.system.errors import UsageError

GITHUB_JOBS = 256  # of a matrix: docs.github.com, "Actions limits"
GITLAB_JOBS = 200  # of `parallel`: docs.gitlab.com, "CI/CD YAML syntax reference"
VARIABLE = "INTEROP_SHARD"


def choose(planned: Plan, seconds: float, most: int, jobs: int, logs: Sequence[Path] = ()) -> list[Part]:
    """The parts that a plan is to be cut into, so that each is played within `seconds` once its peers are built.

    jobs: as of `--jobs`. logs: of earlier runs on such machines, from which it learns how quick they are. Raises
    InteropError.
    """
    priced = costs.load().added(planned.cells, planned.ledger.speaks_of)
    waits = [queues.of(one.cell, planned.ledger.expects(one.cell)) for one in priced]
    widths = queues.widths(jobs)
    works = budget.works(priced, waits, widths)
    pace = _pace(dict(zip((one.id for one in priced), works, strict=True)), logs)
    works = [msgspec.structs.replace(one, seconds=one.seconds * pace) for one in works]
    lasts = [one.cost / 1000 * pace for one in priced]
    return sharding.choose([one.cost for one in priced], works, lasts, seconds, most)


def _pace(recorded: dict[str, budget.Work], logs: Sequence[Path]) -> float:
    """How much longer than recorded these runs took, the slowest of them. recorded: cell -> its work at pace 1."""
    paces = []
    for path in logs:
        told = log.read(path)
        if told.ended is None or told.incomplete:
            raise UsageError(f"{path}: {told.incomplete or 'the run has no end'}", "give logs of completed runs")
        works = [recorded[id] for id in told.planned.cells if id in recorded]
        if not works:
            raise UsageError(f"{path}: that run played none of the selected cells", "give the log of a run with them")
        paces.append(budget.pace(told.ended.seconds, works))
    return max(paces, default=1.0)


def as_json(parts: Sequence[Part]) -> str:
    """All that is known of the parts."""
    told = {
        "shards": [{"shard": str(part.shard), "cells": part.cells, "seconds": part.seconds} for part in parts],
        "seconds": max(part.seconds for part in parts),
    }
    return json.dumps(told, indent=2)


def for_github(parts: Sequence[Part]) -> str:
    """The `matrix` of a job, in one line, as an output of a step must be: `fromJSON` reads it."""
    return json.dumps({"include": [{"shard": str(part.shard), "cells": part.cells} for part in parts]})


def for_gitlab(parts: Sequence[Part]) -> str:
    """A file of a child pipeline with the hidden job `.interop-shards`, which others extend. JSON is YAML."""
    matrix = [{VARIABLE: [str(part.shard) for part in parts]}]
    return json.dumps({".interop-shards": {"parallel": {"matrix": matrix}}}, indent=2)


FORMATS: dict[str, tuple[Callable[[Sequence[Part]], str], int]] = {  # with the most jobs that each can have
    "json": (as_json, shards.MOST),
    "github": (for_github, GITHUB_JOBS),
    "gitlab": (for_gitlab, GITLAB_JOBS),
}
