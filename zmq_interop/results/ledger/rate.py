"""Tests whether a flaky failure occurs more often than the ledger says. Pure.

A sequential probability ratio test (A. Wald, Sequential Tests of Statistical Hypotheses, Annals of Mathematical
Statistics 16, 1945): each play adds to a score, upwards where it fails, downwards where it passes; the score decides
when it leaves the band between two limits. Of all tests with the same errors this one needs the fewest plays.

That the rate is as it was said to be means: at most the upper end of what its measurement leaves open (the score
interval of E. B. Wilson, Journal of the American Statistical Association 22, 1927), so that "1 of 20" says less than
"50 of 1000". Worse means that the odds of a failure are WORSE times those.
"""

from __future__ import annotations

import enum
import math

import msgspec

WORSE = 3.0
FALSE_ALARM = 0.001  # how often a rate that is as it was is taken for a worse one
MISSED = 0.05  # how often a worse one is taken for what it was
SURE = 1.645  # standard deviations: with 95 % the rate is not above the upper end
_UPPER = math.log((1 - MISSED) / FALSE_ALARM)
_LOWER = math.log(MISSED / (1 - FALSE_ALARM))


class Rate(msgspec.Struct, frozen=True):
    """So many failures in so many plays."""

    failures: int
    plays: int

    def __str__(self) -> str:
        return f"{self.failures} of {self.plays}"


class Answer(enum.Enum):
    """What a sample says of a rate."""

    AS_SAID = enum.auto()
    WORSE = enum.auto()
    OPEN = enum.auto()


def answer(said: Rate, seen: Rate) -> Answer:
    """What the sample `seen` says, held against what the ledger has `said`: 0 < failures < plays."""
    score = _score(said, seen)
    if score >= _UPPER:
        return Answer.WORSE
    return Answer.AS_SAID if score <= _LOWER else Answer.OPEN


def to_clear(said: Rate, seen: Rate) -> int:
    """How many plays it takes at least, each of them a pass, until the answer is AS_SAID."""
    _, down = _steps(said)
    return max(0, math.ceil((_score(said, seen) - _LOWER) / down))


def to_alarm(said: Rate, seen: Rate) -> int:
    """How many plays it takes at least, each of them a failure, until the answer is WORSE."""
    up, _ = _steps(said)
    return max(0, math.ceil((_UPPER - _score(said, seen)) / up))


def _score(said: Rate, seen: Rate) -> float:
    up, down = _steps(said)
    return seen.failures * up - (seen.plays - seen.failures) * down


def _steps(said: Rate) -> tuple[float, float]:
    """By how much a failure raises the score, and a pass lowers it."""
    usual = upper_end(said)
    odds = WORSE * usual / (1 - usual)
    worse = odds / (1 + odds)
    return math.log(worse / usual), math.log((1 - usual) / (1 - worse))


def upper_end(said: Rate) -> float:
    """The greatest probability of a failure that the measurement leaves open."""
    share, square = said.failures / said.plays, SURE * SURE
    spread = SURE * math.sqrt(share * (1 - share) / said.plays + square / (4 * said.plays**2))
    return (share + square / (2 * said.plays) + spread) / (1 + square / said.plays)
