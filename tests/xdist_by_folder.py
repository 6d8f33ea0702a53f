"""How pytest-xdist distributes this project's tests: each folder of tests/ to one worker."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# Their tests start containers, and look at what is left on the engine afterwards.
ON_THE_ENGINE = ("tests/ci", "tests/containers", "tests/faults", "tests/wheel")


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """What a folder's tests share (built peers, images, a wheel) is made once, not by each worker."""

    def _split_scope(self, nodeid: str) -> str:
        folder = "/".join(nodeid.split("/", 2)[:2])
        return "engine" if folder in ON_THE_ENGINE else folder
