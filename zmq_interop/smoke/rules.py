"""How a check is declared: which words of the contract it holds an agent to, and what its author does when it fails."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from zmq_interop.smoke.agent import Agent

CONTRACT = "docs/peer-contract.md"
PROTOS = "proto/interop/control/v1"

Play = Callable[["Agent"], Awaitable[None]]


class Way(enum.Enum):
    """What a check is played on.

    SHARED: an agent that others are played on too, by stdin and stdout. ALONE: one that it may end. SOCKET: one of its
    own on a control socket. UNREACHABLE: one that is told of a control socket that is not there.
    """

    SHARED = enum.auto()
    ALONE = enum.auto()
    SOCKET = enum.auto()
    UNREACHABLE = enum.auto()


class Wrong(Exception):
    """The agent did something else than the contract asks; the text says what."""


class Silent(Wrong):
    """It did not answer at all."""


class Unclaimed(Exception):
    """The agent does not claim what the check is about; the text names it: "operation unbind"."""


class Unseen(Exception):
    """It cannot be seen here whether the agent keeps the rule; the text says why."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the contract.

    file: the document, relative to the project's folder. section: its heading there, or the message of a .proto. asks:
    words of that document, as they stand there. mend: what to do when it fails.
    """

    name: str
    file: str
    section: str
    asks: str
    mend: str
    play: Play
    way: Way

    @property
    def title(self) -> str:
        """What it is about, in words."""
        return self.name.replace("_", " ")

    @property
    def where(self) -> str:
        """The document, and the place in it that a browser or an editor can go to."""
        anchor = re.sub(r"[^a-z0-9 -]", "", self.section.lower()).replace(" ", "-")
        return f"{self.file}#{anchor}" if self.file == CONTRACT else f"{self.file}, {self.section}"


REGISTRY: dict[str, Check] = {}


def check(section: str, asks: str, *, mend: str, way: Way = Way.SHARED) -> Callable[[Play], Play]:
    """Declares the decorated coroutine function a check, named as the function.

    section: a heading of docs/peer-contract.md, or "control.proto: Request" for what a .proto says of a message. The
    function raises Wrong, Unclaimed or Unseen.
    """
    file, colon, message = section.partition(".proto: ")

    def declare(play: Play) -> Play:
        name = getattr(play, "__name__", "")
        assert name not in REGISTRY, name
        REGISTRY[name] = Check(
            name=name,
            file=f"{PROTOS}/{file}.proto" if colon else CONTRACT,
            section=message or section,
            asks=inspect.cleandoc(asks).replace("\n", " "),
            mend=mend,
            play=play,
            way=way,
        )
        return play

    return declare
