"""The floor: one process that does nothing but what a PUSH/PULL cell cannot do without, over tcp on loopback.

Run as a program it carries out as many exchanges as each line of its stdin says, and answers with the seconds that they
took. It is a process of its own, so that neither the harness's memory nor its event loop weighs on it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from types import TracebackType

import zmq

from zmq_interop.agents.runtimes import loopback
from zmq_interop.system.paths import ROOT

MESSAGE = [b"one", b"", b"\x00two\xff"]


class Floor:
    """The program as seen from outside. samples: microseconds per exchange, one for each call of `measure`."""

    def __init__(self) -> None:
        self.samples: list[float] = []
        # A session of its own: Ctrl-C is for the harness, and the end of stdin ends the program.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.floor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,
        )

    def measure(self, exchanges: int) -> float:
        """Seconds per exchange. Blocks on purpose: nothing else shall run meanwhile."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{exchanges}\n".encode())
        self._process.stdin.flush()
        each = float(self._process.stdout.readline()) / exchanges
        self.samples.append(each * 1e6)
        return each

    def __enter__(self) -> Floor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


def exchange(context: zmq.Context[zmq.Socket[bytes]], address: str) -> None:
    """Bind, connect, send, receive, close: what a cell does, without anybody between."""
    pull = context.socket(zmq.PULL)
    pull.bind(f"tcp://{address}:*")
    push = context.socket(zmq.PUSH)
    push.connect(pull.getsockopt_string(zmq.LAST_ENDPOINT))
    push.send_multipart(MESSAGE)
    received = pull.recv_multipart()
    assert received == MESSAGE
    push.close(linger=0)
    pull.close(linger=0)


def main() -> None:
    """Serves stdin until its end."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    addresses = loopback.addresses()  # as cells have them
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            exchange(context, next(addresses))
        print(time.perf_counter() - start, flush=True)
    context.term()


if __name__ == "__main__":
    main()
