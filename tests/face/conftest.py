"""The pytest inside, and the engine that does as it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.face.inner import Inner, Play, Tell, ToldEngine
from tests.space import logs_in
from zmq_interop import scenarios
from zmq_interop.agents.runtimes import process  # noqa: F401 (what a run imports, before the pytest inside does)
from zmq_interop.run.engine import engine

# The pytest inside forgets the modules that it is the first to import, and a scenario can be declared only once.
scenarios.load()


@pytest.fixture
def inner(pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """The pytest inside, without other plugins; its runs keep their logs out of the user's."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return Inner(pytester, logs_in(tmp_path))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Puts the told engine in the place of the real one; gives those that will be made."""

    def tell(play: Play) -> list[ToldEngine]:
        made: list[ToldEngine] = []
        one = type("ToldEngine", (ToldEngine,), {"made": made, "play": staticmethod(play)})
        monkeypatch.setattr(engine, "Engine", one)
        return made

    return tell
