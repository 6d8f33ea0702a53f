"""Redis streams: a group that does not acknowledge; and one that does, with each command on disk before its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis

from benchmarks.brokers.clients.ends import Place

FAILURES = (redis.RedisError,)
LIBRARIES = ("redis",)
STREAM, GROUP, WORKER = "jobs", "workers", "worker"


class Sender:
    def __init__(self, place: Place) -> None:
        self._redis = redis.Redis(port=int(place.address["port"]))

    def send(self, bodies: Sequence[bytes]) -> None:
        batch = self._redis.pipeline(transaction=False)
        for body in bodies:
            batch.xadd(STREAM, {"body": body})
        batch.execute()

    def close(self) -> None:
        self._redis.close()


class Receiver:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        self._redis = redis.Redis(port=int(place.address["port"]), protocol=2)
        self._ids: list[Any] = []
        self._after = "0" if place.safe else ">"  # first what an earlier receiver left, then what is new
        try:
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def receive(self, seconds: float) -> list[bytes]:
        wait = max(1, int(seconds * 1000))
        found = self._redis.xreadgroup(
            GROUP, WORKER, {STREAM: self._after}, count=500, block=wait, noack=not self._safe
        )
        came = found[0][1] if found else []
        if not came:
            self._after = ">"
        self._ids = [one for one, _ in came]
        return [fields[b"body"] for _, fields in came]

    def acknowledge(self) -> None:
        if self._safe:
            self._redis.xack(STREAM, GROUP, *self._ids)
        self._redis.xdel(STREAM, *self._ids)

    def close(self) -> None:
        self._redis.close()
