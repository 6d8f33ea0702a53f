"""What a scenario expects. Each helper says what was expected, what came, and which kind of failure that is."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from zmq_interop.core.frames import Frame, Message, Typed
from zmq_interop.core.verdicts import Kind
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import Mismatch, OperationFailed

SHOWN_BYTES = 8  # of what differs and no text shows


def lost(expected: str, got: str) -> Mismatch:
    """A failure of kind `lost`, to be raised."""
    return Mismatch(Kind.LOST, expected, got)


def frames(got: Message, want: Message) -> None:
    """One message, frame by frame."""
    messages([got], [want])


def messages(got: Sequence[Message], want: Sequence[Message]) -> None:
    """These messages in this order, each once. Typed frames are compared by value, raw ones by bytes.

    Raises Mismatch: `lost` when some are missing and the rest is right, `duplicated` when one came more often,
    `reordered` when messages or the frames of one changed places, else `altered`.
    """
    have, need = [_comparable(one) for one in got], [_comparable(one) for one in want]
    if have != need:
        raise Mismatch(_kind(have, need), *apart(want, got))


def numbers(got: Sequence[int], want: Sequence[int]) -> None:
    """The numbered messages of a burst, in this order, each once. Raises Mismatch with a kind as `messages` does."""
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
    """A message of one frame: a protobuf message of this value."""
    messages([got], [(want,)])


def none(got: Sequence[Message], why: str) -> None:
    """No message, because of `why`."""
    if got:
        raise Mismatch(Kind.UNEXPECTED, f"no message: {why}", show_all(got))


def that(holds: bool, kind: Kind, expected: str, got: str) -> None:
    """Anything else that can be said in words."""
    if not holds:
        raise Mismatch(kind, expected, got)


@contextmanager
def error(code: str, errno_name: str = "") -> Iterator[None]:
    """The operation awaited inside answers this error; anything else is `unexpected`."""
    want = f"{code} {errno_name}".strip()
    try:
        yield
    except OperationFailed as failed:
        if failed.code != code or (errno_name and failed.errno_name != errno_name):
            raise Mismatch(Kind.UNEXPECTED, f"{failed.operation} to answer {want}", str(failed)) from None
    else:
        raise Mismatch(Kind.UNEXPECTED, f"the operation to answer {want}", "success")


def apart(want: Sequence[Message], got: Sequence[Message]) -> tuple[str, str]:
    """Expected and got for people. Where both would read alike (a long frame, bits that no text shows), each ends with
    its bytes from the first one on that differs: of a typed frame, those that an encoder writes of its value, or, where
    these are equal, those that were sent."""
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
    """Where two frames differ first, and the bytes of both, None for a frame that is not there; None for nowhere."""
    for number, (ours, theirs) in enumerate(itertools.zip_longest(want, got, fillvalue=()), 1):
        for place, pair in enumerate(itertools.zip_longest(ours, theirs), 1):
            mine, other = (None if frame is None else bytes_of(frame) for frame in pair)
            if mine != other:
                return f"message {number}, frame {place}", mine, other
    return None


def _ended(text: str, where: str, mine: bytes | None, other: bytes | None) -> str:
    """The text with what of `mine` differs from `other`."""
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
    """A frame for people, shortened: printable bytes as text, others in hexadecimal."""
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
