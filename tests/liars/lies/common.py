"""Lies about messages, payloads and the control channel."""

from __future__ import annotations

import time
from typing import Any

from lane import AgentError, Lane
from payload import message_class, transcode

from tests.liars import sockets
from tests.liars.lie import Liar, Lie
from tests.liars.sockets import changing, last


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
