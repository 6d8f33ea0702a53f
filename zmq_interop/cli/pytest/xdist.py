"""How pytest-xdist gives out the cells of a session. Imported only where it is there and used."""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling

from zmq_interop.cli.pytest.items import MATRIX


class Together(LoadGroupScheduling):  # type: ignore[misc]  # xdist has no types
    """All cells of the matrix go to one worker, as one group; every other test goes where there is room."""

    def _split_scope(self, nodeid: str) -> str:
        return MATRIX if nodeid.startswith(f"{MATRIX}::") else str(super()._split_scope(nodeid))
