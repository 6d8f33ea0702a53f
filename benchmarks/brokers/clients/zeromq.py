"""ZeroMQ, no broker: PUSH to PULL; and where each message is confirmed, DEALER to ROUTER, which answers it."""

from __future__ import annotations

from collections.abc import Sequence

import zmq

from benchmarks.brokers.clients.ends import SILENCE, Place

FAILURES = (zmq.ZMQError,)
LIBRARIES = ("pyzmq",)


class Sender:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        self._socket: zmq.SyncSocket = zmq.Context.instance().socket(zmq.DEALER if place.safe else zmq.PUSH)
        self._socket.setsockopt(zmq.LINGER, 1000)
        self._socket.setsockopt(zmq.RCVTIMEO, int(SILENCE * 1000))
        self._socket.connect(place.address["endpoint"])

    def send(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self._socket.send(body)
        if self._safe:
            for _ in bodies:
                self._socket.recv()

    def close(self) -> None:
        self._socket.close()


class Receiver:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        self._socket: zmq.SyncSocket = zmq.Context.instance().socket(zmq.ROUTER if place.safe else zmq.PULL)
        self._socket.bind(place.address["endpoint"])
        self._from: list[bytes] = []

    def receive(self, seconds: float) -> list[bytes]:
        if not self._socket.poll(int(seconds * 1000)):
            return []
        *self._from, body = self._socket.recv_multipart()
        return [body]

    def acknowledge(self) -> None:
        if self._safe:
            self._socket.send_multipart([*self._from, b""])

    def close(self) -> None:
        self._socket.close(linger=0)
