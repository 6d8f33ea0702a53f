"""Keeps what passes a relay, within bounds: of each frame the beginning, of a whole cell at most `MOST` bytes."""

from __future__ import annotations

from collections.abc import Callable

from zmq_interop.core.transcript import Connection, End, Segment
from zmq_interop.wire.zmtp import KEEP, Conversation

MOST = 1 << 17  # bytes kept of one cell; those that flood a socket would make a run's log ten times as long
MOST_SEGMENTS = 4000  # of one cell
MOST_CONNECTIONS = 200  # of one cell; a socket that is refused connects again and again


class Budget:
    """What one cell may still keep. connections: how many came after those that were kept."""

    def __init__(self, most: int = MOST, segments: int = MOST_SEGMENTS) -> None:
        self.bytes = most
        self.segments = segments
        self.not_kept = 0


class Recorder:
    """Records one connection. clock: microseconds since the cell began. endpoint: of the bound socket."""

    def __init__(
        self, connector: str, binder: str, clock: Callable[[], int], budget: Budget, endpoint: str = ""
    ) -> None:
        self._endpoint = endpoint
        self._connector = connector
        self._binder = binder
        self._clock = clock
        self._budget = budget
        self._at = clock()
        self._segments: list[Segment] = []
        self._ends: list[End] = []
        self._refused = ""
        self._came = [0, 0]  # bytes of each side
        self._framing: Conversation | None = None  # nothing is cut before a side has sent KEEP bytes

    def passed(self, side: int, data: bytes) -> None:
        """Records bytes that a side sent."""
        at = self._clock()
        if self._budget.segments <= 0 or self._budget.bytes <= 0:
            self._not_kept(side, at, len(data))
            return
        kept = bytearray()
        holes: list[tuple[int, int]] = []
        place = 0
        for start, count in [*self._beyond(side, data), (len(data), 0)]:
            piece = data[place:start]
            room = self._budget.bytes - len(kept)
            kept += piece[:room]
            gone = max(0, len(piece) - room) + count
            if gone:
                holes.append((len(kept), gone))
            place = start + count
        self._budget.bytes -= len(kept)
        self._budget.segments -= 1
        self._segments.append(Segment(side=side, at=at, data=bytes(kept), holes=holes))

    def _beyond(self, side: int, data: bytes) -> list[tuple[int, int]]:
        """Which of these bytes are beyond the bound of their frame: position and count."""
        self._came[side] += len(data)
        if self._framing is None:
            if self._came[side] <= KEEP:
                return []
            self._framing = Conversation()
            for earlier in self._segments:  # whole so far: once the budget has cut one, nothing is asked here
                self._framing.feed(earlier.side, earlier.data)
        self._framing.feed(side, data)
        return self._framing.dropped(side)

    def _not_kept(self, side: int, at: int, count: int) -> None:
        """Counts bytes that there is no room for, in the last segment of this side if that has no data."""
        for place in range(len(self._segments) - 1, max(-1, len(self._segments) - 3), -1):
            last = self._segments[place]
            if last.side == side and not last.data:
                self._segments[place] = Segment(side=side, at=last.at, holes=[(0, last.size + count)])
                return
        self._segments.append(Segment(side=side, at=at, holes=[(0, count)]))

    def ended(self, side: int, how: str) -> None:
        """Records that a side ended its direction."""
        if all(end.side != side for end in self._ends):
            self._ends.append(End(side=side, at=self._clock(), how=how))

    def refused(self, why: str) -> None:
        """Records that the bound socket could not be reached."""
        self._refused = why

    def connection(self) -> Connection:
        """What was recorded so far."""
        return Connection(
            connector=self._connector,
            binder=self._binder,
            at=self._at,
            endpoint=self._endpoint,
            segments=list(self._segments),
            ends=list(self._ends),
            refused=self._refused,
        )
