"""NATS: publish and subscribe; and a stream of JetStream on disk, each message acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import nats
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig

from benchmarks.brokers.clients.ends import SILENCE, Loop, Place

FAILURES = (nats.errors.Error, asyncio.CancelledError)
LIBRARIES = ("nats-py",)
SUBJECT, STREAM, WORKER = "jobs", "JOBS", "worker"


async def _quiet(_: Exception) -> None:
    """The library tells errors here too; they are raised where they matter."""


class End:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        self._loop = Loop()
        self._loop.run(self._open(place.address["url"]), 10)

    async def _open(self, url: str) -> None:
        self._nats = await nats.connect(url, reconnect_time_wait=0.1, max_reconnect_attempts=-1, error_cb=_quiet)
        self._stream = self._nats.jetstream(timeout=SILENCE)
        if self._safe:
            await self._stream.add_stream(
                StreamConfig(name=STREAM, subjects=[SUBJECT], retention=RetentionPolicy.WORK_QUEUE)
            )

    def close(self) -> None:
        self._loop.run(self._nats.close(), 5)
        self._loop.close()


class Sender(End):
    def send(self, bodies: Sequence[bytes]) -> None:
        self._loop.run(self._send(bodies))

    async def _send(self, bodies: Sequence[bytes]) -> None:
        if self._safe:
            await asyncio.gather(*(self._stream.publish(SUBJECT, body) for body in bodies))
            return
        for body in bodies:
            await self._nats.publish(SUBJECT, body)
        await asyncio.sleep(0)  # the library writes

    def close(self) -> None:
        self._loop.run(self._nats.flush(), 5)
        super().close()


class Receiver(End):
    async def _open(self, url: str) -> None:
        await super()._open(url)
        self._unanswered: list[Any] = []
        if self._safe:
            worker = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=SILENCE, max_ack_pending=10_000)
            await self._stream.subscribe(SUBJECT, durable=WORKER, cb=self._loop.take, manual_ack=True, config=worker)
        else:
            await self._nats.subscribe(SUBJECT, cb=self._loop.take)
            await self._nats.flush()

    def receive(self, seconds: float) -> list[bytes]:
        came = self._loop.next(seconds)
        self._unanswered = came if self._safe else []
        return [message.data for message in came]

    def acknowledge(self) -> None:
        for message in self._unanswered:
            self._loop.run(message.ack())
