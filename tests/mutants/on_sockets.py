"""Lanes whose sockets are of another class."""

from __future__ import annotations

from typing import Any

import zmq
from lane import Lane


def lane_with(socket: type[zmq.Socket[Any]], **attributes: Any) -> type[Lane]:
    """A lane with sockets of a subclass that has these attributes; functions stay functions."""
    kept = {name: staticmethod(value) if callable(value) else value for name, value in attributes.items()}
    kind = type("MutantSocket", (socket,), kept)

    class MutantContext(zmq.Context[Any]):
        _socket_class = kind

    class MutantLane(Lane):
        def __init__(self, context: zmq.Context[Any]) -> None:
            super().__init__(MutantContext.shadow(context))

    return MutantLane
