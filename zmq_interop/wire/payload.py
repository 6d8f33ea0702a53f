"""Finds the protobuf message that the scenario sent in each frame on the wire, and decodes the frame's bytes as it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from google.protobuf.descriptor import Descriptor

from zmq_interop.core.frames import Message, Typed
from zmq_interop.core.transcript import BINDER, CONNECTOR, Connection, Payload
from zmq_interop.schemas import payloads
from zmq_interop.wire import protobuf, reading
from zmq_interop.wire.items import Frame

MOST_MESSAGES = 300  # of one cell, in which payloads are looked for
MOST_SENT = 200  # different messages of one role, among which they are looked for


def decode(
    connections: Sequence[Connection],
    sent: Mapping[str, Iterable[Message]],
    types: Mapping[str, Iterable[Sequence[str]]],
) -> list[Payload]:
    """The payloads of a cell's connections.

    sent: by role, the messages that it was asked to send, in order. types: by role, the types by which it was asked to
    decode the frames of messages that it received.
    """
    typed = any(isinstance(frame, Typed) for messages in sent.values() for message in messages for frame in message)
    if not typed and not any(any(names) for each in types.values() for names in each):
        return []
    known = {role: _Sent(messages) for role, messages in sent.items()}
    asked = {role: list(dict.fromkeys(map(tuple, each))) for role, each in types.items()}
    found: list[Payload] = []
    left = MOST_MESSAGES
    for number, connection in enumerate(connections):
        roles = {CONNECTOR: connection.connector, BINDER: connection.binder}
        for side, frames in _messages(reading.frames(connection)):
            left -= 1
            if left < 0:
                return found
            sender, receiver = roles[side], roles[1 - side]
            names = known[sender].types(frames) if sender in known else [""] * len(frames)
            for frame, name in zip(frames, _filled(names, asked.get(receiver, [])), strict=True):
                if name:
                    found.append(_payload(number, frame, name))
    return found


def _messages(frames: Iterable[Frame]) -> Iterator[tuple[int, list[Frame]]]:
    """The messages of both sides, each as its side and its frames."""
    begun: dict[int, list[Frame]] = {CONNECTOR: [], BINDER: []}
    for frame in frames:
        if not frame.is_payload:
            continue
        begun[frame.side].append(frame)
        if not frame.more:
            yield frame.side, begun[frame.side]
            begun[frame.side] = []


class _Sent:
    """What one role was asked to send."""

    def __init__(self, messages: Iterable[Message]) -> None:
        every = list(messages)
        self._messages = list(dict.fromkeys(every))[:MOST_SENT]
        self._next = 0  # of those, the one that comes next if the bytes resemble none

    def types(self, frames: Sequence[Frame]) -> list[str]:
        """The type of each frame of a message, "" for raw bytes: those of the message that it resembles most.

        If it resembles none, those of the next one: a sender that writes wrong bytes writes them in the same order.
        """
        scores = [self._score(message, frames) for message in self._messages]
        best = max(scores, default=0)
        if best:
            place = next((one for one in range(self._next, len(scores)) if scores[one] == best), scores.index(best))
        elif self._next < len(self._messages):
            place = self._next
        else:
            return [""] * len(frames)
        self._next = place + 1
        named = [frame.type if isinstance(frame, Typed) else "" for frame in self._messages[place]]
        return _aligned(named, len(frames))

    def _score(self, message: Message, frames: Sequence[Frame]) -> int:
        pairs = zip(reversed(message), reversed(frames), strict=False)
        return sum(_same(one, frame) for one, frame in pairs)


def _same(one: bytes | Typed, frame: Frame) -> bool:
    if isinstance(one, bytes):
        return _begins(one, frame)
    return _begins(one.value, frame) or _begins(_canonical(one), frame)


def _begins(data: bytes, frame: Frame) -> bool:
    return len(data) == frame.body and data.startswith(frame.content)


@functools.lru_cache(maxsize=256)
def _canonical(typed: Typed) -> bytes:
    return payloads.known(typed).value


def _aligned(names: Sequence[str], count: int) -> list[str]:
    """Names for `count` frames, from the last one on: an envelope comes first (RFC 28)."""
    names = list(names)[-count:]
    return [""] * (count - len(names)) + names


def _filled(names: list[str], asked: Sequence[Sequence[str]]) -> list[str]:
    """Names for raw frames from what the receiver decodes them as, where all its requests agree."""
    wanted = [_aligned(each, len(names)) for each in asked if any(each)]
    filled = []
    for place, name in enumerate(names):
        others = {each[place] for each in wanted}
        filled.append(name or (others.pop() if len(others) == 1 else ""))
    return filled


def _payload(number: int, frame: Frame, name: str) -> Payload:
    decoded = protobuf.decode(frame.content, _descriptor(name), frame.body)
    return Payload(
        connection=number,
        side=frame.side,
        offset=frame.offset,
        message=name,
        fields=decoded.fields,
        left_out=decoded.left_out,
        problem=decoded.problem,
        problem_at=decoded.problem_at,
    )


def _descriptor(name: str) -> Descriptor | None:
    try:
        return payloads.types().find(name)
    except KeyError:
        return None
