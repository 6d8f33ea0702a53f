"""What a report says of versions: which cells change, in which of them, and what `bisect` makes of one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit import logs
from tests.unit.logs import cell
from tests.unit.test_versions import with_libraries
from zmq_interop.cli import bisect_play, compare_play
from zmq_interop.cli import main as cli
from zmq_interop.core.events import CellJudged, Event, PeerLost
from zmq_interop.core.peer import Library
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.peers import manifest
from zmq_interop.results.report import json_summary, markdown, summary, versions
from zmq_interop.results.report.reading import Report
from zmq_interop.results.report.versions import Table
from zmq_interop.run.options import Options
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.workspace import Workspace

OLD, NEW = "a@lib-1.9", "a@lib-1.10"
PEERS = [
    logs.seen("a", libraries={"a.org/lib": "1.10 (own)"}),
    logs.seen("b", libraries={"other": "7"}),
    logs.seen(NEW, libraries={"a.org/lib": "1.10"}),
    logs.seen(OLD, libraries={"a.org/lib": "1.9"}),
]
NAMES = ["1.9", "1.10", "1.10 (as it is)"]


def judged(id: str, verdict: Verdict = Verdict.PASS) -> CellJudged:
    kind = Kind.LOST if verdict in (Verdict.FAIL, Verdict.KNOWN, Verdict.FIXED) else None
    players = id.rpartition("/")[2].split(":")
    return msgspec.structs.replace(
        cell(id, verdict, kind=kind, reason="-"), roles=dict(zip(("one", "other"), players, strict=True))
    )


def of_three(name: str, *verdicts: Verdict, other: str = "b") -> list[CellJudged]:
    """A cell with a as it is, with the newer one and with the older one."""
    return [judged(f"{name}/tcp/{a}:{other}", one) for a, one in zip(("a", NEW, OLD), verdicts, strict=True)]


def table(*cells: CellJudged) -> Table:
    (found,) = versions.tables(cells, PEERS)
    return found


def test_the_versions_are_columns_in_order_of_age() -> None:
    found = table(*of_three("pair", Verdict.PASS, Verdict.PASS, Verdict.PASS))
    assert [str(one) for one in found.versions] == NAMES
    assert (found.peer, found.library, found.rows, found.same) == ("a", "a.org/lib", (), 1)


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ((Verdict.PASS, Verdict.PASS, Verdict.FAIL), "red 1.9, green 1.10 to 1.10 (as it is)"),
        ((Verdict.FAIL, Verdict.FAIL, Verdict.PASS), "green 1.9, red 1.10 to 1.10 (as it is)"),
        ((Verdict.KNOWN, Verdict.FAIL, Verdict.FIXED), "green 1.9, red 1.10 to 1.10 (as it is)"),
        ((Verdict.PASS, Verdict.BROKEN, Verdict.UNSUPPORTED), "unsupported 1.9, broken 1.10, green 1.10 (as it is)"),
    ],
)
def test_what_changes_is_told_from_the_oldest_on(verdicts: tuple[Verdict, ...], told: str) -> None:
    found = table(*of_three("pair", *verdicts))
    (row,) = found.rows
    assert (row.scenario, row.cells, found.told(row)) == ("pair", ("pair/tcp/a:b",), told)


def test_cells_of_a_scenario_that_change_alike_are_one_row() -> None:
    changes = (Verdict.PASS, Verdict.PASS, Verdict.FAIL)
    found = table(
        *of_three("pair", *changes),
        *of_three("pair/x", *changes),
        *of_three("pair/y", Verdict.FAIL, Verdict.PASS, Verdict.PASS),
        *of_three("push_pull", *changes),
        *of_three("push_pull/z", Verdict.FAIL, Verdict.FAIL, Verdict.FAIL),
    )
    assert [(row.scenario, len(row.cells)) for row in found.rows] == [("pair", 2), ("pair", 1), ("push_pull", 1)]
    assert found.same == 1


def test_where_a_variant_plays_against_its_peer_it_matters_which_is_which() -> None:
    played = [judged("pair/tcp/a:a"), *(judged(f"pair/tcp/{two}") for two in (f"{NEW}:{NEW}", f"{NEW}:a", f"a:{NEW}"))]
    played += [judged(f"pair/tcp/{OLD}:a", Verdict.FAIL), judged(f"pair/tcp/{OLD}:{OLD}"), judged(f"pair/tcp/a:{OLD}")]
    found = table(*played)
    told = [(row.cells, found.told(row)) for row in found.rows]
    assert told == [(("pair/tcp/a@*:a",), "red 1.9, green 1.10 to 1.10 (as it is)")]
    assert found.same == 2


def test_two_variants_in_one_cell_tell_nothing_of_either() -> None:
    assert versions.tables([judged(f"pair/tcp/{OLD}:{NEW}", Verdict.FAIL)], PEERS) == []
    assert versions.tables([judged("pair/tcp/a:b", Verdict.FAIL)], PEERS) == []


CHANGE = of_three("pair", Verdict.PASS, Verdict.PASS, Verdict.FAIL)


def report(folder: Path, *events: Event) -> Report:
    return logs.report(folder, *PEERS, *events)


def test_each_report_has_the_table(tmp_path: Path) -> None:
    told = report(tmp_path, *CHANGE)
    since = "red 1.9, green 1.10 to 1.10 (as it is)"
    assert f"  {since}: pair, 1 cell, such as pair/tcp/a:b" in summary.lines(told)
    text = markdown.render(told)
    assert "||`1.9`|`1.10`|`1.10 (as it is)`|such as|" in text
    assert "|`pair`|**red** 1|green|green|`pair/tcp/a:b`|" in text
    (found,) = json_summary.summary(told).versions
    assert (found.versions, found.peers) == (["1.9", "1.10", "1.10"], [OLD, NEW, "a"])
    assert [(one.told, one.outcomes, one.cells) for one in found.changes] == [
        (since, ["red", "green", "green"], ["pair/tcp/a:b"])
    ]


def test_a_report_without_variants_has_none(tmp_path: Path) -> None:
    told = logs.report(tmp_path, *PEERS[:2], judged("pair/tcp/a:b"))
    assert json_summary.summary(told).versions == []
    assert "such as" not in markdown.render(told)


def test_bisect_prints_each_version_and_since_when(tmp_path: Path) -> None:
    told = report(tmp_path, *CHANGE)
    assert list(bisect_play.lines(told)) == [
        "a.org/lib of a:",
        f"  1.9              fail (lost): pair/tcp/{OLD}:b",
        f"  1.10             pass: pair/tcp/{NEW}:b",
        "  1.10 (as it is)  pass: pair/tcp/a:b",
        "  red 1.9, green 1.10 to 1.10 (as it is)",
    ]
    assert bisect_play.exit_code(told) == Exit.OK


def test_bisect_without_a_change_is_1_and_with_one_that_is_broken_6(tmp_path: Path) -> None:
    same = report(tmp_path / "same", *of_three("pair", Verdict.FAIL, Verdict.FAIL, Verdict.FAIL))
    assert list(bisect_play.lines(same))[-1] == "  the same in all versions"
    assert bisect_play.exit_code(same) == Exit.FAILED
    lost = PeerLost(name="a@lib-0.1", reason="could not be brought", hint="try", detail="No matching")
    broken = report(tmp_path / "broken", lost, *CHANGE, judged("pair/tcp/a@lib-0.1:b", Verdict.BROKEN))
    assert list(bisect_play.lines(broken))[:3] == [
        "a@lib-0.1 cannot be judged: could not be brought",
        "  try",
        "  No matching",
    ]
    assert bisect_play.exit_code(broken) == Exit.BROKEN


LISTED = Library(name="lib", version=("choose", "{version}"), variants=("1.9",))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pair/tcp/a@lib-1.9:b", "name the peer itself: pair/tcp/a:b"),
        ("pair/tcp/x:y", "give the id of a cell"),
        ("pair/tcp/b:b", "list versions in peer.toml"),
    ],
)
def test_bisect_refuses_what_has_no_versions(typed: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"a": with_libraries("a", LISTED), "b": with_libraries("b", Library(name="x", version=("y", "{version}")))}
    monkeypatch.setattr(manifest, "discover", lambda: known)
    with pytest.raises(UsageError) as caught:
        bisect_play._of_cell(typed, Options())
    assert said in caught.value.hint
    options = bisect_play._of_cell("pair/tcp/a:b", Options())
    assert (options.peers, options.variants, options.jobs) == (("a", "b"), ("a:all",), 1)


def test_upgrade_compares_with_the_versions_and_takes_the_rest_for_patterns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []

    def main(peer: str, versions: tuple[str, ...], options: Options, _: Workspace) -> int:
        asked.append((peer, versions, options.patterns))
        return Exit.FAILED

    monkeypatch.setattr(compare_play, "main", main)
    words = ["lib==1.9", "push_pull/tcp", "a.org/x@v1.2", "own_schemas/x@y.proto/a:b"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["upgrade", "a", *words])
    assert ended.value.code == Exit.FAILED
    assert asked == [("a", ("lib==1.9", "a.org/x@v1.2"), ("push_pull/tcp", "own_schemas/x@y.proto/a:b"))]
    with pytest.raises(SystemExit) as ended:
        cli.main(["upgrade", "a", "push_pull"])
    assert ended.value.code == Exit.USAGE
    assert "no LIBRARY==VERSION is given" in capsys.readouterr().err
