"""Programs of all kinds under test: what becomes of each dialogue, and what a user is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.programs.conftest import CONFIG, SECRET, WIRES, played
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict

BOTH = ("tcp", "ipc")
GREEN = {
    "relay:same": BOTH,
    "relay:starts-again": BOTH,
    "relay:any-order": BOTH,
    "relay:logged": BOTH,
    "config:same": ("ipc",),
    "chooses:same": ("tcp",),
    "answer:seen": BOTH,
    "route:two-clients": BOTH,
    "work:a-job": BOTH,
    "listen:both": BOTH,
    "broker:chat": BOTH,
}
DATA = "interop.payload.v1.DataMessage"
# The kind of failure, what was expected, and what the program did instead.
RED = {
    "relay:changed": (
        Kind.ALTERED,
        f'step 2 on out: {DATA}.content (field 1): "change"',
        '"chance"; the whole message',
    ),
    "relay:dropped": (Kind.LOST, f"step 2 on out: {DATA}", "no message within 0.3 s\n  | ready"),
    "relay:not-logged": (Kind.LOST, "step 2: a line of the program's log that matches '^ready'", "no such line within"),
    "relay:doubled": (Kind.UNEXPECTED, "step 3: no message on out for 10 s", 'DataMessage(content: "twice")'),
    "relay:another-type": (Kind.ALTERED, f"step 2 on out: {DATA}", "a message that cannot be decoded as that"),
    "relay:dies": (Kind.CRASHED, "the program to stay alive", "it exited with 3\n  | ready"),
    "relay:aborts": (Kind.CRASHED, "the program to stay alive", "it was killed by SIGABRT"),
    "relay:leaves": (Kind.LOST, f"step 2 on out: {DATA}", "no message within 0.5 s; the program exited with 0"),
    "relay:floods": (Kind.UNEXPECTED, "at most 16 MiB of log in one cell", "wrote more than 16 MiB"),
    "relay:any-order-changed": (Kind.ALTERED, "step 3, in any order, on out: ", 'content: "chance"'),
    "answer:wrong-topic": (Kind.ALTERED, 'step 2 on events: frame 1 ($topic): "sent"', '"seen"'),
    "stubborn:stays": (Kind.HUNG, "the program to stop within 0.3 s of SIGTERM", "it still ran, and was killed"),
    "parent:leaves-children": (Kind.UNEXPECTED, "no process of the program to be left", "2 still ran, and were killed"),
    "environment:secret": (Kind.CRASHED, "the program to stay alive", "| the secret is ***"),
}
BROKEN = {
    "mute:waits": "mute: the program is not ready after 0.3 s: no line on stderr matches 'ready'",
    "elsewhere:waits": "(socket in); it listens at tcp://127.0.0.1:",
    "early:waits": "early: the program exited with 7 before it was ready\n  | no such table: orders",
    "missing:waits": "missing: ./no-such-program",
    "unbuilt:waits": "unbuilt: build: sh -c echo collector.c:3: syntax error; exit 2 exited with 2\n  | collector.c:3:",
}


def test_each_dialogue_has_its_expectation(cells: dict[str, CellJudged]) -> None:
    assert {id.partition("/")[0] for id in cells} == {*GREEN, *RED, *BROKEN}


@pytest.mark.parametrize("name", GREEN)
def test_a_program_that_does_what_is_declared_passes(name: str, cells: dict[str, CellJudged]) -> None:
    judged = {id.split("/")[1]: cell for id, cell in cells.items() if id.startswith(f"{name}/")}
    assert set(judged) == set(GREEN[name])
    told = [(cell.id, cell.kind, cell.expected, cell.got, cell.reason) for cell in judged.values()]
    assert [cell.verdict for cell in judged.values()] == [Verdict.PASS] * len(judged), told


@pytest.mark.parametrize("name", RED)
def test_a_program_that_does_not_fails_with_what_it_did_instead(name: str, cells: dict[str, CellJudged]) -> None:
    kind, expected, got = RED[name]
    for cell in (cell for id, cell in cells.items() if id.startswith(f"{name}/")):
        assert (cell.verdict, cell.kind) == (Verdict.FAIL, kind), (cell.reason, cell.got)
        assert expected in cell.expected
        assert got in cell.got


@pytest.mark.parametrize("name", BROKEN)
def test_a_program_that_does_not_come_up_is_broken_with_its_last_lines(name: str, cells: dict[str, CellJudged]) -> None:
    (cell,) = (cell for id, cell in cells.items() if id.startswith(f"{name}/"))
    assert cell.verdict is Verdict.BROKEN
    assert BROKEN[name] in cell.reason


def test_a_cells_log_has_what_the_program_did_and_wrote(cells: dict[str, CellJudged]) -> None:
    cell = cells["relay:starts-again/tcp/python"]
    starts = [one for one in cell.operations if (one.instance, one.call) == ("relay", "start")]
    assert len(starts) == 3
    assert "fake.py relay tcp://127.0.0.1:" in starts[0].asked
    assert starts[0].asked == starts[2].asked, "it gets the same endpoints again"
    assert [cell.stderr[name].partition(" ")[0] for name in ("relay", "relay, start 2", "relay, start 3")] == [
        "ready"
    ] * 3
    assert [one.at for one in cell.operations] == sorted(one.at for one in cell.operations)


def test_no_log_shows_what_came_from_the_environment(cells: dict[str, CellJudged]) -> None:
    (cell,) = (cell for id, cell in cells.items() if id.startswith("environment:"))
    texts = [cell.got, *cell.stderr.values(), *(one.asked for one in cell.operations)]
    assert any("***" in text for text in texts)
    assert not any(SECRET in text for text in texts)


def test_the_bytes_of_a_program_are_kept(cells: dict[str, CellJudged], tmp_path: Path) -> None:
    assert cells
    played(tmp_path, CONFIG, "relay:changed", wire=True)
    for transport in BOTH:
        ends = {
            (one.connector, one.binder): one
            for one in WIRES[f"relay:changed/{transport}/python"].transcript.connections
        }
        assert set(ends) == {("peer", "relay"), ("relay", "peer")}
        sent = [b"".join(one.data for one in ends[pair].segments if one.side == 0) for pair in sorted(ends)]
        assert [text in data for text, data in zip((b"change", b"chance"), sent, strict=True)] == [True, True]
