"""gRPC, no broker: one stream of the client; and a call for each message, answered when it has been dealt with."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent import futures
from typing import Any

import grpc

from benchmarks.brokers.clients.ends import SILENCE, Place

FAILURES = (grpc.RpcError, ConnectionError)
LIBRARIES = ("grpcio",)
SERVICE = "interop.brokers.v1.Jobs"
ROOM = 1000  # messages that wait in a process, as for a socket of ZeroMQ


class Sender:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        self._channel = grpc.insecure_channel(place.address["target"])
        grpc.channel_ready_future(self._channel).result(SILENCE * 5)
        self._put = self._channel.unary_unary(f"/{SERVICE}/Put")
        if not self._safe:
            self._waiting: queue.Queue[bytes | None] = queue.Queue(ROOM)
            self._stream = self._channel.stream_unary(f"/{SERVICE}/Stream").future(iter(self._waiting.get, None))

    def send(self, bodies: Sequence[bytes]) -> None:
        if self._safe:
            for call in [self._put.future(body, timeout=SILENCE) for body in bodies]:
                call.result()
            return
        for body in bodies:
            if self._stream.done():
                raise ConnectionError("the stream has ended")
            self._waiting.put(body, timeout=SILENCE * 5)

    def close(self) -> None:
        if not self._safe:
            self._waiting.put(None)
        self._channel.close()


class Receiver:
    def __init__(self, place: Place) -> None:
        self._came: queue.Queue[tuple[bytes, threading.Event]] = queue.Queue(ROOM)
        self._event = threading.Event()
        self._server = grpc.server(futures.ThreadPoolExecutor(128))
        handlers = {
            "Put": grpc.unary_unary_rpc_method_handler(self._one),
            "Stream": grpc.stream_unary_rpc_method_handler(self._many),
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        self._server.add_insecure_port(place.address["target"])
        self._server.start()

    def _one(self, body: bytes, _: Any) -> bytes:
        done = threading.Event()
        self._came.put((body, done))
        done.wait(SILENCE)
        return b""

    def _many(self, bodies: Iterator[bytes], _: Any) -> bytes:
        for body in bodies:
            self._came.put((body, self._event))
        return b""

    def receive(self, seconds: float) -> list[bytes]:
        try:
            body, self._event = self._came.get(timeout=seconds)
        except queue.Empty:
            return []
        return [body]

    def acknowledge(self) -> None:
        self._event.set()

    def close(self) -> None:
        self._server.stop(None)
