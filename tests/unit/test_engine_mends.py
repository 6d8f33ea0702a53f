"""What is easy to get wrong in the engine: made-up types, two losses in one cell, failures alone."""

from __future__ import annotations

from interop.control.v1.control_pb2 import Request, Response
from tests.unit import world
from zmq_interop.agents.scripted import runtime
from zmq_interop.agents.scripted.runtime import Script, ScriptedInstance, at
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.run.engine.engine import Settings

TYPED = "data_message/tcp/plain/a:a"
OTHER = "data_message/tcp/unicode/a:a"


def exchanges(request: Request) -> bool:
    """Whether it sends or receives: both agents of a cell are asked for that at once."""
    return request.WhichOneof("operation") in ("send", "receive")


def verdict(judged: CellJudged) -> tuple[Verdict, Kind | None]:
    return judged.verdict, judged.kind


def test_a_message_type_that_nobody_knows_is_that_cells_failure_and_no_defect() -> None:
    def invent(self: ScriptedInstance, request: Request) -> None:
        response = Response(id=request.id)
        response.message.frames.add(typed={"type": "no.such.Type", "value": b"\xff"})
        self.answer(response)

    known = world.peers("a")
    script = Script(instead=at("receive", invent, where=lambda request: bool(request.receive.types)))
    played = world.play(known, world.cells(known, TYPED), {"a": script})
    assert verdict(played.judged[TYPED]) == (Verdict.FAIL, Kind.ALTERED)
    assert "undecodable: ff" in played.judged[TYPED].got


def test_when_both_agents_of_a_cell_hang_neither_is_used_again() -> None:
    known = world.peers("a")
    first = ("a-1", "a-2")
    script = Script(instead=lambda self, request: runtime.hang if self.name in first and exchanges(request) else None)
    played = world.play(known, world.cells(known, TYPED, OTHER), {"a": script}, settings=Settings(jobs=1, grace=2))
    assert verdict(played.judged[TYPED]) == (Verdict.FAIL, Kind.HUNG)
    assert verdict(played.judged[OTHER]) == (Verdict.PASS, None), "it is played on agents that replace them"


def test_a_cell_that_fails_alone_stays_failed_when_nobody_is_found_guilty() -> None:
    lost = at("send", runtime.die, instance="a-2", nth=1)
    swallowed = at("send", runtime.reply(), where=lambda request: b"content" not in request.SerializeToString())
    known = world.peers("a")
    script = Script(instead=lambda self, request: lost(self, request) or swallowed(self, request))
    played = world.play(known, world.cells(known, TYPED, OTHER), {"a": script}, settings=Settings(jobs=2))
    assert {judged.verdict for judged in played.judged.values()} == {Verdict.FAIL}
