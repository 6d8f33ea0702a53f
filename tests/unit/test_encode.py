"""What the harness writes by hand: the bytes are those of the RFCs, and the decoder reads them as what they mean."""

from __future__ import annotations

import pytest

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.wire import encode
from zmq_interop.wire.encode import Frame
from zmq_interop.wire.items import Frame as Decoded
from zmq_interop.wire.items import Greeting, Item
from zmq_interop.wire.zmtp import Conversation


def decoded(ours: bytes, theirs: bytes = b"") -> list[Item]:
    """What is read of the connector's bytes, after the binder's."""
    conversation = Conversation()
    items = conversation.feed(BINDER, theirs or encode.greeting()) + conversation.feed(CONNECTOR, ours)
    return [item for item in items + conversation.finish() if item.side == CONNECTOR]


def test_a_greeting_has_64_bytes_that_say_what_was_asked() -> None:
    data = encode.greeting((3, 0), b"PLAIN", as_server=1)
    assert data == b"\xff" + bytes(8) + b"\x7f\x03\x00PLAIN" + bytes(15) + b"\x01" + bytes(31)
    (greeting,) = decoded(data)
    assert isinstance(greeting, Greeting)
    assert (greeting.version, greeting.mechanism, greeting.as_server, greeting.notes) == ((3, 0), "PLAIN", True, ())


def test_fields_of_a_greeting_can_break_rules() -> None:
    data = encode.greeting(padding=b"12345678", filler=b"\xff" * 31, as_server=2)
    assert (len(data), data[1:9]) == (64, b"12345678")
    (greeting,) = decoded(data)
    assert isinstance(greeting, Greeting)
    assert len(greeting.notes) == 2


def test_the_greeting_of_zmtp_2_and_its_frames() -> None:
    assert encode.greeting_2("DEALER") == b"\xff" + bytes(8) + b"\x7f\x01\x05\x00\x00"
    greeting, identity, message = decoded(encode.greeting_2("DEALER") + encode.written(b"one"))
    assert isinstance(greeting, Greeting)
    assert isinstance(identity, Decoded)
    assert isinstance(message, Decoded)
    assert (greeting.used, greeting.socket_type, identity.identity, message.content) == (2, "DEALER", True, b"one")


@pytest.mark.parametrize("size", [0, 1, 253, 254, 255, 70_000])
def test_frames_of_zmtp_1_count_their_flags(size: int) -> None:
    body = b"x" * size
    data = encode.frame_1(Frame(1, body))
    long = size + 1 >= 255
    assert data[:1] == (b"\xff" if long else bytes([size + 1]))
    identity, message = decoded(encode.greeting_1() + data)
    assert isinstance(identity, Decoded)
    assert isinstance(message, Decoded)
    assert (identity.identity, message.more, message.body) == (True, True, size)


@pytest.mark.parametrize("size", [0, 255, 256, 70_000])
def test_frames_of_zmtp_3_are_long_where_they_must(size: int) -> None:
    data = encode.frame(Frame(0, b"x" * size))
    assert data[0] == (2 if size > 255 else 0)
    _, message = decoded(encode.greeting() + data)
    assert isinstance(message, Decoded)
    assert (message.body, message.notes) == (size, ())


def test_a_frame_can_be_longer_than_it_must_and_say_another_size() -> None:
    assert encode.frame(Frame(1, b"ab"), long=True) == b"\x03" + bytes(7) + b"\x02ab"
    assert encode.frame(Frame(0, b"ab"), size=1 << 63) == b"\x02\x80" + bytes(7) + b"ab"


def test_commands() -> None:
    more = encode.property(b"Identity", b"me")
    _, ready, ping, error = decoded(
        encode.greeting()
        + b"".join(map(encode.frame, [encode.ready("PUSH", more), encode.ping(258, b"c"), encode.error(b"no")]))
    )
    told = []
    for one in (ready, ping, error):
        assert isinstance(one, Decoded)
        assert one.command is not None
        assert not one.command.problem
        told.append((one.command.name, {field.name: field.value for field in one.command.fields}))
    assert told == [
        ("READY", {"Socket-Type": b"PUSH", "Identity": b"me"}),
        ("PING", {"ttl": b"\x01\x02", "context": b"c"}),
        ("ERROR", {"reason": b"no"}),
    ]


def test_sizes_in_commands_can_lie() -> None:
    assert encode.property(b"X", b"v", size=9) == b"\x01X\x00\x00\x00\x09v"
    assert encode.error(b"r", size=9).body == b"\x05ERROR\x09r"
