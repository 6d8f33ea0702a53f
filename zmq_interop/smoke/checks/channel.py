"""docs/peer-contract.md, The control channel: frames, the Hello, ids, pipelined Requests.

The checks send Requests without an operation, which every agent answers, even one that has no operations yet.
"""

from __future__ import annotations

import random
from pathlib import Path

from zmq_interop.core.peer import CONTRACT
from zmq_interop.smoke.agent import Agent, error_of
from zmq_interop.smoke.rules import Unseen, Wrong, check

_SECTION = "The control channel"
_AHEAD = 400


@check(
    _SECTION,
    "The first message is the agent's, unasked: a `Response` with id 0 and `hello`.",
    mend="before the agent reads anything, let it write one length-prefixed Response with `hello` set",
)
async def the_first_message_is_the_hello(agent: Agent) -> None:
    """The player has already received the Hello."""
    await agent.ask()


@check(
    _SECTION,
    "In the Hello, the names and versions of at most 32 libraries, and `language`, are printable text of at most 200 "
    "characters each.",
    mend="set `language` and, for each library under test, its name and the version that it reports at run time",
)
async def the_hello_says_who_it_is(agent: Agent) -> None:
    hello = agent.hello
    texts = [hello.peer, hello.language, *(text for one in hello.libraries for text in (one.name, one.version))]
    if not hello.libraries or not all(texts):
        raise Wrong("peer, language, a library or a version is missing")
    if len(hello.libraries) > 32 or any(len(text) > 200 or not text.isprintable() for text in texts):
        raise Wrong(
            "a name or a version is longer than 200 characters or not printable, or there are over 32 libraries"
        )


@check(
    "hello.proto: Hello",
    "The version of the peer contract that this agent speaks. This file describes version 2.",
    mend="set `contract` to 2",
)
async def the_hello_names_the_contract(agent: Agent) -> None:
    if agent.hello.contract != CONTRACT:
        raise Wrong(f"it speaks contract {agent.hello.contract}")


@check(
    _SECTION,
    "each behind its length: four bytes, big endian, the length itself not counted.",
    mend="read until you have four bytes, then as many as they say; one read may return part of a message or several",
)
async def messages_come_in_any_cut(agent: Agent) -> None:
    one, two, three, four = (agent.framed() for _ in range(4))
    agent.write(one + two[:3])
    await agent.answer(agent.last_id - 3)
    agent.write(two[3:] + three + four[:-1])
    await agent.answer(agent.last_id - 1)
    agent.write(four[-1:])
    await agent.answer(agent.last_id)


@check(
    _SECTION,
    "Every `Request` gets exactly one `Response` with its id.",
    mend="copy `Request.id`, all 64 bits of it, into `Response.id`, and answer each Request once",
)
async def each_request_gets_one_answer_with_its_id(agent: Agent) -> None:
    for id in (2**64 - 1, 2**32, 1 << 20):
        agent.write(agent.framed(id))
        await agent.answer(id)
    await agent.ask()  # a second answer would have arrived by now


@check(
    _SECTION,
    "Requests may be written ahead: the agent keeps reading while its lanes work, so that one waiting lane holds up no "
    "other.",
    mend="let one thread read and put each Request on its lane's queue; that thread must never wait for a lane",
)
async def requests_are_written_ahead(agent: Agent) -> None:
    lanes = min(8, agent.hello.lanes)
    lane_of = {id: random.Random(id).randrange(lanes) for id in range(1 << 21, (1 << 21) + _AHEAD)}  # noqa: S311
    agent.write(b"".join(agent.framed(id, lane) for id, lane in lane_of.items()))
    for id in lane_of:
        await agent.answer(id)
    for lane in range(lanes):
        mine = [id for id in agent.answered if lane_of[id] == lane]
        if mine != sorted(mine):
            raise Wrong(f"lane {lane} answered its Requests out of order: {mine[:8]}, ...")


