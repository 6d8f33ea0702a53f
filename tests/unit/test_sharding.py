"""How many shards a plan needs for a time, and the matrices that say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.space import HERE
from tests.unit import logs
from zmq_interop.core import sharding
from zmq_interop.core.budget import SHARE, Work
from zmq_interop.core.shard import Shard
from zmq_interop.core.sharding import Part
from zmq_interop.run import session, shards
from zmq_interop.run.options import Options
from zmq_interop.system.errors import NothingSelected, UsageError

PARTS = [
    Part(shard=Shard(1, 2), cells=3, seconds=5.0),
    Part(shard=Shard(2, 2), cells=4, seconds=4.5),
]


@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=50), st.floats(11, 200))
def test_the_parts_are_done_in_time_and_hold_all_cells(costs: list[int], seconds: float) -> None:
    works = [Work("quick", one / 1000) for one in costs]
    parts = sharding.choose(costs, works, [one / 1000 for one in costs], seconds, 1000)
    assert sum(part.cells for part in parts) == len(costs)
    assert [part.shard for part in parts] == [Shard(number, len(parts)) for number in range(1, len(parts) + 1)]
    assert max(part.seconds for part in parts) <= seconds * SHARE + 0.05  # rounded to a tenth
    room = seconds * SHARE
    assert len(parts) <= sum(costs) / 1000 / (room - 9) + 1, "no two shards differ by more than the dearest cell"


def test_queues_are_played_beside_each_other() -> None:
    works = [Work("quick", 8.0), Work("slow", 8.0)]
    assert len(sharding.choose([8000, 8000], works, [8.0, 8.0], 10, 9)) == 1
    both = [Work("quick", 8.0), Work("quick", 8.0)]
    assert len(sharding.choose([8000, 8000], both, [8.0, 8.0], 10, 9)) == 2


def test_a_cell_that_takes_longer_than_the_time_is_told() -> None:
    with pytest.raises(UsageError, match=r"one cell alone takes about 30 s") as told:
        sharding.choose([30_000], [Work("slow", 0.2)], [30.0], 20, 9)
    assert "at least 34 s" in str(told.value)


def test_more_shards_than_there_may_be_are_refused_with_the_time_that_they_need() -> None:
    with pytest.raises(UsageError, match="more than 3 shards") as told:
        sharding.choose([1000] * 30, [Work("quick", 1.0)] * 30, [1.0] * 30, 3, 3)
    assert "3 shards need about 12 s each" in str(told.value)


def test_without_cells_there_is_no_plan() -> None:
    with pytest.raises(NothingSelected):
        sharding.choose([], [], [], 3, 3)


def test_the_matrix_of_github_is_one_line() -> None:
    assert "\n" not in shards.for_github(PARTS)
    assert json.loads(shards.for_github(PARTS)) == {
        "include": [{"shard": "1/2", "cells": 3}, {"shard": "2/2", "cells": 4}]
    }


def test_the_file_of_gitlab_is_yaml_with_one_variable() -> None:
    told = yaml.safe_load(shards.for_gitlab(PARTS))
    assert told == {".interop-shards": {"parallel": {"matrix": [{"INTEROP_SHARD": ["1/2", "2/2"]}]}}}


def test_an_earlier_run_tells_how_quick_such_a_machine_is(tmp_path: Path) -> None:
    planned = session.prepare(Options(patterns=("push_pull",)), HERE)
    (usual,) = shards.choose(planned, 60, 9, 16)
    cells = [logs.cell(one.id) for one in planned.cells]
    end = logs.ended(cells, seconds=usual.seconds * 3)
    log = logs.write(tmp_path / "events.jsonl", logs.whole(*cells, end=end))
    (slower,) = shards.choose(planned, 60, 9, 16, [log])
    assert slower.seconds == pytest.approx(usual.seconds * 3, rel=0.1)
    logs.write(log, logs.whole(*cells, end=end)[:-1])
    with pytest.raises(UsageError, match="the run was cut short"):
        shards.choose(planned, 60, 9, 16, [log])
    logs.write(log, logs.whole(logs.cell("pigeon/tcp/a:b")))
    with pytest.raises(UsageError, match="none of the selected cells"):
        shards.choose(planned, 60, 9, 16, [log])
