"""Addresses of this machine's loopback, taken in turn.

A tcp connection that was closed holds its port for a minute (TIME_WAIT, RFC 9293, section 3.6.1). At some hundred cells
a second, half of an address's 28,000 ports are held after half a minute, and from then on the kernel spends three times
as long on finding a free one as on all else in a cell. Every address has ports of its own.
"""

from __future__ import annotations

import itertools
import random
import socket
import sys
from collections.abc import Iterable, Iterator

FIRST = "127.0.0.1"


def addresses() -> Iterator[str]:
    """Endless. On Linux the whole of 127.0.0.0/8 is this machine; elsewhere only the first address is set up."""
    last = 254 if sys.platform == "linux" else 1
    return itertools.cycle(f"127.0.0.{number}" for number in range(1, last + 1))


def lone() -> str:
    """An address that nobody else has for now, on Linux: two runs beside each other too would have to hit upon it."""
    if sys.platform != "linux":
        return FIRST
    return f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311 (no secret)


def free_port(address: str, ports: Iterable[int]) -> int:
    """The first of these ports that can be bound at the address now. Raises OSError where none can."""
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    raise OSError(f"no port of {address} is free")
