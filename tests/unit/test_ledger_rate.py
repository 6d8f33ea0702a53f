"""Telling a rate from a worse one: how often the test errs, and how many plays it takes."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.results.ledger import rate
from zmq_interop.results.ledger.rate import Answer, Rate

SAID = st.integers(2, 1000).flatmap(lambda plays: st.builds(Rate, st.integers(1, plays - 1), st.just(plays)))


def play(said: Rate, truth: float, luck: random.Random, most: int) -> tuple[Answer, int]:
    """One sample, play by play, up to a finding or to `most` plays."""
    failures = plays = 0
    while (found := rate.answer(said, Rate(failures, plays))) is Answer.OPEN and plays < most:
        failures += luck.random() < truth
        plays += 1
    return found, plays


def test_a_rate_that_is_as_it_was_is_hardly_ever_taken_for_a_worse_one() -> None:
    luck = random.Random(1)
    for said in (Rate(7, 500), Rate(3, 20), Rate(340, 790)):
        found = [play(said, rate.upper_end(said), luck, 10_000)[0] for _ in range(2000)]
        assert found.count(Answer.WORSE) <= 10  # 0.1 % of them are 2


def test_a_worse_one_is_found_out_and_soon() -> None:
    luck = random.Random(2)
    for said in (Rate(3, 20), Rate(340, 790)):
        usual = rate.upper_end(said)
        odds = rate.WORSE * usual / (1 - usual)
        samples = [play(said, odds / (1 + odds), luck, 10_000) for _ in range(2000)]
        assert sum(found is Answer.WORSE for found, _ in samples) >= 0.93 * len(samples)
        assert sum(plays for _, plays in samples) / len(samples) < 60


@given(SAID, st.integers(0, 20), st.integers(0, 20))
def test_so_many_passes_in_a_row_are_enough_and_one_less_is_not(said: Rate, failures: int, passes: int) -> None:
    more = rate.to_clear(said, Rate(failures, failures + passes))
    assert rate.answer(said, Rate(failures, failures + passes + more)) is Answer.AS_SAID
    if more:
        assert rate.answer(said, Rate(failures, failures + passes + more - 1)) is not Answer.AS_SAID


@given(SAID, st.integers(0, 20), st.integers(0, 20))
def test_so_many_failures_in_a_row_are_an_alarm_and_one_less_is_none(said: Rate, failures: int, passes: int) -> None:
    more = rate.to_alarm(said, Rate(failures, failures + passes))
    assert rate.answer(said, Rate(failures + more, failures + passes + more)) is Answer.WORSE
    if more:
        assert rate.answer(said, Rate(failures + more - 1, failures + passes + more - 1)) is not Answer.WORSE


@given(SAID)
def test_what_was_measured_in_fewer_plays_leaves_more_open(said: Rate) -> None:
    often = Rate(said.failures * 10, said.plays * 10)
    assert said.failures / said.plays < rate.upper_end(often) < rate.upper_end(said) < 1
