"""Multicast groups for epgm and pgm, each with a port that no other link of this machine uses.

The port alone keeps two links apart. OpenPGM binds it on all addresses, and Linux gives a socket the datagrams of every
group that any process of its network has joined (IP_MULTICAST_ALL, ip(7)). So links of other cells and other runs must
not have the same port. Each port is held by a bound tcp socket: the ports of tcp are not those of udp, so it is in
nobody's way, and the kernel frees it however the run ends.
"""

from __future__ import annotations

import itertools
import random
import socket
import weakref
from collections import deque
from collections.abc import Iterable

from zmq_interop.agents.runtimes import loopback

PORTS = range(10_000, 20_000)  # below those that systems give out by themselves, and apart from `Instance.vacant`
HELD = 64  # the newest are held: more than there are multicast cells in flight


class Groups:
    """Hands out groups with their ports. ports: those to use, in turn, from a random one on."""

    def __init__(self, ports: Iterable[int] = PORTS) -> None:
        all_ports = list(ports)
        start = random.randrange(len(all_ports))  # noqa: S311 (no secret)
        self._ports = itertools.cycle(all_ports[start:] + all_ports[:start])
        self._count = len(all_ports)
        self._held: deque[socket.socket] = deque()
        weakref.finalize(self, _release, self._held)

    def take(self) -> str:
        """A `group:port` that nobody else uses, from the range for use within an organisation (RFC 2365, 6.2).

        The port stays held until `HELD` others were taken after it. Raises OSError if no port is free.
        """
        while len(self._held) >= HELD:
            self._held.popleft().close()
        for port in itertools.islice(self._ports, self._count):
            holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                holder.bind((loopback.FIRST, port))
            except OSError:
                holder.close()
                continue
            self._held.append(holder)
            return f"239.192.{port >> 8}.{port & 255}:{port}"
        raise OSError("no port for multicast is free: other programs hold all of them")


def _release(held: deque[socket.socket]) -> None:
    while held:
        held.popleft().close()


GROUPS = Groups()  # of this process: ports are the machine's, as in `base.PORTS`
