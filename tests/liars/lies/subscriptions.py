"""Lies about subscriptions."""

from __future__ import annotations

from typing import Any

import zmq

from tests.liars.lie import Lie
from tests.liars.sockets import Truthful


class Loyal(Truthful):
    """A SUB that never gives a subscription up."""

    def set(self, option: int, optval: Any) -> None:
        if option != zmq.UNSUBSCRIBE:
            super().set(option, optval)


class Forgets(Truthful):
    """A SUB that takes equal subscriptions for one."""

    topics: frozenset[bytes] = frozenset()

    def set(self, option: int, optval: Any) -> None:
        if option == zmq.SUBSCRIBE and optval in self.topics:
            return
        if option == zmq.SUBSCRIBE:
            self.topics |= {optval}
        super().set(option, optval)


class ShortTopics(Truthful):
    """A SUB that has a fixed place for a topic, and cuts off what does not fit."""

    def set(self, option: int, optval: Any) -> None:
        super().set(option, optval[:200] if option in (zmq.SUBSCRIBE, zmq.UNSUBSCRIBE) else optval)


class NoTuning(Truthful):
    """Takes options that change what a socket does by itself, and does not set them."""

    def set(self, option: int, optval: Any) -> None:
        if option not in (zmq.CONFLATE, zmq.XPUB_VERBOSE):
            super().set(option, optval)


LIES = {
    "loyal": Lie(Loyal),
    "forget-equal": Lie(Forgets),
    "short-topics": Lie(ShortTopics),
    "no-tuning": Lie(NoTuning),
}
