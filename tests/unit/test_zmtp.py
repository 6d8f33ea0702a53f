"""The decoder of ZMTP, against bytes written by hand from RFC 13, 15, 23, 24, 25, 26 and 37."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.wire.items import Frame, Greeting, Item, Undecoded
from zmq_interop.wire.text import describe
from zmq_interop.wire.zmtp import Conversation

SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
PIPE = bytes.fromhex("04 1a 05") + b"READY" + bytes([11]) + b"Socket-Type" + bytes.fromhex("00 00 00 04") + b"PUSH"


def greeting(mechanism: bytes = b"NULL", minor: int = 1, server: int = 0) -> bytes:
    return SIGNATURE + bytes([3, minor]) + mechanism.ljust(20, b"\0") + bytes([server]) + bytes(31)


def decoded(*parts: tuple[int, bytes]) -> list[Item]:
    conversation = Conversation()
    found = [item for side, data in parts for item in conversation.feed(side, data)]
    return found + conversation.finish()


def told(*parts: tuple[int, bytes], side: int = CONNECTOR) -> list[str]:
    return [describe(item) for item in decoded(*parts) if item.side == side]


def newest(data: bytes, mechanism: bytes = b"NULL") -> list[str]:
    """What is told of these bytes after greetings of ZMTP 3.1."""
    hello = greeting(mechanism)
    return told((CONNECTOR, hello), (BINDER, hello), (CONNECTOR, data))[1:]


def test_a_greeting_of_zmtp_3() -> None:
    (item, *_) = decoded((CONNECTOR, greeting(b"CURVE", minor=0, server=1)))
    assert isinstance(item, Greeting)
    assert (item.version, item.used, item.mechanism, item.as_server) == ((3, 0), 3, "CURVE", True)
    assert (item.offset, item.size, item.notes) == (0, 64, ())


@pytest.mark.parametrize(
    ("place", "byte", "note"),
    [
        (32, 2, "as-server is 2"),
        (40, 1, "filler"),
        (20, 65, "not a name padded with zero bytes"),
    ],
)
def test_what_breaks_a_rule_of_the_greeting_is_noted(place: int, byte: int, note: str) -> None:
    data = bytearray(greeting())
    data[place] = byte
    (item, *_) = decoded((CONNECTOR, bytes(data)))
    assert isinstance(item, Greeting)
    assert any(note in one for one in item.notes)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (PIPE, 'READY Socket-Type="PUSH"'),
        (b"\x04\x08\x04PING\x00\x0aX", 'PING ttl=000a context="X"'),
        (b"\x04\x06\x04PONGX", 'PONG context="X"'),
        (b"\x04\x0b\x09SUBSCRIBEA", 'SUBSCRIBE topic="A"'),
        (b"\x04\x08\x06CANCELA", 'CANCEL topic="A"'),
        (b"\x04\x0c\x05ERROR\x05no no", "ERROR"),  # a byte after the reason
        (b"\x04\x09\x05ERROR\x02no", 'ERROR reason="no"'),
        (b"\x04\x05\x04WHAT", "WHAT"),
        (b"\x00\x02hi", "message frame, 2 bytes"),
        (b"\x01\x00", "message frame, 0 bytes, more follow"),
        (b"\x02" + bytes(7) + b"\x02hi", "message frame, 2 bytes"),
    ],
)
def test_frames_of_zmtp_3(data: bytes, text: str) -> None:
    assert newest(data)[0].startswith(text)
    assert len(newest(data)) == 1


def test_plain_and_curve_have_their_own_commands() -> None:
    assert newest(b"\x04\x0e\x05HELLO\x03bob\x03pwd", b"PLAIN") == ['HELLO username="bob" password="pwd"']
    hello = b"\x05HELLO\x01\x00" + bytes(72) + b"k" * 32 + b"n" * 8 + b"b" * 80
    (text,) = newest(bytes([4, len(hello)]) + hello, b"CURVE")
    assert text.startswith("HELLO version=0100 padding=")
    box = b"\x07MESSAGE" + b"n" * 8 + b"b" * 17
    ready = b"\x05READY" + b"n" * 8 + b"b" * 16
    texts = newest(bytes([4, len(ready)]) + ready + bytes([0, len(box)]) + box, b"CURVE")
    assert texts[1] == 'encrypted MESSAGE nonce="nnnnnnnn" box="bbbbbbbbbbbbbbbbb"'


def test_a_message_of_a_subscriber_is_a_subscription() -> None:
    ready = PIPE.replace(b"\x04PUSH", b"\x03SUB").replace(b"\x04\x1a", b"\x04\x19")
    assert newest(ready + b"\x00\x02\x01A" + b"\x00\x02\x00A" + b"\x00\x02\x02A")[1:] == [
        'subscribe "A", 2 bytes',
        'cancel "A", 2 bytes',
        "message frame, 2 bytes",
    ]


def test_zmtp_2() -> None:
    """RFC 15: revision 1, the number of the socket type, then the identity as a frame."""
    old = SIGNATURE + b"\x01\x08" + b"\x00\x02me" + b"\x01\x01a" + b"\x00\x00"
    assert told((CONNECTOR, old), (BINDER, SIGNATURE + b"\x03")) == [
        "greeting of ZMTP 2.0, PUSH",
        "identity, 2 bytes",
        "message frame, 1 bytes, more follow",
        "message frame, 0 bytes",
    ]


def test_who_speaks_more_goes_down_to_zmtp_2() -> None:
    new = SIGNATURE + b"\x03" + b"\x07" + b"\x00\x00" + b"\x00\x01a"
    assert told((BINDER, SIGNATURE + b"\x01\x08\x00\x00"), (CONNECTOR, new)) == [
        "greeting of ZMTP 3.0, in use 2.0, PULL",
        "identity, 0 bytes",
        "message frame, 1 bytes",
    ]
    assert told((CONNECTOR, new), (BINDER, SIGNATURE + b"\x01\x08\x00\x00")) == told(
        (BINDER, SIGNATURE + b"\x01\x08\x00\x00"), (CONNECTOR, new)
    )


def test_zmtp_1() -> None:
    """RFC 13: a length that counts the flags, the flags, the body; the first frame is the identity."""
    old = b"\x01\x00" + b"\x02\x01a" + b"\xff" + bytes(7) + b"\x02\x00b"
    assert told((CONNECTOR, old), (BINDER, SIGNATURE)) == [
        "identity, 0 bytes",
        "message frame, 1 bytes, more follow",
        "message frame, 1 bytes",
    ]
    new = b"\xff" + bytes(7) + b"\x03\x7f" + b"me" + b"\x02\x00c"
    assert told((CONNECTOR, old), (BINDER, new), side=BINDER) == ["identity, 2 bytes", "message frame, 1 bytes"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x02\xff" + bytes(7), "at most 2^63-1"),
        (b"\x00\x05ab", "2 of 5 bytes of its body came"),
        (b"\x02\x00\x00", "in a frame's header, after 3 bytes"),
    ],
)
def test_what_does_not_decode_is_told_with_its_offset(data: bytes, why: str) -> None:
    *_, last = decoded((CONNECTOR, greeting()), (BINDER, greeting()), (CONNECTOR, b"\x00\x00" + data))
    assert isinstance(last, Undecoded)
    assert (last.offset, last.size) == (66, len(data))
    assert why in last.why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x04\x00", "the length of the command's name needs 1 bytes"),
        (b"\x04\x02\x09A", "the command's name needs 9 bytes"),
        (b"\x04\x01\x00", "at least one byte"),
        (b"\x04\x07\x05READY\x00", "a property's name has at least one byte"),
        (b"\x04\x0c\x05READY\x01A\xff\xff\xff\xff", "at most 2^31-1"),
        (b"\x04\x0c\x05READY\x01A\x00\x00\x00\x05", "A has 5 bytes, and 0 are left"),
    ],
)
def test_commands_that_do_not_decode(data: bytes, why: str) -> None:
    *_, frame = decoded((CONNECTOR, greeting()), (BINDER, greeting()), (CONNECTOR, data))
    assert isinstance(frame, Frame)
    assert frame.command is not None
    assert why in frame.command.problem


def test_notes_of_frames() -> None:
    *_, one, two, three = decoded(
        (CONNECTOR, greeting()), (BINDER, greeting()), (CONNECTOR, b"\x05\x02\x01A" + b"\x10\x00" + b"\x02" + bytes(8))
    )
    assert isinstance(one, Frame)
    assert isinstance(two, Frame)
    assert isinstance(three, Frame)
    assert "MORE" in one.notes[0]
    assert "reserved" in two.notes[0]
    assert "long form" in three.notes[0]


def test_a_long_body_is_counted_and_not_kept() -> None:
    conversation = Conversation(keep=100)
    head = greeting() + b"\x02" + (1 << 20).to_bytes(8, "big")
    conversation.feed(BINDER, greeting())
    conversation.feed(CONNECTOR, head + b"x" * 150)
    assert conversation.dropped(CONNECTOR) == [(len(head) + 100, 50)]
    assert conversation.skip(CONNECTOR, (1 << 20) - 150) != []
    frame, after = conversation.feed(CONNECTOR, b"\x00\x01y\x00\x00")
    assert isinstance(frame, Frame)
    assert (frame.offset, frame.content) == (64 + 9 + (1 << 20), b"y")
    assert (after.offset, after.size) == (frame.offset + 3, 2)


def test_bytes_that_were_not_kept_end_the_decoding_where_they_are_no_body() -> None:
    conversation = Conversation()
    conversation.feed(CONNECTOR, greeting())
    conversation.skip(CONNECTOR, 5)
    (last,) = conversation.finish()
    assert isinstance(last, Undecoded)
    assert (last.offset, last.size, last.head) == (64, 5, b"")
    assert "not kept" in last.why


BYTES = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(
        [SIGNATURE, greeting(), greeting(b"CURVE"), SIGNATURE + b"\x01\x08", PIPE, b"\x04\x02\x01A", b"\x00\x01a"]
    ),
)
PARTS = st.lists(st.tuples(st.sampled_from([CONNECTOR, BINDER]), st.lists(BYTES).map(b"".join)), max_size=8)


def facts(items: Sequence[Item]) -> list[str]:
    """The items of each side in order; which side's come first may depend on how bytes are split."""
    return sorted((repr(item) for item in items), key=lambda text: text.partition("side=")[2][:1])


@given(PARTS, st.integers(1, 7))
def test_no_bytes_raise_and_no_split_matters(parts: list[tuple[int, bytes]], size: int) -> None:
    whole = decoded(*parts)
    split = [(side, data[at : at + size]) for side, data in parts for at in range(0, len(data), size)]
    assert facts(decoded(*split)) == facts(whole)
    for side in (CONNECTOR, BINDER):
        assert sum(item.size for item in whole if item.side == side) == sum(
            len(data) for one, data in parts if one == side
        )
