"""The loops of SendBurst and ReceiveBurst, where every instruction counts: they measure the library, not this file."""

from struct import Struct
from time import monotonic_ns
from typing import Any

import zmq
from payload import message_class
from waiting import Limit

BurstResult = message_class("interop.control.v1.BurstResult")
_BETWEEN_LOOKS = 64  # messages between two looks at the clock
_NUMBER = Struct(">Q")
_NO_NUMBER = 2**64 - 1
_LAST = int(zmq.DONTWAIT)  # enums of Python are slow to combine, and to hand to C
_MORE = int(zmq.DONTWAIT | zmq.SNDMORE)


def send(socket: zmq.Socket[bytes], operation: Any) -> Any:
    """Carries out a SendBurst; its BurstResult."""
    head, body = list(operation.head), bytearray(operation.size)
    send, number_into = super(zmq.Socket, socket).send, _NUMBER.pack_into  # zmq.Socket.send adds draft sockets alone
    number, end = operation.first, operation.first + operation.count
    limit = Limit(socket, zmq.POLLOUT, operation.timeout_ms)
    start = monotonic_ns()
    while number < end and not limit.passed():
        try:
            for _ in range(min(_BETWEEN_LOOKS, end - number)):
                for frame in head:
                    send(frame, _MORE)
                number_into(body, 0, number)
                send(body, _LAST)
                number += 1
        except zmq.Again:
            if not limit.wait(number):
                break
    elapsed = monotonic_ns() - start
    sent = number - operation.first
    size = sum(map(len, head)) + operation.size
    return BurstResult(count=sent, bytes=sent * size, elapsed_ns=elapsed)


def receive(socket: zmq.Socket[bytes], operation: Any) -> Any:
    """Carries out a ReceiveBurst; its BurstResult."""
    receive = socket.recv
    wanted, numbers = operation.numbers, []
    taken, count, size = 0, operation.count, 0
    limit = Limit(socket, zmq.POLLIN, operation.timeout_ms)
    start = monotonic_ns()
    while taken < count and not limit.passed():
        try:
            for _ in range(min(_BETWEEN_LOOKS, count - taken)):
                # Not copied, also where it is short: such a frame knows whether more follow, and RCVMORE takes longer.
                frame = receive(_LAST, False)
                size += len(frame)
                while frame.more:
                    frame = receive(_LAST, False)
                    size += len(frame)
                taken += 1
                if wanted:
                    numbers.append(_NUMBER.unpack_from(frame.buffer)[0] if len(frame) >= _NUMBER.size else _NO_NUMBER)
        except zmq.Again:
            if not limit.wait(taken):
                break
    elapsed = monotonic_ns() - start
    return BurstResult(count=taken, bytes=size, elapsed_ns=elapsed, numbers=numbers)
