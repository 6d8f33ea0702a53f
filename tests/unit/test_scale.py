"""`interop bench scale` on few cells: each step does what it measures."""

from __future__ import annotations

from benchmarks import scale


def test_a_plan_has_at_most_the_cells_that_are_asked_for_and_nearly_all() -> None:
    found = scale.planned(20_000)
    assert 10_000 <= found.cells <= 20_000
    assert set(found.done) == {"cells", "claims", "costs", "cut"}
    assert found.mib > 0


def test_a_report_has_all_cells_of_all_shards() -> None:
    found = scale.reported(100)
    assert found.cells == 100
    assert set(found.done) == {"merge", "summary", "page"}
