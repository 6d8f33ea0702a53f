"""Reports as files: valid by their schemas, the same cells in each, `incomplete` in the first line, nothing escapes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit import logs
from tests.unit.logs import HOSTILE, cell, failed
from zmq_interop.cli.report_cmd import report as report_command
from zmq_interop.core.events import CellJudged, Event, Incident
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import badge, files, json_summary, junit, markdown
from zmq_interop.results.report.reading import Report, read_logs
from zmq_interop.system.errors import UsageError

JUNIT = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")
TEXTS = ("junit.xml", "summary.md", "summary.json", "badge.json", "badge.svg")
CELLS = [
    cell("push_pull/tcp/a:b"),
    failed("push_pull/ipc/a:b", seconds=0.25, stderr={"a-1": "oops\n"}),
    cell("pair/tcp/a:b", Verdict.KNOWN, kind=Kind.LOST, reason="upstream #1"),
    cell("pair/ipc/a:b", Verdict.UNSUPPORTED, reason="b does not claim ipc"),
    cell("pair/ipc/b:b", Verdict.FIXED, kind=Kind.LOST, reason="it passed"),
    cell("pair/tcp/b:b", Verdict.BROKEN, reason="b: no compiler", operations=[]),
]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """A report with a cell of each verdict."""
    return logs.report(tmp_path, logs.seen("a"), *CELLS)


def test_report_has_an_option_for_each_format() -> None:
    assert {one.name for one in report_command.params} >= set(files.FORMATS)


def cases(report: Report) -> dict[str, ElementTree.Element]:
    """The test cases of the JUnit file by name; it must be valid."""
    text = junit.render(report)
    JUNIT.validate(text)
    found = ElementTree.fromstring(text).findall("testsuite/testcase")
    by_name = {one.attrib["name"]: one for one in found}
    assert len(by_name) == len(found)
    return by_name


def test_junit_has_one_case_for_each_cell_with_its_verdict(report: Report) -> None:
    found = cases(report)
    told = {name: [(child.tag, child.get("type")) for child in case] for name, case in found.items()}
    assert told == {
        "push_pull/tcp/a:b": [],
        "push_pull/ipc/a:b": [("failure", "lost")],
        "pair/tcp/a:b": [("skipped", "known")],
        "pair/ipc/a:b": [("skipped", "unsupported")],
        "pair/ipc/b:b": [("failure", "lost")],
        "pair/tcp/b:b": [("error", "broken")],
    }
    failure = found["push_pull/ipc/a:b"].find("failure")
    assert failure is not None
    assert failure.get("message") == 'lost: expected ["one"], got nothing'
    assert "again     ./interop run push_pull/ipc/a:b\nstderr of a-1:\n  oops" in (failure.text or "")
    assert found["push_pull/ipc/a:b"].attrib["classname"] == "exchange.push_pull"
    assert found["push_pull/ipc/a:b"].attrib["time"] == "0.250000"
    skipped = found["pair/tcp/a:b"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "known: upstream #1"


def test_junit_counts_what_it_has(report: Report) -> None:
    suites = {suite.attrib["name"]: suite.attrib for suite in ElementTree.fromstring(junit.render(report))}
    names = ("tests", "failures", "errors", "skipped", "timestamp")
    assert [suites["pair"][name] for name in names] == ["4", "1", "1", "2", "2026-01-01T00:00:00"]
    assert [suites["push_pull"][name] for name in names] == ["2", "1", "0", "0", "2026-01-01T00:00:00"]


def test_junit_is_red_for_what_is_no_cell_s_fault(tmp_path: Path) -> None:
    incident = Incident(instance="a-1", reason="died", ended="exited with 3", cells=[], stderr="bad")
    end = logs.ended([cell()], exit_code=1, problems=["stale entry"])
    found = cases(logs.report(tmp_path, cell(), incident, end=end))
    assert {name: case[0].tag for name, case in found.items() if len(case)} == {
        "stale entry": "failure",
        "agent a-1": "error",
    }


def test_in_junit_of_a_log_that_was_cut_a_cell_without_a_verdict_is_an_error(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "log", [logs.STARTED, logs.planned([cell()], "pair/tcp/a:b"), cell()])
    found = cases(read_logs([path]))
    assert {name: case[0].tag for name, case in found.items() if len(case)} == {
        "pair/tcp/a:b": "error",
        "the run is complete": "error",
    }


@pytest.mark.parametrize("events", [2, 1, 0])
def test_a_log_that_was_cut_says_incomplete_in_the_first_line_of_each_file(tmp_path: Path, events: int) -> None:
    found: list[Event] = [logs.STARTED, logs.planned([], "pair/tcp/a:b")]
    path = logs.write(tmp_path / "log", found[:events])
    for file in files.write(read_logs([path]), files.formats(), tmp_path):
        if file.name in TEXTS:
            assert "incomplete" in file.read_text().splitlines()[0], file.name
    JUNIT.validate(tmp_path / "junit.xml")


def test_all_files_name_the_same_red_cells_with_the_line_that_plays_them(report: Report, tmp_path: Path) -> None:
    files.write(report, files.formats(), tmp_path)
    for name in ("junit.xml", "summary.md", "summary.json"):
        text = (tmp_path / name).read_text()
        for one in ("push_pull/ipc/a:b", "pair/ipc/b:b", "pair/tcp/b:b"):
            assert f"./interop run {one}" in text, name


def test_json_is_as_its_schema_says(report: Report) -> None:
    told = msgspec.json.decode(json_summary.render(report), type=json_summary.Summary, strict=True)
    assert told.account == report.account
    assert [one.id for one in told.cells] == [one.id for one in CELLS]
    assert [(one.first, one.second, one.account.planned) for one in told.matrix] == [("a", "b", 4), ("b", "b", 2)]
    assert [(one.sentence, one.kinds, one.cells) for one in told.groups] == [
        ("push_pull/ipc/a:b", {"lost": 1}, ["push_pull/ipc/a:b"]),
        ("pair/ipc/b:b", {"lost": 1}, ["pair/ipc/b:b"]),
        ("b: no compiler", {}, ["pair/tcp/b:b"]),
    ]


def test_markdown_says_first_what_came_of_it(report: Report, tmp_path: Path) -> None:
    told = markdown.render(report).splitlines()
    assert told[0] == "# interop: 3 of 6 cells are red"
    assert "|`a`|**!1 1** 1k 1u|" in told
    assert "|`b`|**!2 0**|" in told
    assert told[told.index("|`b`|**!2 0**|") + 2].startswith("N pass, !N fail, fixed or broken, Nk known, Nu ")
    assert told[told.index("Known to fail, by finding:") + 2] == "- 1 `upstream #1`"
    good = logs.report(tmp_path / "good", cell())
    assert markdown.render(good).startswith("# interop: everything as expected\n")


@pytest.mark.parametrize(
    ("cells", "changes", "message", "colour"),
    [
        ([cell()], {}, "1 passed", "brightgreen"),
        ([cell(), CELLS[2]], {}, "1 passed, 1 known to fail", "yellow"),
        ([cell(), CELLS[1], CELLS[4]], {}, "2 failed", "red"),
        ([cell(), CELLS[5]], {}, "1 broken", "red"),
        ([cell()], {"exit_code": 1, "problems": ["stale"]}, "red", "red"),
        ([CELLS[3]], {}, "nothing passed", "red"),
    ],
)
def test_the_badge_says_the_worst(
    tmp_path: Path, cells: list[CellJudged], changes: dict[str, object], message: str, colour: str
) -> None:
    report = logs.report(tmp_path, *cells, end=logs.ended(cells, **changes))
    files.write(report, ["badge"], tmp_path)
    assert json.loads((tmp_path / "badge.json").read_text()) == {
        "schemaVersion": 1,
        "label": "interop",
        "message": message,
        "color": colour,
    }
    picture = ElementTree.parse(tmp_path / "badge.svg").getroot()
    assert picture.attrib["aria-label"] == f"interop: {message}"
    assert badge.told(report).message == message


def outside_code(text: str) -> str:
    """What of Markdown stands in no code span and no code block, by the rules of CommonMark."""
    found, fence = [], ""
    for line in text.split("\n"):
        ticks = (re.match("`{3,}", line) or [""])[0]
        if fence:
            fence = "" if ticks == line and len(ticks) >= len(fence) else fence
        elif ticks and "`" not in line[len(ticks) :]:
            fence = ticks
        else:
            found.append(re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", line))
    assert not fence, "a code block without an end"
    return "\n".join(found)


@given(st.text(st.sampled_from("`~|\\\n@<> *a\x00\u2028"), max_size=40))
def test_no_text_leaves_its_code_span_or_its_block(text: str) -> None:
    assert outside_code(f"- {markdown.span(text)}") == "- "
    assert outside_code("\n".join(["x", *markdown.block(text), "y"])) == "x\ny"


def test_hostile_text_of_peers_is_nothing_but_text_in_each_format(tmp_path: Path) -> None:
    report = logs.hostile(tmp_path)
    files.write(report, files.formats(), tmp_path)
    texts = {name: (tmp_path / name).read_text(encoding="utf-8") for name in TEXTS}
    for name, text in texts.items():
        assert all(one == "\n" or one.isprintable() for one in text if name != "summary.json"), name
        assert all(one >= " " or one == "\n" for one in text), name
    JUNIT.validate(texts["junit.xml"])
    assert "<script" not in texts["junit.xml"]
    bare = outside_code(texts["summary.md"])
    assert "evil" in texts["summary.md"]
    assert not re.search("evil|script|octocat|javascript", bare)
    decoded = json.loads(texts["summary.json"])
    assert decoded["lost"][0]["reason"] == HOSTILE  # a program gets what was said; it is not shown
    assert "<" not in texts["badge.json"]
    ElementTree.fromstring(texts["badge.svg"])


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.text(max_size=20)), max_size=10))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_no_text_of_a_peer_makes_a_junit_file_that_is_not_valid(
    tmp_path: Path, found: list[tuple[Verdict, str]]
) -> None:
    told = [
        cell(f"x{number}/tcp/a:b", verdict, expected=text, got=text, reason=text, stderr={text: text})
        for number, (verdict, text) in enumerate(found)
    ]
    JUNIT.validate(junit.render(logs.report(tmp_path, *told)))


def test_a_folder_that_cannot_be_written_to_is_said_before_and_leaves_what_was_there(
    tmp_path: Path, report: Report
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="reports need a writable folder"):
        files.prepare(tmp_path / "file")
    with pytest.raises(UsageError, match="reports need a writable folder"):
        files.write(report, ["json"], tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
