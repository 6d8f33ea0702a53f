"""Kafka: acks=0, offsets committed now and then; and acks=all, idempotent, offsets committed after the work."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.brokers.clients.ends import Place

FAILURES = (KafkaException,)
LIBRARIES = ("confluent-kafka",)
TOPIC = "jobs"


class Sender:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        how = {"acks": "all", "enable.idempotence": True, "linger.ms": 0} if place.safe else {"acks": 0, "linger.ms": 1}
        self._producer = Producer({"bootstrap.servers": place.address["servers"], "log_level": 0, **how})
        self._unsent: list[Message] = []

    def send(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            while True:
                try:
                    self._producer.produce(TOPIC, body, on_delivery=self._delivered)
                    break
                except BufferError:  # its queue is full
                    self._producer.poll(0.1)
        self._producer.poll(0)
        if self._safe and self._producer.flush(60):
            raise TimeoutError("Kafka has not confirmed everything")
        if self._safe and self._unsent:
            raise KafkaException(self._unsent.pop().error())

    def _delivered(self, error: object, message: Message) -> None:
        if error is not None:
            self._unsent.append(message)

    def close(self) -> None:
        self._producer.flush(5)


class Receiver:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        servers = {"bootstrap.servers": place.address["servers"], "log_level": 0}
        admin = AdminClient(servers)
        made = admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC]
        if (error := made.exception(10)) and "TOPIC_ALREADY_EXISTS" not in str(error):
            raise error
        group = {"group.id": "workers", "group.instance.id": "worker", "auto.offset.reset": "earliest"}
        self._consumer = Consumer({**servers, **group, "enable.auto.commit": not place.safe, "fetch.wait.max.ms": 10})
        self._consumer.subscribe([TOPIC])
        self._first: Message | None = None
        while not self._consumer.assignment():
            self._first = self._consumer.poll(0.1)

    def receive(self, seconds: float) -> list[bytes]:
        first, self._first = self._first or self._consumer.poll(seconds), None
        came = [first, *self._consumer.consume(500, 0)] if first is not None else []
        return [message.value() for message in came if message.error() is None]

    def acknowledge(self) -> None:
        if self._safe:
            self._consumer.commit(asynchronous=False)

    def close(self) -> None:
        self._consumer.close()
