"""Lies that are told at the socket: what is sent or taken is not what was asked, and the answer says that all is well.

Each lies in both directions, so that the role decides which of them is tried. A first frame that is the socket's own
business (a routing id, a topic) is spared: without it nothing would arrive, and every lie would look like a loss. For
the same reason messages with a single frame are spared, which synchronising messages are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import zmq

Frames = list[bytes]
ADDRESSED = {zmq.ROUTER, zmq.PUB, zmq.XPUB, zmq.SUB, zmq.XSUB}  # their first frame is an address


class Truthful(zmq.Socket[bytes]):
    """Sends and takes what it should. A lie overrides `outgoing` or `incoming`."""

    def send_multipart(
        self, msg_parts: Sequence[Any], flags: int = 0, copy: bool = True, track: bool = False, **_: Any
    ) -> None:
        for frames in self.outgoing(list(msg_parts)):
            super().send_multipart(frames, flags)

    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> Frames:  # type: ignore[override]
        return self.incoming(lambda: super(Truthful, self).recv_multipart(flags))

    def outgoing(self, frames: Frames) -> list[Frames]:
        """The messages to send in place of this one."""
        return [frames]

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        """The message to answer with. `take` takes the next one from the socket, or raises zmq.Again."""
        return take()

    def split(self, frames: Frames) -> tuple[Frames, Frames]:
        """The address, where the socket has one, and the rest."""
        border = 1 if self.type in ADDRESSED else 0
        return frames[:border], frames[border:]

    def long(self, frames: Frames) -> bool:
        """Whether there is more than one frame beside the address."""
        return len(self.split(frames)[1]) > 1


class Drops(Truthful):
    """Loses the first message."""

    dropped = False

    def _drop(self, frames: Frames) -> bool:
        drop = not self.dropped and self.long(frames)
        self.dropped |= drop
        return drop

    def outgoing(self, frames: Frames) -> list[Frames]:
        return [] if self._drop(frames) else [frames]

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        return take() if self._drop(frames) else frames


class SendsNothing(Truthful):
    """Says that everything was sent, and sends nothing at all."""

    def outgoing(self, frames: Frames) -> list[Frames]:
        return []


class Doubles(Truthful):
    """Has the first message twice."""

    doubled = False
    again: Frames | None = None

    def outgoing(self, frames: Frames) -> list[Frames]:
        double = not self.doubled and self.long(frames)
        self.doubled |= double
        return [frames] * (1 + double)

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        if self.again is not None:
            frames, self.again = self.again, None
            return frames
        frames = take()
        if not self.doubled and self.long(frames):
            self.doubled, self.again = True, frames
        return frames


class SwapsMessages(Truthful):
    """Lets the second message go before the first."""

    swapped = False
    held: Frames | None = None
    overtaken = False

    def _hold(self, frames: Frames) -> bool:
        hold = not self.swapped and self.long(frames)
        if hold:
            self.swapped, self.held = True, frames
        return hold

    def outgoing(self, frames: Frames) -> list[Frames]:
        if self._hold(frames):
            return []
        held, self.held = self.held, None
        return [frames] if held is None else [frames, held]

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        if self.held is not None and self.overtaken:
            frames, self.held = self.held, None
            return frames
        frames = take()
        if self._hold(frames):
            frames = take()
        self.overtaken = self.held is not None
        return frames


class Changes(Truthful):
    """Changes the frames of every message by `change`."""

    change: ClassVar[Callable[[Frames], Frames]]

    def _changed(self, frames: Frames) -> Frames:
        address, rest = self.split(frames)
        return address + type(self).change(rest) if len(rest) > 1 else frames

    def outgoing(self, frames: Frames) -> list[Frames]:
        return [self._changed(frames)]

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        return self._changed(take())


def changing(change: Callable[[Frames], Frames]) -> type[Truthful]:
    """The socket that changes every message so."""
    return type("Changing", (Changes,), {"change": staticmethod(change)})


def last(change: Callable[[bytes], bytes]) -> type[Truthful]:
    """The socket that changes the last frame that is not empty."""

    def changed(frames: Frames) -> Frames:
        for index in reversed(range(len(frames))):
            if frames[index]:
                return [*frames[:index], change(frames[index]), *frames[index + 1 :]]
        return frames

    return changing(changed)


class IgnoresOptions(Truthful):
    """Takes options that matter to the other side, and does not set them."""

    def set(self, option: int, optval: Any) -> None:
        if option not in (zmq.SUBSCRIBE, zmq.ROUTING_ID):
            super().set(option, optval)


class EveryTopic(Truthful):
    """Subscribes to everything, or as a publisher sends everything to everyone who subscribes to something."""

    manual = False

    def set(self, option: int, optval: Any) -> None:
        super().set(option, b"" if option == zmq.SUBSCRIBE else optval)

    def bind(self, addr: str) -> Any:
        if self.type == zmq.XPUB:
            self.manual = True
            super().set(zmq.XPUB_MANUAL, 1)
        return super().bind(addr)

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        if self.manual:  # libzmq leaves it to us what the one who sent this is subscribed to
            super().set(zmq.SUBSCRIBE, b"")
        return frames


class NoReceipts(Truthful):
    """An XPUB that keeps subscriptions to itself."""

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        while self.type == zmq.XPUB and frames[0][:1] == b"\x01":
            frames = take()
        return frames


class WrongIds(Truthful):
    """A ROUTER that says every message comes from somebody who is not there."""

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        address, rest = self.split(take())
        return [b"nobody", *rest] if address else rest


class NewIds(Truthful):
    """A ROUTER that says every message comes from somebody else."""

    count = 0

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        address, rest = self.split(take())
        self.count += 1
        return [b"somebody %d" % self.count, *rest] if address else rest


class NoIds(Truthful):
    """A ROUTER that loses the routing id."""

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        return self.split(take())[1]


class OutOfStep(Truthful):
    """A REP that replies before it is told to, and not what it is told to."""

    def outgoing(self, frames: Frames) -> list[Frames]:
        return [] if self.type == zmq.REP else [frames]

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        if self.type == zmq.REP:
            self.send(b"too early")
        return frames
