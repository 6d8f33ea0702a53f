"""Makes a scenario of each dialogue of each program, and checks the declared messages against their types."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from zmq_interop.core import sockets
from zmq_interop.core.features import PROGRAMS
from zmq_interop.core.scenario import Axis, Needs, Scenario, needs
from zmq_interop.programs import checks, faults, meeting, placeholders
from zmq_interop.programs.building import Builds
from zmq_interop.programs.declaration import BYTES, ROLE, USUAL, VERSION, Declared, Dialogue, Program, Step
from zmq_interop.programs.ends import ends
from zmq_interop.programs.matchers import ANY
from zmq_interop.programs.problems import Problems
from zmq_interop.programs.toml_places import Place
from zmq_interop.schemas.payloads import Types
from zmq_interop.system import near

if TYPE_CHECKING:
    from zmq_interop.programs.own_programs import OwnProgram

BINDER = "program"  # what the fact `binder` of a cell says if the program binds


def of(declared: Declared, types: Types, defects: Mapping[str, str]) -> list[Scenario]:
    """The scenarios of a declaration: `collector:ingest` is the dialogue `ingest` of the program `collector`.

    types: the message types of the run. defects: protos that do not compile, and why. Raises UsageError for messages
    that are not what their types say.
    """
    from zmq_interop.programs.own_programs import OwnProgram  # imports the contract, which a command compiles first

    _check(declared, types, defects)
    builds = Builds()
    turn = asyncio.Semaphore(max(2, 2 * (os.cpu_count() or 1)))
    turns: dict[str, asyncio.Semaphore] = {}
    made: list[Scenario] = []
    fixed: dict[str, asyncio.Semaphore] = {}  # versions of a program have the same endpoints
    for name, program in declared.config.played.items():
        alone = _is_fixed(program)
        own_turn = fixed.setdefault(name.partition(VERSION)[0], asyncio.Semaphore(1)) if alone else turn
        turns[name] = own_turn
        for dialogue in program.dialogue:
            play = OwnProgram(name, program, dialogue, declared.folder, builds, own_turn, alone=alone)
            made.append(_scenario(f"{name}:{dialogue.name}", program, dialogue, play))
    return [*made, *_meetings(declared, builds, turn, turns)]


def _meetings(
    declared: Declared, builds: Builds, turn: asyncio.Semaphore, turns: Mapping[str, asyncio.Semaphore]
) -> Iterator[Scenario]:
    """A scenario for each two programs that meet. turns: of each program, its own or the one that all share."""
    from zmq_interop.programs.meetings import ProgramMeeting

    programs = declared.config.played
    for one in meeting.meetings(declared.config):
        driver, other = programs[one.driver], programs[one.other]
        alone = dict.fromkeys(turns[name] for name in programs if name in (one.driver, one.other))
        held = [*(own for own in alone if own is not turn), *(own for own in alone if own is turn)]
        played = meeting.clients(one)
        roles = {
            role: _needs(driver, {end.socket for end in played if end.by == role})
            for role in dict.fromkeys(end.by for end in played)
        }
        first = one.joints[0]
        yield Scenario(
            name=one.name,
            roles=roles,
            binder=(binder := one.driver if driver.sockets[first.mine].binds else one.other),
            binders=(binder,),
            play=ProgramMeeting(one, programs, declared.folder, builds, held),
            doc=one.dialogue.about
            or f"The dialogue {one.dialogue.name} of the program {one.driver}, with {one.other}.",
            transports=meeting.common_transports(driver, other),
            place=(PROGRAMS,),
        )


def names(declared: Declared) -> list[str]:
    """The names of its scenarios."""
    programs = declared.config.played.items()
    own = [f"{name}:{dialogue.name}" for name, program in programs for dialogue in program.dialogue]
    return [*own, *(one.name for one in meeting.meetings(declared.config))]


def _scenario(name: str, program: Program, dialogue: Dialogue, play: OwnProgram) -> Scenario:
    roles: dict[str, Needs] = {}
    for role in dict.fromkeys([end.by for end in ends(dialogue)]) or [ROLE]:
        used = {end.socket for end in ends(dialogue) if end.by == role}
        if not roles:  # the first also binds what no step is about
            there = {end.socket for end in ends(dialogue)}
            used |= {name for name, socket in program.sockets.items() if not socket.binds and name not in there}
        roles[role] = _needs(program, used)
    binds = next(iter(program.sockets.values())).binds
    first = next(iter(roles))
    return Scenario(
        name=name,
        roles=roles,
        binder=BINDER if binds else first,
        binders=(BINDER if binds else first,),
        play=play,
        doc=dialogue.about or f"The dialogue {dialogue.name} of the program {play.name}, as {play.folder} declares it.",
        transports=checks.transports(program),
        axes=_axes(program),
        place=() if program.attach else (PROGRAMS,),
    )


def _axes(program: Program) -> tuple[Axis, ...]:
    """In which other ways its dialogues are played."""
    if not program.robust:
        return ()
    return (Axis(name=BYTES, values={USUAL: USUAL, **{one: one for one in program.robust}}, default=USUAL),)


def _needs(program: Program, used: Collection[str]) -> Needs:
    """What a client must be able to do that talks to these sockets of the program."""
    theirs = [program.sockets[name] for name in program.sockets if name in used]
    options = list(dict.fromkeys(option for socket in theirs for option in socket.options))
    types = list(dict.fromkeys(socket.other_type for socket in theirs))
    if sockets.SUB in types:
        options.append("SUBSCRIBE")
    found = [one for one in ("CURVE", "PLAIN") if any(option.startswith(f"{one}_") for option in options)]
    return needs(
        *types,
        options=tuple(options),
        operations=("set_option",) if sockets.SUB in types else (),
        mechanisms=tuple(found) or ("NULL",),
    )


def _is_fixed(program: Program) -> bool:
    """Whether two cells cannot be played at once: the program already runs, or an endpoint is always the same."""
    return program.attach or any(
        "://" in endpoint and not list(placeholders.names(endpoint))
        for socket in program.sockets.values()
        for endpoint in socket.endpoints
    )


def _check(declared: Declared, types: Types, defects: Mapping[str, str]) -> None:
    problems = Problems(declared.file, declared.lines)
    for name, program in declared.config.program.items():
        for number, dialogue in enumerate(program.dialogue):
            for place, step in _places(dialogue.steps, ("program", name, "dialogue", number, "steps")):
                if step.type:
                    _check_message(step, place, types, defects, problems)
    problems.refuse()


def _places(steps: tuple[Step, ...], at: Place) -> Iterator[tuple[Place, Step]]:
    for number, step in enumerate(steps):
        yield (*at, number), step
        yield from _places(step.any_order, (*at, number, "any_order"))
        yield from _places(step.repeat, (*at, number, "repeat"))


def _check_message(step: Step, at: Place, types: Types, defects: Mapping[str, str], problems: Problems) -> None:
    if step.type not in types.files:
        broken = [f"{file} does not compile: {why}" for file, why in defects.items()]
        known = list(types.files)
        hint = near.hint(step.type, known, "; ".join(broken) or "`proto` names the folders with your .proto files")
        problems.add((*at, "type"), f"there is no message type {step.type}; {hint}")
        return
    for fault in faults.of_value(types, step.type, step.value or {}, sends=step.action == "send"):
        problems.add((*at, "value", *fault.at), fault.what)
    for fault in faults.of_value(types, step.type, dict.fromkeys(step.varies, ANY), sends=False):
        problems.add((*at, "varies"), fault.what)
