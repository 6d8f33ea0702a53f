"""The Python peer's agent, but it lies: `agent.py --lie NAME`. `--list` names all lies; without a lie it is honest.

Only what the lie is about differs: sockets, threads, protobuf and the control channel are the honest agent's. It says
that it is the peer in whose folder it was started.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# In front of this script's own folder, where `agent` would be this file.
sys.path[:0] = [str(ROOT / "peers" / "python"), str(ROOT)]

import zmq  # noqa: E402
from agent import Agent, main  # noqa: E402
from lane import AgentError, Lane  # noqa: E402
from payload import message_class, transcode  # noqa: E402

from tests.liars import sockets  # noqa: E402
from tests.liars.sockets import Truthful, changing, last  # noqa: E402


class Liar(Agent):
    """Bears the name of the folder that it was started in."""

    def hello(self) -> Any:
        hello = super().hello()
        hello.peer = Path.cwd().name
        return hello


class WrongAnswerIds(Liar):
    """Answers requests that nobody made."""

    def reply(self, response: Any) -> None:
        if response.id:
            response.id += 1_000_000
        super().reply(response)


class AnswersTwice(Liar):
    """Gives every answer twice."""

    def reply(self, response: Any) -> None:
        super().reply(response)
        if response.id:
            super().reply(response)


class Late(Lane):
    """Answers long after everybody has given up."""

    def receive(self, operation: Any) -> Any:
        time.sleep(120)
        return super().receive(operation)


class Leaks(Lane):
    """Leaves a cell's sockets open for the next."""

    def close_all(self, _: Any) -> Any:
        forgotten = dict(self.sockets)
        self.sockets.clear()
        response = super().close_all(_)
        self.sockets.update(forgotten)
        return response


class Refuses(Lane):
    """Does not connect."""

    def connect(self, operation: Any) -> Any:
        raise AgentError("NATIVE", "EINVAL", "I had rather not")


class ClaimsTooMuch(Lane):
    """Does not know an operation that it claims to have."""

    def bind(self, operation: Any) -> Any:
        raise AgentError("UNSUPPORTED", "", "operation bind")


class PassesThrough(Lane):
    """Hands typed bytes on without decoding them, in both directions."""

    def transcode(self, type_name: str, data: bytes) -> bytes:
        return data


class Rewrites(Lane):
    """Decodes and encodes, but a value changes on the way."""

    def transcode(self, type_name: str, data: bytes) -> bytes:
        message = message_class(type_name).FromString(data)
        for field, value in message.ListFields():
            if not field.is_repeated and isinstance(value, int | str):
                setattr(message, field.name, self.rewritten(value))
        return transcode(type_name, message.SerializeToString())

    def rewritten(self, value: int | str) -> int | str:
        return value


class NarrowIntegers(Rewrites):
    """Keeps every number in 32 bits."""

    def rewritten(self, value: int | str) -> int | str:
        return value if isinstance(value, str) else (value + 2**31) % 2**32 - 2**31


class AsciiStrings(Rewrites):
    """Takes a string's characters for bytes of ASCII."""

    def rewritten(self, value: int | str) -> int | str:
        return value.encode("ascii", "replace").decode() if isinstance(value, str) else value


class Lie(NamedTuple):
    socket: type[Truthful] = Truthful
    lane: type[Lane] = Lane
    agent: type[Liar] = Liar


LIES = {
    "drop": Lie(sockets.Drops),
    "send-nothing": Lie(sockets.SendsNothing),
    "double": Lie(sockets.Doubles),
    "swap-messages": Lie(sockets.SwapsMessages),
    "swap-frames": Lie(changing(lambda frames: frames[::-1])),
    "alter": Lie(last(lambda frame: frame[:-1] + bytes([frame[-1] ^ 1]))),
    "truncate": Lie(last(lambda frame: frame[:-1])),
    "drop-empty": Lie(changing(lambda frames: [frame for frame in frames if frame] or [b""])),
    "merge": Lie(changing(lambda frames: [b"".join(frames)])),
    "cut-at-nul": Lie(changing(lambda frames: [frame.partition(b"\0")[0] for frame in frames])),
    "as-text": Lie(changing(lambda frames: [frame.decode(errors="replace").encode() for frame in frames])),
    "short-lengths": Lie(changing(lambda frames: [frame[: len(frame) % 2**16] for frame in frames])),
    "ignore-options": Lie(sockets.IgnoresOptions),
    "every-topic": Lie(sockets.EveryTopic),
    "no-receipts": Lie(sockets.NoReceipts),
    "wrong-ids": Lie(sockets.WrongIds),
    "new-ids": Lie(sockets.NewIds),
    "no-ids": Lie(sockets.NoIds),
    "out-of-step": Lie(sockets.OutOfStep),
    "pass-through": Lie(lane=PassesThrough),
    "narrow-integers": Lie(lane=NarrowIntegers),
    "ascii-strings": Lie(lane=AsciiStrings),
    "refuse": Lie(lane=Refuses),
    "claim-too-much": Lie(lane=ClaimsTooMuch),
    "leak": Lie(lane=Leaks),
    "late": Lie(lane=Late),
    "wrong-answer-ids": Lie(agent=WrongAnswerIds),
    "answer-twice": Lie(agent=AnswersTwice),
}


def lane_of(lie: Lie) -> type[Lane]:
    """The lane that tells this lie: its own, with sockets of the lie's class."""

    class LyingContext(zmq.Context[Any]):
        _socket_class = lie.socket

    class LyingLane(lie.lane):  # type: ignore[name-defined,misc]
        def __init__(self, context: zmq.Context[Any]) -> None:
            super().__init__(LyingContext.shadow(context))

    return LyingLane


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lie", choices=LIES)
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    if chosen.list:
        # The honest agent has moved stdout away: what libraries print goes to stderr.
        print("\n".join(LIES), file=sys.stderr)
        sys.exit()
    lie = LIES[chosen.lie] if chosen.lie else Lie()
    main(lane_of(lie), lie.agent)
