"""What the place where an agent runs offers beyond the common: told by each runtime, asked for by scenarios."""

from __future__ import annotations

import contextlib
import socket
import sys
from pathlib import Path

RAW_SOCKETS = "raw sockets"  # pgm is an IP protocol of its own (RFC 3208): only NET_RAW lets a program speak it
ABSTRACT_IPC = "abstract ipc"  # ipc://@name belongs to a network namespace, which containers do not share (unix(7))
IPV6_LOOPBACK = "IPv6 loopback"
IPC_FILES = "ipc files in the harness's sight"  # containers have theirs in a volume in memory
PATHS_OF_LINUX = "ipc paths of 107 bytes"  # sun_path of unix(7) holds so many and a NUL; other systems' is shorter

TRANSPORTS = {"pgm": (RAW_SOCKETS,)}  # what a transport asks of the place

_NET_RAW = 13  # linux/capability.h


def of_this_machine() -> frozenset[str]:
    """What processes of this machine have."""
    found = set()
    if _may_open_raw_sockets():
        found.add(RAW_SOCKETS)
    if Path("/proc/self/ns/net").exists():  # abstract names are Linux's own
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
