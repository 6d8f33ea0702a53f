"""The run with all hostile peers, once a session."""

from __future__ import annotations

import pytest

from tests.hostile.play import Told, play


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What that run told."""
    return play(tmp_path_factory.mktemp("hostile"))
