"""What two running programs say to each other, heard by relays between their sockets.

A relay sees frames, so this works for NULL and PLAIN; what CURVE encrypts is only counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import msgspec

from zmq_interop.core.transcript import BINDER, CONNECTOR
from zmq_interop.wire.items import Frame, Greeting, Item
from zmq_interop.wire.relay import Relay
from zmq_interop.wire.zmtp import Conversation

MOST_FRAME = 1 << 20  # bytes of a frame; a longer one cannot be written down
MOST_MESSAGES = 10_000  # of a recording


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of sockets to listen to. name: "" if the user gave none. listen: where the connecting program connects.
    forward: the endpoint of the bound socket."""

    name: str = ""
    listen: str
    forward: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or a subscription.

    side: who sent it, transcript.CONNECTOR or BINDER. frames: of a message; None where a frame was too long to keep.
    subscription: "subscribe" or "cancel", and then `prefix` is what to.
    """

    side: int
    at: int
    frames: tuple[bytes, ...] | None = ()
    subscription: str = ""
    prefix: bytes = b""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One connection. link: its place in the list of links. types: the socket types of both sides, "" if unknown.

    encrypted: how many messages could not be read. undecoded: why the bytes of a side do not decode, "" if they do.
    refused: why nobody could be reached at `forward`, "" if somebody was.
    """

    link: int
    types: tuple[str, str]
    said: tuple[Said, ...]
    encrypted: int = 0
    undecoded: str = ""
    refused: str = ""


class Listener:
    """Observes one connection (relay.Observer). clock: microseconds since the recording began. tell: hears of each
    message and subscription at once."""

    def __init__(
        self, link: int, clock: Callable[[], int], room: Callable[[], bool], tell: Callable[[Said], None] | None = None
    ) -> None:
        self._tell = tell
        self._link = link
        self._clock = clock
        self._room = room
        self._conversation = Conversation(MOST_FRAME)
        self._types = ["", ""]
        self._parts: list[list[Frame]] = [[], []]
        self._said: list[Said] = []
        self._encrypted = 0
        self._undecoded = ""
        self._refused = ""

    def passed(self, side: int, data: bytes) -> None:
        """A side sent these bytes."""
        self._take(self._conversation.feed(side, data, self._clock()))

    def ended(self, side: int, how: str) -> None:  # noqa: ARG002 (as relay.Observer has it)
        """A side ended; a message of which frames are missing was never delivered."""
        self._parts[side].clear()

    def refused(self, why: str) -> None:
        """Nobody listens at the endpoint to forward to."""
        self._refused = why

    def heard(self) -> Heard:
        """All that was said so far."""
        return Heard(
            link=self._link,
            types=(self._types[CONNECTOR], self._types[BINDER]),
            said=tuple(self._said),
            encrypted=self._encrypted,
            undecoded=self._undecoded,
            refused=self._refused,
        )

    def _take(self, items: Sequence[Item]) -> None:
        for item in items:
            match item:
                case Greeting():
                    self._types[item.side] = item.socket_type or self._types[item.side]
                case Frame():
                    self._frame(item)
                case _:
                    self._undecoded = getattr(item, "why", "")

    def _frame(self, frame: Frame) -> None:
        side = frame.side
        if frame.command is not None:
            for field in frame.command.fields:
                if field.property and field.name.lower() == "socket-type":  # RFC 37: names are case-insensitive
                    self._types[side] = field.value.decode("ascii", "replace")
            if frame.command.name in ("SUBSCRIBE", "CANCEL"):
                topic = b"".join(field.value for field in frame.command.fields)
                self._add(Said(side=side, at=frame.at, subscription=frame.command.name.lower(), prefix=topic))
        elif frame.subscription:
            self._add(Said(side=side, at=frame.at, subscription=frame.subscription, prefix=frame.content[1:]))
        elif frame.encrypted:
            self._encrypted += 1
        elif not frame.identity:
            self._parts[side].append(frame)
            if not frame.more:
                parts, self._parts[side] = self._parts[side], []
                whole = all(len(one.content) == one.body for one in parts)
                frames = tuple(one.content for one in parts) if whole else None
                self._add(Said(side=side, at=frame.at, frames=frames))

    def _add(self, said: Said) -> None:
        if self._room():
            self._said.append(said)
        if self._tell is not None:
            self._tell(said)


class Recording:
    """Relays for all links. Make it in a running event loop, `open` it and `close` it."""

    def __init__(self, links: Sequence[Link]) -> None:
        """Raises OSError if it cannot listen at an endpoint, UsageError for one that a relay cannot have."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._clock = lambda: round((loop.time() - self._began) * 1e6)
        self._listeners: list[Listener] = []
        self._count = 0
        self.left_out = 0  # messages beyond MOST_MESSAGES
        self.relays = [Relay(one.listen, one.forward, self._observer(index)) for index, one in enumerate(links)]

    def open(self) -> None:
        """Listens at all endpoints; again where a connection found nobody meanwhile. Raises OSError."""
        for relay in self.relays:
            relay.open()

    async def close(self) -> None:
        """Ends all connections."""
        for relay in self.relays:
            await relay.close()

    def heard(self) -> list[Heard]:
        """The connections so far, in the order in which they were made."""
        return [one.heard() for one in self._listeners]

    @property
    def messages(self) -> int:
        """How many messages and subscriptions were heard."""
        return self._count

    def _observer(self, link: int) -> Callable[[], Listener]:
        def make() -> Listener:
            one = Listener(link, self._clock, self._room)
            self._listeners.append(one)
            return one

        return make

    def _room(self) -> bool:
        if self._count >= MOST_MESSAGES:
            self.left_out += 1
            return False
        self._count += 1
        return True


def in_order(heard: Sequence[Heard]) -> Iterator[tuple[int, Said]]:
    """Everything that was said, in time order, each with the place of its connection."""
    said = ((one.at, place, one) for place, connection in enumerate(heard) for one in connection.said)
    return ((place, one) for _, place, one in sorted(said, key=lambda each: each[0]))
