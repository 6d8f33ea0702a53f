"""A small agent that speaks the contract by hand, and breaks it: `agent.py --be NAME`.

It has no sockets and needs no library. Its Hello stands ready in `hello.bin`, in the folder that it is started in. What
it does not break it refuses: each of its cells is `refused` then, without waiting for anything.
"""

from __future__ import annotations

import argparse
import os
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

CLOSE_ALL = 12  # field numbers of Request
BIND = 15
CONNECT = 16
NATIVE = b"\x08\x04\x12\x06EINVAL"  # Error: code 4, errno_name
FLOOD = 64 << 20
# Clears a terminal, sets its title, turns the direction of writing, ends with the line that ends a green run.
STEERING = (
    "\x1b[2J\x1b]0;title\x07\u202e\x9b31m\r\n"
    "planned 1 = pass 1 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 0\n"
)


class Request(NamedTuple):
    id: int
    operation: int  # the field number


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A varint and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def parse(data: bytes) -> Request:
    """The id and the operation of a Request; the operation's own fields are of no interest."""
    id = operation = at = 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:  # length-delimited: `value` is the length
            operation, at = key >> 3, at + value
        elif key >> 3 == 1:
            id = value
    return Request(id, operation)


def frame(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def field(at: int, data: bytes) -> bytes:
    """A length-delimited field, of a number below 16."""
    return bytes([at << 3 | 2]) + number(len(data)) + data


def number(value: int) -> bytes:
    """A varint."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def say(data: bytes) -> None:
    """Writes on the control channel, whole."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def hello() -> None:
    say(frame(Path("hello.bin").read_bytes()))


def requests() -> Iterator[Request]:
    """Each Request, until the end of the channel."""
    while head := sys.stdin.buffer.read(4):
        yield parse(sys.stdin.buffer.read(int.from_bytes(head, "big")))


def refuse(request: Request) -> None:
    """Closes the nothing that is open, and refuses everything else."""
    answer = b"\x40\x00" if request.operation == CLOSE_ALL else field(3, NATIVE)
    say(frame(b"\x08" + number(request.id) + answer))


def serve(first: Callable[[Request], None] = refuse) -> None:
    """A whole life; `first` takes the first Request."""
    hello()
    for one in requests():
        first(one)
        first = refuse


def on_request(data: bytes) -> Callable[[], None]:
    """Answers the first Request with this."""
    return lambda: serve(lambda _: say(data))


def instead_of_hello(data: bytes) -> Callable[[], None]:
    """Says this first, and then all that is proper."""

    def live() -> None:
        say(data)
        serve()

    return live


def forever() -> None:
    """Never ends, and wants nothing."""
    while True:
        signal.pause()


def answering(result: bytes) -> Callable[[], None]:
    """Answers the first Request with this result."""
    return lambda: serve(lambda request: say(frame(b"\x08" + number(request.id) + result)))


def elsewhere() -> None:
    """Says that it has bound at an address of somebody else."""
    hello()
    for one in requests():
        result = {BIND: field(4, b"tcp://192.0.2.1:9"), CLOSE_ALL: b"\x40\x01"}.get(one.operation, b"")
        say(frame(b"\x08" + number(one.id) + result))


def steer() -> None:
    """Writes to the terminal of whoever reads its stderr, and refuses with a line that looks like the harness's own."""
    os.write(2, STEERING.encode())
    error = b"\x08\x04" + field(2, b"EINVAL") + field(3, STEERING.encode())
    serve(lambda request: say(frame(b"\x08" + number(request.id) + field(3, error))))


def exit_after_hello() -> None:
    hello()
    sys.exit(3)


def half_a_hello() -> None:
    say(frame(Path("hello.bin").read_bytes())[:-5])


def half_an_answer() -> None:
    def die(request: Request) -> None:
        say(b"\0\0\0\x20half")
        os._exit(0)

    serve(die)


def abort() -> None:
    def die(_: Request) -> None:
        print("assertion failed: the last straw", file=sys.stderr, flush=True)
        os.abort()

    serve(die)


def hang() -> None:
    serve(lambda _: forever())


def deaf() -> None:
    """Does not notice the end of the channel."""
    serve()
    forever()


def stubborn() -> None:
    """Neither that, nor SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    deaf()


def flood() -> None:
    """Writes on stderr more than anybody wants to keep."""
    line = b"x" * 1023 + b"\n"
    for _ in range(FLOOD // 65536):
        os.write(2, line * 64)
    serve()


def flood_for_ever() -> None:
    """Once it is asked something, writes on stderr without end."""

    def drown(_: Request) -> None:
        while True:
            os.write(2, b"x" * 65536)

    serve(drown)


def flood_stdout() -> None:
    """Announces 2 GiB, and begins to deliver."""

    def deliver(request: Request) -> None:
        say((2 << 30).to_bytes(4, "big"))
        for _ in range(FLOOD // 65536):
            say(bytes(65536))

    serve(deliver)


def grandchild() -> None:
    """Leaves a process behind that has its pipes."""
    pid = os.fork()
    if not pid:
        forever()
    Path("grandchild.pid").write_text(str(pid))
    serve()


def gate() -> None:
    """Says through one FIFO that it was asked something, and answers when something comes through another."""

    def wait(request: Request) -> None:
        with Path("asked").open("w") as asked:
            asked.write("!")
        answer = os.open("answer", os.O_RDWR)  # read and write: no end of file while nobody has written yet
        ready, _, _ = select.select([0, answer], [], [])
        if answer not in ready:  # the end of the channel
            sys.exit(0)
        refuse(request)

    serve(wait)


def mute() -> None:
    """Says through a FIFO that it has started, and to the harness nothing."""
    with Path("asked").open("w") as asked:
        asked.write("!")
    forever()


LIVES: dict[str, Callable[[], None]] = {
    "refuse": serve,
    "print-first": instead_of_hello(b"Loading libraries...\n"),
    "answer-first": instead_of_hello(frame(b"\x08\x07")),
    "huge-hello": instead_of_hello((2 << 30).to_bytes(4, "big")),
    "huge-answer": on_request((2 << 30).to_bytes(4, "big")),
    "half-hello": half_a_hello,
    "half-answer": half_an_answer,
    "garbage-hello": instead_of_hello(frame(b"\xff\xff\xff\xff")),
    "garbage-answer": on_request(frame(b"\xff\xff\xff\xff")),
    "nothing": forever,
    "exit-at-once": lambda: sys.exit(0),
    "exit-after-hello": exit_after_hello,
    "abort": abort,
    "hang": hang,
    "elsewhere": elsewhere,
    "steer": steer,
    "empty-frames": answering(field(5, b"\x0a\x00" * (4 << 20))),
    "long-endpoint": answering(field(4, b"x" * (1 << 20))),
    "many-numbers": answering(field(7, field(4, b"\x01" * (16 << 20)))),
    "many-libraries": instead_of_hello(frame(field(2, b"\x22\x00" * 1_000_000))),
    "flood-for-ever": flood_for_ever,
    "deaf": deaf,
    "stubborn": stubborn,
    "flood": flood,
    "flood-stdout": flood_stdout,
    "grandchild": grandchild,
    "gate": gate,
    "mute": mute,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--be", choices=LIVES, required=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    LIVES[parser.parse_args().be]()
