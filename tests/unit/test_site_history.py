"""What the site knows of many runs: changes alone, in the order in which runs started, from one build to the next."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import logs
from zmq_interop.cli.main import main
from zmq_interop.core.events import CellJudged, Event
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.site import now, scanning, writing
from zmq_interop.results.site.history import Change, History, RunFacts, Span, State
from zmq_interop.system import workspace
from zmq_interop.system.errors import LogError, UsageError

PASS, LOST = State(Verdict.PASS), State(Verdict.FAIL, Kind.LOST)
ID = "push_pull/tcp/a:b"


def facts(number: int, **changes: object) -> RunFacts:
    """A run that started in this minute."""
    one = RunFacts(id=f"run-{number}", started=f"2026-01-01T00:{number:02}:00.000+00:00")
    return msgspec.structs.replace(one, **changes)


def log(folder: Path, number: int, *cells: CellJudged, full: bool = True, shard: str = "", whole: int = 0) -> Path:
    """The log of a run that started in this minute."""
    run = facts(number)
    started = msgspec.structs.replace(logs.STARTED, id=run.id, started=run.started, shard=shard)
    plan = logs.planned(cells, full=full, whole=whole, places=[*range(len(cells))] if whole else [])
    found: list[Event] = [started, plan, logs.seen("a"), *cells, logs.ended(cells)]
    return logs.write(folder / run.id / "events.jsonl", found)


def test_only_changes_are_kept() -> None:
    history = History()
    for number, state in enumerate([PASS, PASS, LOST, LOST, LOST, PASS]):
        history.add(facts(number), [(ID, state.verdict, state.kind)])
    assert history.stored().cells == {ID: [Change(0, 0), Change(2, 1), Change(5, 0)]}
    assert history.spans(ID) == [Span(PASS, 0, 1), Span(LOST, 2, 4), Span(PASS, 5, 5)]
    assert history.changes() == {2: [(ID, PASS, LOST)], 5: [(ID, LOST, PASS)]}
    assert history.spans("another") == []


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from([PASS, LOST]), max_size=3), max_size=12))
def test_what_was_played_can_be_told_from_it(runs: list[dict[str, State]]) -> None:
    history = History()
    for number, played in enumerate(runs):
        halfway = msgspec.json.decode(msgspec.json.encode(history.stored()), type=type(history.stored()))
        history = History(halfway)
        history.add(facts(number), [(id, state.verdict, state.kind) for id, state in played.items()])
    for id in "abc":
        spans = history.spans(id)
        for number, played in enumerate(runs):
            if id in played:
                (there,) = [span for span in spans if span.first <= number <= span.last]
                assert there.state == played[id]
        assert all(one.state != other.state for one, other in itertools.pairwise(spans))


def test_a_run_comes_once_and_never_before_the_newest() -> None:
    history = History()
    history.add(facts(5), [])
    assert history.has(facts(5))
    assert history.has(facts(4))
    assert not history.has(facts(6))


def test_a_log_is_scanned_without_its_operations(tmp_path: Path) -> None:
    one = logs.failed(ID, got='a text with ,"operations":[ in it', stderr={"a-1": '","operations":['})
    found = scanning.scan(log(tmp_path, 1, one, logs.cell("push_pull/ipc/a:b")))
    assert found.judged == [(ID, Verdict.FAIL, Kind.LOST), ("push_pull/ipc/a:b", Verdict.PASS, None)]
    assert (found.run.whole, found.run.complete, found.run.exit_code, found.run.account.fail) == (True, True, 1, 1)
    assert found.run.peers["a"].libraries == {"libzmq": "4.3.5"}


def test_a_log_that_was_cut_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    path = log(tmp_path, 1, logs.cell(ID), logs.cell("push_pull/ipc/a:b"))
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b'"push_pull/ipc/a:b","scenario"') + 9])
    found = scanning.scan(path)
    assert found.judged == [(ID, Verdict.PASS, None)]
    assert (found.run.complete, found.run.exit_code) == (False, -1)
    path.write_bytes(whole.replace(b'{"type":"cell"', b'{"type":"cell"?', 1))
    with pytest.raises(LogError, match=r"events\.jsonl:4: not an event"):
        scanning.scan(path)
    path.write_bytes(b"nothing\n")
    with pytest.raises(LogError, match="not the start of an event log"):
        scanning.scan(path)


def test_logs_are_found_below_folders_each_once(tmp_path: Path) -> None:
    paths = [log(tmp_path / "deep", 2, logs.cell(ID)), log(tmp_path, 1, logs.cell(ID))]
    assert sorted(scanning.logs([tmp_path, paths[0], paths[0].parent])) == sorted(paths)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="there is no event log"):
        scanning.logs([tmp_path / "empty"])


def test_the_newest_whole_run_is_shown_and_else_the_largest(tmp_path: Path) -> None:
    runs = [(tmp_path / str(number), facts(number), count) for number, count in enumerate([5, 9, 9, 3])]
    assert now.logs_of(runs) == [tmp_path / "2"]
    whole = [(path, msgspec.structs.replace(run, whole=run.id == "run-1"), count) for path, run, count in runs]
    assert now.logs_of(whole) == [tmp_path / "1"]


def test_shards_of_one_plan_are_shown_together(tmp_path: Path) -> None:
    shards = ["1/2", "2/2", "1/2", "2/2", "1/2"]
    runs = [(tmp_path / str(number), facts(number, shard=shard), 3) for number, shard in enumerate(shards)]
    assert now.logs_of(runs) == [tmp_path / "4", tmp_path / "3"]
    assert now.logs_of(runs[:1]) == [tmp_path / "0"], "one is missing"


def test_a_build_goes_on_from_the_last_one(tmp_path: Path) -> None:
    site = tmp_path / "site"
    first = log(tmp_path / "runs", 1, logs.cell(ID))
    assert writing.build(site, [first]).added == 1
    first.unlink()
    second = log(tmp_path / "runs", 2, logs.failed(ID))
    built = writing.build(site, [second])
    assert (built.added, built.runs, built.cells) == (1, 2, 1)
    told = (site / "scenario/push_pull.html").read_text()
    assert "since 2026-01-01 00:02" in told
    assert "2 runs are known" in (site / "index.html").read_text()
    assert writing.build(site, [second]).added == 0
    late = writing.build(site, [second, log(tmp_path / "runs", 0, logs.cell(ID))])
    assert late.skipped == ["run-0"]
    assert '"failed", "color": "red"' not in (site / "badge/a.json").read_text()
    assert '"label": "a", "message": "1 failed", "color": "red"' in (site / "badge/a.json").read_text()


def test_what_an_earlier_build_did_not_write_stays(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "CNAME").write_text("interop.example.org")
    writing.build(site, [log(tmp_path / "runs", 1, logs.cell(ID))])
    assert (site / "CNAME").read_text() == "interop.example.org"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "truncated"),
        ('{"version":9,"runs":[],"states":[],"cells":{},"last":{}}', "a history of version 9"),
        ('{"version":1,"runs":[],"states":[],"cells":{"x":[[0,0]]},"last":{}}', "that is not there"),
    ],
)
def test_a_history_that_is_not_whole(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "history.json").write_text(text)
    with pytest.raises(UsageError, match=told):
        writing.build(tmp_path, [log(tmp_path / "runs", 1, logs.cell(ID))])


def test_the_command_tells_since_when(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log(tmp_path / "runs", 1, logs.cell(ID), logs.cell("req_rep/tcp/a:b"))
    log(tmp_path / "runs", 2, logs.failed(ID), logs.cell("req_rep/tcp/a:b"))

    def told(*arguments: str) -> list[str]:
        with pytest.raises(SystemExit) as ended:
            main(["history", *arguments], workspace.at(tmp_path))
        assert ended.value.code == 0
        return capsys.readouterr().out.splitlines()

    line = f"{ID}: fail (lost) since 2026-01-01 (run-2); before: pass since 2026-01-01 (run-1)"
    runs = str(tmp_path / "runs")
    assert told("--from", runs) == [line, "2 runs; 1 cell of 2"]
    assert told("req_rep", "--from", runs)[0] == "req_rep/tcp/a:b: pass since 2026-01-01 (run-1)"
    writing.build(tmp_path / "site", [tmp_path / "runs"])
    assert told("--from", str(tmp_path / "site/history.json")) == [line, "2 runs; 1 cell of 2"]
