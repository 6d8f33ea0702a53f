"""RabbitMQ: a transient queue, nothing acknowledged; and a quorum queue with confirms and acknowledgements."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aio_pika
import aiormq
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from benchmarks.brokers.clients.ends import SILENCE, Loop, Place

FAILURES = (aiormq.exceptions.AMQPError, aio_pika.exceptions.DeliveryError, RuntimeError, asyncio.CancelledError)
LIBRARIES = ("aio-pika", "aiormq")
QUEUE = "jobs"


class End:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        self._loop = Loop()
        self._loop.run(self._open(place.address["url"]), 10)

    async def _open(self, url: str) -> None:
        self._connection = await aio_pika.connect(url)
        self._channel = await self._connection.channel(publisher_confirms=self._safe)
        await self._channel.set_qos(prefetch_count=1000)
        kind = {"x-queue-type": "quorum"} if self._safe else None
        self._queue: AbstractQueue = await self._channel.declare_queue(QUEUE, durable=self._safe, arguments=kind)

    def close(self) -> None:
        self._loop.run(self._connection.close(), 5)
        self._loop.close()


class Sender(End):
    def send(self, bodies: Sequence[bytes]) -> None:
        self._loop.run(self._send(bodies), SILENCE * 5)

    async def _send(self, bodies: Sequence[bytes]) -> None:
        mode = aio_pika.DeliveryMode.PERSISTENT if self._safe else aio_pika.DeliveryMode.NOT_PERSISTENT
        exchange = self._channel.default_exchange
        await asyncio.gather(*(exchange.publish(aio_pika.Message(body, delivery_mode=mode), QUEUE) for body in bodies))


class Receiver(End):
    async def _open(self, url: str) -> None:
        await super()._open(url)
        self._last: AbstractIncomingMessage | None = None
        await self._queue.consume(self._loop.take, no_ack=not self._safe)

    def receive(self, seconds: float) -> list[bytes]:
        came = self._loop.next(seconds)
        if self._channel.is_closed:
            raise ConnectionError("the broker has closed the channel")
        self._last = came[-1] if came else None
        return [message.body for message in came]

    def acknowledge(self) -> None:
        if self._safe and self._last is not None:
            self._loop.run(self._last.ack(multiple=True))
