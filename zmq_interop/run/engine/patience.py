"""Decides when to give up a peer: if it keeps losing agents, or delays the run. Stateful, but without I/O.

One bad peer must not make a run take hours, so each rule bounds what a peer may cost (docs/decisions/0031).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from zmq_interop.agents.control.channel import Delays

MAX_LOSSES = 10  # agents that one peer may lose in a run before it is given up
MAX_BARREN = 6  # of those in a row, without finishing a cell
MAX_WAIT = 12.0  # seconds that a peer may delay the run, more than it was playing normally
MAX_STEP = 1.0  # the most seconds that one check counts for: between checks there may have been nothing to answer
LATE = 0.3  # average lateness of answers, in seconds, that counts as delaying the run
WORSE = 5  # times later than the harness itself and than the best other peer: on a busy machine all are late


class Patience:
    """Tracks what each peer has cost the run so far.

    grace: seconds that an answer may be late before the agent counts as hung; one such wait gives nobody up.
    """

    def __init__(self, grace: float) -> None:
        self._most = max(MAX_WAIT, 1.2 * grace)
        self._losses: Counter[str] = Counter()
        self._alone: Counter[str] = Counter()
        self._barren: Counter[str] = Counter()
        self._waited: dict[str, float] = {}

    def finished(self, peer: str) -> None:
        """Records that a cell finished on an agent of this peer."""
        self._barren.pop(peer, None)

    def lost(self, peer: str) -> str:
        """Counts an agent lost in the first play; returns why its peer is given up, or ""."""
        self._losses[peer] += 1
        self._barren[peer] += 1
        if self._losses[peer] >= MAX_LOSSES:
            return f"{peer} lost {MAX_LOSSES} agents in this run"
        if self._barren[peer] >= MAX_BARREN:
            return f"{peer} lost {MAX_BARREN} agents in a row without finishing a cell"
        return ""

    def lost_again(self, peer: str) -> str:
        """Counts an agent lost in a replay; returns why its peer is given up, or ""."""
        self._alone[peer] += 1
        if self._alone[peer] >= MAX_LOSSES:
            return f"{peer} lost {MAX_LOSSES} more agents while suspect cells were replayed to find the cause"
        return ""

    def look(self, delays: Mapping[str, Delays], seconds: float, lag: float) -> dict[str, str]:
        """The peers to give up because they delay the run, each with the reason.

        delays: peer -> how late its agents were in the last `seconds`. lag: how late the harness itself is, in seconds.
        Time without delays offsets earlier ones: a run takes at most twice as long as needed, plus MAX_WAIT.
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
