"""Lies about who is who."""

from __future__ import annotations

import zmq

from tests.liars.lie import Lie
from tests.liars.sockets import Frames, Truthful


class CrossesReplies(Truthful):
    """A ROUTER that sends of each two messages each to the other's peer."""

    held: Frames | None = None

    def outgoing(self, frames: Frames) -> list[Frames]:
        if self.type != zmq.ROUTER:
            return [frames]
        if self.held is None:
            self.held = frames
            return []
        first, self.held = self.held, None
        return [[frames[0], *first[1:]], [first[0], *frames[1:]]]


LIES = {
    "cross-replies": Lie(CrossesReplies),
}
