"""What a lie is made of: a class in place of one of the honest Python agent's, its socket, its lane or the agent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "peers" / "python"), str(ROOT)]  # in front of tests/liars, where `agent` is the liars' own

import zmq  # noqa: E402
from agent import Agent  # noqa: E402
from lane import Lane  # noqa: E402

from tests.liars.sockets import Truthful  # noqa: E402


class Liar(Agent):
    """Bears the name of the folder that it was started in."""

    def hello(self) -> Any:
        hello = super().hello()
        hello.peer = Path.cwd().name
        return hello


class Lie(NamedTuple):
    socket: type[Truthful] = Truthful
    lane: type[Lane] = Lane
    agent: type[Liar] = Liar


def lane_with(socket: type[Truthful], lane: type[Lane] = Lane) -> type[Lane]:
    """A lane of this class whose sockets are of that one."""

    class LyingContext(zmq.Context[Any]):
        _socket_class = socket

    class LyingLane(lane):  # type: ignore[valid-type,misc]
        def __init__(self, context: zmq.Context[Any]) -> None:
            super().__init__(LyingContext.shadow(context))

    return LyingLane
