"""Whether something listens at an endpoint, without connecting: a program must not see a stranger's connection."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from zmq_interop.core import endpoints
from zmq_interop.programs.guard import descendants

_LISTEN = "0A"  # TCP_LISTEN, in /proc/net/tcp (proc(5))
_ACCEPTS = 0x10000  # __SO_ACCEPTCON, in /proc/net/unix
_MOST_TOLD = 5


def listens(endpoint: str) -> bool:
    """Whether some process listens at a tcp or ipc endpoint."""
    port = endpoints.port(endpoint)
    if sys.platform != "linux":
        return _accepts(endpoint, port)
    if port is None:
        return endpoint.removeprefix("ipc://") in _unix_paths()
    return any(one == port for _, one in _tcp().values())


def of_process(pid: int) -> list[str]:
    """The endpoints at which this process and those below it listen. Elsewhere than on Linux, none."""
    found = _tcp()
    names: set[str] = set()
    for one in (pid, *descendants(pid)):
        for inode in _inodes(one):
            if inode in found:
                host, port = found[inode]
                names.add(f"tcp://{host}:{port}")
    return sorted(names)[:_MOST_TOLD]


def _accepts(endpoint: str, port: int | None) -> bool:
    family = socket.AF_UNIX if port is None else socket.AF_INET
    address = endpoint.removeprefix("ipc://") if port is None else (str(endpoints.host(endpoint)), port)
    with socket.socket(family, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
        probe.settimeout(1)
        probe.connect(address)
        return True
    return False


def _rows(name: str) -> Iterable[list[str]]:
    try:
        text = Path(f"/proc/net/{name}").read_text()
    except OSError:
        return []
    return [line.split() for line in text.splitlines()[1:]]


def _tcp() -> dict[str, tuple[str, int]]:
    """The listening tcp sockets: inode -> address and port."""
    found: dict[str, tuple[str, int]] = {}
    for name in ("tcp", "tcp6"):
        for row in _rows(name):
            if row[3] == _LISTEN:
                address, _, port = row[1].partition(":")
                found[row[9]] = (_address(address), int(port, 16))
    return found


def _address(text: str) -> str:
    """An address of /proc/net/tcp: words of the machine's byte order, in hexadecimal."""
    raw = b"".join(int(text[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(text), 8))
    if len(raw) == 4:  # bytes of IPv4
        return socket.inet_ntop(socket.AF_INET, raw)
    return f"[{socket.inet_ntop(socket.AF_INET6, raw)}]"


def _unix_paths() -> set[str]:
    return {row[7] for row in _rows("unix") if len(row) > 7 and int(row[3], 16) & _ACCEPTS}


def _inodes(pid: int) -> Iterable[str]:
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(link.readlink())
                if target.startswith("socket:["):
                    yield target.removeprefix("socket:[").removesuffix("]")
