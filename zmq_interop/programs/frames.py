"""The messages of a dialogue's steps: frames to send, and frames to expect, by the envelope that a socket declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from zmq_interop.core.frames import Frame, Message, Typed
from zmq_interop.core.verdicts import Kind
from zmq_interop.programs import matchers
from zmq_interop.programs.declaration import Step
from zmq_interop.scenarios.kit import expect
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import Mismatch, Unplayable

MOST_TOLD = 6  # differences that a message lists


class Named(NamedTuple):
    """A message that a step named. json: of its payload, None if it has none."""

    frames: Message
    json: Any


class Memory:
    """The messages that earlier steps of a dialogue named."""

    def __init__(self) -> None:
        self._named: dict[str, Named] = {}

    def keep(self, name: str, message: Message) -> None:
        """Gives a message a name; does nothing for the name ""."""
        if name:
            payload = next((frame for frame in message if isinstance(frame, Typed)), None)
            self._named[name] = Named(message, _json(payload) if payload else None)

    def frames(self, reference: str) -> Message:
        """The frames of the message that "$name" refers to."""
        return self._named[reference[1:]].frames

    def json(self) -> Mapping[str, Any]:
        """The payloads: name -> ProtoJSON."""
        return {name: one.json for name, one in self._named.items()}


def _json(payload: Typed) -> Any:
    try:
        return matchers.as_json(payloads.types(), payload.type, payload.value)
    except (DecodeError, KeyError, ValueError):
        return None


def to_send(step: Step, declared: tuple[str, ...], memory: Memory) -> Message:
    """The frames that a step sends. declared: the frames of the socket's messages. Raises Unplayable."""
    if step.equals:
        return memory.frames(step.equals)
    if step.frames is not None:
        return tuple(text.encode() for text in step.frames)
    return tuple(_sent(frame, step, memory) for frame in declared)


def _sent(frame: str, step: Step, memory: Memory) -> Frame:
    match frame:
        case "$message":
            try:
                encoded = matchers.encode(payloads.types(), step.type, step.value or {}, memory.json())
            except (ValueError, KeyError) as error:  # a reference leads to nothing, or to what does not fit
                raise Unplayable(f"the message to send cannot be made: {error}") from None
            return Typed(step.type, encoded)
        case "$type":
            return step.type.encode()
    return _part(frame, step).encode()


def _part(frame: str, step: Step) -> str:
    """The text of a frame: one of the step's parts, or what is declared."""
    if not frame.startswith("$"):
        return frame
    given = step.topic if frame == "$topic" else None
    return given if given is not None else step.parts[frame[1:]]


def types_of(step: Step, declared: tuple[str, ...]) -> tuple[str, ...]:
    """The type as which to decode each frame of the message that a step expects; "" for raw bytes."""
    if step.equals or step.frames is not None:
        return ()
    return tuple(step.type if frame == "$message" else "" for frame in declared)


class Difference(NamedTuple):
    """expected, got: for people."""

    expected: str
    got: str


def compare(step: Step, declared: tuple[str, ...], got: Message, memory: Memory) -> list[Difference]:
    """How a message differs from what a step expects. Raises Unplayable if a reference leads to nothing."""
    if step.equals or step.frames is not None:
        want = to_send(step, declared, memory)
        try:
            expect.frames(_typed_like(got, want), want)
        except Mismatch as mismatch:
            return [Difference(mismatch.expected, mismatch.got)]
        return []
    if len(got) != len(declared):
        return [Difference(f"{len(declared)} frames: {', '.join(declared)}", expect.show_all([got]))]
    found: list[Difference] = []
    for number, (frame, one) in enumerate(zip(declared, got, strict=True), 1):
        found += _compare(step, frame, one, number, memory)
    return found


def _compare(step: Step, frame: str, got: Frame, number: int, memory: Memory) -> Iterator[Difference]:
    if frame == "$message":
        assert isinstance(got, Typed)
        try:
            told = matchers.differences(
                payloads.types(),
                step.type,
                step.value or {},
                got.value,
                memory.json(),
                partial=step.partial or step.value is None,
                unknown=step.unknown_fields == "allowed",
            )
        except (ValueError, KeyError) as error:
            raise Unplayable(f"what is expected cannot be made out: {error}") from None
        for one in told[:MOST_TOLD]:
            where = f"{step.type}.{one.path}: " if one.path else ""
            yield Difference(f"{where}{one.expected}", one.got)
        return
    raw = got.value if isinstance(got, Typed) else got
    want = step.type if frame == "$type" else _part(frame, step)
    if want == matchers.ANY and frame.startswith("$"):
        return
    if raw != want.encode():
        what = f"frame {number} ({frame})" if frame.startswith("$") else f"frame {number}"
        yield Difference(f"{what}: {expect.show(want.encode())}", expect.show(raw))


def _typed_like(got: Message, want: Message) -> Message:
    """The message with those frames typed that are typed in the other one, so that values are compared."""
    if len(got) != len(want):
        return got
    return tuple(
        Typed(theirs.type, mine) if isinstance(theirs, Typed) and isinstance(mine, bytes) else mine
        for mine, theirs in zip(got, want, strict=True)
    )


def mismatch(number: str, step: Step, differences: list[Difference], got: Message) -> Mismatch:
    """The failure of a step. number: which step, for people."""
    expected = "; ".join(one.expected for one in differences)
    told = "; ".join(one.got for one in differences)
    whole = expect.show_all([got])
    end = "" if whole in told else f"; the whole message: {whole}"
    return Mismatch(Kind.ALTERED, f"{number} on {step.expect}: {expected}", f"{told}{end}")


def none_fits(number: str, steps: Sequence[Step], differences: Sequence[list[Difference]], got: Message) -> Mismatch:
    """The failure of a message that fits none of several steps."""
    expected = "; or ".join("; ".join(one.expected for one in of_step) for of_step in differences)
    return Mismatch(Kind.ALTERED, f"{number} on {steps[0].expect}: {expected}", expect.show_all([got]))


def as_types(got: Message, types: Sequence[str]) -> Message:
    """A message with its raw frames as messages of these types, where there are as many; "" leaves a frame raw."""
    if len(types) != len(got):
        return got
    return tuple(
        Typed(type, frame) if type and isinstance(frame, bytes) else frame
        for type, frame in zip(types, got, strict=True)
    )


def described(step: Step, declared: tuple[str, ...]) -> str:
    """What a step expects, for people."""
    if step.equals:
        return f"the message {step.equals}"
    if step.frames is not None:
        return expect.show_all([tuple(text.encode() for text in step.frames)])
    what = step.type or "a message"
    topic = "" if step.topic is None else f" with topic {step.topic!r}"
    return f"{what}{topic}" if "$message" in declared else f"a message{topic}"
