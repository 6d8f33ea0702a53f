"""The first interop.toml that `interop init` writes."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from zmq_interop.programs import reading, scenarios, starter
from zmq_interop.schemas import gather, payloads
from zmq_interop.system.errors import UsageError

PROTO = """\
syntax = "proto3";
package a;
message Empty {}
message Full {
  repeated string many = 1; string text = 2; bytes blob = 3; Kind kind = 4; double ratio = 5; bool flag = 6;
  oneof one { int32 number = 7; }
}
enum Kind { KIND_NONE = 0; KIND_SOME = 5; }
"""


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "sockets", [["in=REP"], ["in=PULL", "out=PUSH:connect"], ["in=pull"], ["out=PUB:bind"], ["in=SUB:connect"]], ids=str
)
def test_what_it_writes_has_no_problem(own: bool, sockets: Sequence[str], tmp_path: Path) -> None:
    (tmp_path / "proto").mkdir()
    (tmp_path / "proto/a.proto").write_text(PROTO)
    messages = gather.gather(tmp_path / "snapshots", [tmp_path / "proto"] if own else [])
    types = payloads.load(messages.descriptors)
    made = [starter.socket(one) for one in sockets]
    text = starter.text("service", "", made, ["proto"] if own else [], types if own else None)
    (tmp_path / "interop.toml").write_text(text)
    declared = reading.read(tmp_path / "interop.toml")
    (one,) = scenarios.of(declared, types, {})
    assert one.name == "service:first"
    assert ("a.Full" in text) is own


def test_the_command_is_split_as_a_shell_does() -> None:
    text = starter.text("s", "./run --in '{in}' \"a b\"", [starter.socket("in=REP")], [], None)
    assert tomllib.loads(text)["program"]["s"]["run"] == ["./run", "--in", "{in}", "a b"]


@pytest.mark.parametrize("text", ["", "in", "in=", "IN=REP", "in=REPP", "in=REP:both"])
def test_a_socket_that_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        starter.socket(text)


def test_a_name_that_cannot_be_a_programs_is_refused() -> None:
    with pytest.raises(UsageError):
        starter.text("My Service", "", [starter.socket("in=REP")], [], None)
