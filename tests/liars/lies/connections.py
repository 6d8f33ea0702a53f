"""Lies about connections: endpoints, reconnection and monitors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import zmq
from lane import AgentError, Lane
from payload import message_class

from tests.liars.lie import Lie
from tests.liars.sockets import Frames, Truthful

Response = message_class("interop.control.v1.Response")
IPC = "ipc://"
LONGEST_PATH = 107


def _last_endpoint(socket: zmq.Socket[bytes]) -> str:
    return bytes(socket.get(zmq.LAST_ENDPOINT)).decode()


class GivesUp(Truthful):
    """Connects once, and never again."""

    watched = False

    def monitor(self, *arguments: Any) -> Any:
        self.watched = True
        return super().monitor(*arguments)

    def connect(self, addr: str) -> Any:
        super().set(zmq.RECONNECT_IVL, -1)
        if self.watched or addr.startswith("inproc:"):
            return super().connect(addr)
        first_try = self.get_monitor_socket(zmq.EVENT_CONNECTED | zmq.EVENT_CLOSED)
        connecting = super().connect(addr)
        first_try.poll(10_000)  # whoever binds after this is too late, however busy the machine is
        self.disable_monitor()
        self.watched = False
        return connecting


class FirstEndpoint(Truthful):
    """Listens at the first endpoint alone, whatever else it is bound to."""

    bound = False

    def bind(self, addr: str) -> Any:
        binding = super().bind(addr)
        if self.bound:
            super().unbind(_last_endpoint(self))
        self.bound = True
        return binding


class TellsWhatWasAsked(Truthful):
    """Says that it is bound just where it was told to, wildcards and all."""

    asked: bytes | None = None

    def bind(self, addr: str) -> Any:
        self.asked = addr.encode()
        return super().bind(addr)

    def get(self, option: int) -> Any:
        return self.asked if option == zmq.LAST_ENDPOINT and self.asked else super().get(option)


class NoIpv6(Truthful):
    """Takes the option for IPv6 and does not set it."""

    def set(self, option: int, optval: Any) -> None:
        if option != zmq.IPV6:
            super().set(option, optval)


class RemovesItsFile(Truthful):
    """Removes its ipc file as soon as somebody has found it."""

    def incoming(self, take: Callable[[], Frames]) -> Frames:
        frames = take()
        Path(_last_endpoint(self).removeprefix(IPC)).unlink(missing_ok=True)
        return frames


class Stays(Lane):
    """Says that it is no longer bound or connected, and stays."""

    def unbind(self, operation: Any) -> Any:
        return Response()

    disconnect = unbind


class LeavesAnything(Lane):
    """Says that it was bound or connected also where it was not."""

    def unbind(self, operation: Any) -> Any:
        return self._left(super().unbind, operation)

    def disconnect(self, operation: Any) -> Any:
        return self._left(super().disconnect, operation)

    def _left(self, leave: Callable[[Any], Any], operation: Any) -> Any:
        with suppress(zmq.ZMQError):
            leave(operation)
        return Response()


class SharesAddresses(Lane):
    """Says that it is bound where somebody else is."""

    def bind(self, operation: Any) -> Any:
        try:
            return super().bind(operation)
        except zmq.ZMQError as error:
            if error.errno != zmq.EADDRINUSE:
                raise
            return Response(endpoint=operation.endpoint)


class RespectsFiles(Lane):
    """Does not bind to an ipc path that is there."""

    def bind(self, operation: Any) -> Any:
        if Path(operation.endpoint.removeprefix(IPC)).exists():
            raise AgentError("NATIVE", "EADDRINUSE", "there is a file already")
        return super().bind(operation)


class NoAbstractNames(Lane):
    """Says that it is bound to an abstract name, and is not."""

    def bind(self, operation: Any) -> Any:
        if operation.endpoint.startswith(f"{IPC}@"):
            return Response(endpoint=operation.endpoint)
        return super().bind(operation)


class CutsPaths(Lane):
    """Cuts a path that is too long."""

    def bind(self, operation: Any) -> Any:
        operation.endpoint = operation.endpoint[: len(IPC) + LONGEST_PATH]
        return super().bind(operation)


class HidesEnds(Lane):
    """Tells of no connection's end."""

    def receive_event(self, operation: Any) -> Any:
        response = super().receive_event(operation)
        while response.event.name in ("DISCONNECTED", "CLOSED"):
            response = super().receive_event(operation)
        return response


class EventsOfNowhere(Lane):
    """Tells what happens, but not where."""

    def receive_event(self, operation: Any) -> Any:
        response = super().receive_event(operation)
        response.event.endpoint = ""
        return response


class Restless(Lane):
    """Makes its connection anew while nobody looks."""

    endpoint = ""

    def connect(self, operation: Any) -> Any:
        self.endpoint = operation.endpoint
        return super().connect(operation)

    def receive_event(self, operation: Any) -> Any:
        if 0 < operation.timeout_ms < 5000:  # a quiet period
            socket = self._socket(operation)
            socket.disconnect(self.endpoint)
            socket.connect(self.endpoint)
        return super().receive_event(operation)


class BurstGap(Lane):
    """Loses a message of a burst."""

    def receive_burst(self, operation: Any) -> Any:
        response = super().receive_burst(operation)
        del response.burst.numbers[5:6]
        return response


class BurstCut(Lane):
    """Takes a message of a burst that is not whole."""

    def receive_burst(self, operation: Any) -> Any:
        response = super().receive_burst(operation)
        response.burst.bytes -= response.burst.bytes > 0
        return response


LIES = {
    "give-up": Lie(GivesUp),
    "first-endpoint": Lie(FirstEndpoint),
    "tell-what-was-asked": Lie(TellsWhatWasAsked),
    "no-ipv6": Lie(NoIpv6),
    "remove-file": Lie(RemovesItsFile),
    "leave-anything": Lie(lane=LeavesAnything),
    "stay": Lie(lane=Stays),
    "share-addresses": Lie(lane=SharesAddresses),
    "respect-files": Lie(lane=RespectsFiles),
    "no-abstract-names": Lie(lane=NoAbstractNames),
    "cut-paths": Lie(lane=CutsPaths),
    "hide-ends": Lie(lane=HidesEnds),
    "events-of-nowhere": Lie(lane=EventsOfNowhere),
    "restless": Lie(lane=Restless),
    "burst-gap": Lie(lane=BurstGap),
    "burst-cut": Lie(lane=BurstCut),
}
