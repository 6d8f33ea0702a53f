"""How pytest-xdist distributes this project's tests: what goes to one worker, and what is begun first."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Tests of these folders share what takes long to make (built peers, a wheel, agents that break a rule): one worker
# makes it once. Of all others each file may go to another worker.
_TOGETHER = ("ci", "contract", "hostile", "images", "liars", "page", "programs", "smoke", "wheel")
# What takes longest comes first, so that at the end no worker is left alone with it.
_FIRST = ("tests/images", "tests/contract", "tests/smoke", "tests/tools/test_sources.py")
_LAST = ("tests/liars", "tests/mutants/test_mutant_sample.py")  # a late agent is red: not beside builds of images


def unit(nodeid: str) -> str:
    """The name of the unit, all of one worker, that a test belongs to. nodeid: tests/FOLDER/FILE.py::NAME."""
    file = nodeid.partition("::")[0]
    _, folder, *_ = file.split("/")
    return f"tests/{folder}" if folder in _TOGETHER else file


def rank(nodeid: str) -> int:
    """By which units are sorted; others keep their order."""
    name = unit(nodeid)
    if name in _FIRST:
        return _FIRST.index(name)
    return len(_FIRST) + 1 + _LAST.index(name) if name in _LAST else len(_FIRST)


class Units(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A worker gets a unit, and the next one when it has nearly done that."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False  # by the number of tests, which says nothing about their time
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
