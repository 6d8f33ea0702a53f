"""Bursts as bare pyzmq has them: the same as bare.c, which says how one asks for them, in pyzmq's quickest calls.

With the argument `whole` the receiver takes whole messages, as an agent must: it asks each frame whether more follow.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from time import monotonic_ns
from typing import Any

import zmq


def main() -> None:
    """Carries out orders until there are none."""
    reading, writing = os.pipe()
    if os.fork() == 0:  # before there is a context: its threads would not come along
        os.close(writing)
        with os.fdopen(reading) as orders:
            send_bursts(orders)
        return
    os.close(reading)
    context: zmq.Context[Any] = zmq.Context()
    receive = receive_whole if sys.argv[1:] == ["whole"] else receive_frames
    for line in sys.stdin:
        count, size = map(int, line.split())
        with context.socket(zmq.PULL) as pull:
            port = pull.bind_to_random_port("tcp://127.0.0.1")
            os.write(writing, f"tcp://127.0.0.1:{port} {count} {size}\n".encode())
            pull.recv()
            os.write(writing, b"start\n")
            start = monotonic_ns()
            receive(pull, count)
            print(monotonic_ns() - start, flush=True)
    os.close(writing)
    os.wait()
    context.term()


def send_bursts(orders: Iterable[str]) -> None:
    """Each order is a line, and a second one when it is time. One message shows that the connection stands."""
    context: zmq.Context[Any] = zmq.Context()
    lines = iter(orders)
    for line in lines:
        endpoint, count, size = line.split()
        with context.socket(zmq.PUSH) as push:
            push.connect(endpoint)
            push.send(b"")
            next(lines)
            # zmq.Socket.send adds draft sockets alone
            send, body = super(zmq.Socket, push).send, bytes(int(size))
            for _ in range(int(count)):
                send(body)
    context.term()


def receive_frames(pull: zmq.Socket[bytes], count: int) -> None:
    """Takes each frame for a message."""
    receive = pull.recv
    for _ in range(count):
        receive()


def receive_whole(pull: zmq.Socket[bytes], count: int) -> None:
    """Takes messages of whatever number of frames. Of what pyzmq has to tell where one ends, this is the quickest."""
    receive = pull.recv
    for _ in range(count):
        while receive(copy=False).more:
            pass


if __name__ == "__main__":
    main()
