"""interop.toml: what is read of a good one, and one clear message for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from zmq_interop.cli.pytest.items import markers
from zmq_interop.core import default_cells
from zmq_interop.programs import reading, scenarios
from zmq_interop.programs.declaration import seconds
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import Exit, UsageError

GOOD = """\
[program.collector]
run = ["./collector", "{in}"]
sockets.in = { type = "PULL", bind = ["tcp", "ipc"] }
sockets.out = { type = "PUSH", connect = ["ipc", "tcp"] }

[[program.collector.dialogue]]
name = "ingest"
steps = [
  { send = "in", type = "interop.payload.v1.DataMessage", value = { content = "x" }, as = "first" },
  { expect = "out", type = "interop.payload.v1.DataMessage", value = { content = "$first.content" } },
]
"""
STEP = '{ expect = "out", type = "interop.payload.v1.DataMessage", value = { content = "$first.content" } },'


def read(folder: Path, text: str) -> str:
    """What is wrong with a declaration of this text; "" if nothing is."""
    file = folder / "interop.toml"
    file.write_text(text)
    try:
        scenarios.of(reading.read(file), payloads.of_project(), {})
    except UsageError as error:
        told = error
    else:
        return ""
    assert told.exit_code == Exit.USAGE
    assert told.hint
    return told.message.replace(f"{file}", "interop.toml")


def test_a_dialogue_is_a_scenario_of_its_program(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == ""
    declared = reading.read(tmp_path / "interop.toml")
    (one,) = scenarios.of(declared, payloads.of_project(), {})
    assert (one.name, one.family) == ("collector:ingest", "own_programs")
    assert one.transports == ("tcp", "ipc")
    assert list(one.roles) == ["peer"]
    assert one.roles["peer"].sockets == ("PUSH", "PULL")
    assert (one.binder, one.binders) == ("program", ("program",))
    assert scenarios.names(declared) == ["collector:ingest"]


def test_its_marker_in_pytest_has_no_colon(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == ""
    (one,) = scenarios.of(reading.read(tmp_path / "interop.toml"), payloads.of_project(), {})
    (cell, *_) = default_cells.expand(one, ["go"], {})
    assert cell.id == "collector:ingest/tcp/go"
    names = [name for name, _ in markers(cell)]
    assert "collector.ingest" in names
    assert not any(":" in name for name in names)


def test_the_marker_of_a_version_can_be_selected(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD.replace("sockets.in", 'versions.old = "."\nsockets.in')) == ""
    _, old = scenarios.of(reading.read(tmp_path / "interop.toml"), payloads.of_project(), {})
    (cell, *_) = default_cells.expand(old, ["go"], {})
    assert cell.id == "collector@old:ingest/tcp/go"
    assert "collector.old.ingest" in [name for name, _ in markers(cell)]


def test_a_folder_of_protos_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE_PROTOS_ARE", str(tmp_path / "there"))
    (tmp_path / "there/protos").mkdir(parents=True)
    text = 'proto = ["{env.WHERE_PROTOS_ARE}/protos"]\n' + GOOD
    assert read(tmp_path, text) == ""
    assert reading.read(tmp_path / "interop.toml").proto_dirs == (tmp_path / "there/protos",)


def test_each_client_is_a_role_with_what_it_needs(tmp_path: Path) -> None:
    text = """\
