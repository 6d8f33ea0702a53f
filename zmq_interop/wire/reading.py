"""Decodes the connections of a transcript."""

from __future__ import annotations

from collections.abc import Iterator

from zmq_interop.core.transcript import Connection
from zmq_interop.wire.items import Frame, Item
from zmq_interop.wire.zmtp import Conversation


def items(connection: Connection) -> list[Item]:
    """Everything on a connection, in the order in which it was complete."""
    conversation = Conversation()
    found: list[Item] = []
    for segment in connection.segments:
        place = 0
        for start, count in [*segment.holes, (len(segment.data), 0)]:
            found += conversation.feed(segment.side, segment.data[place:start], segment.at)
            if count:
                found += conversation.skip(segment.side, count, segment.at)
            place = start
    return found + conversation.finish()


def frames(connection: Connection) -> Iterator[Frame]:
    """The complete frames of a connection."""
    return (item for item in items(connection) if isinstance(item, Frame))
