"""What a played cell did becomes steps, and steps become programs; run.py compares answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.unit import world
from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged
from zmq_interop.core.scenario import Play
from zmq_interop.core.sockets import DEALER, PULL, PUSH, ROUTER
from zmq_interop.repro import c_text, cpp_text, folder, go_pure_text, python_text, recording
from zmq_interop.repro.folder import Story
from zmq_interop.repro.parts import Part
from zmq_interop.repro.recording import Answer, Frame, Recording, first_difference
from zmq_interop.run.engine.instance import Playing
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import UsageError

PEERS = world.peers("a")
LIBRARIES = {"pyzmq": "27.3.0", "protobuf": "7.36.2 (upb)"}


async def plain(cell: CellContext) -> None:
    """RFC 0."""
    push, pull = cell.one.open(PUSH, ROUTING_ID=b"me"), cell.other.open(PULL)
    await cell.link(push, pull)
    got = pull.receive(timeout=1)
    await push.send((b"one", b""))
    await got


def recorded(play: Play) -> tuple[Cell, Recording]:
    """The recording of a scenario with the roles `one`, which binds, and `other`."""
    cell = next(one for one in world.cells_of(play, PEERS) if one.id == "own/tcp/a:a")
    kept: list[Recording] = []

    def watch(playing: Playing, _: CellJudged) -> None:
        roles = dict(zip(cell.scenario.roles, cell.peers, strict=True))
        kept.append(recording.record(cell.id, roles, playing.lanes, playing.journal))

    world.play(PEERS, [cell], watch_cell=watch)
    return cell, kept[0]


def test_the_steps_are_the_operations_in_the_order_in_which_they_were_asked() -> None:
    _, made = recorded(plain)
    assert [(step.number, step.role, step.name) for step in made.steps] == [
        (1, "one", "open"),
        (2, "other", "open"),
        (3, "one", "bind"),
        (4, "other", "connect"),
        (5, "other", "receive"),
        (6, "one", "send"),
    ]
    assert made.steps[3].after[-1] == 3, "connects only to what is bound"
    assert 5 not in made.steps[5].after, "the receive is pending when the message is sent"
    assert made.steps[4].answer == Answer(frames=(Frame(b"one"), Frame(b"")))
    assert made.steps[2].endpoint == made.steps[3].endpoint == 0


def test_a_program_is_calls_of_the_library() -> None:
    _, made = recorded(plain)
    written = python_text.write(Part("one", "python", "Python 3.11.7", LIBRARIES), made)
    assert written.files["one.requirements.txt"] == "pyzmq==27.3.0\n"
    assert written.files["one.py"].partition('print("0 ok", flush=True)\n')[2] == (
        "\n# 1: open a PUSH socket\n"
        "with step(1):\n"
        "    push = context.socket(zmq.PUSH)\n"
        "    push.set(zmq.LINGER, 0)\n"
        "    push.set(zmq.ROUTING_ID, b'me')\n"
        "\n# 3: bind endpoint 1\n"
        "with step(3):\n"
        "    push.bind(ENDPOINT[1])\n"
        "\n# 6: send a message of 2 frames\n"
        "with step(6):\n"
        "    push.set(zmq.SNDTIMEO, 10000)\n"
        "    push.send_multipart([b'one', b''])\n"
        "\nsys.stdin.readline()\n"
        "\nfor socket in [push]:\n"
        "    socket.close(linger=0)\n"
    )


def test_a_routing_id_that_was_generated_is_the_one_that_the_program_receives() -> None:
    async def play(cell: CellContext) -> None:
        router, dealer = cell.one.open(ROUTER), cell.other.open(DEALER)
        await cell.link(router, dealer)
        dealer.send((b"ask",))
        got = await router.receive()
        router.send((got[0], b"answer"))
        await dealer.receive()

    _, made = recorded(play)
    sent = next(step for step in made.steps if step.name == "send" and step.role == "one")
    received = next(step for step in made.steps if step.name == "receive" and step.role == "one")
    assert received.answer == Answer(frames=(Frame(b"", id=1), Frame(b"ask")))
    assert sent.frames == (Frame(b"", id=1), Frame(b"answer"))
    program = python_text.write(Part("one", "python", "Python 3.11.7", LIBRARIES), made).files["one.py"]
    assert f"router.send_multipart([came[{received.number}][0], b'answer'])" in program


def test_a_routing_id_of_the_scenario_is_compared() -> None:
    async def play(cell: CellContext) -> None:
        router, dealer = cell.one.open(ROUTER), cell.other.open(DEALER, ROUTING_ID=b"me")
        await cell.link(router, dealer)
        dealer.send((b"ask",))
        await router.receive()

    _, made = recorded(play)
    assert Answer(frames=(Frame(b"me"), Frame(b"ask"))) in [step.answer for step in made.steps]


def test_the_first_difference_is_found_where_the_failed_play_is_shorter() -> None:
    _, made = recorded(plain)
    receive = msgspec.structs.replace(made.steps[4], answer=Answer(frames=(Frame(b"two"),)))
    failed = msgspec.structs.replace(made, steps=(*made.steps[:4], receive))
    assert first_difference(made, failed) == (made.steps[4], Answer(frames=(Frame(b"two"),)))
    assert first_difference(made, made) is None


def test_of_several_differences_the_one_counts_whose_answer_should_have_come_first() -> None:
    _, made = recorded(plain)
    pending, sent = (next(step for step in made.steps if step.name == name) for name in ("receive", "send"))
    assert pending.number < sent.number
    late = [
        msgspec.structs.replace(step, answer=Answer(error="EAGAIN")) if step.name in ("send", "receive") else step
        for step in made.steps
    ]
    assert first_difference(made, msgspec.structs.replace(made, steps=tuple(late))) == (sent, Answer(error="EAGAIN"))


def test_what_no_program_can_be_written_for_is_refused_by_name() -> None:
    async def play(cell: CellContext) -> None:
        push = cell.one.open(PUSH)
        await push.bind(cell.endpoint("one").bound)
        await push.send_burst(0, 8, timeout=0)

    with pytest.raises(UsageError, match="repro own/tcp/a:a: not supported yet: the operation send_burst"):
        recorded(play)


def test_an_endpoint_that_two_programs_cannot_share_is_refused() -> None:
    async def play(cell: CellContext) -> None:
        await cell.one.open(PUSH).bind("inproc://here")

    with pytest.raises(UsageError, match="not supported yet: inproc, since each role is a program of its own"):
        recorded(play)


def test_a_failure_that_no_step_shows_is_refused() -> None:
    cell, made = recorded(plain)
    parts = [Part(role, "python", "Python 3.11.7", LIBRARIES) for role in made.roles]
    story = Story(cell=cell, expected=made, got=made, parts=parts, outcome=("a message", "lost: none"))
    with pytest.raises(UsageError, match="a failure that no answer of a single operation shows"):
        folder.files(story)


def test_a_peer_without_a_writer_is_refused() -> None:
    cell, made = recorded(plain)
    parts = [Part(role, "basic", "BASIC 2", {"zmqbas": "1"}) for role in made.roles]
    with pytest.raises(UsageError, match=r"a program for basic, the one \(BASIC 2, zmqbas\)"):
        folder.files(Story(cell=cell, expected=made, got=made, parts=parts))


FAKE = """\
import sys
print("0 ok", flush=True)
for number in sys.stdin:
    print(number.strip(), {answers!r}.get(number.strip(), "ok"), flush=True)
