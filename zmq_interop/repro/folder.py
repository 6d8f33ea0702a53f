"""All files of a reproduction, as text: the programs, run.py, run.sh and README.md."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from importlib import resources

import msgspec

from zmq_interop.core.cell import Cell
from zmq_interop.repro import c_text, cpp_text, go_pure_text, parts, python_text
from zmq_interop.repro.parts import Part, Program, Writer
from zmq_interop.repro.recording import Answer, Recording, Step, first_difference, refused

# By the library that the program calls: the first one that a peer has.
_WRITERS: dict[str, Writer] = {
    "pyomq": python_text.write,
    "pyzmq": python_text.write,
    go_pure_text.LIBRARY: go_pure_text.write,
    "cppzmq": cpp_text.write,
}


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What a reproduction shows.

    expected: a play of the same scenario and values that passed. got: the play of the cell itself. parts: one for each
    role. outcome: (expected, got) in words, both "" for a cell that passed.
    """

    cell: Cell
    expected: Recording
    got: Recording
    parts: Sequence[Part]
    outcome: tuple[str, str] = ("", "")


def files(story: Story) -> dict[str, str]:
    """The files: path in the folder -> text. Raises UsageError for what is not supported yet.

    The programs make the calls of `expected` with the libraries of `parts`. A cell that failed must have answered
    something else in at least one of these steps: otherwise the programs could not show its failure.
    """
    name = story.cell.id
    steps = msgspec.structs.replace(story.expected, cell=name)
    different = first_difference(story.expected, story.got)
    if any(story.outcome) and different is None:
        raise refused(name, "a failure that no answer of a single operation shows")
    programs = {part.role: _writer(name, part)(part, steps) for part in story.parts}
    found = {path: text for program in programs.values() for path, text in program.files.items()}
    found["run.py"] = _runner(steps, programs, different)
    found["run.sh"] = _script(programs)
    found["README.md"] = _readme(story, different)
    return found


def message_types(story: Story) -> list[str]:
    """The message types whose descriptors the programs need, in messages.binpb beside them."""
    return parts.frame_types(list(story.expected.steps))


def _writer(cell: str, part: Part) -> Writer:
    for library, writer in _WRITERS.items():
        if library in part.libraries:
            return writer
    if part.language.split()[0] == "C" and "libzmq" in part.libraries:  # bindings name libzmq too
        return c_text.write
    raise refused(cell, f"a program for {part.peer}, the {part.role} ({part.language}, {', '.join(part.libraries)})")


def _runner(recording: Recording, programs: dict[str, Program], different: tuple[Step, Answer] | None) -> str:
    text = (resources.files(__package__) / "runner.py").read_text(encoding="utf-8")
    start, end = text.index("PROGRAMS: "), text.index("# END OF DATA\n")
    commands = "".join(f"    {role!r}: {list(program.command)!r},\n" for role, program in programs.items())
    places = [one.host or one.transport for one in recording.endpoints]
    steps = "".join(f"    Step({_fields(step, different)}),\n" for step in recording.steps)
    data = (
        f"PROGRAMS: dict[str, list[str]] = {{  # role -> command\n{commands}}}\n"
        f'ENDPOINTS: list[str] = {places!r}  # the address to bind at, or "ipc"\n'
        f"STEPS: list[Step] = [\n{steps}]\n"
    )
    return text[:start] + data + text[end + len("# END OF DATA\n") :]


def _fields(step: Step, different: tuple[Step, Answer] | None) -> str:
    timeout = parts.patience(step) / 1000
    seen = f", {_answered(different[1])}" if different and different[0].number == step.number else ""
    what = parts.told(step)
    return f"{step.number}, {step.role!r}, {what!r}, {timeout:g}, {step.after!r}, {_answered(step.answer)}{seen}"


def _answered(answer: Answer) -> str:
    if answer.frames is not None:
        return repr([None if frame.id else frame.data for frame in answer.frames])
    if answer.none:
        return repr("no answer: the program ended")
    if answer.error:
        return repr(f"error {answer.error}")
    if answer.value is not None:
        return repr(f"ok {(answer.value.hex() or '-') if isinstance(answer.value, bytes) else answer.value}")
    return repr("ok")


def _script(programs: dict[str, Program]) -> str:
    builds = "".join(f"{line} || exit 2\n" for program in programs.values() for line in program.build)
    return (
        "#!/bin/sh\n"
        "# Exit codes: 1 while the fault is there, 0 once it is gone, 2 if the programs could not be run.\n"
        'cd "$(dirname "$0")" || exit 2\n'
        f"{builds}"
        'exec "${PYTHON:-python3}" run.py\n'
    )


_HOW = """\
    sh run.sh

It exits with 1 while the fault is there, with 0 once it is gone, and with 2 if the programs could not be run. `PYTHON`
names the Python to use (default: python3). To try other versions, change those that are pinned beside the programs, and
remove `build`.

There is one program for each role. `run.py` starts them, tells each when to take its next step, and compares what they
answer with what they should.
"""


def _readme(story: Story, different: tuple[Step, Answer] | None) -> str:
    scenario = story.cell.scenario
    told = [
        f"# {scenario.name}: {' and '.join(part.peer for part in story.parts)}",
        "## What should happen",
        textwrap.dedent(scenario.doc).strip(),
    ]
    if different is None:
        told += ["## What happens", "Just that: this is not a fault."]
    else:
        step, answer = different
        expected, got = story.outcome
        told += [
            f"In step {step.number} the {step.role} should {parts.told(step)}. The answer should be",
            textwrap.indent(_plain(step.answer), "    "),
            "## What happens",
            "The answer is",
            textwrap.indent(_plain(answer), "    "),
            "The test that found this says",
            f"    expected  {expected}\n    got       {got}",
        ]
    told += ["## Versions", "\n".join(map(_versions, story.parts)), "## How to run it", _HOW]
    return "\n\n".join(told)


def _versions(part: Part) -> str:
    libraries = "".join(f", {name} {version}" for name, version in part.libraries.items())
    return f"- {part.role}: {part.language}{libraries}"


def _plain(answer: Answer) -> str:
    if answer.frames is None:
        return _answered(answer).strip("'")
    return "\n".join(
        "a routing id that the library generated" if frame.id else f"{frame.data!r}{frame.type and f' ({frame.type})'}"
        for frame in answer.frames
    )
