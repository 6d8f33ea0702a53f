"""`--explain`: which cells are played to tell peers apart, how many at most, and what is said of them then."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.unit import logs
from zmq_interop.core.shard import Shard
from zmq_interop.results.report.reading import Report, read_logs
from zmq_interop.run import explain
from zmq_interop.run.options import Options


def of_pairs(folder: Path, count: int) -> Report:
    """In each of so many scenarios two peers of its own fail, of which nothing tells the one, and two others pass."""
    red = [logs.failed(f"scenario_{number}/tcp/a{number}:b{number}") for number in range(count)]
    green = [logs.cell(f"scenario_{number}/tcp/c:d") for number in range(count)]
    return logs.report(folder, *red, *green)


def test_the_cells_are_those_of_every_group_in_turn_and_few(tmp_path: Path) -> None:
    two = explain.telling(of_pairs(tmp_path / "two", 2))
    assert two[:4] == ["scenario_0/tcp/a0:c", "scenario_1/tcp/a1:c", "scenario_0/tcp/c:b0", "scenario_1/tcp/c:b1"]
    many = explain.telling(of_pairs(tmp_path / "many", 20))
    assert len(many) == explain.MOST_CELLS
    assert len({id.partition("/")[0] for id in many[:20]}) == 20, "one of each group before a second of any"


def test_where_one_peer_is_named_nothing_is_played(tmp_path: Path) -> None:
    report = logs.report(tmp_path, logs.failed("push_pull/tcp/a:b"), logs.failed("push_pull/tcp/a:a"))
    assert explain.telling(report) == []


def test_the_second_run_is_of_these_cells_alone_and_else_like_the_first() -> None:
    first = Options(
        patterns=("push_pull",), exclude=("pair",), limit=2.0, shard=Shard(1, 2), budget="5s", since="x", explain=True
    )
    second = explain.options(first, ["pair/tcp/a:a"])
    assert second == Options(patterns=("pair/tcp/a:a",), limit=2.0)


def test_what_both_runs_say_together(tmp_path: Path) -> None:
    before = logs.report(tmp_path / "first", logs.failed("push_pull/tcp/a0:b0"))
    cells = [logs.failed("push_pull/tcp/a0:a0"), logs.cell("push_pull/tcp/b0:b0")]
    other = msgspec.structs.replace(logs.STARTED, id="second")
    second = logs.write(tmp_path / "second/events.jsonl", logs.whole(*cells, started=other))
    after = read_logs([*before.paths, second])
    assert [*explain.lines(before, after)] == [
        "FAIL push_pull/tcp/a0:b0: lost",
        "  blame     a0: with it 2 failed, 0 passed, without 0 failed, 1 passed",
    ]
