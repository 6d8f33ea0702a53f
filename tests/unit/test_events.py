"""The event log: what is written is what is read, and its schema says the same."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zmq_interop.core import events
from zmq_interop.core.events import (
    CellJudged,
    Event,
    Incident,
    Operation,
    PeerLost,
    PeerSeen,
    Planned,
    RunEnded,
    RunStarted,
)
from zmq_interop.core.verdicts import Account, Kind, Verdict
from zmq_interop.results.event_log import EventLog, read

STARTED = RunStarted(
    version=events.VERSION,
    id="run",
    started="2026-01-01T00:00:00.000+00:00",
    harness="0.1.0",
    command=["run"],
    runtimes={"c": "process"},
    why="processes, as asked",
    jobs=16,
    limit=10.0,
    proto_digest="d1gest",
    machine="Linux",
)
CELL = CellJudged(
    id="push_pull/tcp/c:go",
    scenario="push_pull",
    transport="tcp",
    binder="puller",
    roles={"pusher": "c", "puller": "go"},
    verdict=Verdict.FAIL,
    kind=Kind.LOST,
    expected="[]",
    got="nothing\n\x1b[2J\u2028",
    operations=[Operation(at=0, took=-1, instance="c-1", lane=0, call="open", asked="1 PUSH", answered="")],
)
ALL: list[Event] = [
    STARTED,
    Planned(cells=["push_pull/tcp/c:go"]),
    PeerSeen(name="c", runtime="process", language="C", libraries={"libzmq": "4.3.5"}, lanes=256),
    PeerLost(name="go", reason="no Go"),
    Incident(instance="c-1", reason="died", ended="killed by SIGSEGV", cells=[]),
    CELL,
    RunEnded(account=Account(planned=1, fail=1), seconds=0.1, exit_code=1),
]


def write(path: Path, found: list[Event]) -> Path:
    log = EventLog(path)
    for event in found:
        log(event)
    log.close()
    return path


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    assert list(read(write(tmp_path / "log", ALL))) == ALL


text = st.text(st.characters(exclude_categories=["Cs"]))
cells = st.builds(
    CellJudged,
    id=text,
    scenario=text,
    transport=text,
    binder=text,
    roles=st.dictionaries(text, text, max_size=2),
    verdict=st.sampled_from(Verdict),
    kind=st.none() | st.sampled_from(Kind),
    got=text,
    stderr=st.dictionaries(text, text, max_size=2),
)


@given(st.lists(cells, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_event_is_one_line_whatever_peers_say(tmp_path: Path, found: list[Event]) -> None:
    path = write(tmp_path / "log", found)
    assert path.read_bytes().count(b"\n") == len(found)
    assert list(read(path)) == found


@pytest.mark.parametrize(
    "line", [b"{", b"", b"null", b'{"type":"pigeon"}', b'{"type":"plan"}', b"\xff", b'{"type":"plan","cells":[1]}']
)
def test_a_line_that_is_no_whole_event_is_named_by_its_number(tmp_path: Path, line: bytes) -> None:
    path = write(tmp_path / "log", ALL[:2])
    with path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(ValueError, match=r"log:3: not a complete event"):
        list(read(path))


def test_a_log_that_was_cut_short_gives_what_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "log", ALL)
    path.write_bytes(path.read_bytes()[:-5])
    got: list[Event] = []
    with pytest.raises(ValueError, match=r"log:7"):
        got.extend(read(path))
    assert got == ALL[:-1]


def test_events_are_in_the_file_as_soon_as_they_happened(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log(STARTED)
    assert list(read(tmp_path / "log")) == [STARTED]
    log.close()


def test_the_schema_names_every_type_of_event() -> None:
    schema = events.schema()
    json.dumps(schema)
    written = {msgspec.to_builtins(event)["type"] for event in ALL}
    named = {
        one["properties"]["type"]["enum"][0] for one in schema["$defs"].values() if "type" in one.get("properties", {})
    }
    assert written == {"run", "plan", "peer", "peer_broken", "incident", "cell", "end"}
    assert written <= named
