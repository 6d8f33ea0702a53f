"""Lies about routing ids, and about whose turn it is."""

from __future__ import annotations

from typing import Any

import zmq
from lane import AgentError, Lane

from tests.liars.lie import Lie
from tests.liars.sockets import Truthful

ROUTING = (zmq.ROUTER_MANDATORY, zmq.ROUTER_HANDOVER, zmq.PROBE_ROUTER, zmq.REQ_RELAXED, zmq.REQ_CORRELATE)


class PlainRouting(Truthful):
    """Takes what changes the ways of ROUTER and REQ, and does not set it."""

    def set(self, option: int, optval: Any) -> None:
        if option not in ROUTING:
            super().set(option, optval)


class NeverRefuses(Truthful):
    """Takes any routing id, and sets only what the library takes."""

    def set(self, option: int, optval: Any) -> None:
        if option != zmq.ROUTING_ID or 0 < len(optval) < 256:
            super().set(option, optval)


class ChangedRouter(Truthful):
    """A ROUTER that has an option which nobody set."""

    option: int

    def bind(self, addr: str) -> Any:
        if self.type == zmq.ROUTER:
            self.set(self.option, 1)
        return super().bind(addr)


class Mandatory(ChangedRouter):
    """A ROUTER that refuses what it should drop."""

    option = zmq.ROUTER_MANDATORY


class HandsOver(ChangedRouter):
    """A ROUTER that gives anybody the id of another."""

    option = zmq.ROUTER_HANDOVER


class NoTurns(Lane):
    """Says that there is nothing to be had yet, when it is not its turn."""

    def perform(self, request: Any) -> Any:
        response = super().perform(request)
        if response.error.errno_name == "EFSM":
            return AgentError("AGAIN", "EAGAIN", "not yet").response()
        return response


LIES = {
    "plain-routing": Lie(PlainRouting),
    "never-refuse": Lie(NeverRefuses),
    "mandatory": Lie(Mandatory),
    "hand-over": Lie(HandsOver),
    "no-turns": Lie(lane=NoTurns),
}
