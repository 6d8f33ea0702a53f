"""The scenario of users' own schemas, on agents in memory: what is refused or defective costs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from interop.control.v1.hello_pb2 import Hello, Refusal
from tests.unit import world
from zmq_interop import scenarios
from zmq_interop.agents.scripted.runtime import Script
from zmq_interop.core import plan
from zmq_interop.core.cell import Cell
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.ledger import fitting, reading
from zmq_interop.results.ledger.subject import of_event
from zmq_interop.schemas import gather, payloads, samples

KNOWN = world.peers("a", "b")


@pytest.fixture
def cells(tmp_path: Path, ours: Path) -> Iterator[list[Cell]]:
    """Those of a user with three protos, one of which does not compile, and a sample that does not fit."""
    user = tmp_path / "user"
    user.mkdir()
    (user / "p.proto").write_text(
        'syntax = "proto3"; package p; message A { string s = 1; } message B { int32 n = 1; }'
    )
    (user / "q.proto").write_text('syntax = "proto3"; message Q { repeated int32 many = 1; }')
    (user / "bad.proto").write_text("garbage")
    (user / "p.samples.yaml").write_text(
        "- {type: p.A, name: x, value: {s: é}}\n- {type: p.A, name: bad, value: {t: 1}}"
    )
    found = gather.gather(tmp_path / "snapshots", [user], ours)
    messages = {name: own for name, own in samples.read(found).items() if not name.startswith("interop.")}
    with payloads.using(payloads.load(found.descriptors)):
        yield plan.plan(scenarios.load(messages), KNOWN, ["own_schemas"])


def by_message(played: world.Played) -> dict[tuple[str, str], Verdict]:
    """Verdicts by message and peers."""
    return {(id.split("/")[2], id.split("/")[3]): verdict for id, verdict in played.verdicts.items()}


def test_what_is_defective_is_broken_with_its_reason_and_all_else_is_played(cells: list[Cell], tmp_path: Path) -> None:
    played = world.play(KNOWN, cells)
    bad = {"bad.proto": "bad.proto:1:1: ", "p.A@bad": "p.samples.yaml:2: "}
    for (message, _), verdict in by_message(played).items():
        assert verdict is (Verdict.BROKEN if message in bad else Verdict.PASS), message
    for one in played.judged.values():
        if where := bad.get(one.values["message"]):
            assert one.reason.startswith(f"{tmp_path / 'user'}/{where}")
    assert {message for message, _ in by_message(played)} == {
        *("bad.proto", "p.A@bad", "p.A@x", "p.A@defaults", "p.B@defaults", "Q@defaults")
    }


def refuse(file: str, prefix: str, reason: str) -> dict[str, Script]:
    """The peer a, whose compiler does not take the file with all types that begin so."""

    def hello(hello: Hello) -> Hello:
        left = [name for name in hello.message_types if not name.startswith(prefix)]
        del hello.message_types[:]
        hello.message_types.extend(left)
        hello.refused.append(Refusal(file=file, reason=reason))
        return hello

    return {"a": Script(hello=hello)}


def test_what_one_peers_compiler_refuses_fails_with_that_peer_alone(cells: list[Cell]) -> None:
    played = world.play(KNOWN, cells, refuse("p.proto", "p.", "p.proto:1:1: not for me"))
    sound = {key: verdict for key, verdict in by_message(played).items() if key[0] not in ("bad.proto", "p.A@bad")}
    for (message, peers), verdict in sound.items():
        assert verdict is (Verdict.FAIL if message.startswith("p.") and "a" in peers else Verdict.PASS), (
            message,
            peers,
        )
    told = {
        (one.kind, one.expected, one.got.splitlines()[0])
        for one in played.judged.values()
        if one.values["message"] == "p.B@defaults" and one.verdict is Verdict.FAIL
    }
    assert told == {(Kind.UNCOMPILABLE, "a to compile p.proto", "p.proto:1:1: not for me")}
    assert played.lost == []


def test_the_cause_of_a_refusal_is_the_file_and_that_of_another_failure_the_type(cells: list[Cell]) -> None:
    """So what was accepted once stays accepted when the file gets another message, or the type another sample."""
    played = world.play(KNOWN, cells, refuse("p.proto", "p.", "p.proto:1:1: not for me"))
    failed = [of_event(one) for one in played.judged.values() if one.verdict is Verdict.FAIL]
    others = [of_event(one) for one in played.judged.values() if one.verdict is Verdict.PASS]
    assert [str(one) for one in fitting.fit(failed, others, [Kind.UNCOMPILABLE])] == [
        '{ scenario = "own_schemas", receiver = "a", file = "p.proto" }',
        '{ scenario = "own_schemas", sender = "a", file = "p.proto" }',
    ]
    both = [of_event(one) for one in played.judged.values() if one.values["message"].startswith("p.A@")]
    rest = [of_event(one) for one in played.judged.values() if not one.values["message"].startswith("p.A@")]
    one = [cell for cell in both if cell.facts["message"] == "p.A@x"]
    (of_type,) = fitting.fit([cell for cell in both if "type" in cell.facts], rest, [Kind.ALTERED])
    assert str(of_type) == '{ scenario = "own_schemas", type = "p.A" }'
    (of_sample,) = fitting.fit(one, [cell for cell in both if cell not in one] + rest, [Kind.ALTERED])
    assert str(of_sample) == '{ scenario = "own_schemas", message = "p.A@x" }'
    with_it = f"[[failure]]\nwhen = {of_type}\nkind = 'altered'\nreason = 'x'\n"
    planned = next(cell for cell in cells if cell.values["message"] == "p.A@defaults")
    assert reading.parse(with_it, "mine.toml").speaks_of(planned), "the same facts before and after it is played"


def test_a_refusal_without_a_line_gets_those_of_what_the_file_uses(tmp_path: Path, ours: Path) -> None:
    """A compiler that died, or that speaks of the file alone. A file may have it from what it imports."""
    user = tmp_path / "user"
    user.mkdir()
    (user / "odd.proto").write_text(ODD)
    (user / "user.proto").write_text(
        'syntax = "proto2"; package p; import "odd.proto"; message U { optional o.X x = 1; }'
    )
    found = gather.gather(tmp_path / "snapshots", [user], ours)
    messages = {name: own for name, own in samples.read(found).items() if name.startswith("p.")}
    cells = plan.plan(scenarios.load(messages), KNOWN, ["own_schemas"])
    with payloads.using(payloads.load(found.descriptors)):
        played = world.play(KNOWN, cells, refuse("user.proto", "p.", "the plugin died of signal 11"))
    (got,) = {one.got for one in played.judged.values() if one.got}
    assert got.splitlines()[:-1] == [
        "the plugin died of signal 11",
        "not every compiler takes this: odd.proto:5: a group: field result of message o.X",
        "not every compiler takes this: odd.proto:9: an extension: field more of message o.X",
    ]
    assert got.splitlines()[-1].startswith("to do: ")


ODD = """syntax = "proto2";
package o;
message X {
  extensions 100 to 200;
  repeated group Result = 2 {
    optional string url = 3;
  }
}
extend X { optional int32 more = 100; }
"""


def test_an_image_that_was_built_without_a_users_messages_does_not_support_them(cells: list[Cell]) -> None:
    def elsewhere(hello: Hello) -> Hello:
        left = [name for name in hello.message_types if not name.startswith("p.")]
        del hello.message_types[:]
        hello.message_types.extend(left)
        hello.proto_digest = "of other protos"
        return hello

    peers = {**KNOWN, "a": msgspec.structs.replace(KNOWN["a"], image="a:1")}
    played = world.play(peers, cells, {"a": Script(hello=elsewhere)})
    for (message, at), verdict in by_message(played).items():
        if message not in ("bad.proto", "p.A@bad"):
            lacking = message.startswith("p.") and "a" in at.split(":")
            assert verdict is (Verdict.UNSUPPORTED if lacking else Verdict.PASS), (message, at)
    reasons = {one.reason for one in played.judged.values() if one.values["message"] == "p.B@defaults" and one.reason}
    assert reasons == {"a was built without the message type p.B"}
    assert played.lost == []


def test_an_image_without_a_message_of_the_project_is_broken(cells: list[Cell]) -> None:
    def older(hello: Hello) -> Hello:
        hello.message_types.remove("interop.payload.v1.DataMessage")
        return hello

    peers = {**KNOWN, "a": msgspec.structs.replace(KNOWN["a"], image="a:1")}
    (lost,) = world.play(peers, cells, {"a": Script(hello=older)}).lost
    assert "message types missing from Hello: interop.payload.v1.DataMessage" in lost.reason


def test_bytes_that_no_library_may_take_are_refused_by_both(
    tmp_path: Path, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = tmp_path / "user"
    user.mkdir()
    (user / "t.proto").write_text('syntax = "proto2"; message T { required string id = 1; optional string s = 2; }')
    (user / "t.samples.yaml").write_text("- {type: T, name: idless, refused: true, hex: 12 01 61}")
    found = gather.gather(tmp_path / "snapshots", [user], ours)
    messages = {name: own for name, own in samples.read(found).items() if name == "T@idless"}
    cells = plan.plan(scenarios.load(messages), KNOWN, ["own_schemas"])
    with payloads.using(payloads.load(found.descriptors)):
        honest = world.play(KNOWN, cells)
        monkeypatch.setattr("zmq_interop.agents.scripted.lane._again", lambda type, value: value)
        lenient = world.play(KNOWN, cells)
    assert {one.verdict for one in honest.judged.values()} == {Verdict.PASS}
    assert {(one.kind, one.expected) for one in lenient.judged.values()} == {
        (Kind.UNEXPECTED, "send to answer PAYLOAD for 120161 as T")
    }


def test_an_agent_that_hands_bytes_on_is_found_out(cells: list[Cell], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmq_interop.agents.scripted.lane._again", lambda type, value: value)
    played = world.play(KNOWN, cells)
    kinds = {one.values["message"]: one.kind for one in played.judged.values()}
    assert kinds["p.A@x"] is kinds["p.A@defaults"] is kinds["p.B@defaults"] is Kind.ALTERED
    assert kinds["Q@defaults"] is None, "zero bytes of a type without a single scalar field have no other encoding"
