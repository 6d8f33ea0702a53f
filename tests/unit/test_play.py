"""Playing one cell: what was seen becomes a verdict, and what it opened is closed whatever was seen."""

from __future__ import annotations

import pytest

from interop.control.v1.control_pb2 import Error
from tests.unit import world
from zmq_interop.agents.scripted.runtime import Script, at, die, reply
from zmq_interop.core.scenario import Play
from zmq_interop.core.sockets import PULL, PUSH, REQ
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch


def outcomes(play: Play, script: Script | None = None) -> set[tuple[Verdict, Kind | None, str]]:
    """What becomes of the cells of one scenario: verdict, kind, and what came or the reason."""
    known = world.peers("a")
    played = world.play(known, world.cells_of(play, known), {"a": script or Script()})
    assert all(instance.sockets == 0 for instance in played.runtime.instances)
    return {(cell.verdict, cell.kind, cell.got or cell.reason) for cell in played.judged.values()}


def test_a_mismatch_is_a_failure_of_its_kind() -> None:
    async def play(cell: CellContext) -> None:
        cell.one.open(PULL)
        raise expect.lost("a message", "silence")

    assert outcomes(play) == {(Verdict.FAIL, Kind.LOST, "silence")}


def test_a_message_that_does_not_come_is_lost() -> None:
    async def play(cell: CellContext) -> None:
        await cell.one.open(PULL).receive()

    assert outcomes(play) == {(Verdict.FAIL, Kind.LOST, "none within the time limit")}


def test_an_operation_that_the_library_refuses_is_refused() -> None:
    async def play(cell: CellContext) -> None:
        await cell.one.open(REQ).receive()

    ((verdict, kind, got),) = {(v, k, got.split(":", 1)[1]) for v, k, got in outcomes(play)}
    assert (verdict, kind) == (Verdict.FAIL, Kind.REFUSED)
    assert "receive answered NATIVE (EFSM)" in got


@pytest.mark.parametrize("code", ["UNSUPPORTED", "INVALID"])
def test_an_operation_that_makes_no_sense_to_the_agent_is_broken_and_no_failure_of_the_library(code: str) -> None:
    async def play(cell: CellContext) -> None:
        await cell.one.open(PULL).bind("tcp://127.0.0.1:*")

    refusal = reply(error=Error(code=f"ERROR_CODE_{code}", text="no"))
    ((verdict, kind, reason),) = {
        (v, k, reason.split(":", 1)[1]) for v, k, reason in outcomes(play, Script(instead=at("bind", refusal)))
    }
    assert (verdict, kind) == (Verdict.BROKEN, None)
    assert f"bind answered {code}" in reason


def test_an_error_written_ahead_is_told_as_the_cause_of_what_was_seen_later() -> None:
    async def play(cell: CellContext) -> None:
        pull, push = cell.one.open(PULL), cell.other.open(PUSH)
        await cell.link(pull, push)
        push.send((b"never leaves",))
        await pull.receive()

    refusal = reply(error=Error(code="ERROR_CODE_NATIVE", errno_name="ENOMEM", text="no memory"))
    seen = outcomes(play, Script(instead=at("send", refusal)))
    assert {(verdict, kind) for verdict, kind, _ in seen} == {(Verdict.FAIL, Kind.REFUSED)}
    assert all("ENOMEM" in got for _, _, got in seen)


def test_a_receive_that_nobody_waited_for_is_no_cause_of_what_was_seen() -> None:
    async def play(cell: CellContext) -> None:
        cell.one.open(PULL).receive()
        raise Mismatch(Kind.ALTERED, "this", "that")

    assert outcomes(play) == {(Verdict.FAIL, Kind.ALTERED, "that")}


def test_a_receive_that_nobody_waited_for_turns_what_looked_right_red() -> None:
    async def play(cell: CellContext) -> None:
        cell.one.open(PULL).receive()

    assert outcomes(play) == {(Verdict.FAIL, Kind.LOST, "none within the time limit")}


def test_an_error_written_ahead_turns_what_looked_right_red() -> None:
    async def play(cell: CellContext) -> None:
        cell.one.open(PUSH).receive()

    assert {(verdict, kind) for verdict, kind, _ in outcomes(play)} == {(Verdict.FAIL, Kind.REFUSED)}


def test_the_agent_that_lives_is_left_clean_when_the_other_dies() -> None:
    async def play(cell: CellContext) -> None:
        pull, push = cell.one.open(PULL), cell.other.open(PUSH)
        await cell.link(pull, push)
        await push.send((b"x",))

    assert {(verdict, kind) for verdict, kind, _ in outcomes(play, Script(instead=at("send", die)))} == {
        (Verdict.FAIL, Kind.CRASHED)
    }


def test_a_role_or_an_axis_that_is_not_there_is_told_by_name() -> None:
    async def no_role(cell: CellContext) -> None:
        cell.third.open(PULL)

    async def no_axis(cell: CellContext) -> None:
        cell.value("colour")

    for play, name in ((no_role, "no role 'third'"), (no_axis, "KeyError: 'colour'")):
        ((verdict, _, reason),) = outcomes(play)
        assert verdict == Verdict.BROKEN
        assert name in reason
