"""Generated messages: each is valid, a peer that gets one wrong is found, and the next run plays what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import message_factory
from hypothesis import given, settings

from interop.control.v1.control_pb2 import Request
from tests.unit import world
from zmq_interop import scenarios
from zmq_interop.agents.scripted.runtime import Script, ScriptedRuntime
from zmq_interop.cli.fuzz_cells_play import Player
from zmq_interop.core import plan
from zmq_interop.core.frames import Typed
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.ledger import Ledger
from zmq_interop.run.fuzzing import Bounds, Cause, Finding, Search, drawn
from zmq_interop.run.live_session import LiveSession
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan
from zmq_interop.schemas import gather, generated, kept, payloads, project, samples, traits
from zmq_interop.schemas.samples import Own
from zmq_interop.system import workspace

TYPES = payloads.of_project()
TEXTS = "interop.payload.v1.DataMessage"
KNOWN = world.peers("a", "b")


def cut_at_nul(_: object, request: Request) -> None:
    """Before it sends a message: what stands behind a NUL in a string is lost."""
    for frame in request.send.frames if request.WhichOneof("operation") == "send" else ():
        if frame.HasField("typed") and frame.typed.type == TEXTS:
            message: Any = message_factory.GetMessageClass(TYPES.find(TEXTS)).FromString(frame.typed.value)
            message.content = message.content.partition("\0")[0]
            frame.typed.value = message.SerializeToString()


LIAR = {"a": Script(instead=cut_at_nul)}


@given(generated.messages(TYPES, list(TYPES.files)))
def test_every_generated_message_decodes_and_each_of_its_forms_has_the_same_value(own: Own) -> None:
    assert samples.of_bytes(TYPES, own.type, own.forms[0]) == own
    assert samples.of_bytes(TYPES, own.type, own.value).value == own.value
    for form in own.forms:
        assert payloads.comparable(Typed(own.type, form)) == payloads.comparable(Typed(own.type, own.value))


@settings(max_examples=40)
@given(generated.messages(TYPES, list(TYPES.files)))
def test_every_generated_message_is_the_same_when_it_was_kept(
    tmp_path_factory: pytest.TempPathFactory, own: Own
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    kept.write(folder, own, TYPES, ["why: \x1b[0m\nand so on"])
    assert kept.read(folder, TYPES) == {f"{own.type}@{kept.name(own)}": own}


def test_a_seed_gives_the_same_messages_again_and_another_seed_others() -> None:
    strategy = generated.messages(TYPES, list(TYPES.files))
    assert drawn(strategy, 1) == drawn(strategy, 1) != drawn(strategy, 2)


def test_edges_are_among_the_first_messages() -> None:
    found = {
        trait
        for number in range(5)
        for own in drawn(generated.messages(TYPES, list(TYPES.files)), number)
        for trait in traits.of(TYPES.find(own.type), own.forms[0])
    }
    assert found >= {
        "a NUL in a string",
        "a number in more bytes than needed",
        "a length in more bytes than needed",
        "a number that its enum does not name",
        "packed",
        "an unknown field of wire type 0",
    }


@pytest.mark.parametrize(
    ("type", "data", "trait"),
    [
        ("DataMessage", "0a0100", "a NUL in a string"),
        ("DataMessage", "0a01610a0162", "the same string twice"),
        ("DataMessage", "108000", "a number in more bytes than needed"),
        ("DataMessage", "0a8100 61", "a length in more bytes than needed"),
        ("DataMessage", "1801", "an unknown field of wire type 0"),
        ("DataMessage", "1b1c", "a group"),
        ("DataMessage", "1b0a0161131a00141c 0a0100", "a NUL in a string"),
        ("Choice", "42004200", "the same message of a oneof twice"),
        ("Choice", "20012a0161", "two members of a oneof"),
        ("Choice", "2002", "a number that does not fit its bool"),
        ("Choice", "3805", "a number that its enum does not name"),
        ("Choice", "090000000000000080", "-0"),
        ("Choice", "09000000000000f87f", "NaN"),
        ("Lists", "1a0101", "packed"),
        ("Maps", "0a00", "a map's entry without its key or value"),
    ],
)
def test_a_trait(type: str, data: str, trait: str) -> None:
    descriptor = TYPES.find(f"interop.payload.v1.{type}")
    assert trait in traits.of(descriptor, bytes.fromhex(data))
    assert trait not in traits.of(descriptor, b"")


def test_a_cause_explains_what_has_all_its_traits_between_the_same_peers() -> None:
    cause = Cause(kind=Kind.ALTERED, pairs=frozenset([("a", "b"), ("b", "a")]), traits=frozenset(["x"]))
    one = frozenset([("a", "b")])
    assert cause.explains(Kind.ALTERED, one, frozenset(["x", "y"]))
    assert not cause.explains(Kind.ALTERED, one, frozenset(["y"]))
    assert not cause.explains(Kind.LOST, one, frozenset(["x"]))
    assert not cause.explains(Kind.ALTERED, frozenset([("b", "b")]), frozenset(["x"]))


@pytest.fixture
def search(tmp_path: Path) -> Iterator[Search]:
    """A search among messages of one type with a string, between a liar and an honest peer in memory."""
    shared = project.scan()
    planned = Plan(space=workspace.at(tmp_path), protos=shared, peers=KNOWN, cells=[], ledger=Ledger())
    runtime = ScriptedRuntime(shared.digest, LIAR)
    with LiveSession(Options(runtime="process"), planned, print, lambda _: {"process": runtime}) as live:
        player = Player(live, list(KNOWN), lambda: None)
        yield Search(player.play, generated.messages(TYPES, [TEXTS]), TYPES, clock=lambda: 0.0)


def first(search: Search) -> Finding:
    return next(iter(search.run(1, Bounds(seconds=1, examples=300))))


def test_a_liar_is_found_and_its_message_shrunk_to_one_character(search: Search) -> None:
    found = first(search)
    assert (found.own.type, found.own.value) == (TEXTS, b"\n\1\0")
    assert found.cell.kind is Kind.ALTERED
    assert found.red == {("a", "a"), ("a", "b")}, "the liar sends it"
    assert found.repeats
    assert not found.cut_short


def test_what_is_known_is_counted_and_not_found_again(search: Search) -> None:
    own = samples.of_bytes(TYPES, TEXTS, b"\n\1\0")
    search.learn({f"{TEXTS}@{kept.name(own)}": own})
    assert list(search.run(1, Bounds(seconds=1, examples=300))) == []
    assert search.learnt == 1
    assert search.explained
    assert not search.broken


def test_what_is_kept_is_played_by_the_next_run_and_red_for_the_liar_alone(
    search: Search, tmp_path: Path, ours: Path
) -> None:
    user = tmp_path / "user"
    kept.write(user / "regressions", first(search).own, TYPES, ["why"])
    messages = samples.read(gather.gather(tmp_path / "snapshots", [user], ours))
    cells = plan.plan(scenarios.load(messages), KNOWN, ["own_schemas"])
    assert len(cells) == 4
    for honest, script in ((True, {}), (False, LIAR)):
        for one in world.play(KNOWN, cells, script).judged.values():
            lied = not honest and one.roles["sender"] == "a"
            assert (one.verdict, one.kind) == ((Verdict.FAIL, Kind.ALTERED) if lied else (Verdict.PASS, None))
