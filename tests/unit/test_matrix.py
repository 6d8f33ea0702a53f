"""The matrix of peers on a terminal: pass, known and unsupported told apart, red seen at once, no line too wide."""

from __future__ import annotations

import re

import msgspec
import pytest

from tests.unit.logs import cell
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import matrix

CELLS = [
    cell("x/tcp/a:b"),
    cell("y/tcp/a:b"),
    cell("x/tcp/b:a"),
    cell("y/tcp/b:a", Verdict.FAIL),
    cell("x/ipc/b:a", Verdict.UNSUPPORTED),
    cell("x/tcp/b:b", Verdict.UNSUPPORTED),
    cell("x/tcp/a:a", Verdict.KNOWN),
    cell("y/tcp/a:a"),
]


def every_pair(peers: list[str]) -> list[CellJudged]:
    """In each field as many cells as the whole suite has at most, with known and unsupported ones."""
    some = (Verdict.PASS, 250), (Verdict.KNOWN, 20), (Verdict.UNSUPPORTED, 80)
    return [
        cell(f"x{number}/tcp/{one}:{other}", verdict)
        for one in peers
        for other in peers
        for verdict, count in some
        for number in range(count)
    ]


def test_a_field_tells_what_passed_and_below_what_is_known_and_unsupported() -> None:
    assert matrix.lines(CELLS) == [
        "      a   b",
        "a     1   2",
        "     1k",
        "b  !1 1   0",
        "     1u  1u",
    ]


def test_a_row_without_known_and_unsupported_cells_is_one_line() -> None:
    assert matrix.lines([CELLS[0], CELLS[2]]) == ["   a  b", "a  .  1", "b  1  ."]


def test_the_legend_explains_the_signs_that_are_there_and_no_others() -> None:
    rows = "rows: the peer in the first role (who sends); columns: in the second role"
    assert matrix.legend(CELLS) == ["N pass   !N fail, fixed or broken   Nk known   Nu unsupported", rows]
    assert matrix.legend([CELLS[0]]) == ["N pass", rows]
    assert matrix.legend([CELLS[0], CELLS[2]]) == ["N pass   . no cell", rows]


def test_cells_without_peers_are_counted_beside_the_matrix() -> None:
    met = [msgspec.structs.replace(cell, roles={}) for cell in CELLS[:1]]
    assert matrix.lines([*CELLS, *met]) == matrix.lines(CELLS)
    assert matrix.legend([CELLS[0], *met])[2:] == ["cells of two programs: 1 pass"]
    assert (matrix.lines(met), matrix.legend(met)) == ([], ["cells of two programs: 1 pass"])


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.FIXED, Verdict.BROKEN])
def test_whatever_fails_a_run_is_told_before_what_passed(verdict: Verdict) -> None:
    assert matrix.field({verdict: 2, Verdict.PASS: 30, Verdict.KNOWN: 1}) == ("!2 30", True, "1k")


def test_the_colours_of_the_matrix_say_no_more_than_its_text() -> None:
    coloured = matrix.lines(CELLS, colour=True)
    assert coloured[1] == "a  \x1b[32m   1\x1b[0m  \x1b[32m 2\x1b[0m"
    assert coloured[3] == "b  \x1b[31m!1 1\x1b[0m   0"
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == matrix.lines(CELLS)


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("count", [1, 7, 12])
def test_it_fits_the_terminal_with_as_many_peers_as_there_may_be(count: int, width: int) -> None:
    peers = ["c", "cpp", "go", "go-pure", "python", "python-omq", "python-system", "node", "rust", "java", "x", "y"]
    told = matrix.lines(every_pair(peers[:count]), width=width)
    assert max(map(len, told)) <= width
    if count == 7 and width == 80:
        assert "" not in told, "the peers of the tree stand in one block"


def test_a_matrix_that_is_too_wide_is_told_in_blocks_of_columns() -> None:
    players = [f"alongname{letter}" for letter in "abcdefghij"]
    told = matrix.lines([cell(f"x/tcp/{first}:{second}") for first in players for second in players])
    assert max(map(len, told)) <= 80
    assert [line.split() for line in told if line.startswith(" ")] == [players[:5], players[5:]]
    assert told.count("") == 1


def test_a_long_name_of_a_column_is_folded_at_its_dashes() -> None:
    told = matrix.lines([cell("x/tcp/a:python-system")])
    assert told == ["   python-", "    system", "a        1"]


def test_a_scenario_of_one_role_stands_on_the_diagonal() -> None:
    assert matrix.lines([msgspec.structs.replace(cell(), roles={"one": "a"})]) == ["   a", "a  1"]
