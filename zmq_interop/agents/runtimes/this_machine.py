"""Optional capabilities of processes on this machine: raw sockets, abstract ipc names, IPv6."""

from __future__ import annotations

import contextlib
import socket
import sys
from pathlib import Path

from zmq_interop.core.features import ABSTRACT_IPC, IPV6_LOOPBACK, PATHS_OF_LINUX, RAW_SOCKETS

_NET_RAW = 13  # linux/capability.h


def features() -> frozenset[str]:
    """The optional features that processes of this machine have."""
    found = set()
    if _may_open_raw_sockets():
        found.add(RAW_SOCKETS)
    if Path("/proc/self/ns/net").exists():  # only Linux has abstract names
        found.add(ABSTRACT_IPC)
    if sys.platform == "linux":
        found.add(PATHS_OF_LINUX)
    if _has_ipv6_loopback():
        found.add(IPV6_LOOPBACK)
    return frozenset(found)


def _may_open_raw_sockets() -> bool:
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> _NET_RAW & 1)
    return False


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
