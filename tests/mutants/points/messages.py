"""What is sent or received has other frames: one cut, longer, left out, added, or in another place; or comes rarely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import burst
import zmq

from tests.liars.sockets import ADDRESSED, Frames
from tests.mutants.mutant import Mutant
from tests.mutants.on_sockets import lane_with

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
EVERY = (2, 10, 100)  # every so many messages of a socket, one is lost, doubled, or changes place with the next


def mutants() -> dict[str, Mutant]:
    """Those of messages, by name; each in both directions."""
    made: dict[str, Mutant] = {}
    for name, change in FRAMES.items():
        made[f"sends-{name}"] = Mutant("wrong frames sent", "operation send", lane_with(_Sends, change=change))
        made[f"takes-{name}"] = Mutant("wrong frames taken", "operation receive", lane_with(_Takes, change=change))
    for count in EVERY:
        for kind in (_Loses, _Doubles, _Swaps):
            name = f"{kind.__name__[1:].lower()}-every-{count}"
            made[name] = Mutant("rare", "operation send", lane_with(kind, every=count))
    for name in ("fewer", "more", "smaller"):
        made[f"burst-{name}"] = Mutant("wrong burst", "operation send_burst", install=partial(_burst, name))
    return made


def _apart(socket: zmq.Socket[Any], frames: Frames) -> tuple[Frames, Frames]:
    border = 1 if socket.type in ADDRESSED and len(frames) > 1 else 0
    return frames[:border], frames[border:]


class _Sends(zmq.Socket[bytes]):
    change: Change

    def send_multipart(self, msg_parts: Sequence[Any], flags: int = 0, **_: Any) -> None:  # type: ignore[override]
        address, frames = _apart(self, list(msg_parts))
        super().send_multipart([*address, *type(self).change(frames)], flags)


class _Takes(zmq.Socket[bytes]):
    change: Change

    def recv_multipart(self, flags: int = 0, **_: Any) -> Frames:  # type: ignore[override]
        address, frames = _apart(self, super().recv_multipart(flags))
        return [*address, *type(self).change(frames)]


class _Rare(zmq.Socket[bytes]):
    every: int
    count = 0

    def send_multipart(self, msg_parts: Sequence[Any], flags: int = 0, **_: Any) -> None:  # type: ignore[override]
        self.count += 1
        self.passes(list(msg_parts), flags, rare=self.count % self.every == 0)

    def passes(self, frames: Frames, flags: int, *, rare: bool) -> None:
        raise NotImplementedError

    def really(self, frames: Frames, flags: int) -> None:
        super().send_multipart(frames, flags)


class _Loses(_Rare):
    def passes(self, frames: Frames, flags: int, *, rare: bool) -> None:
        if not rare:
            self.really(frames, flags)


class _Doubles(_Rare):
    def passes(self, frames: Frames, flags: int, *, rare: bool) -> None:
        self.really(frames, flags)
        if rare:
            self.really(frames, flags)


class _Swaps(_Rare):
    held: Frames | None = None

    def passes(self, frames: Frames, flags: int, *, rare: bool) -> None:
        if rare:
            self.held = frames
            return
        self.really(frames, flags)
        if self.held is not None:
            held, self.held = self.held, None
            self.really(held, flags)


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
