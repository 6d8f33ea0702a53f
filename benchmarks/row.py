"""A row of the table: what was measured, against which target."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import msgspec


class Target(msgspec.Struct, frozen=True):
    """A bound on a row's ratio."""

    bound: float
    at_least: bool = False

    def met_by(self, ratio: float) -> bool:
        """Whether the ratio keeps the bound."""
        return ratio >= self.bound if self.at_least else ratio <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:,g}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement.

    samples: in `unit`, in the order in which they were taken. ratio: the figure that stands for them, None where
    nothing was measured; `reason` says why then. baseline: what was measured beside it, in words.
    """

    name: str
    what: str
    unit: str
    target: Target | None = None
    samples: tuple[float, ...] = ()
    ratio: float | None = None
    baseline: str = ""
    reason: str = ""

    @property
    def met(self) -> bool | None:
        """None where there is no target, or nothing was measured."""
        return None if self.target is None or self.ratio is None else self.target.met_by(self.ratio)


def measured(
    row: Row, samples: Sequence[float], baseline: str = "", of: Callable[[Sequence[float]], float] = statistics.median
) -> Row:
    """The row with its samples; `of` makes the ratio of them."""
    return msgspec.structs.replace(row, samples=tuple(samples), ratio=of(samples), baseline=baseline)


def skipped(row: Row, reason: str) -> Row:
    """The row without a measurement."""
    return msgspec.structs.replace(row, reason=reason)
