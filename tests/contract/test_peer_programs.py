"""Programs (docs/peer-contract.md): several operations in one Request, answered once."""

from tests.contract.driver import Agent


def test_a_program_carries_out_its_steps_in_order(agent: Agent) -> None:
    """Each step is answered as by itself, and the lane is the Request's."""
    agent.needs(socket_types="PULL", operations="program bind")
    steps = [
        {"open": {"socket": 1, "type": "PULL"}},
        {"bind": {"socket": 1, "endpoint": "tcp://127.0.0.1:*"}},
        {"close_all": {}},
        {"close_all": {}},
    ]
    results = agent.call(program={"steps": steps}).program.results
    assert [result.WhichOneof("result") for result in results] == [None, "endpoint", "closed", "closed"]
    assert results[1].endpoint.startswith("tcp://127.0.0.1:")
    assert [result.closed for result in results[2:]] == [1, 0]
    assert {result.id for result in results} == {0}


def test_a_program_ends_with_its_first_error(agent: Agent) -> None:
    """What was done stays done, and nothing after the error is."""
    agent.needs(operations="program")
    type = agent.hello.hello.socket_types[0]
    opening = [{"open": {"socket": number, "type": type}} for number in (1, 2, 1, 3)]
    results = agent.call(program={"steps": opening}).program.results
    assert [result.WhichOneof("result") for result in results] == [None, None, "error"]
    assert agent.error_of(results[2]) == "INVALID"
    assert agent.call(close_all={}).closed == 2


def test_a_program_within_a_program_is_unsupported(agent: Agent) -> None:
    """And so the Program ends there."""
    agent.needs(operations="program")
    results = agent.call(program={"steps": [{"program": {}}, {"close_all": {}}]}).program.results
    assert [agent.error_of(result) for result in results] == ["UNSUPPORTED"]


def test_a_program_without_steps(agent: Agent) -> None:
    """It has no results, and is no error."""
    agent.needs(operations="program")
    response = agent.call(program={})
    assert response.WhichOneof("result") == "program"
    assert not response.program.results
