"""The account: nothing gets lost, and the exit code says the worst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.core.verdicts import Account, Verdict, account
from zmq_interop.system.errors import Exit

counts = st.lists(st.tuples(st.sampled_from(Verdict), st.integers(0, 1000)))


@given(counts)
def test_an_account_balances_just_when_every_cell_has_a_verdict(found: list[tuple[Verdict, int]]) -> None:
    total = sum(number for _, number in found)
    assert account(total, found).balanced
    assert not account(total + 1, found).balanced
    assert account(total + 1, found).exit_code == Exit.HARNESS_FAULT


@given(counts)
def test_the_line_adds_up(found: list[tuple[Verdict, int]]) -> None:
    line = str(account(sum(number for _, number in found), found))
    left, right = line.split(" = ")
    assert int(left.removeprefix("planned ")) == sum(int(part.split()[1]) for part in right.split(" + "))


def test_the_line_is_as_scripts_expect_it() -> None:
    expected = "planned 540 = pass 537 + fail 1 + known 0 + fixed 0 + unsupported 0 + broken 2"
    assert str(Account(planned=540, passed=537, fail=1, broken=2)) == expected


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["pass", "known", "unsupported"], Exit.OK),
        (["pass", "broken"], Exit.BROKEN),
        (["pass", "fail", "broken"], Exit.FAILED),
        (["fixed", "broken"], Exit.FAILED),
    ],
)
def test_a_failure_counts_more_than_what_could_not_be_judged(verdicts: list[str], code: Exit) -> None:
    assert account(len(verdicts), [(Verdict(one), 1) for one in verdicts]).exit_code == code
