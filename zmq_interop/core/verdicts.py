"""The verdicts of cells, and the account, which must balance."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from zmq_interop.system.errors import Exit


class Verdict(enum.StrEnum):
    """What became of a cell."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    KNOWN = "known"
    FIXED = "fixed"
    UNSUPPORTED = "unsupported"
    BROKEN = "broken"


RED = (Verdict.FAIL, Verdict.FIXED, Verdict.BROKEN)  # those that fail a run
UNPLAYED = (Verdict.UNSUPPORTED, Verdict.BROKEN)  # those that tell nothing of a peer


class Kind(enum.StrEnum):
    """In which way a cell failed."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    ALTERED = "altered"
    MISROUTED = "misrouted"
    UNEXPECTED = "unexpected"
    REFUSED = "refused"
    DISCONNECTED = "disconnected"
    CRASHED = "crashed"
    HUNG = "hung"
    UNCOMPILABLE = "uncompilable"  # a peer's compiler refuses the proto that the message is of


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """How a cell is known to fail. kinds: none if it is expected to pass. flaky: whether it also passes at times."""

    kinds: tuple[Kind, ...] = ()
    flaky: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """How many cells were planned, and what became of them."""

    planned: int
    passed: int = 0
    fail: int = 0
    known: int = 0
    fixed: int = 0
    unsupported: int = 0
    broken: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every planned cell has exactly one verdict."""
        return self.planned == self.passed + self.fail + self.known + self.fixed + self.unsupported + self.broken

    @property
    def exit_code(self) -> Exit:
        """What a run with this account exits with, when nothing else ended it."""
        if not self.balanced:
            return Exit.HARNESS_FAULT
        if self.fail or self.fixed:
            return Exit.FAILED
        return Exit.BROKEN if self.broken else Exit.OK

    def __str__(self) -> str:
        return (
            f"planned {self.planned} = pass {self.passed} + fail {self.fail} + known {self.known} + fixed {self.fixed}"
            f" + unsupported {self.unsupported} + broken {self.broken}"
        )


def account(planned: int, verdicts: Iterable[tuple[Verdict, int]]) -> Account:
    """The account of `planned` cells with this many of each verdict."""
    counts = dict.fromkeys(Verdict, 0)
    for verdict, count in verdicts:
        counts[verdict] += count
    return Account(
        planned=planned,
        passed=counts[Verdict.PASS],
        fail=counts[Verdict.FAIL],
        known=counts[Verdict.KNOWN],
        fixed=counts[Verdict.FIXED],
        unsupported=counts[Verdict.UNSUPPORTED],
        broken=counts[Verdict.BROKEN],
    )
