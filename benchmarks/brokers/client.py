"""One end of a system as a process: `python -m benchmarks.brokers.client JSON`; orders are lines of JSON on stdin.

It runs in the environment that has the client libraries, so it imports them, the standard library and nothing of the
harness. Each role works in a thread of its own: inproc has both in one process. The kernel kills it with its parent.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.metadata
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.brokers import message
from benchmarks.brokers.clients.ends import Place

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
_GIVES_UP = 90.0  # seconds in which an end that lost its broker connects again
_FIRST = 30.0  # in which it connects for the first time
_PAUSE = 0.05
_POLL = 0.25  # seconds that a receiver waits for a message at a time


class End:
    """A sender or a receiver that comes back after its broker or its other side was away."""

    def __init__(self, system: Any, kind: str, place: Place) -> None:
        self._make = getattr(system, kind)
        self._place = place
        self.failures = (*system.FAILURES, OSError, TimeoutError)
        self.errors: list[str] = []
        self.end: Any = None

    def open(self, patience: float) -> None:
        """Connects; a broker that is away for a while is waited for. Raises TimeoutError."""
        until = time.monotonic() + patience
        while self.end is None:
            try:
                self.end = self._make(self._place)
            except self.failures as error:
                if time.monotonic() > until:
                    raise TimeoutError(f"cannot connect: {type(error).__name__}: {error}") from error
                time.sleep(_PAUSE)

    def reopen(self, error: BaseException) -> None:
        """Connects anew after this error."""
        self.errors.append(f"{type(error).__name__}: {error}"[:200])
        self.close()
        time.sleep(_PAUSE)
        self.open(_GIVES_UP)

    def close(self) -> None:
        """Ends the connection, if there is one."""
        end, self.end = self.end, None
        if end is not None:
            try:
                end.close()
            except self.failures:
                return


def send(end: End, order: dict[str, Any]) -> dict[str, Any]:
    """Sends messages 1 to `count` of a turn: `chunk` at a time, or one each `pace` seconds.

    careful: what failed is sent again.
    """
    filled = message.filling(order["size"])
    pace, chunk = order.get("pace", 0.0), 1 if order.get("pace") else order["chunk"]
    first_error = len(end.errors)
    began = time.monotonic()
    for first in range(1, order["count"] + 1, chunk):
        if pace and (early := began + first * pace - time.monotonic()) > 0:
            time.sleep(early)
        bodies = [
            message.encode(order["turn"], number, filled)
            for number in range(first, min(first + chunk, order["count"] + 1))
        ]
        while True:
            try:
                end.end.send(bodies)
                break
            except end.failures as error:
                if not order.get("careful") or time.monotonic() - began > _GIVES_UP:
                    raise
                end.reopen(error)
    return {"began": began, "ended": time.monotonic(), "errors": end.errors[first_error:]}


def receive(end: End, order: dict[str, Any], finish: Callable[[], bool]) -> dict[str, Any]:
    """Receives the messages of a turn until all have come; or, after the order to finish, until none has come in
    `silence` seconds of waiting. to_the_end: it waits for that order in any case, and so sees what comes twice."""
    seen: set[int] = set()
    ages: list[int] = []
    first = last = 0.0
    waited = 0.0  # for nothing; a process that gets no processor does not wait
    log = Path(order["log"]).open("ab", buffering=0) if order.get("log") else None  # noqa: SIM115 (closed below)
    while True:
        if len(seen) == order["count"] and not order.get("to_the_end"):
            break
        if finish() and waited > order["silence"]:
            break
        try:
            bodies = end.end.receive(_POLL)
            waited = 0.0 if bodies else waited + _POLL
            for told in map(message.decode, bodies):
                if told.turn != order["turn"]:
                    continue
                last = time.monotonic()
                first = first or last
                seen.add(told.number)
                ages.append(told.age_ns)
                if log is not None:
                    log.write(told.number.to_bytes(4, "little"))
            if bodies:
                end.end.acknowledge()
        except end.failures as error:
            if not order.get("careful"):
                raise
            end.reopen(error)
            waited = 0.0
    if log is not None:
        log.close()
    ages.sort()
    return {"got": len(seen), "twice": len(ages) - len(seen), "first": first, "last": last, **_quantiles(ages)}


def _quantiles(ages: list[int]) -> dict[str, float | None]:
    """p50 and p99 in microseconds: the smallest age that so many are not above."""
    if not ages:
        return {"p50": None, "p99": None}
    return {name: ages[-(-len(ages) * part // 100) - 1] / 1000 for name, part in (("p50", 50), ("p99", 99))}


class Worker(threading.Thread):
    """One role: takes its orders in turn, and answers each."""

    def __init__(self, role: str, system: Any, place: Place) -> None:
        super().__init__(daemon=True)
        self.role = role
        self.orders: queue.Queue[dict[str, Any]] = queue.Queue()
        self.finish = threading.Event()
        self._end = End(system, role.capitalize(), place)

    def run(self) -> None:
        """Opens the end, says so, and works (threading)."""
        try:
            self._end.open(_FIRST)
            _tell({"role": self.role, "event": "open"})
            while (order := self.orders.get())["do"] != "close":
                work = send(self._end, order) if self.role == "sender" else self._receive(order)
                _tell({"role": self.role, "event": "done", **work})
            self._end.close()
            _tell({"role": self.role, "event": "closed"})
        except BaseException as error:
            _tell({"role": self.role, "event": "failed", "error": f"{type(error).__name__}: {error}"[:500]})
            raise

    def _receive(self, order: dict[str, Any]) -> dict[str, Any]:
        _tell({"role": self.role, "event": "receiving"})
        work = receive(self._end, order, self.finish.is_set)
        self.finish.clear()
        return work


_answers = threading.Lock()


def _tell(answer: dict[str, Any]) -> None:
    with _answers:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def main(wish: dict[str, Any]) -> None:
    """Does what it is told until stdin ends."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != wish["parent"]:
        return  # the parent has gone before the kernel was asked
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    system = importlib.import_module(f"benchmarks.brokers.clients.{wish['module']}")
    versions = {name: importlib.metadata.version(name) for name in (*system.LIBRARIES, "protobuf")}
    _tell({"role": "", "event": "versions", "versions": versions})
    place = Place(wish["address"], wish["safe"])
    workers = {role: Worker(role, system, place) for role in wish["roles"]}
    for worker in workers.values():
        worker.start()
    for line in sys.stdin:
        order = json.loads(line)
        worker = workers[order["role"]]
        if order["do"] == "finish":
            worker.finish.set()
        else:
            worker.orders.put(order)
    os._exit(0)  # whatever the libraries are still at


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
