"""Expectations of scenarios. A failed one raises Mismatch with the kind of failure and what was expected and got."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from zmq_interop.core.frames import Frame, Message, Typed
from zmq_interop.core.verdicts import Kind
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import Mismatch, OperationFailed

SHOWN_BYTES = 8  # bytes to show of a difference that the text does not show


def lost(expected: str, got: str) -> Mismatch:
    """Returns a Mismatch of kind `lost` for the caller to raise."""
    return Mismatch(Kind.LOST, expected, got)


def frames(got: Message, want: Message) -> None:
    """Expects this one message, frame by frame. Raises Mismatch as `messages` does."""
    messages([got], [want])


def messages(got: Sequence[Message], want: Sequence[Message]) -> None:
    """Expects these messages in this order, each once. Compares typed frames by value, raw ones by bytes.

    Raises Mismatch: `lost` if some are missing and the rest is right, `duplicated` if one came too often, `reordered`
    if messages or the frames of a message are out of order, else `altered`.
    """
    have, need = [_comparable(one) for one in got], [_comparable(one) for one in want]
    if have != need:
        raise Mismatch(_kind(have, need), *apart(want, got))


def numbers(got: Sequence[int], want: Sequence[int]) -> None:
    """Expects the numbered messages of a burst in this order, each once. Raises Mismatch as `messages` does."""
    if list(got) != list(want):
        pairs = enumerate(itertools.zip_longest(got, want))
        place, (found, due) = next((place, pair) for place, pair in pairs if pair[0] != pair[1])
        kind = _kind([(number,) for number in got], [(number,) for number in want])
        told = "nothing more" if found is None else f"message {found}"
        raise Mismatch(
            kind,
            f"{len(want)} messages in order" + ("" if due is None else f", message {due} in place {place}"),
            f"{len(got)} messages, {told} in place {place}",
        )


def value(got: Message, want: Typed) -> None:
    """Expects a message of one frame: a protobuf message with this value. Raises Mismatch as `messages` does."""
    messages([got], [(want,)])


def none(got: Sequence[Message], why: str) -> None:
    """Expects no message. why: the reason. Raises Mismatch (`unexpected`)."""
    if got:
        raise Mismatch(Kind.UNEXPECTED, f"no message: {why}", show_all(got))


def that(holds: bool, kind: Kind, expected: str, got: str) -> None:
    """Expects any other condition. Raises Mismatch with these arguments if it does not hold."""
    if not holds:
        raise Mismatch(kind, expected, got)


@contextmanager
def error(code: str, errno_name: str = "") -> Iterator[None]:
    """Expects that the operation awaited inside answers this error. Otherwise raises Mismatch (`unexpected`)."""
    want = f"{code} {errno_name}".strip()
    try:
        yield
    except OperationFailed as failed:
        if failed.code != code or (errno_name and failed.errno_name != errno_name):
            raise Mismatch(Kind.UNEXPECTED, f"{failed.operation} to answer {want}", str(failed)) from None
    else:
        raise Mismatch(Kind.UNEXPECTED, f"the operation to answer {want}", "success")


def apart(want: Sequence[Message], got: Sequence[Message]) -> tuple[str, str]:
    """The texts of expected and got, for people.

    If both texts would be equal (a long frame, bits that no text shows), each ends with its bytes from the first
    difference on. For a typed frame, these are the bytes of its value as an encoder writes it, or, if those are equal,
    the bytes that were sent.
    """
    texts = show_all(want), show_all(got)
    if texts[0] == texts[1]:
        for bytes_of in (_encoded, _sent):
            if told := _first_difference(want, got, bytes_of):
                where, mine, theirs = told
                return _ended(texts[0], where, mine, theirs), _ended(texts[1], where, theirs, mine)
    return texts


def _first_difference(
    want: Sequence[Message], got: Sequence[Message], bytes_of: Callable[[Frame], bytes]
) -> tuple[str, bytes | None, bytes | None] | None:
    """The place of the first two frames that differ, and the bytes of both (None for a missing frame).

    Returns None if all frames are equal.
    """
    for number, (ours, theirs) in enumerate(itertools.zip_longest(want, got, fillvalue=()), 1):
        for place, pair in enumerate(itertools.zip_longest(ours, theirs), 1):
            mine, other = (None if frame is None else bytes_of(frame) for frame in pair)
            if mine != other:
                return f"message {number}, frame {place}", mine, other
    return None


def _ended(text: str, where: str, mine: bytes | None, other: bytes | None) -> str:
    """The text, followed by the part of `mine` that differs from `other`."""
    if mine is None:
        return f"{text}; no {where}"
    pairs = enumerate(zip(mine, other or b"", strict=False))
    offset = next((at for at, (one, two) in pairs if one != two), min(len(mine), len(other or b"")))
    rest = mine[offset : offset + SHOWN_BYTES]
    more = "..." if len(mine) > offset + SHOWN_BYTES else ""
    return f"{text}; {where}, from byte {offset} of {len(mine)}: {rest.hex(' ') or 'its end'}{more}"


def _encoded(frame: Frame) -> bytes:
    return payloads.comparable(frame)[1] if isinstance(frame, Typed) else frame


def _sent(frame: Frame) -> bytes:
    return frame.value if isinstance(frame, Typed) else frame


def _comparable(message: Message) -> tuple[object, ...]:
    return tuple(payloads.comparable(frame) if isinstance(frame, Typed) else frame for frame in message)


def _kind(got: Sequence[tuple[object, ...]], want: Sequence[tuple[object, ...]]) -> Kind:
    have, need = Counter(got), Counter(want)
    if have == need:
        return Kind.REORDERED
    if any(message in need and count > need[message] for message, count in have.items()):
        return Kind.DUPLICATED
    if have < need:
        return Kind.LOST
    if len(got) == len(want) and all(Counter(mine) == Counter(theirs) for mine, theirs in zip(got, want, strict=True)):
        return Kind.REORDERED
    return Kind.ALTERED


def show(frame: Frame) -> str:
    """A frame as a short text for people: printable bytes as text, others in hexadecimal."""
    if isinstance(frame, Typed):
        return f"{frame.type}({payloads.show(frame)})"
    head = frame[:24]
    text = f'"{head.decode()}"' if head.isascii() and head.decode().isprintable() else head.hex() or '""'
    return text if len(frame) <= len(head) else f"{text}... ({len(frame)} bytes)"


def show_all(messages: Sequence[Message]) -> str:
    """Messages for people: frames in brackets, at most four messages and eight frames of each."""
    if not messages:
        return "nothing"
    shown = []
    for message in messages[:4]:
        more = ", ..." if len(message) > 8 else ""
        shown.append(f"[{', '.join(show(frame) for frame in message[:8])}{more}]")
    return ", ".join(shown) + (f", ... ({len(messages)} messages)" if len(messages) > 4 else "")
