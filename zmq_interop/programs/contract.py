"""What a program says and takes on a socket, as all its dialogues declare it, and whether a message fits that. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zmq_interop.programs import matchers
from zmq_interop.programs.declaration import Program, Step
from zmq_interop.programs.ends import flat
from zmq_interop.programs.frames import MOST_TOLD, Difference
from zmq_interop.scenarios.kit import expect
from zmq_interop.schemas.payloads import Types

SENDS, TAKES = "expect", "send"  # the step of a dialogue that shows it


class Words(NamedTuple):
    """The messages of one direction of a socket.

    types: of payloads. lenient: those of them that may have unknown fields. raw: messages that are declared frame by
    frame.
    """

    types: tuple[str, ...]
    lenient: frozenset[str]
    raw: frozenset[tuple[bytes, ...]]


def words(program: Program, socket: str, action: str) -> Words:
    """What passes on a socket of the program. action: SENDS or TAKES."""
    types: dict[str, bool] = {}
    raw: set[tuple[bytes, ...]] = set()
    for dialogue in program.dialogue:
        steps = list(flat(dialogue.steps))
        named = {step.as_: step for step in steps if step.as_}
        for step in steps:
            if getattr(step, action) != socket:
                continue
            meant = _meant(step, named)
            if meant.type:
                types[meant.type] = types.get(meant.type, False) or step.unknown_fields == "allowed"
            elif meant.frames is not None:
                raw.add(tuple(text.encode() for text in meant.frames))
    return Words(tuple(types), frozenset(name for name, lenient in types.items() if lenient), frozenset(raw))


def _meant(step: Step, named: dict[str, Step]) -> Step:
    """The step that declares the message: that to which `equals` refers."""
    seen: list[Step] = []
    while step.equals and step.equals[1:] in named and step not in seen:
        seen.append(step)
        step = named[step.equals[1:]]
    return step


def differs(types: Types, declared: Sequence[str], allowed: Words, message: Sequence[bytes]) -> tuple[Difference, ...]:
    """How a message differs from all that may pass there; empty if it is one of them.

    declared: the frames of the socket's messages. message: its frames, without what the socket adds.
    """
    if tuple(message) in allowed.raw:
        return ()
    if not allowed.types:
        return (Difference("no message that is not declared", expect.show_all([tuple(message)])),)
    if len(message) != len(declared):
        return (Difference(f"{len(declared)} frames: {', '.join(declared)}", expect.show_all([tuple(message)])),)
    of_each = [tuple(_of_type(types, declared, name, allowed, message)) for name in allowed.types]
    return min(of_each, key=len)


def _of_type(
    types: Types, declared: Sequence[str], name: str, allowed: Words, message: Sequence[bytes]
) -> Iterator[Difference]:
    """How it differs from a message of one type."""
    for number, (frame, got) in enumerate(zip(declared, message, strict=True), 1):
        if frame == "$message":
            lenient = name in allowed.lenient
            found = matchers.differences(types, name, {}, got, {}, partial=True, unknown=lenient)
            for one in found[:MOST_TOLD]:
                yield Difference(
                    f"{name}.{one.path}: {one.expected}" if one.path else f"{name}: {one.expected}", one.got
                )
        elif frame == "$type" or not frame.startswith("$"):
            wanted = (name if frame == "$type" else frame).encode()
            if got != wanted:
                yield Difference(f"frame {number}: {expect.show(wanted)}", expect.show(got))
