"""Finds peers whose cells wait out their limits, mostly for messages that do not come. Stateful, but without I/O."""

from __future__ import annotations

from collections import Counter

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict

ENOUGH = 8  # such cells of a peer: fewer cost the run little
SHARE = 10  # a peer that passes more than this many times as many cells does not let others wait by habit
OTHERS = 50  # without it, so many times as many cells must pass as have waited: else the machine is at fault, and busy


class Losses:
    """Counts, for each peer, cells that failed after they had waited for their limit, and cells that passed.

    A cell that lost a message has waited, with few exceptions; one that was refused may have. Not for cells that are
    known to fail, which wait beside the others anyway. limit: seconds for which an operation of a cell waits. peers:
    those that were found to let others wait. Their cells count no more, so that what they do is not blamed on the peers
    at the other end.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self.peers: set[str] = set()
        self._lost: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._all_lost = self._all_passed = 0

    def add(self, judged: CellJudged) -> str:
        """Takes a verdict; returns the peer that it shows to let others wait, or ""."""
        names = set(judged.roles.values())
        if not names or not names.isdisjoint(self.peers):  # where two programs of the user meet, there may be no peer
            return ""
        if judged.verdict is Verdict.PASS:
            self._passed.update(names)
            self._all_passed += 1
        waited = judged.kind is Kind.LOST or judged.seconds >= self._limit
        if judged.verdict is not Verdict.FAIL or not waited:
            return ""
        self._lost.update(names)
        self._all_lost += 1
        worst = max(sorted(names), key=lambda name: (self._lost[name], -self._passed[name]))
        lost, passed = self._lost[worst], self._passed[worst]
        others = (self._all_lost - lost) * OTHERS <= self._all_passed - passed
        if lost < max(ENOUGH, passed / SHARE) or not others:
            return ""
        self.peers.add(worst)
        self._all_lost -= lost
        self._all_passed -= passed
        return worst
