"""When a peer is given up: it loses agent after agent, or keeps the run waiting. Pure but for what it remembers.

A run must not take hours because one peer is bad, so each rule bounds what a peer may cost (docs/decisions/0031).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from zmq_interop.agents.control.channel import Delays

MAX_LOSSES = 10  # agents that one peer may lose in a run, before the rest of its cells is given up
MAX_BARREN = 6  # of those in a row, without one cell played to its end meanwhile
MAX_WAIT = 12.0  # seconds that a peer may keep the run waiting, beyond those in which it did not
MAX_STEP = 1.0  # seconds that one look counts for: between two of them there may have been nothing to answer
LATE = 0.1  # seconds that an answer is late on average, from which on a run is kept waiting
WORSE = 5  # times as late as the harness itself, and as the best of the other peers: on a busy machine all are late


class Patience:
    """What each peer has cost the run so far.

    grace: seconds that an answer may be late before the agent counts as hung; one such wait gives nobody up.
    """

    def __init__(self, grace: float) -> None:
        self._most = max(MAX_WAIT, 1.2 * grace)
        self._losses: Counter[str] = Counter()
        self._alone: Counter[str] = Counter()
        self._barren: Counter[str] = Counter()
        self._waited: dict[str, float] = {}

    def finished(self, peer: str) -> None:
        """A cell was played to its end on an agent of this peer."""
        self._barren.pop(peer, None)

    def lost(self, peer: str) -> str:
        """Counts an agent that was lost while cells were first played; why its peer is given up, "" if it is not."""
        self._losses[peer] += 1
        self._barren[peer] += 1
        if self._losses[peer] >= MAX_LOSSES:
            return f"{peer} lost {MAX_LOSSES} agents in this run"
        if self._barren[peer] >= MAX_BARREN:
            return f"{peer} lost {MAX_BARREN} agents in a row without finishing a cell"
        return ""

    def lost_again(self, peer: str) -> str:
        """Counts an agent that one cell lost when it was played again; why its peer is given up, "" if it is not."""
        self._alone[peer] += 1
        if self._alone[peer] >= MAX_LOSSES:
            return f"{peer} lost {MAX_LOSSES} more agents while suspect cells were replayed to find the cause"
        return ""

    def look(self, delays: Mapping[str, Delays], seconds: float, lag: float) -> dict[str, str]:
        """Peers that are to be given up for keeping the run waiting, each with why.

        delays: peer -> how late its agents were in the last `seconds`. lag: seconds by which the harness itself is
        late. What a peer costs it can earn back: a run takes no longer than twice what it must, and MAX_WAIT more.
        """
        step = min(seconds, MAX_STEP)
        found = {}
        for peer, own in delays.items():
            best = min((one.mean for name, one in delays.items() if name != peer and one.answers), default=0.0)
            waited = self._waited.get(peer, 0.0)
            if own.mean > max(LATE, WORSE * best, WORSE * lag):
                waited += step
            elif own.answers:
                waited = max(0.0, waited - step)
            self._waited[peer] = waited
            if waited > self._most:
                found[peer] = (
                    f"{peer} delayed the run for {self._most:g} s more than it was playing: "
                    f"its answers were {own.mean:.2f} s late on average; the best other peer's were {best:.2f} s late"
                )
        return found
