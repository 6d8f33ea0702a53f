"""Which cells are played beside which others: three queues, each with its own number of cells in flight. Pure."""

from __future__ import annotations

from zmq_interop.core.cell import Cell
from zmq_interop.core.verdicts import Expectation, Kind

QUICK, SLOW, OWN = "quick", "slow", "own"
SLOW_JOBS = 128
OWN_JOBS = 12
WAITING_JOBS = 240  # of cells with a peer that lets others wait: each occupies a lane of its agent and little else


def fells(known: Expectation) -> bool:
    """Whether a cell is known to crash an agent: it must not affect other cells."""
    return not {Kind.CRASHED, Kind.HUNG}.isdisjoint(known.kinds)


def of(cell: Cell, known: Expectation) -> str:
    """Whether the cell is quick, mostly waits, or has instances of its own. known: how it is known to fail."""
    if cell.scenario.own or fells(known):
        return OWN
    # A cell that is known to fail mostly waits for a message that never comes; others need not wait for it.
    return SLOW if cell.scenario.slow or known.kinds else QUICK


def widths(jobs: int) -> dict[str, int]:
    """How many cells of each queue are in flight at most. jobs: of the quick ones."""
    return {QUICK: jobs, SLOW: SLOW_JOBS if jobs > 1 else 1, OWN: OWN_JOBS if jobs > 1 else 1}