"""


@pytest.mark.parametrize(
    ("answers", "code", "told"),
    [
        ({"5": "ok 6f6e65 -"}, 0, "every answer is as expected"),
        ({"5": "ok 6f6e65"}, 1, "expected [b'one', b'']\n  got      [b'one']\n"),
        ({"5": "error EAGAIN"}, 1, "got      error EAGAIN\n  this is what was recorded"),
        ({"5": "ok 6f6e65 -", "6": "error EFSM"}, 1, "step 6 of the one is wrong"),
        ({"3": "error EADDRINUSE"}, 2, "could not be run: another program took the port"),
        ({"2": ""}, 1, "no answer: the program ended"),
    ],
)
def test_run_py_compares_each_answer(tmp_path: Path, answers: dict[str, str], code: int, told: str) -> None:
    cell, made = recorded(plain)
    late = msgspec.structs.replace(made.steps[4], answer=Answer(error="EAGAIN"))
    got = msgspec.structs.replace(made, steps=(*made.steps[:4], late))
    parts = [Part(role, "python", "Python 3.11.7", LIBRARIES) for role in made.roles]
    files = folder.files(Story(cell=cell, expected=made, got=got, parts=parts, outcome=("a message", "lost: none")))
    (tmp_path / "fake.py").write_text(FAKE.format(answers=answers))
    text = files["run.py"]
    for role in made.roles:
        text = text.replace(repr([f"build/{role}/bin/python", f"{role}.py"]), repr([sys.executable, "fake.py"]))
    (tmp_path / "run.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert told in done.stdout


GO = {"github.com/go-zeromq/zmq4": "0.17.0"}


def test_a_program_in_go_is_calls_of_the_library() -> None:
    _, made = recorded(plain)
    written = go_pure_text.write(Part("other", "go-pure", "Go 1.26", GO), made)
    assert "require github.com/go-zeromq/zmq4 v0.17.0\n" in written.files["other/go.mod"]
    assert written.files["other/main.go"].partition('fmt.Println("0 ok")\n')[2] == (
        "\n\tvar pull zmq.Socket\n"
        "\t// 2: open a PULL socket\n"
        "\tstep(2, func() ([][]byte, error) {\n"
        "\t\tpull = zmq.NewPull(ctx, zmq.WithDialerMaxRetries(-1), zmq.WithAutomaticReconnect(true))\n"
        "\t\treturn nil, nil\n"
        "\t})\n"
        "\n\t// 4: connect endpoint 1\n"
        "\tstep(4, func() ([][]byte, error) {\n"
        "\t\treturn dial(pull, endpoint[1])\n"
        "\t})\n"
        "\n\t// 5: receive a message\n"
        "\tstep(5, func() ([][]byte, error) {\n"
        "\t\treturn receive(pull, 10000*time.Millisecond)\n"
        "\t})\n"
        "\n\tinput.ReadString('\\n')\n}\n"
    )


def test_what_a_library_in_go_has_not_is_refused_by_name() -> None:
    async def play(cell: CellContext) -> None:
        push = cell.one.open(PUSH)
        await push.get("LINGER")

    _, made = recorded(play)
    with pytest.raises(UsageError, match=r"not supported yet: the operation get_option in Go \(go-pure, the one\)"):
        go_pure_text.write(Part("one", "go-pure", "Go 1.26", GO), made)


def test_a_program_in_c_is_calls_of_the_library() -> None:
    _, made = recorded(plain)
    written = c_text.write(Part("one", "c", "C 201112", {"libzmq": "4.3.4", "protobuf-c": "1.4.1"}), made)
    assert written.files["one.c"].partition('printf("0 ok\\n");\n')[2] == (
        "\n    void *push = NULL;\n"
        "    // 1: open a PUSH socket\n"
        "    turn();\n"
        "    push = zmq_socket(context, ZMQ_PUSH);\n"
        '    told(1, set_int(push, ZMQ_LINGER, 0) == -1 ? -1 : zmq_setsockopt(push, ZMQ_ROUTING_ID, "me", 2));\n'
        "\n    // 3: bind endpoint 1\n"
        "    turn();\n"
        "    told(3, zmq_bind(push, endpoint[1]));\n"
        "\n    // 6: send a message of 2 frames\n"
        "    turn();\n"
        '    const struct frame frames_6[] = {{"one", 3}, {"", 0}};\n'
        "    set_int(push, ZMQ_SNDTIMEO, 10000);\n"
        "    told(6, send_frames(push, frames_6, 2));\n"
        "\n    turn();\n    (void)context;\n    return 0;\n}\n"
    )


def test_a_program_in_cpp_is_calls_of_the_library() -> None:
    _, made = recorded(plain)
    written = cpp_text.write(Part("one", "cpp", "C++ 201703", {"libzmq": "4.3.4", "cppzmq": "4.9.0"}), made)
    assert written.files["one.cpp"].partition('std::cout << "0 ok" << std::endl;\n')[2] == (
        "\n    zmq::socket_t push;\n"
        "    // 1: open a PUSH socket\n"
        "    step(1, [&]() -> Frames {\n"
        "        push = zmq::socket_t(context, ZMQ_PUSH);\n"
        "        push.set(zmq::sockopt::linger, 0);\n"
        '        push.set(zmq::sockopt::routing_id, std::string("me", 2));\n'
        "        return {};\n"
        "    });\n"
        "\n    // 3: bind endpoint 1\n"
        "    step(3, [&]() -> Frames {\n"
        "        push.bind(endpoint[1]);\n"
        "        return {};\n"
        "    });\n"
        "\n    // 6: send a message of 2 frames\n"
        "    step(6, [&]() -> Frames {\n"
        "        push.set(zmq::sockopt::sndtimeo, 10000);\n"
        '        return send(push, {std::string("one", 3), std::string("", 0)});\n'
        "    });\n"
        "\n    std::string end;\n    std::getline(std::cin, end);\n}\n"
    )
