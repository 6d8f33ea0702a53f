"""What makes a mutant of the Python agent: a lane of its own, and names replaced in the agent's modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lane import Lane

import tests.liars.lie  # noqa: F401 (puts the honest agent's folder on sys.path)


def nothing() -> None:
    """Replaces nothing."""


class Mutant(NamedTuple):
    """operator: the kind of change. about: what cells must use to notice it (see `tests.mutants.play.notices`).

    lane: takes the place of the honest one. install: replaces names in the agent's modules.
    """

    operator: str
    about: str
    lane: type[Lane] = Lane
    install: Callable[[], None] = nothing
