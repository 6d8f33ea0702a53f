"""What a scenario expects: each way in which messages can be wrong has its kind."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.core.frames import Message, Typed
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.system.errors import Mismatch, OperationFailed

A, B, C = (b"a",), (b"b", b""), (b"c", b"1", b"2")
DATA = "interop.payload.v1.DataMessage"


@pytest.mark.parametrize(
    ("got", "want", "kind"),
    [
        ([], [A], Kind.LOST),
        ([A], [A, B], Kind.LOST),
        ([A, C], [A, B, C], Kind.LOST),
        ([A, A, B], [A, B], Kind.DUPLICATED),
        ([A, A], [A, B], Kind.DUPLICATED),
        ([B, A], [A, B], Kind.REORDERED),
        ([(b"", b"b")], [B], Kind.REORDERED),
        ([A, (b"c", b"2", b"1")], [A, C], Kind.REORDERED),
        ([(b"x",)], [A], Kind.ALTERED),
        ([(b"b",)], [B], Kind.ALTERED),
        ([(b"b", b"", b"")], [B], Kind.ALTERED),
        ([A, (b"x",)], [A, B], Kind.ALTERED),
        ([A, (b"x",)], [A], Kind.ALTERED),
        ([()], [A], Kind.ALTERED),
        ([(Typed(DATA, b"\x0a\x01x"),)], [(Typed(DATA, b"\x0a\x01a"),)], Kind.ALTERED),
        ([(Typed(DATA, b"\xff"),)], [(Typed(DATA, b""),)], Kind.ALTERED),
        ([(b"",)], [(Typed(DATA, b""),)], Kind.ALTERED),
    ],
)
def test_messages_that_are_wrong_have_their_kind(got: Sequence[Message], want: Sequence[Message], kind: Kind) -> None:
    with pytest.raises(Mismatch) as mismatch:
        expect.messages(got, want)
    assert mismatch.value.kind == kind
    assert mismatch.value.expected == expect.show_all(want)
    assert mismatch.value.got == expect.show_all(got)


LONG = b"x" * 40


@pytest.mark.parametrize(
    ("want", "got", "expected", "seen"),
    [
        (
            (b"a", LONG + b"\x00\x01"),
            (b"a", LONG + b"\x00\x02"),
            "message 1, frame 2, from byte 41 of 42: 01",
            "message 1, frame 2, from byte 41 of 42: 02",
        ),
        (
            (LONG + bytes(20),),
            (LONG + b"\x01" + bytes(19),),
            "message 1, frame 1, from byte 40 of 60: 00 00 00 00 00 00 00 00...",
            "message 1, frame 1, from byte 40 of 60: 01 00 00 00 00 00 00 00...",
        ),
        (
            (b"a",) * 9,
            (b"a",) * 10,
            "no message 1, frame 10",
            "message 1, frame 10, from byte 0 of 1: 61",
        ),
        (
            (Typed(DATA, b"\x0a\x96\x01" + b"y" * 150),),
            (Typed(DATA, b"\x0a\x96\x01" + b"y" * 149 + b"z"),),
            "message 1, frame 1, from byte 152 of 153: 79",
            "message 1, frame 1, from byte 152 of 153: 7a",
        ),
    ],
    ids=["last byte", "middle", "one more frame", "typed"],
)
def test_what_reads_alike_is_told_apart_by_its_bytes(want: Message, got: Message, expected: str, seen: str) -> None:
    with pytest.raises(Mismatch) as mismatch:
        expect.frames(got, want)
    assert mismatch.value.expected == f"{expect.show_all([want])}; {expected}"
    assert mismatch.value.got == f"{expect.show_all([got])}; {seen}"


def test_values_that_are_equal_are_told_apart_by_the_bytes_that_were_sent() -> None:
    want, got = ([(Typed(DATA, value),)] for value in (b"\x10\x01", b"\x10\x81\x00"))
    text = expect.show_all(want)
    assert expect.apart(want, got) == (
        f"{text}; message 1, frame 1, from byte 1 of 2: 01",
        f"{text}; message 1, frame 1, from byte 1 of 3: 81 00",
    )


def test_typed_frames_are_compared_by_value() -> None:
    expect.value((Typed(DATA, b"\x0a\x01x\x0a\x01a"),), Typed(DATA, b"\x0a\x01a"))
    expect.frames((Typed(DATA, b"\x10\x01\x0a\x01a"),), (Typed(DATA, b"\x0a\x01a\x10\x01"),))


messages = st.lists(st.lists(st.binary(max_size=3), min_size=1, max_size=3).map(tuple), max_size=5)


@given(messages, messages)
def test_messages_are_right_just_when_they_are_equal(got: list[Message], want: list[Message]) -> None:
    if got == want:
        expect.messages(got, want)
    else:
        with pytest.raises(Mismatch):
            expect.messages(got, want)


@given(st.lists(st.binary(min_size=1, max_size=3), min_size=1, max_size=6, unique=True), st.data())
def test_a_message_less_is_lost_and_one_more_is_duplicated(bodies: list[bytes], data: st.DataObject) -> None:
    want: list[Message] = [(body,) for body in bodies]
    index = data.draw(st.integers(0, len(want) - 1))
    for got, kind in (
        (want[:index] + want[index + 1 :], Kind.LOST),
        (want[: index + 1] + want[index:], Kind.DUPLICATED),
    ):
        with pytest.raises(Mismatch) as mismatch:
            expect.messages(got, want)
        assert mismatch.value.kind == kind


def test_what_should_not_come_is_unexpected() -> None:
    expect.none([], "nobody subscribed")
    with pytest.raises(Mismatch) as mismatch:
        expect.none([A], "nobody subscribed")
    assert (mismatch.value.kind, mismatch.value.expected) == (Kind.UNEXPECTED, "no message: nobody subscribed")


def test_anything_else_is_said_in_words() -> None:
    expect.that(True, Kind.MISROUTED, "-", "-")
    with pytest.raises(Mismatch, match="misrouted: expected one id, got two"):
        expect.that(False, Kind.MISROUTED, "one id", "two")


def failed(code: str, errno_name: str) -> OperationFailed:
    return OperationFailed("a-1", "send", code, errno_name, "text")


def answer(error: OperationFailed | None) -> None:
    if error is not None:
        raise error


@pytest.mark.parametrize("want", [("NATIVE",), ("NATIVE", "EFSM")])
def test_an_error_that_was_asked_for_is_no_failure(want: tuple[str, ...]) -> None:
    with expect.error(*want):
        raise failed("NATIVE", "EFSM")


@pytest.mark.parametrize("error", [None, failed("AGAIN", "EAGAIN"), failed("NATIVE", "EINVAL")])
def test_another_error_or_none_is_unexpected(error: OperationFailed | None) -> None:
    with pytest.raises(Mismatch) as mismatch, expect.error("NATIVE", "EFSM"):
        answer(error)
    assert mismatch.value.kind == Kind.UNEXPECTED
    assert "NATIVE EFSM" in mismatch.value.expected


def test_a_frame_is_shown_as_text_where_it_is_text() -> None:
    shown = [
        expect.show(frame) for frame in (b"", b"text", b"\xff\x00", b"\x1b[2J", b"x" * 25, Typed(DATA, b"\x0a\x01a"))
    ]
    assert shown == [
        '""',
        '"text"',
        "ff00",
        "1b5b324a",
        f'"{"x" * 24}"... (25 bytes)',
        f'{DATA}(content: "a")',
    ]


def test_many_messages_and_frames_are_shortened() -> None:
    assert expect.show_all([]) == "nothing"
    assert expect.show_all([(b"x",) * 9] * 5).endswith(", ...], ... (5 messages)")
    assert expect.show_all([(b"x" * (1 << 20),)]) == f'["{"x" * 24}"... (1048576 bytes)]'
