"""Failures are grouped by what they have in common, and each is in exactly one group."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.unit import logs
from zmq_interop.core.events import CellJudged, ScenarioText
from zmq_interop.core.verdicts import RED, Kind, Verdict
from zmq_interop.results.report import groups

TEXTS = {
    "push_pull": ScenarioText(family="f", doc="d", sockets={"one": ["PUSH"], "other": ["PULL"]}),
    "req_rep": ScenarioText(family="f", doc="d", sockets={"one": ["REQ"], "other": ["REP"]}),
    "by_pattern": ScenarioText(
        family="f", doc="d", by_value={"push-pull": {"one": ["PUSH"], "other": ["PULL"]}, "pair": {"one": ["PAIR"]}}
    ),
}
PEERS = ("c", "go", "go-pure", "python")


def matrix(fails: Callable[[CellJudged], Kind | None]) -> list[CellJudged]:
    """Two scenarios, two transports, three shapes, all ordered pairs of peers."""
    found = []
    for scenario, transport, shape, one, other in itertools.product(
        ("push_pull", "req_rep"), ("tcp", "ipc"), ("plain", "empty", "large"), PEERS, PEERS
    ):
        cell = logs.cell(f"{scenario}/{transport}/{shape}/{one}:{other}", values={"shape": shape})
        kind = fails(cell)
        found.append(logs.failed(cell.id, values=cell.values, kind=kind) if kind else cell)
    return found


def told(cells: list[CellJudged]) -> list[str]:
    return [f"{one.sentence}: {len(one.cells)} ({one.how})" for one in groups.groups(cells, TEXTS)]


def test_one_fault_of_one_peer_is_one_sentence() -> None:
    def fault(cell: CellJudged) -> Kind | None:
        rep = cell.scenario == "req_rep" and cell.roles["other"] == "go-pure"
        return Kind.LOST if rep and cell.values["shape"] == "empty" else None

    assert told(matrix(fault)) == ["every cell with go-pure as REP and shape=empty: 8 (lost)"]


def test_a_peer_that_fails_in_every_part_is_named_alone() -> None:
    def fault(cell: CellJudged) -> Kind | None:
        return Kind.LOST if "c" in cell.roles.values() else None

    assert told(matrix(fault)) == ["every cell with c: 84 (lost)"]


def test_two_faults_are_two_sentences_the_larger_first() -> None:
    def fault(cell: CellJudged) -> Kind | None:
        if cell.roles["one"] == "c" and cell.scenario == "push_pull":
            return Kind.ALTERED if cell.values["shape"] == "large" else Kind.LOST
        return Kind.HUNG if cell.transport == "ipc" and cell.roles == {"one": "go", "other": "python"} else None

    assert told(matrix(fault)) == [
        "every cell with c as PUSH: 24 (16 lost, 8 altered)",
        "every cell with go as PUSH and python as PULL over ipc: 3 (hung)",
        "every cell with go as REQ and python as REP over ipc: 3 (hung)",
    ]


def test_where_nearly_all_fail_the_sentence_counts_them() -> None:
    def fault(cell: CellJudged) -> Kind | None:
        push = cell.roles["one"] == "c" and cell.scenario == "push_pull"
        return Kind.LOST if push and cell.id != "push_pull/tcp/plain/c:go" else None

    assert told(matrix(fault)) == ["23 of 24 cells with c as PUSH: 23 (lost)"]


def test_a_failure_alone_is_named_by_its_id_and_when_all_fail_that_is_said() -> None:
    one = matrix(lambda cell: Kind.LOST if cell.id == "push_pull/tcp/plain/c:go" else None)
    assert told(one) == ["push_pull/tcp/plain/c:go: 1 (lost)"]
    assert told(matrix(lambda _: Kind.LOST)) == ["every cell: 192 (lost)"]


def test_the_sockets_that_a_value_of_an_axis_opens_are_known() -> None:
    cells = [
        logs.cell(f"by_pattern/tcp/{pattern}/{one}:{other}", values={"pattern": pattern})
        for pattern, one, other in itertools.product(("push-pull", "pair"), PEERS, PEERS)
    ]
    cells = [
        logs.failed(cell.id, values=cell.values)
        if cell.values["pattern"] == "pair" and cell.roles["one"] == "c"
        else cell
        for cell in cells
    ]
    assert told(cells) == ["every cell with c as PAIR: 4 (lost)"]


def test_what_is_broken_is_grouped_by_its_reason_and_what_is_fixed_apart() -> None:
    cells = [logs.cell(f"push_pull/tcp/x{n}/c:go", Verdict.BROKEN, reason=f"why {n % 2}") for n in range(5)]
    cells += [logs.cell(f"push_pull/tcp/y{n}/c:go", Verdict.FIXED, kind=Kind.LOST) for n in range(2)]
    assert told(cells) == ["every cell: 2 (lost)", "why 0: 3 ()", "why 1: 2 ()"]


def test_what_a_compiler_refuses_is_grouped_by_peer_and_file() -> None:
    def refused(id: str, peer: str, file: str) -> CellJudged:
        return logs.failed(id, kind=Kind.UNCOMPILABLE, expected=f"{peer} to compile {file}", got="no")

    cells = [refused(f"own_schemas/tcp/a.{name}/c:{other}", "c", "a.proto") for name in "MN" for other in ("c", "go")]
    cells += [refused(f"own_schemas/tcp/b.M/cpp:{other}", "cpp", "b.proto") for other in ("go", "python")]
    cells += [logs.failed(f"own_schemas/tcp/z.M/python:{other}", kind=Kind.LOST) for other in ("go", "python", "c")]
    assert told(cells) == [
        "every cell that needs c to compile a.proto: 4 (uncompilable)",
        "every cell: 3 (lost)",
        "every cell that needs cpp to compile b.proto: 2 (uncompilable)",
    ]


@given(st.dictionaries(st.integers(0, 191), st.tuples(st.sampled_from(Verdict), st.sampled_from(Kind)), max_size=40))
def test_every_red_cell_is_in_exactly_one_group_and_the_group_says_how_many(
    found: dict[int, tuple[Verdict, Kind]],
) -> None:
    cells = matrix(lambda _: None)
    for index, (verdict, kind) in found.items():
        cells[index] = logs.cell(cells[index].id, verdict, values=cells[index].values, kind=kind)
    grouped = groups.groups(cells, TEXTS)
    red = sorted(cell.id for cell in cells if cell.verdict in RED)
    assert sorted(cell.id for group in grouped for cell in group.cells) == red
    assert all({cell.verdict for cell in group.cells} == {group.verdict} for group in grouped)
    for group in grouped:
        if group.verdict is not Verdict.BROKEN:
            assert group.sentence.startswith(("every cell", group.example.id, f"{len(group.cells)} of "))


def test_twenty_thousand_failures_at_random_end_in_bounded_steps() -> None:
    cells = [
        logs.failed(f"push_pull/tcp/v{n % 97}/p{n % 7}:p{n % 11}", values={"shape": f"v{n % 97}"})
        if n * 7919 % 3
        else logs.cell(f"push_pull/tcp/v{n % 97}/p{n % 7}:p{n % 11}", values={"shape": f"v{n % 97}"})
        for n in range(20_000)
    ]
    grouped = groups.groups(cells, TEXTS)
    assert sum(len(group.cells) for group in grouped) == sum(cell.verdict is Verdict.FAIL for cell in cells)
