"""Breaches of what operations do with sockets: messages, bursts, events, typed frames, options."""

from __future__ import annotations

from typing import Any

from lane import AgentError, Lane, Response

from tests.liars.lie import Lie
from tests.liars.sockets import changing
from tests.smoke.of_lane import after, before, instead, lane

NO_NUMBER = 2**64 - 1


class FewFrames(Lane):
    def receive(self, operation: Any) -> Any:
        response = super().receive(operation)
        del response.message.frames[1000:]
        return response


class AsAsked(Lane):
    def bind(self, operation: Any) -> Any:
        super().bind(operation)
        return Response(endpoint=operation.endpoint)


class CountsMonitors(Lane):
    def close_all(self, _: Any) -> Any:
        monitors = len(self.monitors)
        response = super().close_all(_)
        response.closed += monitors
        return response


class MonitorsAgain(Lane):
    def monitor(self, operation: Any) -> Any:
        return Response() if operation.socket in self.monitors else super().monitor(operation)


class FewEvents(Lane):
    taken = 0

    def receive_event(self, operation: Any) -> Any:
        self.taken += 1
        if self.taken > 500:
            raise AgentError("AGAIN", "EAGAIN", "no more")
        return super().receive_event(operation)


class PassesThrough(Lane):
    """On one side: `passes` tells whether it sends just now."""

    sending = False
    side = True

    def send(self, operation: Any) -> Any:
        self.sending = True
        try:
            return super().send(operation)
        finally:
            self.sending = False

    def transcode(self, type_name: str, data: bytes) -> bytes:
        return data if self.sending == self.side else super().transcode(type_name, data)


class PassesThroughWhatComes(PassesThrough):
    side = False


class AllPayload(Lane):
    def _transcoded(self, type_name: str, data: bytes) -> bytes:
        try:
            return super()._transcoded(type_name, data)
        except AgentError as error:
            raise AgentError("PAYLOAD", "", error.text) from None


class ReadsAll(Lane):
    def get_option(self, operation: Any) -> Any:
        return Response(value={"data": b""}) if operation.name == "SUBSCRIBE" else super().get_option(operation)


def _next(operation: Any) -> None:
    operation.first += 1


def _no_sentinel(response: Any) -> None:
    response.burst.numbers[:] = [0 if number == NO_NUMBER else number for number in response.burst.numbers]


def _timeless(response: Any) -> None:
    response.burst.elapsed_ns = 0


def _whole_name(response: Any) -> None:
    response.event.name = f"ZMQ_EVENT_{response.event.name}"


def _narrow(operation: Any) -> None:
    if operation.option.value.HasField("number"):
        operation.option.value.number %= 2**31


def _upper(operation: Any) -> None:
    operation.option.name = operation.option.name.upper()


def _nothing(_: Any, __: Any) -> Any:
    return Response()


BREACHES = {
    "a_message_has_many_frames": lane(FewFrames),
    "endpoints_are_answered": lane(AsAsked),
    "messages_arrive_whole": Lie(changing(lambda frames: [frame for frame in frames if frame] or [b""])),
    "an_endpoint_is_unbound_once": instead("unbind", _nothing),
    "an_endpoint_is_disconnected_once": instead("disconnect", _nothing),
    "a_burst_is_sent_as_described": before("send_burst", _next),
    "a_burst_is_received_as_described": after("receive_burst", _no_sentinel),
    "a_burst_tells_its_time": after("send_burst", _timeless),
    "events_come_in_order": after("receive_event", _whole_name),
    "a_monitor_is_asked_for_once": lane(MonitorsAgain),
    "monitors_do_not_count": lane(CountsMonitors),
    "a_thousand_events_wait": lane(FewEvents),
    "typed_frames_are_encoded_anew_on_sending": lane(PassesThrough),
    "typed_frames_are_encoded_anew_on_receiving": lane(PassesThroughWhatComes),
    "typed_frames_that_cannot_be": lane(AllPayload),
    "what_was_set_is_read_back": before("set_option", _narrow),
    "options_that_there_are_not": before("set_option", _upper),
    "an_option_that_can_only_be_written": lane(ReadsAll),
}
