"""docs/peer-contract.md, Programs."""

from __future__ import annotations

from typing import Any

from interop.control.v1.control_pb2 import Response
from zmq_interop.smoke.agent import SHORT, Agent, error_of
from zmq_interop.smoke.checks.lanes import any_type
from zmq_interop.smoke.rules import Wrong, check

_SECTION = "Programs"
_ENDS = (
    "A Program ends with its first step that answers an error. The steps after it are not carried out; what was done"
)


@check(
    _SECTION,
    "The lane carries the steps out one after the other, as if they were Requests of their own.",
    mend="in a Program, call for each step what you call for a Request of its own, and keep each answer in `results`",
)
async def a_program_does_each_of_its_steps(agent: Agent) -> None:
    agent.claims(operations=["program", "bind", "connect", "send", "receive"], socket_types=["PUSH", "PULL"])
    endpoint = (await _bound(agent)).endpoint
    message = {"frames": [{"raw": b"one"}, {"raw": b""}], "socket": 2, "timeout_ms": agent.while_ms}
    results = await agent.program(
        {"open": {"socket": 2, "type": "PUSH"}},
        {"connect": {"socket": 2, "endpoint": endpoint}},
        {"send": message},
        {"receive": {"socket": 1, "timeout_ms": agent.while_ms}},
        {"close_all": {}},
    )
    _must_be(results, ["", "endpoint", "", "message", "closed"])
    if [frame.raw for frame in results[3].message.frames] != [b"one", b""]:
        raise Wrong("the fourth step must answer the message that the third has sent")
    if results[4].closed != 2:
        raise Wrong(f"the last step closed {results[4].closed} sockets, but 2 were open")


@check(
    _SECTION,
    _ENDS,
    mend="leave the loop over the steps once an answer is an error, and keep that answer as the last of `results`",
)
async def a_program_ends_with_its_first_error(agent: Agent) -> None:
    agent.claims(operations=["program", "open", "close_all"])
    first, second = ({"open": {"socket": number, "type": any_type(agent)}} for number in (1, 2))
    results = await agent.program(first, {}, second, {"close_all": {}})
    _must_be(results, ["", "error"])
    agent.is_error(results[1], "UNSUPPORTED", what="a step without an operation")
    if (closed := (await agent.do(close_all={})).closed) != 1:
        raise Wrong(f"after a Program that ended with its second step, {closed} sockets were open; expected 1")


@check(
    _SECTION,
    "A Program ends with its first step that answers an error.",
    mend="a step that runs into its time limit answers AGAIN, an error like any other: leave the loop",
)
async def a_time_limit_ends_a_program(agent: Agent) -> None:
    agent.claims(operations=["program", "receive"], socket_types=["PULL"])
    waiting = {"receive": {"socket": 1, "timeout_ms": SHORT}}
    results = await agent.program({"open": {"socket": 1, "type": "PULL"}}, waiting, waiting)
    _must_be(results, ["", "error"])
    agent.is_error(results[1], "AGAIN EAGAIN", what="a Receive without a message, in a Program,")


@check(
    _SECTION,
    "A Program within a Program is a step that answers `UNSUPPORTED`.",
    mend="look at each step before you carry it out: a Program is none",
)
async def a_program_has_no_programs(agent: Agent) -> None:
    results = await agent.program({"program": {"steps": [{"close_all": {}}]}}, {"close_all": {}})
    _must_be(results, ["error"])
    agent.is_error(results[0], "UNSUPPORTED", what="a Program within a Program")


@check(_SECTION, "A Program without steps answers no results.", mend="answer `program` with an empty list of results")
async def a_program_without_steps_has_no_results(agent: Agent) -> None:
    response = await agent.call(program={"steps": []})
    if not response.HasField("program") or response.program.results:
        raise Wrong("it must answer `program`, with no results")


async def _bound(agent: Agent) -> Response:
    """Opens and binds socket 1, a PULL. Returns the answer to Bind."""
    opening: dict[str, Any] = {"open": {"socket": 1, "type": "PULL"}}
    results = await agent.program(opening, {"bind": {"socket": 1, "endpoint": agent.endpoint()}})
    _must_be(results, ["", "endpoint"])
    return results[1]


def _must_be(results: list[Response], wanted: list[str]) -> None:
    """Raises Wrong unless each result has the wanted field set; "" for a success without a field."""
    got = [result.WhichOneof("result") or "" for result in results]
    if any(result.id for result in results):
        raise Wrong("the results of a Program have no ids")
    if got != wanted:
        told = [error_of(result) or field or "done" for result, field in zip(results, got, strict=True)]
        raise Wrong(f"the steps answered {told}; expected {[one or 'done' for one in wanted]}")
