"""Cells waiting to be played. Pairs of peers take turns, so that one that is not ready does not block others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from zmq_interop.core.cell import Cell, on_one_link
from zmq_interop.run.engine.pool import Pool
from zmq_interop.system.errors import PeerBroken

MOST_ON_A_LINK = 64  # cells; more would save little, and the other workers could run out of cells


class CellQueue:
    """A queue for each set of peers. Its entries are cells that are played one after the other by the same worker.

    share_links: whether cells that differ only in the message share a link, and so an entry.
    """

    def __init__(self, cells: Iterable[Cell] = (), *, share_links: bool = False) -> None:
        self._waiting: dict[frozenset[str], deque[list[Cell]]] = {}
        open_entries: dict[object, list[Cell]] = {}
        for cell in cells:
            key = on_one_link(cell) if share_links else None
            entry = open_entries.get(key) if key is not None else None
            if entry is not None and len(entry) < MOST_ON_A_LINK:
                entry.append(cell)
                continue
            entry = [cell]
            if key is not None:
                open_entries[key] = entry
            self._waiting.setdefault(frozenset(cell.peers), deque()).append(entry)
        self._turns = deque(self._waiting)
        self._count = sum(len(entry) for queue in self._waiting.values() for entry in queue)

    def take(self, other: CellQueue, peer: str) -> None:
        """Moves all waiting cells with this peer from another queue to this one, each as an entry of its own."""
        for peers in [peers for peers in other._waiting if peer in peers]:
            cells = [cell for entry in other._waiting[peers] for cell in entry]
            other._forget(peers)
            other._count -= len(cells)
            if peers not in self._waiting:
                self._waiting[peers] = deque()
                self._turns.append(peers)
            self._waiting[peers].extend([cell] for cell in cells)
            self._count += len(cells)

    def __len__(self) -> int:
        return self._count

    def next(self, pool: Pool) -> list[Cell]:
        """Cells whose instances are ready: one, or several that may share a link. None are ready: an empty list."""
        for _ in range(len(self._turns)):
            peers = self._turns[0]
            self._turns.rotate(-1)
            queue = self._waiting[peers]
            if pool.ready(queue[0][0]):
                entry = queue.popleft()
                self._count -= len(entry)
                if not queue:
                    self._forget(peers)
                return entry
        return []

    def lost(self, pool: Pool) -> tuple[PeerBroken, Sequence[Cell]] | None:
        """Removes and returns the cells that can never be played, with the reasons."""
        if not pool.broken:  # fast path: this is called before each cell
            return None
        for peers, queue in self._waiting.items():
            broken = pool.lost(queue[0][0])
            if broken is not None:
                self._forget(peers)
                cells = [cell for entry in queue for cell in entry]
                self._count -= len(cells)
                return broken, cells
        return None

    def _forget(self, peers: frozenset[str]) -> None:
        del self._waiting[peers]
        self._turns.remove(peers)
