"""Breaches of lanes, time limits and errors."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import zmq
from lane import AgentError, Lane, Response

from tests.liars.lie import Lie

LOCK = threading.Lock()
_UNSUPPORTED = AgentError("UNSUPPORTED", "", "").response().error.code
SHARED: dict[int, Any] = {}


def lane(kind: type[Lane]) -> Lie:
    """Has such lanes."""
    return Lie(lane=kind)


def before(name: str, change: Callable[[Any], None]) -> Lie:
    """Changes what the operation `name` is asked for."""

    def method(self: Lane, operation: Any) -> Any:
        change(operation)
        return getattr(Lane, name)(self, operation)

    return lane(type("Changes", (Lane,), {name: method}))


def after(name: str, change: Callable[[Any], None]) -> Lie:
    """Changes what the operation `name` answers."""

    def method(self: Lane, operation: Any) -> Any:
        response = getattr(Lane, name)(self, operation)
        change(response)
        return response

    return lane(type("Changes", (Lane,), {name: method}))


def instead(name: str, answer: Callable[[Any, Any], Any]) -> Lie:
    """Does this in place of the operation `name`."""
    return lane(type("Instead", (Lane,), {name: answer}))


def halve(operation: Any) -> None:
    operation.timeout_ms //= 2


class OneAtATime(Lane):
    def perform(self, request: Any) -> Any:
        with LOCK:
            return super().perform(request)


class OtherError(Lane):
    def _socket(self, operation: Any) -> Any:
        if operation.socket not in self.sockets:
            raise AgentError("NATIVE", "ENOTSOCK", "no such socket")
        return super()._socket(operation)


class TakesOver(Lane):
    def open(self, operation: Any) -> Any:
        if taken := self.sockets.pop(operation.socket, None):
            taken.close()
        return super().open(operation)


class OneTable(Lane):
    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.sockets = SHARED


class Lingers(Lane):
    def open(self, operation: Any) -> Any:
        response = super().open(operation)
        self.sockets[operation.socket].set(zmq.LINGER, -1)
        return response


class OpensHalf(Lane):
    def open(self, operation: Any) -> Any:
        try:
            return super().open(operation)
        except AgentError as error:
            if error.code == "UNSUPPORTED" and operation.options:
                self.sockets[operation.socket + 1000] = self.context.socket(zmq.PULL)
            raise


class DoesNothing(Lane):
    def perform(self, request: Any) -> Any:
        return Response() if request.WhichOneof("operation") is None else super().perform(request)


class Guesses(Lane):
    def open(self, operation: Any) -> Any:
        operation.type = operation.type.upper().removeprefix("ZMQ_")
        return super().open(operation)


class EmptyForNone(Lane):
    def _outgoing(self, frame: Any) -> bytes:
        return b"" if frame.WhichOneof("body") is None else super()._outgoing(frame)


class TakesAnyKind(Lane):
    def set_option(self, operation: Any) -> Any:
        try:
            return super().set_option(operation)
        except AgentError as error:
            if error.code != "INVALID" or operation.socket not in self.sockets:
                raise
            return Response()


class NoNames(Lane):
    def perform(self, request: Any) -> Any:
        response = super().perform(request)
        if response.error.errno_name in ("EINVAL", "EADDRINUSE"):
            response.error.errno_name = ""
        return response


class Numbers(Lane):
    def perform(self, request: Any) -> Any:
        response = super().perform(request)
        if response.error.errno_name == "EFSM":
            response.error.errno_name = "156384763"
        return response


class Falls(Lane):
    def _transcoded(self, type_name: str, data: bytes) -> bytes:
        try:
            return super()._transcoded(type_name, data)
        except AgentError as error:
            if error.code == "PAYLOAD":
                os.abort()
            raise


class Sleeps(Lane):
    def receive(self, operation: Any) -> Any:
        time.sleep(operation.timeout_ms / 1000)
        return super().receive(operation)


class AllOrError(Lane):
    def receive_burst(self, operation: Any) -> Any:
        response = super().receive_burst(operation)
        if response.burst.count < operation.count:
            raise AgentError("AGAIN", "EAGAIN", "fewer came")
        return response


class OwnContext(Lane):
    def __init__(self, context: Any) -> None:
        super().__init__(zmq.Context())


class Runs(Lane):
    """Carries out Programs as it should; what derives from it does not."""

    def program(self, operation: Any) -> Any:
        response = Response(program={})
        for step in operation.steps:
            result = self.step(step)
            response.program.results.append(result)
            if self.ends(result.error):
                break
        return response

    def step(self, step: Any) -> Any:
        nested = step.HasField("program")
        return AgentError("UNSUPPORTED", "", "a Program").response() if nested else self.perform(step)

    def ends(self, error: Any) -> bool:
        return bool(error.code)


class KeepsIds(Runs):
    def step(self, step: Any) -> Any:
        result = super().step(step)
        result.id = 7
        return result


class GoesOn(Runs):
    def ends(self, error: Any) -> bool:
        return super().ends(error) and error.code != _UNSUPPORTED


class WaitsOn(Runs):
    def ends(self, error: Any) -> bool:
        return super().ends(error) and error.errno_name != "EAGAIN"


class Nests(Runs):
    def step(self, step: Any) -> Any:
        return self.perform(step)


class SaysDone(Runs):
    def program(self, operation: Any) -> Any:
        return super().program(operation) if operation.steps else Response()


def _for_ever(operation: Any) -> None:
    operation.timeout_ms = operation.timeout_ms or 60_000


def _all_sent(self: Any, operation: Any) -> Any:
    response = Lane.send_burst(self, operation)
    response.burst.count = operation.count
    return response


def _large_enough(operation: Any) -> None:
    operation.size = max(operation.size, 8)


BREACHES = {
    "a_waiting_lane_holds_up_no_other": lane(OneAtATime),
    "a_handle_that_is_not_there": lane(OtherError),
    "a_handle_that_is_taken": lane(TakesOver),
    "each_lane_has_handles_of_its_own": lane(OneTable),
    "open_sets_linger_to_0": lane(Lingers),
    "close_all_closes_all": after("close_all", lambda response: response.ClearField("closed")),
    "open_sets_all_options_or_leaves_nothing": lane(OpensHalf),
    "a_limit_of_0_does_not_wait": before("receive", _for_ever),
    "receive_waits_for_its_limit": before("receive", halve),
    "send_waits_for_its_limit": before("send", halve),
    "receive_event_waits_for_its_limit": before("receive_event", halve),
    "waiting_ends_with_the_message": lane(Sleeps),
    "a_time_limit_ends_a_burst_without_error": lane(AllOrError),
    "a_burst_that_the_socket_does_not_take_ends": instead("send_burst", _all_sent),
    "an_operation_that_is_not_known": lane(DoesNothing),
    "a_socket_type_that_is_not_known": lane(Guesses),
    "a_message_that_makes_no_sense": lane(EmptyForNone),
    "a_burst_that_is_too_small": before("send_burst", _large_enough),
    "an_option_of_the_wrong_kind": lane(TakesAnyKind),
    "the_library_says_no": lane(NoNames),
    "a_call_in_the_wrong_state": lane(Numbers),
    "bytes_of_any_kind": lane(Falls),
    "inproc_joins_two_lanes": lane(OwnContext),
    "a_program_does_each_of_its_steps": lane(KeepsIds),
    "a_program_ends_with_its_first_error": lane(GoesOn),
    "a_time_limit_ends_a_program": lane(WaitsOn),
    "a_program_has_no_programs": lane(Nests),
    "a_program_without_steps_has_no_results": lane(SaysDone),
}
