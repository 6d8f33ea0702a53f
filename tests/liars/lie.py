"""What a lie is made of: a class in place of one of the honest Python agent's, its socket, its lane or the agent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "peers" / "python"), str(ROOT)]  # in front of tests/liars, where `agent` is the liars' own

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
