"""How pytest-xdist distributes the cells of a session. Imported only if pytest-xdist is in use."""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling

from zmq_interop.cli.pytest.items import MATRIX


class Together(LoadGroupScheduling):  # type: ignore[misc]  # xdist has no types
    """Sends all cells of the matrix to one worker, as one group; every other test goes to any free worker."""

    def _split_scope(self, nodeid: str) -> str:
        return MATRIX if nodeid.startswith(f"{MATRIX}::") else str(super()._split_scope(nodeid))
