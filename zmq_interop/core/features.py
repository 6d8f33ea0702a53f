"""Optional host capabilities (raw sockets, IPv6, ...), reported by runtimes and required by scenarios."""

from __future__ import annotations

RUNTIMES = ("process", "container")  # where a user may ask for agents
RAW_SOCKETS = "raw sockets"  # pgm is an IP protocol of its own (RFC 3208): only NET_RAW lets a program speak it
ABSTRACT_IPC = "abstract ipc"  # ipc://@name belongs to a network namespace, which containers do not share (unix(7))
IPV6_LOOPBACK = "IPv6 loopback"
IPC_FILES = "ipc files in the harness's sight"  # containers have theirs in a volume in memory
PATHS_OF_LINUX = "ipc paths of 107 bytes"  # sun_path of unix(7) holds so many and a NUL; other systems' is shorter
PROGRAMS = "programs as processes beside it"  # a user's program listens on loopback, which no container reaches

TRANSPORTS = {"pgm": (RAW_SOCKETS,)}  # what a transport asks of the place
