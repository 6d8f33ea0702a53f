"""Each operation is skipped, done twice, done after the next one, done on another socket, or answered from before.

Left out is what nobody could see: what is done twice and refused the second time (open, close, unbind, disconnect,
monitor), or changes nothing the second time (close_all, set_option); an answer that is always empty cannot be stale.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lane import Lane, Response

from tests.mutants.mutant import Mutant

Method = Callable[[Any, Any], Any]  # lane, operation -> response

SKIPPED = ("close", "close_all", "set_option", "bind", "connect", "unbind", "disconnect", "send", "send_burst")
TWICE = ("connect", "send", "send_burst", "receive", "receive_burst", "receive_event")
AFTER_THE_NEXT = ("close", "bind", "connect", "unbind", "disconnect", "send", "set_option")
ELSEWHERE = ("close", "bind", "connect", "send", "receive", "set_option", "receive_event")
STALE = ("bind", "connect", "get_option", "receive", "receive_burst", "receive_event", "send_burst")
# Opens something that speaks the same protocol, so that connections are made (RFC 28, 29, 30, 31).
OTHER_TYPES = {
    "REQ": "DEALER",
    "DEALER": "REQ",
    "REP": "ROUTER",
    "ROUTER": "DEALER",
    "PUB": "XPUB",
    "XPUB": "PUB",
    "SUB": "XSUB",
    "XSUB": "SUB",
    "PUSH": "DEALER",
    "PULL": "DEALER",
    "PAIR": "DEALER",
}


def mutants() -> dict[str, Mutant]:
    """Those of operations, by name."""
    made = {f"skip-{name}": Mutant("skip", f"operation {name}", _with(name, _skipping)) for name in SKIPPED}
    made |= {f"twice-{name}": Mutant("twice", f"operation {name}", _with(name, _twice)) for name in TWICE}
    made |= {
        f"after-{name}": Mutant("after the next", f"operation {name}", _after_the_next(name)) for name in AFTER_THE_NEXT
    }
    made |= {f"elsewhere-{name}": Mutant("elsewhere", f"operation {name}", _elsewhere(name)) for name in ELSEWHERE}
    made |= {f"stale-{name}": Mutant("stale", f"operation {name}", _with(name, _stale)) for name in STALE}
    made |= {
        f"type-{name}": Mutant("wrong type", f"socket type {name}", _opening(name, OTHER_TYPES[name]))
        for name in OTHER_TYPES
    }
    return made


def _with(name: str, change: Callable[[Method], Method]) -> type[Lane]:
    """A lane in which one operation is changed."""
    return type("MutantLane", (Lane,), {name: change(getattr(Lane, name))})


def done(lane: Any, name: str, operation: Any) -> Any:
    """The answer of an operation that was not carried out, as if it had been."""
    match name:
        case "bind" | "connect":
            return Response(endpoint=operation.endpoint.replace(":*", ":1024"))
        case "close_all":
            return Response(closed=len(lane.sockets))
        case "send_burst":
            size = operation.size + sum(map(len, operation.head))
            return Response(burst={"count": operation.count, "bytes": operation.count * size, "elapsed_ns": 1})
        case _:
            return Response()


def _skipping(method: Method) -> Method:
    def skipping(self: Any, operation: Any) -> Any:
        return done(self, method.__name__, operation)

    return skipping


def _twice(method: Method) -> Method:
    def twice(self: Any, operation: Any) -> Any:
        method(self, operation)
        return method(self, operation)

    return twice


def _stale(method: Method) -> Method:
    def stale(self: Any, operation: Any) -> Any:
        before = getattr(self, "_answered", None)
        self._answered = method(self, operation)
        return before or self._answered

    return stale


def _elsewhere(name: str) -> type[Lane]:
    """Carries the operation out on another socket of the lane, where there is one."""

    def elsewhere(self: Any, operation: Any) -> Any:
        others = [handle for handle in self.sockets if handle != operation.socket]
        if others:
            operation.socket = others[0]
        return getattr(Lane, name)(self, operation)

    return type("MutantLane", (Lane,), {name: elsewhere})


def _after_the_next(name: str) -> type[Lane]:
    """Says that the operation is done, and carries it out after the lane's next one."""

    class MutantLane(Lane):
        _waiting: Any = None

        def perform(self, request: Any) -> Any:
            kind = request.WhichOneof("operation")
            if kind == "program":  # its steps come here one by one
                return super().perform(request)
            if kind == name and self._waiting is None:
                self._waiting = type(request).FromString(request.SerializeToString())
                return done(self, name, getattr(request, name))
            waiting, self._waiting = self._waiting, None
            answer = super().perform(request)
            if waiting is not None:
                with suppress(Exception):
                    super().perform(waiting)
            return answer

    return MutantLane


def _opening(wanted: str, other: str) -> type[Lane]:
    """Opens a socket of another type."""

    def open_(self: Any, operation: Any) -> Any:
        if operation.type == wanted:
            operation.type = other
        return Lane.open(self, operation)

    return type("MutantLane", (Lane,), {"open": open_})
