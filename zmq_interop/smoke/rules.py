"""The declaration of a check: the sentence of the contract that it tests, and what an author does when it fails."""

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
    """The kind of agent that a check is played on.

    SHARED: one that other checks use too, on stdin and stdout. ALONE: its own, which it may end. SOCKET: its own, on a
    control socket. UNREACHABLE: its own, which gets the path of a control socket that does not exist.
    """

    SHARED = enum.auto()
    ALONE = enum.auto()
    SOCKET = enum.auto()
    UNREACHABLE = enum.auto()


class Wrong(Exception):
    """The agent broke the contract. The text says how."""


class Silent(Wrong):
    """The agent did not answer in time."""


class Unclaimed(Exception):
    """The agent does not claim something that the check needs. The text names it, such as "operation unbind"."""


class Unseen(Exception):
    """The rule cannot be checked here. The text says why."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the contract.

    file: the document, relative to the project's folder. section: a heading there, or the message of a .proto. asks: a
    literal quotation from that document. mend: what to do when the check fails.
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
        """Its name with spaces."""
        return self.name.replace("_", " ")

    @property
    def where(self) -> str:
        """The document and the section, as a link target if the document is the contract."""
        anchor = re.sub(r"[^a-z0-9 -]", "", self.section.lower()).replace(" ", "-")
        return f"{self.file}#{anchor}" if self.file == CONTRACT else f"{self.file}, {self.section}"


REGISTRY: dict[str, Check] = {}


def check(section: str, asks: str, *, mend: str, way: Way = Way.SHARED) -> Callable[[Play], Play]:
    """Declares the decorated coroutine function as a check with the name of the function.

    section: a heading of docs/peer-contract.md, or the file and the message of a .proto: "control.proto: Request". The
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
