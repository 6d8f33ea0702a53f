"""Which programs of a declaration meet: one's declared sends are another's declared receives. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from zmq_interop.core import sockets
from zmq_interop.programs import placeholders
from zmq_interop.programs.checks import transports
from zmq_interop.programs.contract import SENDS, TAKES, words
from zmq_interop.programs.declaration import VERSION, Config, Dialogue, Program, Socket, Step
from zmq_interop.programs.ends import End, ends, flat

# Socket types that may be connected (RFC 28 to 31), without ROUTER to ROUTER, which needs ids that nobody declares.
_PAIRS = frozenset(
    frozenset(pair)
    for pair in (
        (sockets.PUSH, sockets.PULL),
        (sockets.REQ, sockets.REP),
        (sockets.REQ, sockets.ROUTER),
        (sockets.DEALER, sockets.REP),
        (sockets.DEALER, sockets.ROUTER),
        (sockets.DEALER,),
        (sockets.PUB, sockets.SUB),
        (sockets.PUB, sockets.XSUB),
        (sockets.XPUB, sockets.SUB),
        (sockets.XPUB, sockets.XSUB),
        (sockets.PAIR,),
    )
)


class Joint(NamedTuple):
    """Two sockets that are connected. mine: the socket of the program whose dialogue is played. theirs: the other's."""

    mine: str
    theirs: str


class Meeting(NamedTuple):
    """A dialogue of one program that is played with another program.

    driver: the program of the dialogue. other: who takes the place of a peer on the joints.
    """

    driver: str
    dialogue: Dialogue
    other: str
    joints: tuple[Joint, ...]

    @property
    def name(self) -> str:
        """The name of its scenario."""
        return f"{self.driver}:{self.dialogue.name}+{self.other}"


def meetings(config: Config) -> Iterator[Meeting]:
    """All meetings of the programs of a declaration and their versions, in its order. No program meets itself."""
    for driver, program in config.played.items():
        for dialogue in program.dialogue:
            for other, partner in config.played.items():
                if other.partition(VERSION)[0] == driver.partition(VERSION)[0] or program.attach or partner.attach:
                    continue
                joints = tuple(_joints(program, partner))
                opens = _drives(dialogue, joints) and _is_taken(program, dialogue, partner, joints)
                if opens and common_transports(program, partner):
                    yield Meeting(driver, dialogue, other, joints)


def common_transports(one: Program, other: Program) -> tuple[str, ...]:
    """The transports over which two programs can meet."""
    theirs = transports(other)
    return tuple(name for name in transports(one) if name in theirs)


def _joints(one: Program, other: Program) -> Iterator[Joint]:
    """The sockets of two programs that belong together: of those that fit, the one of the same name, or the first."""
    taken: set[str] = set()
    for mine in one.sockets:
        fits = [name for name in other.sockets if name not in taken and _fit(one, mine, other, name)]
        if fits:
            theirs = mine if mine in fits else fits[0]
            taken.add(theirs)
            yield Joint(mine, theirs)


def _fit(one: Program, mine: str, other: Program, theirs: str) -> bool:
    """Whether what is sent on one of two sockets is what the other takes, and they can be connected."""
    first, second = one.sockets[mine], other.sockets[theirs]
    if frozenset((first.type, second.type)) not in _PAIRS or first.binds is second.binds:
        return False
    if _is_secured(first) or _is_secured(second) or _is_fixed(second if first.binds else first):
        return False
    return any(
        set(words(sender, sends, SENDS).types) & set(words(receiver, takes, TAKES).types)
        for sender, sends, receiver, takes in ((one, mine, other, theirs), (other, theirs, one, mine))
    )


def _is_secured(socket: Socket) -> bool:
    """Whether it has a mechanism: what passes cannot be read, and the keys are those of peers."""
    return any(option.startswith(("CURVE_", "PLAIN_")) for option in socket.options)


def _is_fixed(socket: Socket) -> bool:
    """Whether it always connects to the same endpoint, so that no relay can take its place."""
    return any("://" in one and not list(placeholders.names(one)) for one in socket.endpoints)


def _drives(dialogue: Dialogue, joints: tuple[Joint, ...]) -> bool:
    """Whether the dialogue can be played with another program: on the joints, its own program speaks first.

    Nobody can make a program send what another one's dialogue sends; it only answers what it gets.
    """
    joined = {joint.mine for joint in joints}
    if any(step.restart for step in dialogue.steps):
        return False
    if any(inner.socket in joined for step in dialogue.steps for inner in step.repeat):
        return False
    if any(len({end.by for end in ends(dialogue) if end.socket == socket}) > 1 for socket in joined):
        return False
    spoken = [step for step in flat(dialogue.steps) if (step.send or step.expect) in joined]
    return bool(spoken) and bool(spoken[0].expect)


def _is_taken(program: Program, dialogue: Dialogue, partner: Program, joints: tuple[Joint, ...]) -> bool:
    """Whether the other program takes the first message that the dialogue's program says: else they do not meet in it,
    whatever other dialogues have in common."""
    theirs = {joint.mine: joint.theirs for joint in joints}
    first = next(step for step in flat(dialogue.steps) if step.expect in theirs)
    said = words(msgspec.structs.replace(program, dialogue=(_until(dialogue, first),)), first.expect, SENDS)
    taken = words(partner, theirs[first.expect], TAKES)
    return bool(set(said.types) & set(taken.types) or said.raw & taken.raw)


def _until(dialogue: Dialogue, last: Step) -> Dialogue:
    """The dialogue up to a step."""
    steps = list(flat(dialogue.steps))
    return msgspec.structs.replace(dialogue, steps=tuple(steps[: steps.index(last) + 1]))


def clients(meeting: Meeting) -> list[End]:
    """The sockets that peers play in a meeting: those of the dialogue that are no joint."""
    joined = {joint.mine for joint in meeting.joints}
    return [end for end in ends(meeting.dialogue) if end.socket not in joined]
