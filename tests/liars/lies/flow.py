"""Lies about waiting, limits, closing and turns, and about the numbers of a burst."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import zmq
from lane import AgentError, Lane, Response

from tests.liars.lie import Lie


class ChangesOptions(Lane):
    """Opens sockets with other options than it was asked for."""

    left_out: ClassVar[frozenset[str]] = frozenset()
    beside: ClassVar[dict[str, dict[str, int]]] = {}  # type -> option -> value

    def open(self, operation: Any) -> Any:
        wanted = [option for option in operation.options if option.name not in self.left_out]
        del operation.options[:]
        operation.options.extend(wanted)
        for name, value in self.beside.get(operation.type, {}).items():
            operation.options.add(name=name, value={"number": value})
        return super().open(operation)


class KeepsDefaults(ChangesOptions):
    """Takes options about limits and about closing, and does not set them."""

    left_out = frozenset({"SNDHWM", "RCVHWM", "LINGER", "IMMEDIATE", "ROUTER_MANDATORY", "XPUB_NODROP"})


class ClosesLate(Lane):
    """Does not close a socket before somebody has taken its messages, for which it waits in vain."""

    def close(self, operation: Any) -> Any:
        time.sleep(120)
        return super().close(operation)


class QueuesForNobody(ChangesOptions):
    """Takes no message for a peer that is not there yet."""

    beside: ClassVar = {zmq_type: {"IMMEDIATE": 1} for zmq_type in ("PUSH", "DEALER", "PAIR")}


class HoldsBack(ChangesOptions):
    """Says AGAIN where it should drop."""

    beside: ClassVar = {"PUB": {"XPUB_NODROP": 1}, "XPUB": {"XPUB_NODROP": 1}, "ROUTER": {"ROUTER_MANDATORY": 1}}


class NeverAgain(Lane):
    """Says that a message was sent when there was no room for it."""

    def send(self, operation: Any) -> Any:
        try:
            return super().send(operation)
        except zmq.Again:
            return Response()


class Impatient(Lane):
    """Does not wait with a message for which there is no room."""

    def send(self, operation: Any) -> Any:
        operation.timeout_ms = 0
        return super().send(operation)

    def send_burst(self, operation: Any) -> Any:
        operation.timeout_ms = 0
        return super().send_burst(operation)


class WaitsAnyway(Lane):
    """Waits a little where it may not."""

    def send(self, operation: Any) -> Any:
        return super().send(self._later(operation))

    def receive(self, operation: Any) -> Any:
        return super().receive(self._later(operation))

    def _later(self, operation: Any) -> Any:
        if operation.timeout_ms == 0:
            time.sleep(0.2)
        return operation


class AgainForOutOfTurn(Lane):
    """Takes every error of the library for a reason to try again."""

    def perform(self, request: Any) -> Any:
        response = super().perform(request)
        if response.error.errno_name == "EFSM":
            return AgentError("AGAIN", "EAGAIN", "not now").response()
        return response


class ChangesNumbers(Lane):
    """Tells other numbers than those that a burst took."""

    def receive_burst(self, operation: Any) -> Any:
        response = super().receive_burst(operation)
        numbers = list(response.burst.numbers)
        if len(numbers) > 2:
            response.burst.numbers[:] = self.changed(numbers)
            response.burst.count = len(response.burst.numbers)
        return response

    def changed(self, numbers: list[int]) -> list[int]:
        return numbers


class LosesInBurst(ChangesNumbers):
    """Leaves the second message out."""

    def changed(self, numbers: list[int]) -> list[int]:
        return [numbers[0], *numbers[2:]]


class DoublesInBurst(ChangesNumbers):
    """Has the first message in the place of the next one of its sender."""

    def changed(self, numbers: list[int]) -> list[int]:
        numbers[self.next(numbers)] = numbers[0]
        return numbers

    def next(self, numbers: list[int]) -> int:
        return next(place for place, number in enumerate(numbers) if 0 < number - numbers[0] < 1000)


class SwapsInBurst(DoublesInBurst):
    """Has the next message of a sender before the first."""

    def changed(self, numbers: list[int]) -> list[int]:
        place = self.next(numbers)
        numbers[0], numbers[place] = numbers[place], numbers[0]
        return numbers


class Unfair(ChangesNumbers):
    """Serves one sender when the other has nothing left."""

    def changed(self, numbers: list[int]) -> list[int]:
        return sorted(numbers)


class Favours(Lane):
    """Connects three times to the first of several peers."""

    def connect(self, operation: Any) -> Any:
        socket = self._socket(operation)
        if socket.get(zmq.LAST_ENDPOINT) in (b"", b"\0"):
            transport, _, address = operation.endpoint.partition("://")
            for source in ("127.0.0.1:0", "127.0.0.2:0"):  # libzmq takes the same endpoint once from REQ and DEALER
                socket.connect(f"{transport}://{source};{address}")
        return super().connect(operation)


class BindFirst(Lane):
    """Knows no name of inproc to which nobody is bound yet, as libzmq before version 4.0."""

    bound: ClassVar[set[str]] = set()

    def bind(self, operation: Any) -> Any:
        self.bound.add(operation.endpoint)
        return super().bind(operation)

    def connect(self, operation: Any) -> Any:
        if operation.endpoint not in self.bound:
            raise AgentError("NATIVE", "ECONNREFUSED", "nobody is bound there")
        return super().connect(operation)


LIES = {
    "keep-defaults": Lie(lane=KeepsDefaults),
    "close-late": Lie(lane=ClosesLate),
    "queue-for-nobody": Lie(lane=QueuesForNobody),
    "hold-back": Lie(lane=HoldsBack),
    "never-again": Lie(lane=NeverAgain),
    "impatient": Lie(lane=Impatient),
    "wait-anyway": Lie(lane=WaitsAnyway),
    "again-out-of-turn": Lie(lane=AgainForOutOfTurn),
    "lose-in-burst": Lie(lane=LosesInBurst),
    "double-in-burst": Lie(lane=DoublesInBurst),
    "swap-in-burst": Lie(lane=SwapsInBurst),
    "unfair": Lie(lane=Unfair),
    "favour": Lie(lane=Favours),
    "bind-first": Lie(lane=BindFirst),
}
