"""Plays one cell and returns the outcome."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable

import msgspec

from zmq_interop.agents.control.handles import Lane
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import AgentError, Lacking, Mismatch, OperationFailed, PeerBroken, Unplayable, unwritable

CELL_LIMIT = 120.0  # seconds for a whole cell: operations have their own limits; this one stops an endless scenario


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one play of a cell."""

    verdict: Verdict
    kind: Kind | None = None
    expected: str = ""
    got: str = ""
    reason: str = ""


PASSED = Outcome(verdict=Verdict.PASS)


async def play(stage: CellContext, *, keep_link: bool = False) -> Outcome:
    """Plays the scenario, then closes what it opened. Raises AgentError when an agent was lost.

    keep_link: leaves the sockets open for the next cell if this one passes.
    """
    outcome = PASSED
    limit = max(CELL_LIMIT, 12 * stage.limit)  # enough for several missing messages in a row
    lost: AgentError | None = None
    try:
        async with asyncio.timeout(limit) as deadline:
            stage.timed_by(deadline, limit)
            await stage.cell.scenario.play(stage)
            if keep_link:
                for lane in stage.living():
                    await lane.settled()
                return PASSED
    except Mismatch as mismatch:
        outcome = Outcome(verdict=Verdict.FAIL, kind=Kind(mismatch.kind), expected=mismatch.expected, got=mismatch.got)
    except OperationFailed as error:
        outcome = _refused(error)
    except AgentError as error:
        lost = error
    except TimeoutError:
        outcome = Outcome(
            verdict=Verdict.FAIL, kind=Kind.HUNG, expected=f"the cell to end within {limit:g} s", got="no end"
        )
    except PeerBroken as error:  # an instance that the scenario requested did not start
        outcome = Outcome(verdict=Verdict.BROKEN, reason=f"{error.peer}: {error.message}")
    except Lacking as error:
        outcome = Outcome(verdict=Verdict.UNSUPPORTED, reason=str(error))
    except Unplayable as error:
        outcome = Outcome(verdict=Verdict.BROKEN, reason=str(error))
    except Exception as error:
        if unwritable(error):
            raise
        # An agent's answers can make a scenario raise anything; that must not end the run, nor count as the agent's
        # failure.
        outcome = Outcome(
            verdict=Verdict.BROKEN, reason=f"the scenario itself failed:\n{traceback.format_exc(limit=-3)}"
        )
    try:
        earlier = await close(lane for lane in stage.living() if lost is None or lane.instance != lost.instance)
    except AgentError as error:
        raise lost or error from None  # report the first agent that was lost
    if lost is not None:
        raise lost
    if earlier is None or outcome.verdict is Verdict.BROKEN:
        return outcome
    # An operation that failed unnoticed explains what was seen later, such as a missing message. A receive that nobody
    # waits for any more does not: it timed out because of the failure.
    return outcome if outcome.verdict is Verdict.FAIL and _waited(earlier) else _refused(earlier)


async def close(lanes: Iterable[Lane]) -> OperationFailed | None:
    """Closes all sockets of the cell; returns the first pipelined operation that failed, if any.

    Raises AgentError if an agent is lost meanwhile, after the others have closed theirs.
    """
    failed: OperationFailed | None = None
    lost: AgentError | None = None
    closings = [lane.close_all() for lane in lanes]  # send all requests before waiting for the first
    try:
        for closing in closings:
            try:
                await closing
            except OperationFailed as error:
                failed = failed or error
            except AgentError as error:
                lost = lost or error
    finally:
        for closing in closings:
            closing.close()  # nobody waits for it any more if the run is cut short
    if lost is not None:
        raise lost
    return failed


def _refused(error: OperationFailed) -> Outcome:
    """The verdict on an error that the scenario did not expect."""
    if error.code in ("UNSUPPORTED", "INVALID"):
        return Outcome(
            verdict=Verdict.BROKEN,
            reason=f"{error}; the agent does not do what it claims, or the scenario is wrong",
        )
    waited = _waited(error)
    return Outcome(
        verdict=Verdict.FAIL,
        kind=Kind.LOST if waited else Kind.REFUSED,
        expected="a message" if waited else f"{error.operation} to succeed",
        got="none within the time limit" if waited else str(error),
    )


def _waited(error: OperationFailed) -> bool:
    """Whether a receive ran into its time limit."""
    return error.code == "AGAIN" and error.operation == "receive"
