"""Programs: which operations leave together, and what an answer to several of them may be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from interop.control.v1.control_pb2 import Request, Response
from interop.control.v1.operations_pb2 import Send
from zmq_interop.agents.control import program
from zmq_interop.agents.control.program import Dispatch, Exchange, Malformed, split

ERROR: dict[str, Any] = {"error": {"code": 4, "errno_name": "EINVAL"}}


def exchanges(*requests: Request) -> list[Exchange]:
    async def made() -> list[Exchange]:
        loop = asyncio.get_running_loop()
        return [
            Exchange("send", one, loop.create_future(), sent_at=at, limit=9 + at, may_take=2)
            for at, one in enumerate(requests or [Request(), Request(), Request()])
        ]

    return asyncio.run(made())


def sizes(parts: Sequence[Sequence[Exchange]]) -> list[int]:
    return [len(part) for part in parts]


def test_all_leave_together_up_to_one_that_ends_its_program() -> None:
    asked = exchanges()
    asked[1].last = True
    assert sizes(list(split(asked, programs=True))) == [2, 1]
    assert sizes(list(split(asked, programs=False))) == [1, 1, 1]
    assert list(split([], programs=True)) == []


def test_a_program_has_a_most_of_bytes_and_of_steps() -> None:
    big = Request(send=Send(frames=[{"raw": bytes(program.MOST_BYTES // 2)}]))
    assert sizes(list(split(exchanges(big, big, Request()), programs=True))) == [1, 2]
    many = exchanges(*[Request()] * (program.MOST_STEPS + 1))
    assert sizes(list(split(many, programs=True))) == [program.MOST_STEPS, 1]


def test_one_operation_is_a_request_of_its_own_and_several_are_steps() -> None:
    alone, several = Dispatch(7, 3, exchanges(Request()), 1), Dispatch(8, 4, exchanges(), 1)
    assert Request.FromString(alone.encoded()) == Request(id=7, lane=3)
    assert Request.FromString(several.encoded()) == Request(id=8, lane=4, program={"steps": [{}, {}, {}]})
    assert (several.sent_at, several.deadline, several.may_take) == (1, 12, 6)


def test_an_error_answers_for_what_it_kept_from_being_done() -> None:
    asked = exchanges()
    Dispatch(1, 0, asked, 0).take(Response(program={"results": [{}, ERROR]}), 5, 100)
    assert [one.failed for one in asked] == [False, True, True]
    assert [one.stopped_by for one in asked] == [None, None, asked[1]]
    assert {one.answered_at for one in asked} == {5}


def test_an_error_of_the_whole_program_is_the_first_operations() -> None:
    asked = exchanges()
    Dispatch(1, 0, asked, 0).take(Response(**ERROR), 5, 100)
    assert [one.stopped_by for one in asked] == [None, asked[0], asked[0]]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, "0 results for a Program of 3 operations"),
        ({"closed": 1}, "0 results"),
        ({"program": {}}, "0 results"),
        ({"program": {"results": [{}, {}]}}, "2 results for a Program of 3 operations, and none of them is an error"),
        ({"program": {"results": [{}, {}, {}, {}]}}, "4 results for a Program of 3 operations"),
        ({"program": {"results": [ERROR, {}, {}]}}, "results after the error of operation 1"),
    ],
)
def test_an_answer_that_is_none_to_its_program(answer: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        Dispatch(1, 0, exchanges(), 0).take(Response(**answer), 5, 100)
