"""How pytest-xdist distributes this project's tests: each folder of tests/ to one worker."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """What a folder's tests share (built peers, a wheel) is made once, not by each worker."""

    def _split_scope(self, nodeid: str) -> str:
        return "/".join(nodeid.split("/", 2)[:2])
