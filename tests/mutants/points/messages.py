"""What is sent or received has other frames: one cut, longer, left out, added, or in another place; or comes rarely."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import burst
import zmq
from lane import Lane

from tests.liars.lie import lane_with
from tests.liars.sockets import ADDRESSED, Frames, Truthful
from tests.mutants.mutant import Mutant

Change = Callable[[Frames], Frames]

FRAMES: dict[str, Change] = {
    "cut-the-last-byte": lambda frames: [*frames[:-1], frames[-1][:-1]],
    "cut-at-255": lambda frames: [frame[:255] for frame in frames],
    "cut-at-64-KiB": lambda frames: [frame[: 2**16] for frame in frames],
    "one-byte-more": lambda frames: [*frames[:-1], frames[-1] + b"\0"],
    "an-empty-frame-more": lambda frames: [*frames, b""],
    "no-empty-frames": lambda frames: [frame for frame in frames if frame] or frames,
    "without-the-last-frame": lambda frames: frames[:-1] or frames,
    "first-and-last-swapped": lambda frames: [frames[-1], *frames[1:-1], frames[0]] if len(frames) > 1 else frames,
    "one-frame": lambda frames: [b"".join(frames)],
    "text": lambda frames: [frame.decode(errors="replace").encode() for frame in frames],
    "at-most-100-frames": lambda frames: frames[:100],
}
# What cells must have to show it, where not nearly all do: the shape with 300 frames.
ABOUT = {"at-most-100-frames": ("value many", "value many")}
EVERY = (2, 10, 100)  # every so many messages of a socket, one is lost, doubled, or changes place with the next


def mutants() -> dict[str, Mutant]:
    """Those of messages, by name; each in both directions."""
    made: dict[str, Mutant] = {}
    for name, change in FRAMES.items():
        sent, taken = ABOUT.get(name, ("operation send", "operation receive"))
        made[f"sends-{name}"] = Mutant("wrong frames sent", sent, _changing(_Sends, change))
        made[f"takes-{name}"] = Mutant("wrong frames taken", taken, _changing(_Takes, change))
    for count in EVERY:
        for kind in (_Loses, _Doubles, _Swaps):
            name = f"{kind.__name__[1:].lower()}-every-{count}"
            made[name] = Mutant("rare", "operation send", lane_with(_with(kind, every=count)))
    for name in ("fewer", "more", "smaller"):
        made[f"burst-{name}"] = Mutant("wrong burst", "operation send_burst", install=partial(_burst, name))
    return made


def _with(socket: type[Truthful], **attributes: object) -> type[Truthful]:
    return type("MutantSocket", (socket,), attributes)


def _changing(socket: type[Truthful], change: Change) -> type[Lane]:
    return lane_with(_with(socket, change=staticmethod(change)))


def _apart(socket: zmq.Socket[Any], frames: Frames) -> tuple[Frames, Frames]:
    border = 1 if socket.type in ADDRESSED and len(frames) > 1 else 0
    return frames[:border], frames[border:]


class _Sends(Truthful):
    change: Change

    def outgoing(self, frames: Frames) -> list[Frames]:
        address, rest = _apart(self, frames)
        return [[*address, *type(self).change(rest)]]


class _Takes(Truthful):
    change: Change

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        address, rest = _apart(self, take())
        return [*address, *type(self).change(rest)]


class _Rare(Truthful):
    every: int
    count = 0

    def outgoing(self, frames: Frames) -> list[Frames]:
        self.count += 1
        return self.sent(frames, rare=self.count % self.every == 0)

    def sent(self, frames: Frames, *, rare: bool) -> list[Frames]:
        """The messages to send in place of this one."""
        raise NotImplementedError


class _Loses(_Rare):
    def sent(self, frames: Frames, *, rare: bool) -> list[Frames]:
        return [] if rare else [frames]


class _Doubles(_Rare):
    def sent(self, frames: Frames, *, rare: bool) -> list[Frames]:
        return [frames, frames] if rare else [frames]


class _Swaps(_Rare):
    held: Frames | None = None

    def sent(self, frames: Frames, *, rare: bool) -> list[Frames]:
        if rare:
            self.held = frames
            return []
        held, self.held = self.held, None
        return [frames] if held is None else [frames, held]


def _burst(name: str) -> None:
    honest = burst.send

    def send(socket: zmq.Socket[bytes], operation: Any) -> Any:
        count, size = operation.count, operation.size
        match name:
            case "fewer":
                operation.count = max(count - 1, 0)
            case "more":
                operation.count += 1
            case "smaller":
                operation.size = max(size - 1, 8)
        result = honest(socket, operation)
        result.count = count
        result.bytes = count * (size + sum(map(len, operation.head)))
        return result

    burst.send = send
