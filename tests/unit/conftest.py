"""Unit tests: no agent, no socket, no time that passes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from harness.paths import PROTO
from harness.protos import OWN

# Examples are bounded by their number and not by the clock of a busy machine, and the same ones are tried each time.
settings.register_profile(
    "unit",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder proto/ as the project has it, without what a user may have added."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / OWN).symlink_to(PROTO / OWN)
    return folder
