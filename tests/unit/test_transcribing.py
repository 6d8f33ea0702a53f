"""What was heard between two programs becomes a declaration that check-config has nothing to say about."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import message_factory

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.programs import inline_toml, reading, scenarios
from zmq_interop.programs.declaration import Step
from zmq_interop.programs.overheard import Heard, Link, Listener, Said
from zmq_interop.programs.transcribing import Program, recorded
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import UsageError
from zmq_interop.wire import encode

DATA = "interop.payload.v1.DataMessage"
LINK = Link(name="in", listen="tcp://127.0.0.1:*", forward="tcp://127.0.0.1:5555")
SERVICE = Program("service", BINDER, "", ())


def message(content: str, timestamp: int = 0) -> bytes:
    kind = message_factory.GetMessageClass(payloads.of_project().find(DATA))
    return kind(content=content, timestamp=timestamp).SerializeToString()


def said(side: int, *frames: bytes, at: int = 0) -> Said:
    return Said(side=side, at=at, frames=frames)


def heard(connector: str, binder: str, *messages: Said, link: int = 0) -> Heard:
    return Heard(link=link, types=(connector, binder), said=messages)


def write(*connections: Heard, links: tuple[Link, ...] = (LINK,), program: Program = SERVICE) -> str:
    return recorded(connections, links, program, {DATA: payloads.of_project()}).text


def steps(text: str, folder: Path) -> tuple[Step, ...]:
    """The steps of the written file, which check-config accepts once something is expected."""
    file = folder / "interop.toml"
    file.write_text(text.replace("steps = [\n", 'steps = [\n  { log = "x" },\n'))
    declared = reading.read(file)
    scenarios.of(declared, payloads.of_project(), {})
    (program,) = declared.config.program.values()
    (dialogue,) = program.dialogue
    return dialogue.steps[1:]


def test_requests_are_sent_and_replies_expected_without_the_empty_frame(tmp_path: Path) -> None:
    text = write(
        heard("REQ", "REP", said(CONNECTOR, b"", message("a", 1), at=1), said(BINDER, b"", message("b"), at=2))
    )
    assert 'sockets.in = { type = "REP", bind = ["tcp", "ipc"] }' in text
    one, other = steps(text, tmp_path)
    assert (one.send, one.type, one.value) == ("in", DATA, {"content": "a", "timestamp": "1"})
    assert (other.expect, other.value) == ("in", {"content": "b"})


def test_the_connecting_program_is_declared_the_other_way_round(tmp_path: Path) -> None:
    program = Program("client", CONNECTOR, "./client --at {in}", ())
    text = write(heard("REQ", "REP", said(CONNECTOR, b"", message("a"))), program=program)
    assert 'sockets.in = { type = "REQ", connect = ["tcp", "ipc"] }' in text
    assert 'run = ["./client", "--at", "{in}"]' in text
    assert [one.expect for one in steps(text, tmp_path)] == ["in"]


def test_a_topic_is_part_of_the_envelope_and_a_subscription_a_step(tmp_path: Path) -> None:
    subscribed = Said(side=CONNECTOR, at=1, subscription="subscribe", prefix=b"hall")
    text = write(heard("SUB", "PUB", subscribed, said(BINDER, b"hall", message("a"), at=2)))
    assert 'frames = ["$topic", "$message"]' in text
    one, other = steps(text, tmp_path)
    assert (one.subscribe, one.prefix) == ("in", "hall")
    assert (other.expect, other.topic) == ("in", "hall")


def test_what_a_subscriber_subscribes_to_is_a_fact_of_its_socket(tmp_path: Path) -> None:
    subscribed = Said(side=CONNECTOR, at=1, subscription="subscribe", prefix=b"hall")
    program = Program("panel", CONNECTOR, "", ())
    text = write(heard("SUB", "PUB", subscribed, said(BINDER, message("a"), at=2)), program=program)
    assert 'type = "SUB", connect = ["tcp", "ipc"], subscriptions = ["hall"]' in text
    assert [one.send for one in steps(text, tmp_path)] == ["in"]


def test_each_client_of_a_socket_has_a_name(tmp_path: Path) -> None:
    text = write(
        heard("PUSH", "PULL", said(CONNECTOR, message("a"), at=2)),
        heard("PUSH", "PULL", said(CONNECTOR, message("b"), at=1)),
    )
    assert [(one.by, one.value) for one in steps(text, tmp_path)] == [
        ("peer2", {"content": "b"}),
        ("peer", {"content": "a"}),
    ]


def test_what_is_no_message_of_a_known_type_is_frames_as_text(tmp_path: Path) -> None:
    text = write(heard("PUSH", "PULL", said(CONNECTOR, b"\x00", b"$plain"), said(CONNECTOR, b"\xff\xfe")))
    (one,) = steps(text, tmp_path)
    assert one.frames == ("\x00", "$plain")
    assert "  # not declared: b'\\xff\\xfe'\n" in text


def test_texts_that_would_be_references_are_escaped(tmp_path: Path) -> None:
    (one,) = steps(write(heard("PUSH", "PULL", said(CONNECTOR, message("$x")))), tmp_path)
    assert one.value == {"content": "$$x"}


def test_a_type_that_fits_as_well_as_another_is_noted() -> None:
    types = payloads.of_project()
    told = recorded([heard("PUSH", "PULL", said(CONNECTOR, b""))], [LINK], SERVICE, dict.fromkeys((DATA, "x"), types))
    assert "might also be" not in "".join(told.notes)
    other = "interop.payload.v1.Scalars"
    told = recorded([heard("PUSH", "PULL", said(CONNECTOR, b""))], [LINK], SERVICE, dict.fromkeys((DATA, other), types))
    assert f"{DATA} might also be {other}: all messages there fit each of them" in told.notes


@pytest.mark.parametrize(
    ("connections", "hint"),
    [
        ((), "let the connecting program connect to tcp://127.0.0.1:* while this command runs"),
        ((Heard(link=0, types=("", ""), said=(), refused="tcp://127.0.0.1:5555: Connection refused"),), "binds first"),
        ((heard("", ""),), "ZMTP 2 or 3"),
    ],
)
def test_a_recording_of_nothing_says_why(connections: tuple[Heard, ...], hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        write(*connections)
    assert hint in caught.value.hint


def test_a_program_that_only_receives_needs_a_step_that_can_fail() -> None:
    told = recorded([heard("PUSH", "PULL", said(CONNECTOR, b"x"))], [LINK], SERVICE, {})
    assert '  # { log = "..." },  # what the program logs when it has received that\n]' in told.text
    assert "the program sends nothing: a step `log` must say how it shows what it received" in told.notes


def test_a_name_that_no_program_can_have_is_refused() -> None:
    with pytest.raises(UsageError, match="--name a b"):
        write(heard("PUSH", "PULL", said(CONNECTOR, b"x")), program=Program("a b", BINDER, "", ()))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ({"a.b": [1, True, "\x7f"]}, '{ "a.b" = [1, true, "\\u007f"] }'),
        ({"a": {"b-c": 'q"'}}, '{ a = { b-c = "q\\"" } }'),
    ],
)
def test_values_as_toml_writes_them(value: object, text: str) -> None:
    assert inline_toml.inline(value) == text


def test_a_listener_hears_socket_types_subscriptions_and_whole_messages() -> None:
    room = iter([True, True, False])
    listener = Listener(0, lambda: 7, lambda: next(room))
    for side, type in ((CONNECTOR, "SUB"), (BINDER, "PUB")):
        for byte in encode.greeting((3, 0)) + encode.frame(encode.ready(type)):
            listener.passed(side, bytes([byte]))
    listener.passed(CONNECTOR, b"\x00\x02\x01a")  # a subscription as ZMTP 3.0 sends it
    listener.passed(BINDER, b"\x01\x01a\x00\x01b" + b"\x00\x01c")
    listener.passed(BINDER, b"\x01\x01half")
    listener.ended(BINDER, "closed")
    told = listener.heard()
    assert told.types == ("SUB", "PUB")
    assert told.said == (
        Said(side=CONNECTOR, at=7, subscription="subscribe", prefix=b"a"),
        Said(side=BINDER, at=7, frames=(b"a", b"b")),
    )
