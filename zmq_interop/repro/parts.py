"""What a writer of programs gets and gives: one role with its libraries, and the files of its program."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from zmq_interop.repro.recording import Recording, Step, refused


class Part(msgspec.Struct, frozen=True):
    """One role of a reproduction. libraries: name -> version, as the peer's agent said."""

    role: str
    peer: str
    language: str
    libraries: dict[str, str]

    def version(self, library: str) -> str:
        """The version without what follows it: "7.36.2 (upb)" is 7.36.2."""
        return self.libraries[library].split()[0]


class Program(msgspec.Struct, frozen=True):
    """The program of one role.

    files: path in the folder -> text. build: lines of shell that build it; each ends the script if it fails. command:
    that starts it, without its arguments, the endpoints.
    """

    files: dict[str, str]
    build: tuple[str, ...]
    command: tuple[str, ...]


Writer = Callable[[Part, Recording], Program]


def names(steps: list[Step]) -> dict[int, str]:
    """A name for each socket that the steps open, by its handle: "rep", "rep_2"."""
    found: dict[int, str] = {}
    for step in steps:
        if step.name == "open":
            word = step.type.lower()
            count = sum(name.partition("_")[0] == word for name in found.values())
            found[step.socket] = f"{word}_{count + 1}" if count else word
    return found


def of_role(recording: Recording, role: str) -> list[Step]:
    """The steps of one role, in order."""
    return [step for step in recording.steps if step.role == role]


def told(step: Step) -> str:
    """What a step does, for people."""
    match step.name:
        case "open":
            return f"open a {step.type} socket"
        case "set_option" | "get_option":
            return f"{step.name[:3]} the option {step.options[0][0]}"
        case "bind" | "connect" | "unbind" | "disconnect":
            return f"{step.name} endpoint {step.endpoint + 1}"
        case "send":
            return f"send a message of {_count(len(step.frames))}"
        case "receive":
            return "receive a message"
        case _:
            return step.name


def _count(frames: int) -> str:
    return "1 frame" if frames == 1 else f"{frames} frames"


def patience(step: Step) -> int:
    """How long a step may wait, in milliseconds.

    A step that succeeds has at least 10 s: the scenario may have less patience with the second message of several, and
    the machine may be busy. One that runs into its limit has exactly that limit.
    """
    return step.timeout if step.answer.error == "EAGAIN" else max(step.timeout, 10_000) if step.timeout else 0


def routing_ids(steps: list[Step]) -> dict[int, int]:
    """The step that received each generated routing id first, by the place of the id."""
    found: dict[int, int] = {}
    for step in steps:
        for frame in step.answer.frames or ():
            if frame.id:
                found.setdefault(frame.id, step.number)
    return found


def frame_types(steps: list[Step]) -> list[str]:
    """The message types of all frames, without repetitions."""
    sent = [frame.type for step in steps for frame in step.frames]
    received = [name for step in steps for name in step.types]
    return sorted({*sent, *received} - {""})


def filled(text: str, **words: str) -> str:
    """A text with `@word@` replaced by each word's value."""
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def refuse_unsupported(part: Part, recording: Recording, steps: list[Step], language: str) -> None:
    """Raises UsageError for what the programs in C and C++ cannot do yet: typed frames, and reading an option."""
    if frame_types(steps):
        raise refused(recording.cell, f"typed frames in {language} ({part.peer}, the {part.role})")
    if any(step.name == "get_option" for step in steps):
        raise refused(recording.cell, f"the operation get_option in {language} ({part.peer}, the {part.role})")
