"""Framing: messages come out as they went in, however the stream is cut, and memory is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.agents.control.framing import LIMIT, FramingError, Unframer, frame

messages = st.lists(st.binary(max_size=300), max_size=8)


@given(messages, st.lists(st.integers(0, 400), max_size=12))
def test_any_cut_of_any_messages_gives_the_same_messages(sent: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(frame, sent))
    unframer = Unframer()
    got = []
    for size in cuts:
        piece, stream = stream[:size], stream[size:]
        got += unframer.feed(piece)
    got += unframer.feed(stream)
    assert got == sent
    assert unframer.pending == 0


@given(messages, st.binary(min_size=1, max_size=50), st.data())
def test_an_unfinished_message_is_kept_and_counted(sent: list[bytes], last: bytes, data: st.DataObject) -> None:
    begun = data.draw(st.integers(1, len(last) + 3))
    unframer = Unframer()
    assert unframer.feed(b"".join(map(frame, sent)) + frame(last)[:begun]) == sent
    assert unframer.pending == begun
    assert unframer.feed(frame(last)[begun:]) == [last]


def test_a_length_beyond_the_limit_is_refused_before_any_of_the_message_is_kept() -> None:
    unframer = Unframer()
    with pytest.raises(FramingError, match=r"2147483648 bytes; the contract allows 134217728"):
        unframer.feed((2 << 30).to_bytes(4, "big"))
    assert unframer.pending <= 4


def test_the_limit_itself_is_allowed() -> None:
    unframer = Unframer(limit=3)
    assert unframer.feed(frame(b"abc")) == [b"abc"]
    with pytest.raises(FramingError):
        unframer.feed(frame(b"abcd"))


def test_a_request_beyond_the_limit_is_never_written() -> None:
    with pytest.raises(FramingError):
        frame(bytes(LIMIT + 1))


def test_an_empty_message_is_one() -> None:
    assert Unframer().feed(frame(b"") * 2) == [b"", b""]
