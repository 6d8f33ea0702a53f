"""The sockets of the other side that a dialogue needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zmq_interop.programs.declaration import Dialogue, Step


class End(NamedTuple):
    """One socket of the other side. by: the client. socket: the program's socket that it talks to."""

    by: str
    socket: str


def ends(dialogue: Dialogue) -> list[End]:
    """The sockets of the other side, in the order in which the steps name them."""
    return list(dict.fromkeys(End(step.by, step.until or step.socket) for step in flat(dialogue.steps)))


def flat(steps: Sequence[Step]) -> Iterator[Step]:
    """All steps that are about a socket."""
    for step in steps:
        yield from flat(step.any_order)
        yield from flat(step.repeat)
        if step.until or step.socket:
            yield step
