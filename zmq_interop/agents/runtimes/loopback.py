"""Addresses of this machine's loopback, used in turn.

A closed tcp connection keeps its port for a minute (TIME_WAIT, RFC 9293, section 3.6.1). At a few hundred cells per
second, half of an address's 28,000 ports are in use after half a minute. From then on, the kernel's search for a free
port takes three times as long as the rest of a cell. Each address has its own ports, so several addresses avoid that.
"""

from __future__ import annotations

import itertools
import random
import socket
import sys
from collections.abc import Iterable, Iterator

FIRST = "127.0.0.1"


def addresses() -> Iterator[str]:
    """Yields addresses without end. On Linux all of 127.0.0.0/8 is this machine; elsewhere only the first address."""
    last = 254 if sys.platform == "linux" else 1
    return itertools.cycle(f"127.0.0.{number}" for number in range(1, last + 1))


def lone() -> str:
    """On Linux, a random loopback address, so that two concurrent runs almost never share one."""
    if sys.platform != "linux":
        return FIRST
    return f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311 (no secret)


def free_port(address: str, ports: Iterable[int]) -> int:
    """The first of these ports that can be bound at the address now. Raises OSError if none can."""
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    raise OSError(f"no port of {address} is free")