@check(
    _SECTION,
    "so that one waiting lane holds up no other. Responses of different lanes may overtake each other; those of one "
    "lane come in the order of its Requests.",
    mend="give each lane its own thread: a blocked lane must not block the reader or another lane",
)
async def a_waiting_lane_holds_up_no_other(agent: Agent) -> None:
    agent.claims(lanes=2)
    endpoint = await _bound_on_lane_1(agent)
    waiting = agent.start(1, receive={"socket": 1, "timeout_ms": agent.while_ms})
    others = [agent.start() for _ in range(50)]
    for id in others:
        await agent.answer(id)
    if waiting in agent.answered:
        raise Wrong(
            f"lane 1 had nothing to receive, but answered before lane 0: {error_of(await agent.answer(waiting))}"
        )
    await agent.do(open={"socket": 1, "type": "PUSH"})
    await agent.do(connect={"socket": 1, "endpoint": endpoint})
    await agent.send({"raw": b"over"}, socket=1)
    await agent.answer(waiting, agent.while_ms)


async def _bound_on_lane_1(agent: Agent) -> str:
    agent.claims(operations=["receive", "connect", "send"], socket_types=["PUSH"])
    await agent.do(1, open={"socket": 1, "type": "PULL"})
    return (await agent.do(1, bind={"socket": 1, "endpoint": agent.endpoint("tcp", "ipc")})).endpoint


@check(
    _SECTION,
    "A `Response` is written whole, under a lock.",
    mend="put length and message in one buffer, and hold a lock until all of it is written: a write can be partial",
)
async def answers_are_written_whole(agent: Agent) -> None:
    lanes = min(4, agent.hello.lanes)
    agent.claims(lanes=2, operations=["receive"])
    body = random.Random(1).randbytes(1 << 20)  # noqa: S311
    for lane in range(lanes):
        await agent.link(lane=lane)
        await agent.send({"raw": body}, lane=lane)
    asked = [agent.start(lane, receive={"socket": 1, "timeout_ms": agent.while_ms}) for lane in range(lanes)]
    for id in asked:
        response = await agent.answer(id, agent.while_ms)
        if [one.raw for one in response.message.frames] != [body]:
            raise Wrong(f"the answer to Request {id} does not have the bytes that were sent")


@check(
    _SECTION,
    "the messages of one Response have together up to 65,536 frames.",
    mend="do not limit the length or the number of frames yourself",
)
async def a_message_has_many_frames(agent: Agent) -> None:
    await agent.link()
    frames = [b"%d" % number for number in range(2000)]
    await agent.send(*({"raw": one} for one in frames))
    got = await agent.receive()
    if got != frames:
        raise Wrong(f"{len(frames)} frames were sent, but {len(got)} came, or with different bytes")


@check(
    _SECTION,
    "before any library can print, the agent duplicates its stdout for itself and lets file descriptor 1 point at "
    "stderr.",
    mend="at the very start: out = dup(1), dup2(2, 1); then write the protocol to `out` only",
)
async def stdout_is_moved_away(agent: Agent) -> None:
    processes = _processes(agent.instance.pid)
    if not processes:
        raise Unseen("file descriptors can be checked only on Linux, for agents that run as processes")
    if not any(_alike(one / "fd" / "1", one / "fd" / "2") for one in processes):
        raise Wrong("file descriptors 1 and 2 are different files: anything a library prints would go to the channel")


def _processes(leader: int | None) -> list[Path]:
    """All processes of the agent's session, since `run.command` may be a wrapper that starts the agent."""
    if leader is None or not Path("/proc/self/fd/1").exists():
        return []
    return [path for path in Path("/proc").glob("[0-9]*") if _session(path) == leader]


def _session(process: Path) -> int:
    try:
        return int((process / "stat").read_bytes().rpartition(b")")[2].split()[3])
    except OSError:  # it has just ended
        return 0


def _alike(one: Path, other: Path) -> bool:
    try:
        return one.readlink() == other.readlink()
    except OSError:
        return False
