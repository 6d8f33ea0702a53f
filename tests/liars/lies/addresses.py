"""Lies about options of publishers, STREAM sockets and addresses, and those that are rarely told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import zmq
from lane import AgentError, Lane, Response

from tests.liars.lie import Lie
from tests.liars.lies.flow import ChangesOptions
from tests.liars.sockets import Frames, Truthful


class GivesWhatIsAsked(Truthful):
    """An XPUB that is to leave subscriptions to the application, and carries out what is asked besides."""

    manual = False

    def set(self, option: int, optval: Any) -> None:
        self.manual |= option == zmq.XPUB_MANUAL and optval == 1
        super().set(option, optval)

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        if self.manual and frames[0][:1] == b"\x01":
            super().set(zmq.SUBSCRIBE, frames[0][1:])
        return frames


class NoExtras(Truthful):
    """Accepts options that change what a publisher tells or sends, and sets none of them."""

    def set(self, option: int, optval: Any) -> None:
        if option not in (zmq.XPUB_VERBOSER, zmq.XPUB_WELCOME_MSG, zmq.INVERT_MATCHING):
            super().set(option, optval)


class ShortParts(Truthful):
    """A STREAM with a buffer of a page: what does not fit is lost."""

    def outgoing(self, frames: Frames) -> list[Frames]:
        return [[frames[0], frames[1][:8192]]]

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        id, data = take()
        return [id, data[:4096]]


class NeverHangsUp(Truthful):
    """A STREAM that takes an empty message for nothing to do."""

    def outgoing(self, frames: Frames) -> list[Frames]:
        return [frames] if frames[1] else []


class Heir(Truthful):
    """A ROUTER that hands what is for somebody who is not there to the one that came last."""

    last = b""

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        self.last = frames[0]
        return frames

    def outgoing(self, frames: Frames) -> list[Frames]:
        return [[self.last, *frames[1:]]]


class AnyEnvelope(Lane):
    """A REQ that cuts off an empty frame, and does not mind where there is none."""

    def open(self, operation: Any) -> Any:
        operation.type = "DEALER"
        return super().open(operation)


class Delimits(Truthful):
    """A DEALER that adds and removes a delimiter."""

    def outgoing(self, frames: Frames) -> list[Frames]:
        return [[b"", *frames]]

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        return frames[1:] if frames[0] == b"" else frames


class NoNames(Lane):
    """Knows addresses alone."""

    def connect(self, operation: Any) -> Any:
        if "localhost" in operation.endpoint:
            raise AgentError("NATIVE", "EINVAL", "no address")
        return super().connect(operation)


class OneFamily(Lane):
    """Listens over IPv4 alone."""

    def bind(self, operation: Any) -> Any:
        operation.endpoint = operation.endpoint.replace("tcp://*:", "tcp://0.0.0.0:")
        return super().bind(operation)


class NoSource(Lane):
    """Connects from where the system likes."""

    def connect(self, operation: Any) -> Any:
        transport, _, address = operation.endpoint.partition("://")
        operation.endpoint = f"{transport}://{address.rpartition(';')[2]}"
        return super().connect(operation)


class RarelyLoses(Truthful):
    """Loses one message in a hundred."""

    count = 0

    def outgoing(self, frames: Frames) -> list[Frames]:
        self.count += 1
        return [frames] if self.count % 100 else []


class RarelyDoubles(RarelyLoses):
    """Has one message in a hundred twice."""

    def outgoing(self, frames: Frames) -> list[Frames]:
        self.count += 1
        return [frames] if self.count % 100 else [frames, frames]


class ForgetsTheFirst(Lane):
    """Loses the first message after a connection has ended."""

    gone = False

    def receive_event(self, operation: Any) -> Any:
        response = super().receive_event(operation)
        self.gone |= response.event.name == "DISCONNECTED"
        return response

    def send(self, operation: Any) -> Any:
        if self.gone:
            self.gone = False
            return Response()
        return super().send(operation)


class EventsOfAnother(Lane):
    """Tells the events of another socket of the thread."""

    def receive_event(self, operation: Any) -> Any:
        others = [handle for handle in self.sockets if handle != operation.socket]
        operation.socket = others[0] if others else operation.socket
        return super().receive_event(operation)


class Hasty(ChangesOptions):
    """Connects again at once."""

    left_out = frozenset({"RECONNECT_IVL"})
    beside: ClassVar = {"DEALER": {"RECONNECT_IVL": 1}}


LIES: dict[str, Lie] = {
    "give-what-is-asked": Lie(GivesWhatIsAsked),
    "no-extras": Lie(NoExtras),
    "short-parts": Lie(ShortParts),
    "never-hang-up": Lie(NeverHangsUp),
    "heir": Lie(Heir),
    "any-envelope": Lie(Delimits, AnyEnvelope),
    "no-names": Lie(lane=NoNames),
    "one-family": Lie(lane=OneFamily),
    "no-source": Lie(lane=NoSource),
    "hasty": Lie(lane=Hasty),
    "rarely-lose": Lie(RarelyLoses),
    "rarely-double": Lie(RarelyDoubles),
    "forget-the-first": Lie(lane=ForgetsTheFirst),
    "events-of-another": Lie(lane=EventsOfAnother),
}
