"""Measures how often the cells of a flaky entry fail in one run, and decides which to replay for that. Pure."""

from __future__ import annotations

from collections import deque

from zmq_interop.core.events import CellJudged
from zmq_interop.results.ledger import rate
from zmq_interop.results.ledger.entry import Entry
from zmq_interop.results.ledger.rate import Answer, Rate

MOST_AGAIN = 40  # plays beyond the plan, for one entry in one run

_WORDS = {
    Answer.AS_SAID: "which is within what the ledger allows",
    Answer.OPEN: "which is not clearly more than the ledger allows",
    Answer.WORSE: "more often than the ledger allows",
}


class Sample:
    """All plays of one flaky entry's cells in a run.

    waiting: how many cells of the plan that it may speak of have no verdict yet. held: failures of its kinds, which are
    `known` or `fail` when the rate is judged. again: plays beyond the plan.
    """

    def __init__(self, entry: Entry, said: Rate) -> None:
        self.entry = entry
        self.waiting = 0
        self.held: list[CellJudged] = []
        self.again = 0
        self._said = said
        self._failures = self._plays = 0
        self._turns: deque[str] = deque()

    def add(self, id: str, *, failed: bool) -> None:
        """One play of one cell."""
        self._plays += 1
        self._failures += failed
        if id not in self._turns:
            self._turns.append(id)

    @property
    def answer(self) -> Answer:
        """The verdict on the rate from the plays so far."""
        return rate.answer(self._said, self._seen)

    @property
    def settled(self) -> bool:
        """Whether no further play is needed.

        That is so if nothing failed, or if even failures only could not prove a worse rate within the bound.
        """
        return (
            not self._failures
            or self.answer is not Answer.OPEN
            or rate.to_alarm(self._said, self._seen) > MOST_AGAIN - self.again
        )

    def next(self) -> list[str]:
        """The cells to replay, each once, in turn; at most as many as settle the rate if they all pass."""
        count = min(rate.to_clear(self._said, self._seen), len(self._turns), MOST_AGAIN - self.again)
        chosen = [self._turns[index] for index in range(count)]
        self._turns.rotate(-count)
        self.again += count
        return chosen

    def __str__(self) -> str:
        return f"{self.entry.at}: its cells failed {self._seen} times, {_WORDS[self.answer]} ({self._said})"

    @property
    def _seen(self) -> Rate:
        return Rate(self._failures, self._plays)