[program.hub]
run = ["hub"]
sockets.events = { type = "PUB", bind = "tcp" }
sockets.jobs = { type = "ROUTER", bind = "tcp", options = { PLAIN_USERNAME = "u", PLAIN_PASSWORD = "p" } }
[[program.hub.dialogue]]
name = "two"
steps = [
  { subscribe = "events", by = "watcher", prefix = "a" },
  { send = "jobs", by = "worker", frames = ["x"] },
  { expect = "events", by = "watcher", frames = ["a", "x"] },
]
"""
    assert read(tmp_path, text) == ""
    (one,) = scenarios.of(reading.read(tmp_path / "interop.toml"), payloads.of_project(), {})
    assert list(one.roles) == ["watcher", "worker"]
    assert one.roles["watcher"].options == ("SUBSCRIBE",)
    assert one.roles["worker"].sockets == ("DEALER",)
    assert one.roles["worker"].mechanisms == ("PLAIN",)


# What is written instead of what -> where the message says that it is wrong, and what.
WRONG: dict[str, tuple[tuple[str, str], str]] = {
    "unknown-key": (("run =", "rum ="), 'interop.toml:2: program.collector.rum: is not known; did you mean \'run\'?'),
    "unknown-top": (("[program.collector]", "prto = []\n[program.collector]"), "interop.toml:1: prto: is not known"),
    "wrong-type": (('run = ["./collector", "{in}"]', "run = 3"), "interop.toml:2: program.collector.run: expected"),
    "no-socket-type": (('type = "PULL", ', ""), "interop.toml:3: program.collector.sockets.in.type: is missing"),
    "bad-socket-type": (
        ('"PULL"', '"PUL"'),
        "interop.toml:3: program.collector.sockets.in.type: 'PUL' is not known; did you mean 'PULL'? known values: ",
    ),
    "number-for-a-type": (('"PULL"', "3"), "sockets.in.type: 3 is not known; known values: PUSH, PULL, REQ, "),
    "other-end": (('"PULL"', '"PULL", with = "push"'), "in.with: 'push' is not known; did you mean 'PUSH'?"),
    "how-to-restart": (
        ('{ send = "in"', '{ restart = "now" },\n{ send = "in"'),
        "steps[0].restart: 'now' is not known; known values: stop, kill",
    ),
    "regex-is-a-number": (
        ('"$first.content"', "{ '$regex' = 3 }"),
        "$regex: 3 is no text: write the regular expression in quotes",
    ),
    "socket-key": (("connect =", "conect ="), "interop.toml:4: program.collector.sockets.out.conect: is not known"),
    "both-ends": (("connect =", 'bind = "tcp", connect ='), "sockets.out: give either `bind` or `connect`"),
    "no-endpoint": (('["tcp", "ipc"]', '"udp://x"'), "sockets.in.bind: 'udp://x' is no endpoint"),
    "placeholder": (("{in}", "{inn}"), "interop.toml:2: program.collector.run[1]: the placeholder {inn} is not known"),
    "no-command": (('run = ["./collector", "{in}"]\n', ""), "program.collector.run: give either `run`"),
    "no-transport": (('["ipc", "tcp"]', '["ipc"]'), ""),
    "no-common": (
        ('["tcp", "ipc"]', '["tcp", "tcp://127.0.0.1:5"]'),
        "sockets.in.bind: names two endpoints for tcp",
    ),
    "family-name": (("program.collector", "program.family"), "family:NAME selects a family of scenarios"),
    "bad-name": (("program.collector", "program.Collector"), "program.Collector: is no name of a program"),
    "dialogue-name": (('"ingest"', '"In gest"'), "interop.toml:7: program.collector.dialogue[0].name: 'In gest'"),
    "step-key": (('{ send = "in"', '{ sends = "in"'), "interop.toml:9: program.collector.dialogue[0].steps[0].sends"),
    "two-actions": (('{ send = "in"', '{ silent = "out", send = "in"'), "this one has send and silent"),
    "unknown-socket": (('send = "in"', 'send = "im"'), "interop.toml:9: program.collector.dialogue[0].steps[0].send"),
    "wrong-way": (('send = "in"', 'send = "out"'), "a PUSH only sends: nothing can be sent to it"),
    "other-way": (('expect = "out"', 'expect = "in"'), "a PULL only receives: it never sends"),
    "no-message": ((', type = "interop.payload.v1.DataMessage", value = { content = "x" }', ""), "exactly one of"),
    "unknown-type": (("v1.DataMessage", "v1.DataMesage"), "there is no message type interop.payload.v1.DataMesage"),
    "unknown-field": (('content = "x"', 'contents = "x"'), "steps[0].value.contents: interop.payload"),
    "bad-value": (('content = "x"', "timestamp = 1.5"), "interop.toml:9: program.collector.dialogue[0].steps[0]."),
    "unnamed": (("$first.content", "$frist.content"), "named 'frist' with `as`; did you mean 'first'?"),
    "matcher-sent": (('content = "x"', 'content = "$any"'), "$any is for `expect`"),
    "expects-nothing": ((STEP, ""), "a dialogue that only sends can never be red"),
    "bad-time": (("as =", 'within = "2 hours", as ='), "steps[0].within: '2 hours' is no time"),
    "no-version": (("sockets.in", 'versions.old = "gone"\nsockets.in'), "versions.old: there is no folder"),
    "bad-version": (("sockets.in", 'versions.Old = "."\nsockets.in'), "versions.Old: is no name of a version"),
    "version-place": (
        ("sockets.in", 'versions.old = { run = ["{inn}"] }\nsockets.in'),
        "versions.old.run[0]: the placeholder {inn} is not known; did you mean",
    ),
    "no-variable": (
        ("[program.collector]", 'proto = ["{env.NO_SUCH_VARIABLE}/protos"]\n[program.collector]'),
        "proto[0]: the environment variable NO_SUCH_VARIABLE is not set",
    ),
    "bad-variable": (
        ("[program.collector]", 'proto = ["{work}"]\n[program.collector]'),
        "proto[0]: the placeholder {work} is not known; known: {env.VARIABLE}",
    ),
    "bad-pause": (("as =", 'for = "2s", as ='), "does not belong to a step with `send`"),
    "bad-limit": (('{ expect = "out"', '{ within = "2h", expect = "out"'), "steps[1].within: '2h' is no time"),
    "bad-regex": (("sockets.in", 'ready.stdout = "("\nsockets.in'), "ready.stdout: is no regular expression"),
    "bad-group": (("sockets.in", 'ready.stdout = "(?P<x>.)"\nsockets.in'), "the group 'x' is no socket"),
    "bad-signal": (("sockets.in", 'stop.signal = "SIGTRM"\nsockets.in'), "'SIGTRM' is not known; did you mean"),
    "no-folder": (("sockets.in", 'dir = "nowhere"\nsockets.in'), "program.collector.dir: there is no folder"),
    "no-template": (("sockets.in", 'files = { a = "b" }\nsockets.in'), "program.collector.files.a: there is no file"),
    "escapes": (("sockets.in", 'files = { "../a" = "interop.toml" }\nsockets.in'), "inside the program's own folder"),
    "no-proto": (
        ("[program.collector]\nrun", 'proto = ["nowhere"]\n[program.collector]\nrun'),
        "interop.toml:1: proto[0]: there is no folder",
    ),
    "no-part": (("sockets.in", 'frames = ["$topic", "$message"]\nsockets.in'), "the frame $topic is missing"),
    "extra-part": (("as =", 'topic = "a", as ='), "have no frame $topic"),
    "not-toml": (("[program", "[[program"), "interop.toml"),
    "no-program": ((GOOD, ""), "program: there must be a table [program.NAME]"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_with_file_line_and_key(name: str, tmp_path: Path) -> None:
    (was, now), says = WRONG[name]
    assert was in GOOD
    told = read(tmp_path, GOOD.replace(was, now))
    assert says in told
    assert bool(told) is bool(says)
    assert all(line.startswith("interop.toml") for line in told.splitlines())


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is no regular file"),
        (lambda path: path.write_bytes(b"\xff"), "is not UTF-8"),
        (lambda path: path.write_bytes(b"#" * (2 << 20)), "bytes long"),
        (lambda path: path.write_text("a" + "=[" * 5000), "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(make: object, says: str, tmp_path: Path) -> None:
    file = tmp_path / "interop.toml"
    make(file)  # type: ignore[operator]
    with pytest.raises(UsageError, match=says):
        reading.read(file)


@pytest.mark.parametrize(("text", "value"), [("2s", 2), ("500ms", 0.5), ("1m", 60), (3, 3), (0.5, 0.5)])
def test_a_time_has_a_unit_or_is_in_seconds(text: str | float, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "2", "2h", "-1s", 0, -1, 4000, "1e3s"])
def test_anything_else_is_no_time(text: str | float) -> None:
    with pytest.raises(ValueError, match=r"time|must be"):
        seconds(text)
