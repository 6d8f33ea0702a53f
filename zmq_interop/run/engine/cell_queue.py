"""Cells waiting to be played. Pairs of peers take turns, so that one that is not ready does not block others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from zmq_interop.core.cell import Cell
from zmq_interop.run.engine.pool import Pool
from zmq_interop.system.errors import PeerBroken


class CellQueue:
    """A queue of cells for each set of peers."""

    def __init__(self, cells: Iterable[Cell] = ()) -> None:
        self._waiting: dict[frozenset[str], deque[Cell]] = {}
        for cell in cells:
            self._waiting.setdefault(frozenset(cell.peers), deque()).append(cell)
        self._turns = deque(self._waiting)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def next(self, pool: Pool) -> Cell | None:
        """A cell whose instances are ready, or None."""
        for _ in range(len(self._turns)):
            peers = self._turns[0]
            self._turns.rotate(-1)
            queue = self._waiting[peers]
            if pool.ready(queue[0]):
                cell = queue.popleft()
                if not queue:
                    self._forget(peers)
                return cell
        return None

    def lost(self, pool: Pool) -> tuple[PeerBroken, Sequence[Cell]] | None:
        """Removes and returns the cells that can never be played, with the reasons."""
        if not pool.broken:  # fast path: this is called before each cell
            return None
        for peers, queue in self._waiting.items():
            broken = pool.lost(queue[0])
            if broken is not None:
                self._forget(peers)
                return broken, queue
        return None

    def _forget(self, peers: frozenset[str]) -> None:
        del self._waiting[peers]
        self._turns.remove(peers)
